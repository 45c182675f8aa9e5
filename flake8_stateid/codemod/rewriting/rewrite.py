"""Carry out planned edits on a LibCST module; everything not edited stays as it is."""

# ruff: noqa: N802 - LibCST says how the methods are named

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import libcst as cst

from flake8_stateid.codemod.rewriting.enclosing import Guard, Moved, enclose
from flake8_stateid.codemod.rewriting.layout import (
    NO_SEMICOLON,
    comments_around,
    comments_in,
    dissolved,
    is_pragma,
    lines_before,
    part,
    set_off,
    statements_on,
    taking_over,
    unclosed,
    with_lines,
    without_else,
    without_leading_blanks,
    without_names,
)
from flake8_stateid.codemod.rewriting.positions import Positions
from flake8_stateid.codemod.rewriting.shortening import Shortener

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.edits import Edits, Region
    from flake8_stateid.source import SourceText


def rewrite(module: cst.Module, source: SourceText, edits: Edits) -> cst.Module:
    """Return ``module`` with ``edits`` made.

    Args:
        module: The module as parsed.
        source: The text it was parsed from.
        edits: Edits keyed by nodes of ``ast`` of the same text.

    Raises:
        MissingNodeError: LibCST has no node where ``ast`` has one.
    """
    positions = Positions(module, source)
    gathered: dict[int, Moved] | None = None
    if edits.scattered:
        # A release may stand behind the place it moves to: gather all before anything moves.
        first = Rewriter(positions, edits, module)
        module.visit(first)
        gathered = first.moved
    changed = module.visit(Rewriter(positions, edits, module, gathered))
    assert isinstance(changed, cst.Module)
    return changed


class Rewriter(Shortener):
    """Edits statements in the block that holds them, and expressions where they stand.

    Attributes:
        moved: What was found on the way, by region.
    """

    def __init__(
        self,
        positions: Positions,
        edits: Edits,
        module: cst.Module,
        gathered: dict[int, Moved] | None = None,
    ) -> None:
        """Find the nodes of all edits; ``gathered`` is what a walk before this one has moved."""
        super().__init__(positions, edits)
        self._gathered = gathered
        self._module = module
        self._removed = {
            positions.statement(node): region for node, region in edits.removed.items()
        }
        self._released = {
            positions.statement(node): region for node, region in edits.released.items()
        }
        self._lifted = {positions.statement(node): region for node, region in edits.lifted.items()}
        self._named = {positions.expression(call): named for call, named in edits.named.items()}
        self._hollow = {
            positions.statement(node): edits.released_in(node) for node in edits.hollow
        }
        self._guarded = {
            positions.statement(node): Guard(number, test, bound)
            for number, (statements, test, bound) in enumerate(edits.guarded)
            for node in statements
        }
        self._kept = {positions.statement(node): text for node, text in edits.kept.items()}
        self._unimported = {
            positions.statement(node): {
                alias.name for other, alias in edits.unimported if other is node
            }
            for node, _ in edits.unimported
        }
        self._emptied = {positions.statement(node) for node in edits.emptied}
        self._dissolved = {positions.statement(node) for node in edits.dissolved}
        self._unclosed = {positions.statement(node) for node in edits.unclosed}
        self._firsts = {positions.statement(r.first): r for r in edits.regions}
        self._lasts = {id(r): positions.statement(r.last) for r in edits.regions}
        self._behind = {positions.statement(r.last) for r in edits.regions if r.released}
        self.moved: dict[int, Moved] = {id(r): Moved() for r in edits.regions}
        self._default = edits.regions[0] if edits.regions else None

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """A call that moves before its region leaves a name."""
        if original_node not in self._named:
            return super().leave_Call(original_node, updated_node)
        text, region = self._named[original_node]
        name = cst.Name(text)
        bound = cst.Assign([cst.AssignTarget(name)], updated_node.with_changes(lpar=[], rpar=[]))
        self.moved[id(region)].lifted.append(cst.SimpleStatementLine([bound]))
        return name.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        """Edit the statements of one block."""
        body, footer = self._block(original_node.body, updated_node.body, updated_node.indent)
        if not body:
            # LibCST writes ``pass`` for an empty block; what it held goes up with the caller.
            return updated_node.with_changes(body=body)
        return updated_node.with_changes(body=body, footer=[*footer, *updated_node.footer])

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        """Edit the statements behind a colon; they get lines of their own where they need them."""
        line = cst.SimpleStatementLine(
            updated_node.body, trailing_whitespace=updated_node.trailing_whitespace
        )
        looked_up = original_node.body[0] in self._kept and not self._goes(original_node.body[0])
        if looked_up or any(self._begins(small) for small in original_node.body):
            body, footer = self._block(
                [cst.SimpleStatementLine(original_node.body)],
                [line.with_changes(trailing_whitespace=cst.TrailingWhitespace())],
                None,
            )
            header = updated_node.trailing_whitespace
            return cst.IndentedBlock(body, header=header, footer=footer)
        for kept in self._line(original_node, line):
            assert isinstance(kept, cst.SimpleStatementLine)
            return updated_node.with_changes(body=kept.body)
        return cst.IndentedBlock([])

    def leave_ExceptHandler(
        self, original_node: cst.ExceptHandler, updated_node: cst.ExceptHandler
    ) -> cst.ExceptHandler:
        """A handler on one line stays on one line."""
        if isinstance(original_node.body, cst.IndentedBlock) or updated_node.body.body:
            return updated_node
        return updated_node.with_changes(body=cst.SimpleStatementSuite([cst.Pass()]))

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """Edit the statements of the module."""
        body, _ = self._block(original_node.body, updated_node.body, None)
        return updated_node.with_changes(body=body)

    def _block(
        self,
        originals: Sequence[cst.BaseStatement],
        updated: Sequence[cst.BaseStatement],
        indent: str | None,
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        body: list[cst.BaseStatement] = []
        carried: list[cst.EmptyLine] = []
        removed = blank = False
        region: Region | None = None
        start = 0
        for original, statement in self._split(originals, updated):
            opened = self._region_at(original)
            if opened is not None:
                region, start = opened, len(body)
            kept, left = self._statement(original, statement)
            if not kept:
                removed = True
                blank = blank or any(line.comment is None for line in lines_before(statement)[:1])
            elif removed or carried:
                kept[0] = taking_over(kept[0], carried, first=not body, blank=blank)
                carried, removed, blank = [], False, False
            body.extend(kept)
            carried.extend(left)
            if region is not None and self._ends(original, region):
                inner = body[start:]
                moved = (self._gathered or self.moved)[id(region)]
                body[start:] = enclose(region, moved, inner, indent, self._module)
                region = None
        return body, carried

    def _split(
        self, originals: Sequence[cst.BaseStatement], updated: Sequence[cst.BaseStatement]
    ) -> Iterator[tuple[cst.BaseStatement, cst.BaseStatement]]:
        """The statements of a block; a line that a region begins or ends within is two."""
        for original, statement in zip(originals, updated, strict=True):
            if isinstance(original, cst.SimpleStatementLine) and isinstance(
                statement, cst.SimpleStatementLine
            ):
                cuts = [
                    number
                    for number, small in enumerate(original.body)
                    if number
                    and (self._begins(small) or original.body[number - 1] in self._behind)
                ]
                for first, last in itertools.pairwise([0, *cuts, len(original.body)]):
                    yield (
                        original.with_changes(body=original.body[first:last]),
                        part(statement, first, last),
                    )
            else:
                yield original, statement

    def _begins(self, small: cst.CSTNode) -> bool:
        region = self._firsts.get(small)
        return region is not None and (bool(region.binding) or region.released)

    def _region_at(self, original: cst.BaseStatement) -> Region | None:
        for node in statements_on(original):
            if node in self._firsts:
                return self._firsts[node]
        return None

    def _ends(self, original: cst.BaseStatement, region: Region) -> bool:
        return self._lasts[id(region)] in statements_on(original)

    def _statement(
        self, original: cst.BaseStatement, statement: cst.BaseStatement
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        """The statements that stay, and comments that lead what follows."""
        if original in self._released:
            guard = self._guarded.get(original)
            self.moved[id(self._released[original])].release(statement, guard)
            return [], []
        if isinstance(original, cst.SimpleStatementLine) and isinstance(
            statement, cst.SimpleStatementLine
        ):
            if len(original.body) == 1 and original.body[0] in self._lifted:
                return self._lift(original.body[0], statement)
            line = self._line(original, statement)
            if original.body[0] in self._kept and not self._goes(original.body[0]):
                first = cst.SimpleStatementLine([self._looked_up(original.body[0])])
                first = first.with_changes(leading_lines=statement.leading_lines)
                return [first, *(with_lines(each, []) for each in line)], []
            if not line and any(small in self._unimported for small in original.body):
                return [], comments_around(statement)
            return line, [] if line else set_off(statement)
        if isinstance(original, (cst.Try, cst.TryStar)) and isinstance(
            statement, (cst.Try, cst.TryStar)
        ):
            return self._try(original, statement)
        if original in self._dissolved and isinstance(statement, cst.With):
            return dissolved(statement)
        if original in self._unclosed and isinstance(statement, cst.With):
            return unclosed(statement)
        if original in self._hollow and isinstance(statement, cst.For):
            self._hollowed(statement, self._hollow[original])
            return [], []
        if isinstance(original, (cst.If, cst.Match)) and original in self._removed:
            region = self._removed[original] or self._default
            self.moved[id(region)].binding_comments.extend(
                line
                for line in comments_in(original)
                if line.comment is not None and not is_pragma(line.comment.value)
            )
            return [], []
        if isinstance(original, cst.If) and isinstance(statement, cst.If):
            statement, comments = without_else(original, statement)
            return [statement], comments
        return [statement], []

    def _lift(
        self, small: cst.BaseSmallStatement, line: cst.SimpleStatementLine
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        """Move a line before its region; what stays of it, and the comments that do."""
        lines = set_off(line)
        own = without_leading_blanks(line.leading_lines[len(lines) :])
        self.moved[id(self._lifted[small])].lifted.append(line.with_changes(leading_lines=own))
        if small in self._kept:
            kept = cst.SimpleStatementLine([self._looked_up(small)], leading_lines=lines)
            return [kept], []
        return [], lines

    def _hollowed(self, loop: cst.For, region: Region) -> None:
        """Give the comments of a loop that goes to the last release that left it."""
        comments = [line for line in loop.leading_lines if line.comment is not None]
        header = getattr(loop.body, "header", None)
        if header is not None and header.comment is not None:
            comments.append(cst.EmptyLine(comment=header.comment))
        releases = self.moved[id(region)].releases
        releases[-1] = with_lines(releases[-1], [*comments, *lines_before(releases[-1])])

    def _line(
        self,
        original: cst.SimpleStatementLine | cst.SimpleStatementSuite,
        line: cst.SimpleStatementLine,
    ) -> list[cst.BaseStatement]:
        kept: list[cst.BaseSmallStatement] = []
        went: Region | None = None
        moved = False
        inner: list[cst.EmptyLine] = []
        for small, changed in zip(original.body, line.body, strict=True):
            if small in self._released:
                region = self._released[small]
                alone = len(original.body) == 1
                self.moved[id(region)].release(
                    line.with_changes(body=[changed.with_changes(semicolon=NO_SEMICOLON)])
                    if alone
                    else cst.SimpleStatementLine([changed.with_changes(semicolon=NO_SEMICOLON)]),
                    self._guarded.get(small),
                )
                moved = moved or alone
            elif small in self._lifted:
                single = cst.SimpleStatementLine([changed.with_changes(semicolon=NO_SEMICOLON)])
                self.moved[id(self._lifted[small])].lifted.append(single)
                if small in self._kept:
                    kept.append(self._looked_up(small).with_changes(semicolon=changed.semicolon))
            elif small in self._kept and small in self._removed:
                kept.append(self._looked_up(small).with_changes(semicolon=changed.semicolon))
            elif small in self._removed:
                went = self._removed[small] or self._default
                inner.extend(comments_in(small))
            elif small in self._unimported and isinstance(changed, (cst.Import, cst.ImportFrom)):
                kept.extend(without_names(changed, self._unimported[small]))
            else:
                kept.append(changed)
        if kept:
            if len(kept) == len(line.body):
                return [line.with_changes(body=kept)]
            kept[-1] = kept[-1].with_changes(semicolon=NO_SEMICOLON)
            return [line.with_changes(body=kept)]
        if went is not None and not moved:
            own = line.leading_lines[len(set_off(line)) :]
            comments = comments_around(line.with_changes(leading_lines=own), inner)
            self.moved[id(went)].binding_comments.extend(comments)
            if comments and comments[-1].comment is line.trailing_whitespace.comment:
                code = self._module.code_for_node(line.with_changes(leading_lines=[]))
                self.moved[id(went)].behind.append((comments[-1], len(code.rstrip())))
        return []

    def _goes(self, small: cst.CSTNode) -> bool:
        return small in self._removed or small in self._lifted

    def _looked_up(self, small: cst.CSTNode) -> cst.BaseSmallStatement:
        """``_ = row["id"]``, which raised where a row has none, and still does."""
        line = cst.parse_statement(f"_ = {self._kept[small]}")
        assert isinstance(line, cst.SimpleStatementLine)
        return line.body[0]

    def _try(
        self, original: cst.Try | cst.TryStar, statement: cst.Try | cst.TryStar
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        if original in self._emptied and not any(map(comments_in, statement.handlers)):
            return dissolved(statement)
        if (
            statement.orelse is not None
            and original.orelse is not None
            and original.orelse.body.body
            and not statement.orelse.body.body
        ):
            comments = comments_in(statement.orelse)
            statement = statement.with_changes(orelse=None)
            return [statement], comments
        finalbody = statement.finalbody
        if (
            finalbody is None
            or original.finalbody is None
            or finalbody.body.body
            or not original.finalbody.body.body
        ):
            return [statement], []
        region = self._region_inside(original.finalbody)
        moved = self.moved[id(region)] if region is not None else Moved()
        moved.finally_comments.extend(
            line for line in finalbody.leading_lines if line.comment is not None
        )
        if isinstance(finalbody.body, cst.IndentedBlock):
            moved.finally_header = moved.finally_header or finalbody.body.header.comment
            moved.finally_footer.extend(
                line for line in finalbody.body.footer if line.comment is not None
            )
        if statement.handlers:
            return [statement.with_changes(finalbody=None)], []
        return dissolved(statement)

    def _region_inside(self, finalbody: cst.Finally) -> Region | None:
        """The region that the releases of a ``finally`` go to."""
        for statement in finalbody.body.body:
            for node in statements_on(statement):
                if node in self._released:
                    return self._released[node]
        return self._default
