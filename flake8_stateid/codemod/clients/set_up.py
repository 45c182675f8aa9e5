"""What runs once for each object of a class, and the attributes that it makes.

Constructors, methods that only these call, properties that are kept, and parts that are made when
they are first asked for: ``if self._sdk is None: self._sdk = SDK()``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.call_index.counters import CONSTRUCTORS, FIELDS
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import assigned
from flake8_stateid.codemod.reading.nodes import own_nodes, stored_names, walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters
from flake8_stateid.codemod.tracing.effects import CLOSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

    Bodies = Sequence[tuple[Module, Method]]


class Made(NamedTuple):
    """An attribute that is made once, as it is spelled, and by what, in which method."""

    module: Module
    method: Method
    name: str
    value: ast.expr


class SetUp:
    """Looks at the methods of one class and its bases.

    Attributes:
        makers: Constructors, and the methods that nothing but these calls.
        kept: Properties that are evaluated once and kept.
        once: Both of these.
        made: The attributes that these make.
        late: What makes a part when it is first asked for, by the target of the assignment.
    """

    def __init__(self, ancestors: Ancestors, seen: Ancestry) -> None:
        """Look at a class and its bases.

        Args:
            ancestors: What found it, for the batch path's module.
            seen: The class and its bases.
        """
        bodies = seen.methods
        self.makers = _makers(ancestors.first, bodies)
        self.late: dict[ast.expr, ast.expr] = {}
        kept: set[Method] = set()
        for _, method in bodies:
            if method not in self.makers and method.name not in CLOSING:
                self.late.update(
                    (target, value)
                    for target, value in _first_asked(method)
                    if _is_only_asked(seen, self.makers, dotted(target))
                )
                if _is_kept(method):
                    kept.add(method)
        self.kept = frozenset(kept)
        self.once = self.makers | self.kept
        self.made = tuple(self._made(bodies))

    def _made(self, bodies: Bodies) -> Iterator[Made]:
        for module, method in bodies:
            kept = method in self.kept
            pairs = [pair for node in walk(method) for pair in assigned(node)]
            for target, value in pairs:
                if method in self.makers or target in self.late:
                    for each in _made_of(value, pairs):
                        yield Made(module, method, dotted(target), each)
            for node in own_nodes(*method.body) if kept else ():
                if isinstance(node, ast.Return) and node.value is not None:
                    for each in _made_of(node.value, pairs):
                        yield Made(module, method, f"self.{method.name}", each)


def _made_of(value: ast.expr, pairs: Sequence[tuple[ast.expr, ast.expr]]) -> list[ast.expr]:
    """A value, and what the locals in it are bound to.

    Args:
        value: The value.
        pairs: What is assigned in the method, each with its value.
    """
    found = [value]
    for each in found:
        names = _names_of(each)
        found.extend(
            bound
            for target, bound in pairs
            if isinstance(target, ast.Name) and target.id in names and bound not in found
        )
    return found


def _is_kept(method: Method) -> bool:
    """Whether a method is a property that is evaluated once for each object."""
    return any(last_name(each) == "cached_property" for each in method.decorator_list)


def _makers(first: Module, bodies: Bodies) -> frozenset[Method]:
    """Constructors, and the methods with an underscore that only these call, as ``self._x()``.

    Args:
        first: The batch path's module, whose rows may call them, too.
        bodies: The methods of the class and its bases.
    """
    found = {method for _, method in bodies if method.name in CONSTRUCTORS}
    others = {
        method.name
        for _, method in bodies
        if method.name.startswith("_") and not method.name.startswith("__")
    }
    if not found or not others:
        return frozenset(found)
    methods = {method for _, method in bodies}
    callers: dict[str, set[Method | None]] = {}
    for module in {first, *(module for module, _ in bodies)}:
        for node in walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in others:
                owner = module.function_of(node)
                call = module.parents[node]
                own = (
                    isinstance(call, ast.Call)
                    and call.func is node
                    and dotted(node.value) == "self"
                    and owner in methods
                    # What is drawn, or made, is seen where it becomes an attribute.
                    and all(dotted(each) or isinstance(each, ast.Constant) for each in call.args)
                    and not call.keywords
                )
                callers.setdefault(node.attr, set()).add(owner if own else None)  # type: ignore[arg-type]
    while True:
        more = {
            method
            for _, method in bodies
            if callers.get(method.name, set()) and callers[method.name] <= found
        } - found
        if not more:
            return frozenset(found)
        found |= more


def _first_asked(method: Method) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What ``if self._x is None: self._x = ...`` sets, in that shape and no other."""
    for node in own_nodes(*method.body):
        if isinstance(node, ast.If) and not node.orelse:
            name = _asked_for(node.test)
            for target, value in _only_sets(node.body, name) if name else ():
                if not _names_of(value) & _own_names(method):
                    yield target, value


def _asked_for(test: ast.expr) -> str:
    """``self._x`` of ``self._x is None``; empty for any other test."""
    match test:
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            name = dotted(left)
            return name if name.startswith("self.") and name.count(".") == 1 else ""
    return ""


def _only_sets(body: Sequence[ast.stmt], name: str) -> list[tuple[ast.expr, ast.expr]]:
    """The assignment to ``name`` that is all that ``body`` does, perhaps under a lock."""
    match body:
        case [ast.Assign(targets=[target], value=value)] if dotted(target) == name:
            return [(target, value)]
        case [ast.With(items=[ast.withitem(context_expr=lock)], body=inner)] if dotted(lock):
            return _only_sets(inner, name)
        case [ast.If(test=test, body=inner, orelse=[])] if _asked_for(test) == name:
            return _only_sets(inner, name)
    return []


def _names_of(value: ast.expr) -> set[str]:
    return {node.id for node in walk(value) if isinstance(node, ast.Name)}


def _own_names(method: Method) -> set[str]:
    """What a method is given, and its locals: they are of one call."""
    return {*parameters(method), *stored_names(method)} - {"self"}


def _is_only_asked(seen: Ancestry, makers: frozenset[Method], name: str) -> bool:
    """Whether a part begins as ``None``, and nothing but the first look depends on whether it is.

    Args:
        seen: The class and its bases.
        makers: The methods that run once.
        name: The part, as it is spelled.
    """
    nodes = [node for method in makers for node in walk(method)]
    nodes.extend(item for each in seen.classes for item in each.node.body)
    begins = [
        value
        for node in nodes
        for target, value in assigned(node)
        if dotted(target) in {name, name.removeprefix("self.")}
    ]
    if not begins or not all(map(_is_none, begins)):
        return False
    for module, method in seen.methods:
        if method in makers or method.name in CLOSING:
            continue
        made = dict(_first_asked(method))
        for node in walk(method):
            if not isinstance(node, ast.Attribute) or dotted(node) != name:
                continue
            if not isinstance(node.ctx, ast.Load):
                if node not in made:
                    return False
            elif not _is_use(module, node):
                return False
    return True


def _is_none(value: ast.expr) -> bool:
    """Whether a field or an attribute begins as ``None``."""
    if isinstance(value, ast.Call) and last_name(value) in FIELDS:
        return any(each.arg == "default" and _is_none(each.value) for each in value.keywords)
    return isinstance(value, ast.Constant) and value.value is None


def _is_use(module: Module, node: ast.Attribute) -> bool:
    """Whether a part is asked for something, handed on or given back, and not looked for."""
    parent = module.parents[node]
    match parent:
        case ast.Compare():
            outer = module.parents[parent]
            return isinstance(outer, ast.Assert) or (
                isinstance(outer, ast.If)
                and not outer.orelse
                and bool(_only_sets(outer.body, dotted(node)))
            )
        case ast.Attribute() | ast.Return() | ast.Await() | ast.Call() | ast.keyword():
            return True
    return False
