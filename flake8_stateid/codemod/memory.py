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
    from collections.abc import Iterator, Sequence

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


def memory_of(bodies: Sequence[tuple[Module, Method]]) -> Memory:
    """What the methods of a class and its bases change from call to call.

    Args:
        bodies: The methods, each with its module.
    """
    counters: set[str] = set()
    changed: set[str] = set()
    set_anew: set[str] = set()
    safe = True
    containers = _containers([body for _, body in bodies])
    changed.update(remembering([body for _, body in bodies]))
    recorded = recorded_attributes([body for _, body in bodies])
    defined = {body.name for _, body in bodies}
    for module, body in bodies:
        if body.name == "__init__" or body.name in CLOSING:
            continue
        spelled = _Spelling(body)
        aside = set_to_next(body, spelled)
        for node in walk(body):
            changed.update(_changed_in_place(node, spelled, containers))
            changed.update(changed_itself(node, defined))
            changed.update(
                spelled(each) or "self"
                for each in changed_by_function(module, node)
                if spelled(each) or dotted(each) == "self"
            )
            if isinstance(node, ast.AugAssign) and spelled(node.target):
                name = spelled(node.target)
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
    """

    def __init__(self, body: Method) -> None:
        """Note which locals stand for an attribute."""
        self._locals = {
            name: dotted(value)
            for node in walk(body)
            for name, value in named(node)
            if dotted(value) == "self" or dotted(value).startswith("self.")
        }

    def __call__(self, node: ast.expr) -> str:
        """``self._x`` for ``self._x``, ``self._x[0]`` and a local that is it; else empty."""
        root, dot, rest = dotted(without_items(node)).partition(".")
        name = f"{self._locals.get(root, root)}{dot}{rest}"
        return name if name.startswith("self.") else ""


def _containers(methods: Sequence[Method]) -> frozenset[str]:
    """The attributes that a constructor makes a container."""
    return frozenset(
        dotted(target)
        for method in methods
        if method.name == "__init__"
        for node in walk(method)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if _is_container(node.value)
    ) - {""}


def _is_container(value: ast.expr) -> bool:
    return isinstance(value, _DISPLAYS) or (
        isinstance(value, ast.Call) and last_name(value) in CONTAINERS
    )


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
    return "lock" in dotted(item.context_expr).lower()


def is_under_lock(module: Module, node: ast.AST) -> bool:
    """Whether ``node`` runs while a lock is held."""
    return any(
        isinstance(ancestor, (ast.With, ast.AsyncWith)) and any(map(is_lock, ancestor.items))
        for ancestor in module.ancestors(node)
    )
