"""Carry out planned edits on a LibCST module; everything not edited stays as it is."""

# ruff: noqa: N802 - LibCST says how the methods are named

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

import libcst as cst

from flake8_stateid.codemod.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.edits import Edits, Loop, Region
    from flake8_stateid.source import SourceText

Statement = cst.BaseStatement | cst.SimpleStatementLine | cst.BaseCompoundStatement


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
    gathered: dict[int, _Moved] | None = None
    if edits.scattered:
        # A release may stand behind the place it moves to: gather all before anything moves.
        first = Rewriter(positions, edits, module)
        module.visit(first)
        gathered = first.moved
    changed = module.visit(Rewriter(positions, edits, module, gathered))
    assert isinstance(changed, cst.Module)
    return changed


class _Moved:
    """What the rewriter gathers for a region on the way up to its block."""

    def __init__(self) -> None:
        self.binding_comments: list[cst.EmptyLine] = []
        self.behind: list[tuple[cst.EmptyLine, int]] = []
        self.finally_comments: list[cst.EmptyLine] = []
        self.finally_header: cst.Comment | None = None
        self.finally_footer: list[cst.EmptyLine] = []
        self.releases: list[Statement] = []
        self.guard: int | None = None

    def release(self, statement: Statement, guard: tuple[int, str] | None) -> None:
        """Add a release, under its condition if it has one."""
        number, test = guard or (None, "")
        last = self.releases[-1] if self.releases else None
        if guard is not None and number == self.guard and isinstance(last, cst.If):
            body = last.body.with_changes(body=[*last.body.body, statement])
            self.releases[-1] = last.with_changes(body=body)
        elif guard is not None:
            inner = cst.IndentedBlock([_with_lines(statement, [])])
            condition = cst.If(cst.parse_expression(test), inner, leading_lines=_lines(statement))
            self.releases.append(condition)
        else:
            self.releases.append(statement)
        self.guard = number


class Rewriter(cst.CSTTransformer):
    """Edits expressions where they stand, and statements in the block that holds them.

    Attributes:
        moved: What was found on the way, by region.
    """

    def __init__(
        self,
        positions: Positions,
        edits: Edits,
        module: cst.Module,
        gathered: dict[int, _Moved] | None = None,
    ) -> None:
        """Find the nodes of all edits; ``gathered`` is what a walk before this one has moved."""
        super().__init__()
        self._gathered = gathered
        self._module = module
        self._replacements = {
            positions.expression(node): text for node, text in edits.replacements.items()
        }
        self._removed = {
            positions.statement(node): region for node, region in edits.removed.items()
        }
        self._released = {
            positions.statement(node): region for node, region in edits.released.items()
        }
        self._hollow = {
            positions.statement(node): edits.released_in(node) for node in edits.hollow
        }
        self._strict = {
            positions.expression(node)
            if not hasattr(node, "targets")
            else positions.statement(node)  # type: ignore[arg-type]
            for node in edits.strict
        }
        self._guarded = {
            positions.statement(node): (number, test)
            for number, (statements, test) in enumerate(edits.guarded)
            for node in statements
        }
        self._unnumbered = {_loop(positions, node) for node in edits.unnumbered}
        self._valued = {_loop(positions, node) for node in edits.valued}
        self._kept = {positions.statement(node): text for node, text in edits.kept.items()}
        self._unpacked = {positions.statement(node): n for node, n in edits.unpacked.items()}
        self._unzipped = {positions.statement(node): n for node, n in edits.unzipped.items()}
        self._unimported = {
            positions.statement(node): {
                alias.name for other, alias in edits.unimported if other is node
            }
            for node, _ in edits.unimported
        }
        self._emptied = {positions.statement(node) for node in edits.emptied}
        self._dissolved = {positions.statement(node) for node in edits.dissolved}
        self._firsts = {positions.statement(r.first): r for r in edits.regions}
        self._lasts = {id(r): positions.statement(r.last) for r in edits.regions}
        self._behind = {positions.statement(r.last) for r in edits.regions if r.released}
        self.moved: dict[int, _Moved] = {id(r): _Moved() for r in edits.regions}
        self._default = edits.regions[0] if edits.regions else None

    # Expressions

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        """Replace what is to be replaced; leave the rest to the methods below."""
        if original_node in self._replacements:
            return cst.parse_expression(self._replacements[original_node])
        return super().on_leave(original_node, updated_node)

    def leave_Del(self, original_node: cst.Del, updated_node: cst.Del) -> cst.BaseSmallStatement:
        """``del cache[id]`` becomes ``cache.pop(id, None)``."""
        target = updated_node.target
        if original_node not in self._strict or not isinstance(target, cst.Subscript):
            return updated_node
        parts = [each.slice.value for each in target.slice if isinstance(each.slice, cst.Index)]
        # ``del cache[id, model]`` has a key of two parts without a bracket around them.
        key = parts[0] if len(parts) == 1 else cst.Tuple([cst.Element(part) for part in parts])
        arguments = [cst.Arg(key), cst.Arg(cst.Name("None"))]
        call = cst.Call(cst.Attribute(target.value, cst.Name("pop")), arguments)
        return cst.Expr(call, semicolon=updated_node.semicolon)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        """``cache.pop(id)`` becomes ``cache.pop(id, None)``."""
        if original_node not in self._strict:
            return updated_node
        first = updated_node.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return updated_node.with_changes(args=[first, cst.Arg(cst.Name("None"))])

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        """Drop the index of ``enumerate``, the ids of ``zip`` or the key of ``items``."""
        target, iterated = self._walk(original_node, updated_node)
        if target is updated_node.target:
            return updated_node
        body = updated_node.body
        match body:
            case cst.IndentedBlock(
                header=cst.TrailingWhitespace(comment=cst.Comment(value=comment))
            ) if _TYPE.match(comment):
                # It gives the types of what the loop bound before.
                body = body.with_changes(header=cst.TrailingWhitespace())
        return updated_node.with_changes(
            target=target,
            iter=iterated,
            body=body,
            whitespace_after_for=_straight(updated_node.whitespace_after_for),
            whitespace_before_in=_straight(updated_node.whitespace_before_in),
            whitespace_after_in=_straight(updated_node.whitespace_after_in),
        )

    def leave_CompFor(self, original_node: cst.CompFor, updated_node: cst.CompFor) -> cst.CompFor:
        """Drop the index of ``enumerate``, or the key of ``items``."""
        target, iterated = self._walk(original_node, updated_node)
        return updated_node.with_changes(target=target, iter=iterated)

    def _walk(
        self, original: cst.For | cst.CompFor, updated: cst.For | cst.CompFor
    ) -> tuple[cst.BaseAssignTargetExpression, cst.BaseExpression]:
        """What a loop binds and walks, less what nothing needs any more."""
        target, iterated = updated.target, updated.iter
        if original in self._unnumbered:
            target, iterated = _picked(target, iterated, 1, 0)
        elif original in self._unzipped:
            number = self._unzipped[original]
            target, iterated = _picked(target, iterated, number, number)
        if original in self._valued:
            target, iterated = _without_key(target, iterated)
        return target, iterated

    def leave_Assign(
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.BaseSmallStatement:
        """``sid, label = built, value`` becomes ``label = value``."""
        if original_node not in self._unpacked:
            return updated_node
        number = self._unpacked[original_node]
        (target,) = updated_node.targets
        left = _less(target.target, number)
        assert isinstance(left, cst.BaseAssignTargetExpression)
        return updated_node.with_changes(
            targets=[target.with_changes(target=left)], value=_less(updated_node.value, number)
        )

    # Statements

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
                blank = blank or any(line.comment is None for line in _lines(statement)[:1])
            elif removed or carried:
                kept[0] = _lead(kept[0], carried, first=not body, blank=blank)
                carried, removed, blank = [], False, False
            body.extend(kept)
            carried.extend(left)
            if region is not None and self._ends(original, region):
                inner = body[start:]
                body[start:] = self._enclose(region, inner, indent)
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
                        _part(statement, first, last),
                    )
            else:
                yield original, statement

    def _begins(self, small: cst.CSTNode) -> bool:
        region = self._firsts.get(small)
        return region is not None and (bool(region.binding) or region.released)

    def _region_at(self, original: cst.BaseStatement) -> Region | None:
        for node in _own(original):
            if node in self._firsts:
                return self._firsts[node]
        return None

    def _ends(self, original: cst.BaseStatement, region: Region) -> bool:
        return self._lasts[id(region)] in _own(original)

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
            line = self._line(original, statement)
            if original.body[0] in self._kept and not self._goes(original.body[0]):
                first = cst.SimpleStatementLine([self._looked_up(original.body[0])])
                first = first.with_changes(leading_lines=statement.leading_lines)
                return [first, *(_with_lines(each, []) for each in line)], []
            if not line and any(small in self._unimported for small in original.body):
                return [], _comments_around(statement)
            return line, [] if line else _set_off(statement)
        if isinstance(original, (cst.Try, cst.TryStar)) and isinstance(
            statement, (cst.Try, cst.TryStar)
        ):
            return self._try(original, statement)
        if original in self._dissolved and isinstance(statement, cst.With):
            return self._dissolve(statement)
        if original in self._hollow and isinstance(statement, cst.For):
            self._hollowed(statement, self._hollow[original])
            return [], []
        if isinstance(original, cst.If) and original in self._removed:
            region = self._removed[original] or self._default
            self.moved[id(region)].binding_comments.extend(
                line
                for line in _comments_in(original)
                if line.comment is not None and not is_pragma(line.comment.value)
            )
            return [], []
        return [statement], []

    def _hollowed(self, loop: cst.For, region: Region) -> None:
        """Give the comments of a loop that goes to the last release that left it."""
        comments = [line for line in loop.leading_lines if line.comment is not None]
        header = getattr(loop.body, "header", None)
        if header is not None and header.comment is not None:
            comments.append(cst.EmptyLine(comment=header.comment))
        releases = self.moved[id(region)].releases
        releases[-1] = _with_lines(releases[-1], [*comments, *_lines(releases[-1])])

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
                    line.with_changes(body=[changed.with_changes(semicolon=_NO_SEMICOLON)])
                    if alone
                    else cst.SimpleStatementLine([changed.with_changes(semicolon=_NO_SEMICOLON)]),
                    self._guarded.get(small),
                )
                moved = moved or alone
            elif small in self._kept and small in self._removed:
                kept.append(self._looked_up(small).with_changes(semicolon=changed.semicolon))
            elif small in self._removed:
                went = self._removed[small] or self._default
                inner.extend(_comments_in(small))
            elif small in self._unimported and isinstance(changed, (cst.Import, cst.ImportFrom)):
                kept.extend(_without(changed, self._unimported[small]))
            else:
                kept.append(changed)
        if kept:
            if len(kept) == len(line.body):
                return [line.with_changes(body=kept)]
            kept[-1] = kept[-1].with_changes(semicolon=_NO_SEMICOLON)
            return [line.with_changes(body=kept)]
        if went is not None and not moved:
            own = line.leading_lines[len(_set_off(line)) :]
            comments = _comments_around(line.with_changes(leading_lines=own), inner)
            self.moved[id(went)].binding_comments.extend(comments)
            if comments and comments[-1].comment is line.trailing_whitespace.comment:
                code = self._module.code_for_node(line.with_changes(leading_lines=[]))
                self.moved[id(went)].behind.append((comments[-1], len(code.rstrip())))
        return []

    def _goes(self, small: cst.CSTNode) -> bool:
        return small in self._removed

    def _looked_up(self, small: cst.CSTNode) -> cst.BaseSmallStatement:
        """``_ = row["id"]``, which raised where a row has none, and still does."""
        line = cst.parse_statement(f"_ = {self._kept[small]}")
        assert isinstance(line, cst.SimpleStatementLine)
        return line.body[0]

    def _try(
        self, original: cst.Try | cst.TryStar, statement: cst.Try | cst.TryStar
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        if original in self._emptied and not any(map(_comments_in, statement.handlers)):
            return self._dissolve(statement)
        if (
            statement.orelse is not None
            and original.orelse is not None
            and original.orelse.body.body
            and not statement.orelse.body.body
        ):
            comments = _comments_in(statement.orelse)
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
        moved = self.moved[id(region)] if region is not None else _Moved()
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
        return self._dissolve(statement)

    def _dissolve(
        self, statement: cst.Try | cst.TryStar | cst.With
    ) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
        """The body of a statement that nothing else is left of, with the comments around it."""
        lead = list(statement.leading_lines)
        body = statement.body
        if isinstance(body, cst.SimpleStatementSuite):
            line = cst.SimpleStatementLine(body.body, trailing_whitespace=body.trailing_whitespace)
            return [line.with_changes(leading_lines=lead)], []
        assert isinstance(body, cst.IndentedBlock)
        if body.header.comment is not None:
            lead.append(cst.EmptyLine(comment=body.header.comment))
        inner = list(body.body)
        if not inner:
            return [], [line for line in [*lead, *body.footer] if line.comment is not None]
        inner[0] = _with_lines(inner[0], [*lead, *_lines(inner[0])])
        return inner, [line for line in body.footer if line.comment is not None]

    def _region_inside(self, finalbody: cst.Finally) -> Region | None:
        """The region that the releases of a ``finally`` go to."""
        for statement in finalbody.body.body:
            for node in _own(statement):
                if node in self._released:
                    return self._released[node]
        return self._default

    def _enclose(
        self, region: Region, inner: list[cst.BaseStatement], indent: str | None
    ) -> list[cst.BaseStatement]:
        """Bind the id before ``inner``, and put the releases in a ``finally`` around it."""
        moved = (self._gathered or self.moved)[id(region)]
        lines = list(_lines(inner[0]))
        blanks: list[cst.EmptyLine] = []
        while lines and lines[0].comment is None:
            blanks.append(lines.pop(0))
        result: list[cst.BaseStatement] = []
        if region.binding:
            binding = cst.parse_statement(region.binding)
            assert isinstance(binding, cst.SimpleStatementLine)
            comments = list(moved.binding_comments)
            if (behind := _stays_behind(moved, region.binding)) is not None:
                comments.pop()
                binding = binding.with_changes(trailing_whitespace=behind)
            result.append(binding.with_changes(leading_lines=[*blanks, *comments]))
            nested = isinstance(inner[0], (cst.FunctionDef, cst.ClassDef)) and not moved.releases
            blanks = (blanks[:1] or [cst.EmptyLine(indent=False)]) if nested else []
        else:
            lines = [*moved.binding_comments, *lines]
        if not moved.releases:
            inner[0] = _with_lines(inner[0], [*blanks, *lines])
            return [*result, *inner]
        inner[0] = _with_lines(inner[0], lines)
        releases = self._unique(moved.releases)
        releases[0] = _with_lines(releases[0], _without_leading_blanks(_lines(releases[0])))
        header = cst.TrailingWhitespace()
        if moved.finally_header is not None:
            header = cst.TrailingWhitespace(
                whitespace=cst.SimpleWhitespace("  "), comment=moved.finally_header
            )
        final = cst.Finally(
            leading_lines=moved.finally_comments,
            body=cst.IndentedBlock(
                releases, header=header, indent=indent, footer=moved.finally_footer
            ),
        )
        (only, *others) = inner
        if isinstance(only, (cst.Try, cst.TryStar)) and only.finalbody is None and not others:
            # One that handles what rows raise can release as well.
            only = _with_lines(only, [*blanks, *_lines(only)])
            return [*result, only.with_changes(finalbody=final)]
        body = cst.IndentedBlock(inner, indent=indent)
        result.append(cst.Try(leading_lines=blanks, body=body, finalbody=final))
        return result

    def _unique(self, releases: list[Statement]) -> list[cst.BaseStatement]:
        """The releases without repetitions; the comments of a repetition go to the next."""
        found: dict[str, cst.BaseStatement] = {}
        orphaned: list[cst.EmptyLine] = []
        for release in releases:
            plain = _with_lines(release, [])
            if isinstance(plain, cst.SimpleStatementLine):
                plain = plain.with_changes(trailing_whitespace=cst.TrailingWhitespace())
            code = self._module.code_for_node(plain)
            if code not in found:
                found[code] = release
            elif isinstance(release, cst.SimpleStatementLine):
                orphaned.extend(_comments_around(release))
            else:
                orphaned.extend(line for line in _lines(release) if line.comment is not None)
        unique = list(found.values())
        unique[0] = _with_lines(unique[0], [*_lines(unique[0]), *orphaned])
        return unique


_TYPE = re.compile(r"#\s*type:(?!\s*ignore)")
_PRAGMA = re.compile(
    r"#\s*(?:noqa\b|type:|pylint:|pyright:|mypy:|pyre-|fmt:|ruff:|nosec\b|pragma:)", re.I
)


def is_pragma(comment: str) -> bool:
    """Whether a comment speaks to a tool about the line it stands on, and goes with the line."""
    return _PRAGMA.match(comment) is not None


def _stays_behind(moved: _Moved, binding: str) -> cst.TrailingWhitespace | None:
    """The comment that stood behind the one id, where it fits behind the binding."""
    match moved.behind:
        case [(line, width)] if line is moved.binding_comments[-1] and line.comment is not None:
            if len(binding) + 2 + len(line.comment.value) <= width:
                return cst.TrailingWhitespace(cst.SimpleWhitespace("  "), line.comment)
    return None


def _loop(positions: Positions, node: Loop) -> cst.CSTNode:
    if isinstance(node, ast.comprehension):
        return positions.comprehension(node)
    return positions.statement(node)


_NO_SEMICOLON = cst.MaybeSentinel.DEFAULT


def _own(original: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """A statement and, for a line, the small statements on it."""
    if isinstance(original, cst.SimpleStatementLine):
        return (original, *original.body)
    return (original,)


def _part(line: cst.SimpleStatementLine, first: int, last: int) -> cst.SimpleStatementLine:
    """The small statements of a line from ``first`` to before ``last``, on a line of their own."""
    body = list(line.body[first:last])
    body[-1] = body[-1].with_changes(semicolon=_semicolon(line, last))
    whole = line.with_changes(body=body)
    if first:
        whole = whole.with_changes(leading_lines=[])
    if last < len(line.body):
        whole = whole.with_changes(trailing_whitespace=cst.TrailingWhitespace())
    return whole


def _semicolon(line: cst.SimpleStatementLine, last: int) -> cst.Semicolon | cst.MaybeSentinel:
    return line.body[-1].semicolon if last == len(line.body) else _NO_SEMICOLON


def _lines(statement: cst.BaseStatement) -> tuple[cst.EmptyLine, ...]:
    found = getattr(statement, "leading_lines", ())
    return tuple(found)


def _with_lines(statement: cst.BaseStatement, lines: Sequence[cst.EmptyLine]) -> cst.BaseStatement:
    return statement.with_changes(leading_lines=list(lines))


def _without_leading_blanks(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    rest = list(lines)
    while rest and rest[0].comment is None:
        rest.pop(0)
    return rest


def _lead(
    statement: cst.BaseStatement,
    carried: Sequence[cst.EmptyLine],
    *,
    first: bool,
    blank: bool,
) -> cst.BaseStatement:
    """``statement`` after something before it went: comments it takes over, a blank line kept."""
    lines = list(_lines(statement))
    if first:
        lines = _without_leading_blanks(lines)
    elif blank and (not lines or lines[0].comment is not None):
        lines = [cst.EmptyLine(indent=False), *lines]
    return _with_lines(statement, [*carried, *lines])


def _set_off(line: cst.SimpleStatementLine) -> list[cst.EmptyLine]:
    """The comments before a line, with the blank line that parts them from it."""
    lines = list(line.leading_lines)
    while lines and lines[-1].comment is not None:
        lines.pop()
    return lines if any(each.comment is not None for each in lines) else []


def _comments_around(
    line: cst.SimpleStatementLine, inner: Sequence[cst.EmptyLine] = ()
) -> list[cst.EmptyLine]:
    """The comments before, ``inner`` and behind a line that goes, each on a line of its own."""
    comments = [entry for entry in line.leading_lines if entry.comment is not None]
    comments.extend(inner)
    trailing = line.trailing_whitespace.comment
    if trailing is not None and not is_pragma(trailing.value):
        comments.append(cst.EmptyLine(comment=trailing))
    return comments


def _comments_in(node: cst.CSTNode) -> list[cst.EmptyLine]:
    """The comments inside a statement that goes, each on a line of its own."""
    found: list[cst.EmptyLine] = []

    class Collector(cst.CSTVisitor):
        def visit_Comment(self, node: cst.Comment) -> None:
            found.append(cst.EmptyLine(comment=node))

    node.visit(Collector())
    return found


def _without_key(
    target: cst.BaseAssignTargetExpression, iterated: cst.BaseExpression
) -> tuple[cst.BaseAssignTargetExpression, cst.BaseExpression]:
    """``key, value`` and ``values.items()`` become ``value`` and ``values.values()``."""
    if not isinstance(iterated, cst.Call) or not isinstance(iterated.func, cst.Attribute):
        return target, iterated
    assert isinstance(target, cst.Tuple)
    value = target.elements[1].value
    assert isinstance(value, cst.BaseAssignTargetExpression)
    method = iterated.func.with_changes(attr=cst.Name("values"))
    return value, iterated.with_changes(func=method)


def _picked(
    target: cst.BaseAssignTargetExpression, iterated: cst.BaseExpression, taken: int, given: int
) -> tuple[cst.BaseAssignTargetExpression, cst.BaseExpression]:
    """One name of a loop's target, and one argument of the call it iterates over."""
    assert isinstance(target, cst.Tuple)
    assert isinstance(iterated, cst.Call)
    value = target.elements[taken].value
    assert isinstance(value, cst.BaseAssignTargetExpression)
    if isinstance(value, cst.Tuple):
        value = value.with_changes(lpar=[], rpar=[])
    values = iterated.args[given].value
    bare = isinstance(values, (cst.GeneratorExp, cst.IfExp, cst.Lambda, cst.NamedExpr, cst.Tuple))
    if bare and not values.lpar:
        values = values.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return value, values


def _straight(whitespace: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
    """``whitespace`` without the continuation of a line that has become short."""
    return cst.SimpleWhitespace(" ") if "\\" in whitespace.value else whitespace


def _less(several: cst.BaseExpression, number: int) -> cst.BaseExpression:
    """A tuple less one of its elements; the other one by itself where there are two."""
    assert isinstance(several, cst.Tuple)
    left = [each for n, each in enumerate(several.elements) if n != number]
    if len(left) == 1:
        return left[0].value
    if number == len(left):
        left[-1] = left[-1].with_changes(comma=several.elements[-1].comma)
    return several.with_changes(elements=left)


def _without(
    statement: cst.Import | cst.ImportFrom, names: set[str]
) -> list[cst.BaseSmallStatement]:
    """An import less the names that nothing uses any more."""
    assert not isinstance(statement.names, cst.ImportStar)
    kept = [
        alias for alias in statement.names if cst.Module([]).code_for_node(alias.name) not in names
    ]
    if not kept:
        return []
    if len(kept) < len(statement.names) and statement.names[-1] not in kept:
        kept[-1] = kept[-1].with_changes(comma=statement.names[-1].comma)
    return [statement.with_changes(names=kept)]
