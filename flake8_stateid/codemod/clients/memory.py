"""What a client's class keeps from one call to the next: its counters, and everything else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.clients.locks import is_under_lock
from flake8_stateid.codemod.clients.own_parts import (
    changed_by_function,
    changed_itself,
    remembering,
)
from flake8_stateid.codemod.clients.spelling import Spelling, returned_attributes
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import CONTAINERS, MUTATORS, READERS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted
from flake8_stateid.codemod.tracing.effects import CLOSING
from flake8_stateid.codemod.tracing.indexes import (
    counts,
    is_next,
    named,
    recorded_attributes,
    set_to_next,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_stateid.codemod.clients.set_up import SetUp
    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.tracing.counters import Method

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


def memory_of(
    ancestors: Ancestors,
    seen: Ancestry,
    setting: SetUp,
    is_id: Callable[[str], bool] = lambda _: False,
) -> Memory:
    """What the methods of a class and its bases change from call to call.

    Args:
        ancestors: Finds functions of other modules.
        seen: The class and its bases.
        setting: What of it runs once for each object.
        is_id: Whether a name is that of the client's state id.
    """
    bodies = seen.methods
    counters: set[str] = set()
    changed: set[str] = set()
    set_anew: set[str] = set()
    safe = True
    methods = [body for _, body in bodies]
    containers = _made_as(setting, _is_container)
    changed.update(remembering(methods, setting))
    growing = _made_as(setting, _is_growing)
    recorded = recorded_attributes(methods)
    defined = {body.name for body in methods}
    returning = returned_attributes(methods)
    for module, body in bodies:
        if body in setting.makers or body.name in CLOSING:
            continue
        spelled = Spelling(body, returning)
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
                if (
                    is_next(node)
                    and (counts(name) or name in recorded)
                    and _is_one_item(node.target, body, is_id)
                ):
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
                name = spelled(node) if node not in setting.late else ""
                if name and not isinstance(module.parents[node], ast.AugAssign):
                    counting = (
                        node in aside
                        and (counts(name) or name in recorded)
                        and _is_one_item(node, body, is_id)
                    )
                    (counters if counting else changed).add(name)
                    set_anew.update(() if counting else (name,))
                    safe = safe and (not counting or is_under_lock(module, node))
    kept, reset = changed - counters, set_anew & counters
    return Memory(frozenset(counters), safe, frozenset(kept), frozenset(reset))


def _is_one_item(target: ast.expr, body: Method, is_id: Callable[[str], bool]) -> bool:
    """Whether ``target`` is no item of a container, or the same one for all calls of a client.

    A counter for each kind of call numbers those of one kind only.
    """
    while isinstance(target, ast.Subscript):
        key = target.slice
        values = [
            value
            for node in walk(body)
            for name, value in named(node)
            if isinstance(key, ast.Name) and name == key.id
        ]
        for each in values or [key]:
            spelled = dotted(each)
            if not (
                isinstance(each, ast.Constant)
                or spelled.startswith("self.")
                or is_id(spelled.rpartition(".")[2])
            ):
                return False
        target = target.value
    return True


def _made_as(setting: SetUp, is_wanted: Callable[[ast.expr], bool]) -> frozenset[str]:
    """The attributes that are bound once to a value that ``is_wanted``."""
    return frozenset(each.name for each in setting.made if is_wanted(each.value))


def _is_container(value: ast.expr) -> bool:
    return isinstance(value, _DISPLAYS) or (
        isinstance(value, ast.Call) and last_name(value) in CONTAINERS
    )


def _is_growing(value: ast.expr) -> bool:
    """Whether a look makes an item."""
    return isinstance(value, ast.Call) and last_name(value) == "defaultdict"


def _changed_in_place(
    node: ast.AST, spelled: Spelling, containers: frozenset[str]
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
    given = arguments_of(node)
    for value in given:
        if spelled(value) in containers and not isinstance(value, ast.Subscript):
            yield spelled(value)
