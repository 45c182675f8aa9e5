"""Clients: who counts ``call_index``, and whether one client may serve all rows of a batch."""

from __future__ import annotations

import ast
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.call_index.counting import Counting
from flake8_stateid.analysis.program import last_name
from flake8_stateid.codemod.clients.first_number import first_number, stands_still
from flake8_stateid.codemod.clients.gaps import Gap, gaps_of
from flake8_stateid.codemod.clients.handed_out import hands_id, hands_number
from flake8_stateid.codemod.clients.id_texts import keeps_by_id, reads_id
from flake8_stateid.codemod.clients.lagging import lags
from flake8_stateid.codemod.clients.locks import is_lock, is_under_lock
from flake8_stateid.codemod.clients.memory import memory_of
from flake8_stateid.codemod.clients.once import Once
from flake8_stateid.codemod.clients.own_parts import of_fields
from flake8_stateid.codemod.clients.parts import Parts
from flake8_stateid.codemod.clients.set_up import SetUp
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Callee, dotted
from flake8_stateid.codemod.tracing.allocation import ALLOCATE, recorder_counts
from flake8_stateid.codemod.tracing.counters import decides, is_interrupted, telling, writes
from flake8_stateid.codemod.tracing.effects import CLOSING, decorated, has_effect_once, naming
from flake8_stateid.codemod.tracing.indexes import misnumbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from flake8_stateid.codemod.clients.set_up import Bodies
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.sharing.caches import Filling
    from flake8_stateid.codemod.tracing.counters import Method
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.codemod.tracing.traced import Creation


class ClientClass(NamedTuple):
    """What a client's class tells.

    Attributes:
        counting: Who counts.
        thread_safe: Whether two threads may call at once without sharing an index.
        memory: Attributes besides the counter that calls change.
        telling: Attributes that tell how many calls were made.
        interrupted: Whether it awaits between reading its counter and advancing it.
        decides: Whether it tests how many calls it made.
        writes: Whether it makes a text of how many calls it made.
        made: What is called for each object that is made, as it is spelled; empty for nothing.
        once: Whether it logs, records or changes what is not its own when it is made or closed.
        decorated: A decorator of one of its methods that may remember calls.
        reset: A counter that it sets to something else than the next number.
        misnumbers: Whether it records an index that is no counter.
        begins: The number of its first call, where that is seen not to be 0.
        lags: Whether it may record a call without its counter going on.
        reads_id: Whether what it does depends on how the state id is spelled.
        keeps_by_id: Whether something that outlives it is kept under its state id.
        hands_id: Where it hands its state id as something else; empty for nowhere.
        hands_number: What it hands the number of a call to, but to be recorded; empty for nothing.
        gaps: What its methods count and do not record, by name.
        makers: Its constructors, and what else is evaluated once.
        classes: The class and its bases, as far as they are seen, by name.
        methods: What can be called on it, by name; a coroutine is left to tasks.
        counts: Whether a counter is seen, of its own or of a part.
    """

    counting: Counting
    thread_safe: bool
    memory: tuple[str, ...] = ()
    telling: frozenset[str] = frozenset()
    interrupted: bool = False
    decides: bool = False
    writes: bool = False
    made: str = ""
    once: bool = False
    decorated: str = ""
    reset: str = ""
    misnumbers: bool = False
    begins: int = 0
    lags: bool = False
    reads_id: bool = False
    keeps_by_id: bool = False
    hands_id: str = ""
    hands_number: str = ""
    gaps: Mapping[str, Gap] = MappingProxyType({})
    makers: tuple[ast.AST, ...] = ()
    classes: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    counts: bool = False


UNSEEN = ClientClass(Counting.UNKNOWN, thread_safe=False)


def client_class(
    ancestors: Ancestors, creation: Creation, is_state_id: Callable[[str], bool]
) -> ClientClass:
    """Read the class that ``creation`` constructs, where the package defines it.

    Args:
        ancestors: Finds it.
        creation: The call.
        is_state_id: Whether a name is a state id name.
    """
    seen = ancestors.of(dotted(creation.call.func), creation.call)
    bodies = seen.methods
    setting = SetUp(ancestors, seen)
    allocated = recorder_counts(bodies)
    methods = [method for _, method in bodies]
    given = _given(methods, creation)

    def holds_id(name: str) -> bool:
        return name == given or is_state_id(name)

    counters, safe, kept, reset = memory_of(ancestors, seen, setting, holds_id)
    if not counters and not seen.complete and not allocated:
        return UNSEEN
    known = Parts(ancestors, seen, setting)
    parts = known.remembering() | known.handed(creation)
    safe = safe and (allocated or bool(counters))
    counters |= known.numbering()
    parts.update(of_fields([each.node for each in seen.classes], methods, setting))
    return ClientClass(
        Counting.RECORDER if allocated else Counting.CLIENT,
        safe,
        tuple(sorted(kept | parts)),
        telling(methods, counters) | naming(methods, holds_id),
        is_interrupted(methods, counters),
        decides(methods, counters),
        writes(methods, counters),
        Once(ancestors).in_class(seen, setting),
        has_effect_once(methods, setting.once) or _announces(bodies, setting),
        decorated(methods),
        min(reset, default=""),
        not allocated
        and (misnumbers(methods, counters) or (seen.complete and stands_still(methods, setting))),
        0 if allocated else first_number(ancestors, seen, setting, counters, creation.call),
        not allocated and any(lags(module, method, counters) for module, method in bodies),
        reads_id(methods, holds_id),
        keeps_by_id(ancestors, bodies, holds_id),
        hands_id(ancestors, bodies, holds_id),
        "" if allocated else hands_number(ancestors, bodies, counters),
        {} if allocated else gaps_of(methods, counters),
        (*setting.once, *setting.late.values()),
        frozenset(each.node.name for each in seen.classes),
        frozenset(
            method.name
            for method in methods
            if isinstance(method, ast.FunctionDef) and not _is_read(method)
        ),
        bool(counters),
    )


def _is_read(method: Method) -> bool:
    """Whether a method is a property, which is read and not called."""
    return any("property" in last_name(each) for each in method.decorator_list)


def _announces(bodies: Bodies, setting: SetUp) -> bool:
    """Whether a function logs or records that a constructor or what closes a client calls."""
    return any(
        isinstance(node, ast.Call)
        and (is_log(node) or dotted(node.func).rpartition(".")[2] == "record_call")
        for module, method in bodies
        if method in setting.makers or method.name in CLOSING
        for function in _called(module, method)
        for node in walk(function)
    )


def _called(module: Module, method: Method) -> Iterator[ast.AST]:
    """The functions of the module, not of a class, that a method calls by name."""
    for node in walk(method):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for callee in module.resolve(node.func):
                if module.enclosing(callee.function, ast.ClassDef) is None:
                    yield callee.function


def _given(methods: Sequence[Method], creation: Creation) -> str:
    """The constructor's parameter that takes the id; empty where it cannot be seen."""
    if isinstance(creation.slot, str):
        return creation.slot
    for method in methods:
        if method.name == "__init__":
            return Callee(method, 1).parameter(creation.slot, None) or ""
    return ""


def is_locked(trace: Trace, filling: Filling) -> bool:
    """Whether a client is looked up and made under one lock, wherever that is done."""
    uses = {key for key, _ in trace.cache_keys[filling.cache]}
    looks = {key for key in uses if not _is_stored(trace.module, key)}
    return all(
        any(
            isinstance(ancestor, (ast.With, ast.AsyncWith))
            and any(map(is_lock, ancestor.items))
            and looks.intersection(walk(ancestor))
            for ancestor in trace.module.ancestors(call)
        )
        for call in filling.opened or (filling.call,)
    )


def _is_stored(module: Module, key: ast.expr) -> bool:
    parent = module.parents[key]
    return isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store)


def is_filled_in_one_go(trace: Trace, cache: str) -> bool:
    """Whether no other task can run between a look into ``cache`` and the client put there."""
    released = {key for key, _ in trace.releases}
    uses = [use for use in trace.cache_keys[cache] if use[0] not in released]
    for function in {function for _, function in uses}:
        keys = [key for key, owner in uses if owner is function]
        for node in walk(function):
            if not isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
                continue
            # What is awaited is evaluated before: 'await self._clients[state_id].ask()'.
            first = {*walk(node)} if isinstance(node, ast.Await) else set()
            later = [key.lineno for key in keys if key not in first]
            if min(key.lineno for key in keys) <= node.lineno <= max(
                later, default=0
            ) and not is_under_lock(trace.module, node):
                return False
    return True


def refuse_memory(known: ClientClass, row: int) -> None:
    """Refuse a client that remembers more than its counter from one call to the next.

    Raises:
        RefusalError: Sharing it would let a row see what another row left behind.
    """
    if known.decides:
        raise RefusalError(
            "the client's class tests how many calls it made, which rows would share",
            "count what belongs to a row beside the client",
            row,
        )
    if known.writes:
        raise RefusalError(
            "the client's class makes a text of how many calls it made, which rows would share",
            "make it of what belongs to the row, or let the recorder count",
            row,
        )
    if known.once:
        raise RefusalError(
            "the client logs, records or changes what is not its own when it is made or closed, "
            "and one is made for all rows",
            "do it for each row, then run the fix again",
            row,
        )
    if known.made:
        raise RefusalError(
            f"'{known.made}' may do something for each client that is made or closed, and one is "
            "made for all rows",
            "do it for each row, or once for the batch, then run the fix again",
            row,
        )
    if known.decorated:
        raise RefusalError(
            f"a method of the client is decorated with '{known.decorated}', which may keep calls",
            "keep what is remembered apart for each row, or drop the decorator",
            row,
        )
    if known.begins:
        raise RefusalError(
            f"the client gives its first call the call_index {known.begins}, and those of one "
            "state count from 0",
            "let it begin with 0, or let the recorder allocate call_index",
            row,
        )
    if known.reset or known.misnumbers or known.lags:
        raise RefusalError(_unnumbered(known), ALLOCATE, row)
    if known.memory:
        raise RefusalError(
            f"the client keeps '{known.memory[0]}' from call to call, so rows would share it",
            "reset it between rows, or keep a client per row and let the recorder count",
            row,
        )
    if known.hands_number:
        raise RefusalError(
            f"the client's class hands '{known.hands_number}' how many calls it made, which rows "
            "would share",
            "hand it what belongs to the row, or let the recorder count",
            row,
        )


def _unnumbered(known: ClientClass) -> str:
    """Why the calls of all rows would not be numbered one by one."""
    if known.reset:
        return f"the client sets its counter '{known.reset}' anew, so call_index would restart"
    if known.misnumbers:
        return "the client records a call_index that is no counter, so it would repeat"
    return (
        "the client's counter goes on only after what may raise, so the next row would record "
        "the same call_index"
    )


def refuse_reading(known: ClientClass, row: int) -> None:
    """Refuse a client that takes something from the text of its state id.

    Raises:
        RefusalError: The fix gives it another text.
    """
    if known.reads_id:
        raise RefusalError(
            "the client's class tests its state id, or takes something out of it",
            "give the client what belongs to a row by itself",
            row,
        )


def refuse_keeping(known: ClientClass, row: int) -> None:
    """Refuse a client that keeps something under its state id that outlives it.

    Raises:
        RefusalError: Each row had a key of its own.
    """
    if known.keeps_by_id:
        raise RefusalError(
            "the client's class keeps something under its state id, which all rows come to share",
            "keep it under what belongs to the row",
            row,
        )
    if known.hands_id:
        raise RefusalError(
            f"the client's class hands its state id {known.hands_id}, where something may be kept "
            "under it",
            "hand it on as 'state_id', or what belongs to the row instead",
            row,
        )
