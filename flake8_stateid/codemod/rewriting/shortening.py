"""Expressions and loops with less in them: built ids, indices and keys that nothing needs."""

# ruff: noqa: N802 - LibCST says how the methods are named

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from flake8_stateid.codemod.edits import Edits, Loop
    from flake8_stateid.codemod.rewriting.positions import Positions

_TYPE = re.compile(r"#\s*type:(?!\s*ignore)")


class Shortener(cst.CSTTransformer):
    """Edits expressions, and what loops bind, where they stand."""

    def __init__(self, positions: Positions, edits: Edits) -> None:
        """Find the nodes of the edits."""
        super().__init__()
        self._replacements = {
            positions.expression(node): text for node, text in edits.replacements.items()
        }
        self._strict = {
            positions.expression(node)
            if not hasattr(node, "targets")
            else positions.statement(node)  # type: ignore[arg-type]
            for node in edits.strict
        }
        self._unnumbered = {_loop(positions, node) for node in edits.unnumbered}
        self._uncaptured = {positions.expression(node) for node in edits.uncaptured}
        self._valued = {_loop(positions, node) for node in edits.valued}
        self._unpacked = {positions.statement(node): n for node, n in edits.unpacked.items()}
        self._unzipped = {positions.statement(node): n for node, n in edits.unzipped.items()}

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

    def leave_MatchAs(
        self, original_node: cst.MatchAs, updated_node: cst.MatchAs
    ) -> cst.MatchPattern:
        """``pattern as name`` becomes ``pattern``, and ``name`` becomes ``_``."""
        if original_node not in self._uncaptured:
            return updated_node
        pattern = updated_node.pattern
        if pattern is None:
            return updated_node.with_changes(name=None)
        if not updated_node.lpar:
            return pattern
        return pattern.with_changes(
            lpar=[*updated_node.lpar, *pattern.lpar], rpar=[*pattern.rpar, *updated_node.rpar]
        )

    def leave_MatchStar(
        self, original_node: cst.MatchStar, updated_node: cst.MatchStar
    ) -> cst.MatchStar:
        """``*name`` becomes ``*_``."""
        if original_node not in self._uncaptured:
            return updated_node
        return updated_node.with_changes(name=None)

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


def _loop(positions: Positions, node: Loop) -> cst.CSTNode:
    if isinstance(node, ast.comprehension):
        return positions.comprehension(node)
    return positions.statement(node)


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
