"""What a client's class keeps from one call to the next: its counters, and everything else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.effects import CLOSING
from flake8_stateid.codemod.logs import is_log
from flake8_stateid.codemod.modules import Module, dotted
from flake8_stateid.codemod.mutators import CONTAINERS, MUTATORS, READERS
from flake8_stateid.codemod.nodes import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_stateid.codemod.counters import Method

_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


class Memory(NamedTuple):
    """What the methods of a class change on its object.

    Attributes:
        counters: What counts, as it is spelled: ``self._call_index``.
        safe: Whether each counter is advanced safely between threads.
        kept: Everything else that they change.
    """

    counters: frozenset[str]
    safe: bool
    kept: frozenset[str]


def memory_of(bodies: Sequence[tuple[Module, Method]]) -> Memory:
    """What the methods of a class and its bases change from call to call.

    Args:
        bodies: The methods, each with its module.
    """
    counters: set[str] = set()
    changed: set[str] = set()
    safe = True
    containers = _containers([body for _, body in bodies])
    recorded = _recorded([body for _, body in bodies])
    for module, body in bodies:
        if body.name == "__init__" or body.name in CLOSING:
            continue
        spelled = _Spelling(body)
        aside = _set_to_next(body, recorded)
        for node in walk(body):
            changed.update(_changed_in_place(node, spelled, containers))
            if isinstance(node, ast.AugAssign) and dotted(node.target).startswith("self."):
                name = dotted(node.target)
                if _is_one(node.value) and (_counts(name) or name in recorded):
                    counters.add(name)
                    safe = safe and is_under_lock(module, node)
                else:
                    changed.add(name)
            elif isinstance(node, ast.Call) and dotted(node.func) == "next" and node.args:
                counters.add(dotted(node.args[0]))
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(
                node.ctx, ast.Load
            ):
                name = dotted(node) if isinstance(node, ast.Attribute) else spelled(node.value)
                if name.startswith("self.") and not isinstance(
                    module.parents[node], ast.AugAssign
                ):
                    counting = _counts(name) or node in aside
                    (counters if counting else changed).add(name)
                    safe = safe and (not counting or is_under_lock(module, node))
    return Memory(frozenset(counters), safe, frozenset(changed - counters))


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
            for name, value in _named(node)
            if dotted(value).startswith("self.")
        }

    def __call__(self, node: ast.expr) -> str:
        """``self._x`` for ``self._x``, ``self._x[0]`` and a local that is it; else empty."""
        while isinstance(node, ast.Subscript):
            node = node.value
        root, dot, rest = dotted(node).partition(".")
        name = f"{self._locals.get(root, root)}{dot}{rest}"
        return name if name.startswith("self.") else ""


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            | ast.NamedExpr(target=ast.Name(id=name), value=value)
        ):
            yield name, value


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


def _recorded(methods: Sequence[Method]) -> frozenset[str]:
    """The attributes that a recorded ``call_index`` is taken from, by locals and methods."""
    found: set[str] = set()
    todo: list[tuple[Method, ast.expr]] = [
        (method, keyword.value)
        for method in methods
        for node in walk(method)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "call_index"
    ]
    seen: set[ast.expr] = set()
    while todo:
        method, value = todo.pop()
        if value in seen:
            continue
        seen.add(value)
        match value:
            case ast.Name(id=name):
                todo.extend(
                    (method, each)
                    for node in walk(method)
                    for bound, each in _named(node)
                    if bound == name
                )
            case ast.Attribute(value=ast.Name(id="self")):
                found.add(dotted(value))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called)):
                todo.extend(
                    (each, node.value)
                    for each in methods
                    if each.name == called
                    for node in walk(each)
                    if isinstance(node, ast.Return) and node.value is not None
                )
    return frozenset(found)


def _set_to_next(method: Method, recorded: frozenset[str]) -> frozenset[ast.expr]:
    """The targets of ``self._position = index + 1`` that count."""
    return frozenset(
        target
        for node in walk(method)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.BinOp)
        and isinstance(node.value.op, ast.Add)
        and _is_one(node.value.right)
        for target in node.targets
        if dotted(target) in recorded
    )


def _counts(name: str) -> bool:
    last = name.rpartition(".")[2].lower()
    return any(word in last for word in ("index", "count", "calls", "next")) or last in {
        "_n",
        "n",
        "_i",
        "i",
        "_seq",
    }


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def is_lock(item: ast.withitem) -> bool:
    """Whether a ``with`` holds a lock, by its name."""
    return "lock" in dotted(item.context_expr).lower()


def is_under_lock(module: Module, node: ast.AST) -> bool:
    """Whether ``node`` runs while a lock is held."""
    return any(
        isinstance(ancestor, (ast.With, ast.AsyncWith)) and any(map(is_lock, ancestor.items))
        for ancestor in module.ancestors(node)
    )
