"""What a client's class keeps from one call to the next: its counters, and everything else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.effects import CLOSING
from flake8_stateid.codemod.indexes import counts, is_next, named, recorded_attributes, set_to_next
from flake8_stateid.codemod.logs import is_log
from flake8_stateid.codemod.mutators import CONTAINERS, MUTATORS, READERS
from flake8_stateid.codemod.nodes import walk
from flake8_stateid.codemod.own_parts import changed_by_function, changed_itself, remembering
from flake8_stateid.codemod.signatures import dotted, without_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from flake8_stateid.codemod.ancestry import Ancestors
    from flake8_stateid.codemod.counters import Method
    from flake8_stateid.codemod.modules import Module

_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


class Memory(NamedTuple):
    """What the methods of a class change on its object.

    Attributes:
        counters: What counts, as it is spelled: ``self._call_index``.
        safe: Whether each counter is advanced safely between threads.
        kept: Everything else that they change.
        reset: The counters that they set to something else than the next number.
    """

    counters: frozenset[str]
    safe: bool
    kept: frozenset[str]
    reset: frozenset[str]


def memory_of(ancestors: Ancestors, bodies: Sequence[tuple[Module, Method]]) -> Memory:
    """What the methods of a class and its bases change from call to call.

    Args:
        ancestors: Finds functions of other modules.
        bodies: The methods, each with its module.
    """
    counters: set[str] = set()
    changed: set[str] = set()
    set_anew: set[str] = set()
    safe = True
    methods = [body for _, body in bodies]
    containers = _made_as(methods, _is_container)
    changed.update(remembering(methods))
    growing = _made_as(methods, _is_growing)
    recorded = recorded_attributes(methods)
    defined = {body.name for body in methods}
    returning = {
        f"self.{body.name}": dotted(node.value)
        for body in methods
        for node in walk(body)
        if isinstance(node, ast.Return) and node.value is not None
        if dotted(node.value).startswith("self.")
    }
    for module, body in bodies:
        if body.name == "__init__" or body.name in CLOSING:
            continue
        spelled = _Spelling(body, returning)
        aside = set_to_next(body, spelled)
        for node in walk(body):
            changed.update(_changed_in_place(node, spelled, containers))
            changed.update(changed_itself(node, defined))
            if isinstance(node, ast.Subscript) and dotted(node.value) in growing - recorded:
                changed.add(dotted(node.value))  # looking makes an item
            changed.update(
                spelled(each) or "self"
                for each in changed_by_function(module, node, ancestors)
                if spelled(each) or dotted(each) == "self"
            )
            if isinstance(node, ast.AugAssign) and (name := spelled(node.target)):
                if is_next(node) and (counts(name) or name in recorded):
                    counters.add(name)
                    safe = safe and is_under_lock(module, node)
                else:
                    changed.add(name)
                    set_anew.add(name)
            elif isinstance(node, ast.Call) and dotted(node.func) == "next" and node.args:
                name = dotted(node.args[0])
                # Another iterator, such as that of keys taken in turn, is no counter.
                (counters if counts(name) or name in recorded else changed).add(name)
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(
                node.ctx, ast.Load
            ):
                name = spelled(node)
                if name and not isinstance(module.parents[node], ast.AugAssign):
                    counting = node in aside and (counts(name) or name in recorded)
                    (counters if counting else changed).add(name)
                    set_anew.update(() if counting else (name,))
                    safe = safe and (not counting or is_under_lock(module, node))
    kept, reset = changed - counters, set_anew & counters
    return Memory(frozenset(counters), safe, frozenset(kept), frozenset(reset))


class _Spelling:
    """How an attribute of the object is spelled, also where a local or an element stands for it.

    Args:
        body: The method.
        returning: What methods return: ``self._x`` of ``self.parts``.
    """

    def __init__(self, body: Method, returning: Mapping[str, str]) -> None:
        """Note which locals stand for an attribute."""
        self._returning = returning
        self._locals = {
            name: held
            for node in walk(body)
            for name, value in _named(node)
            if (held := self._held(value)) == "self" or held.startswith("self.")
        }

    def __call__(self, node: ast.AST) -> str:
        """``self._x`` for ``self._x``, ``self._x[0]`` and a local that is it; else empty."""
        root, dot, rest = self._held(node).partition(".")
        name = f"{self._locals.get(root, root)}{dot}{rest}"
        return name if name.startswith("self.") else ""

    def _held(self, node: ast.AST) -> str:
        """The attribute that an expression is, or is a part of."""
        match without_items(node):
            case ast.Call(func=ast.Name(id="vars"), args=[ast.Name(id="self")]):
                return "self.__dict__"
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Name(id="self"), ast.Constant(value=str(name)), *_],
            ):
                return f"self.{name}"
            case ast.Call(func=called, args=[], keywords=[]):
                return self._returning.get(dotted(called), "")
            case ast.NamedExpr(value=value):
                return self._held(value)
            case ast.Attribute(value=value, attr=attribute):
                held = self._held(value)
                return f"{held}.{attribute}" if held else ""
            case plain:
                return dotted(plain)


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement binds, each with what it stands for, or is one of."""
    yield from named(node)
    if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        taken = node.iter
        if (
            isinstance(taken, ast.Call)
            and isinstance(taken.func, ast.Attribute)
            and not taken.args
        ):
            taken = taken.func.value  # .values(), .items()
        for each in walk(node.target):
            if isinstance(each, ast.Name):
                yield each.id, taken


def _made_as(methods: Sequence[Method], is_wanted: Callable[[ast.expr], bool]) -> frozenset[str]:
    """The attributes that a constructor binds to a value that ``is_wanted``."""
    return frozenset(
        dotted(target)
        for method in methods
        if method.name == "__init__"
        for node in walk(method)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if is_wanted(node.value)
    ) - {""}


def _is_container(value: ast.expr) -> bool:
    return isinstance(value, _DISPLAYS) or (
        isinstance(value, ast.Call) and last_name(value) in CONTAINERS
    )


def _is_growing(value: ast.expr) -> bool:
    """Whether a look makes an item."""
    return isinstance(value, ast.Call) and last_name(value) == "defaultdict"


def _changed_in_place(
    node: ast.AST, spelled: _Spelling, containers: frozenset[str]
) -> Iterator[str]:
    """The containers that a call changes: by a method, or handed to what may change them."""
    if not isinstance(node, ast.Call):
        return
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    name = spelled(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    # A dictionary's 'get' only looks; a queue's takes out, and names no key.
    if name and (method in MUTATORS or (method == "get" and not node.args and name in containers)):
        yield name
    if last_name(node.func) in READERS or is_log(node):
        return
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    for value in given:
        if spelled(value) in containers and not isinstance(value, ast.Subscript):
            yield spelled(value)


def is_lock(item: ast.withitem) -> bool:
    """Whether a ``with`` holds a lock, by its name."""
    name = dotted(item.context_expr).lower()
    return "lock" in name or "mutex" in name


def is_under_lock(module: Module, node: ast.AST) -> bool:
    """Whether ``node`` runs while a lock is held."""
    return any(
        isinstance(ancestor, (ast.With, ast.AsyncWith)) and any(map(is_lock, ancestor.items))
        for ancestor in module.ancestors(node)
    )
