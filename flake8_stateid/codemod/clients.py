"""Clients: who counts ``call_index``, and whether one client may serve all rows of a batch."""

from __future__ import annotations

import ast
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.codemod.counters import is_interrupted, telling
from flake8_stateid.codemod.modules import FUNCTIONS, Function, Module, dotted
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from flake8_stateid.codemod.ancestry import Ancestors
    from flake8_stateid.codemod.trace import Creation, Trace

CLOSING = frozenset({"close", "aclose", "__exit__", "__aexit__", "__del__", "shutdown"})
MUTATORS = frozenset({"append", "extend", "add", "update", "insert", "pop", "clear", "setdefault"})


class Counting(Enum):
    """Who counts the calls of a client."""

    CLIENT = "client"
    RECORDER = "recorder"
    UNKNOWN = "unknown"


class ClientClass(NamedTuple):
    """What a client's class tells.

    Attributes:
        counting: Who counts.
        thread_safe: Whether two threads may call at once without sharing an index.
        memory: Attributes besides the counter that calls change.
        telling: Attributes that tell how many calls were made.
        interrupted: Whether it awaits between reading its counter and advancing it.
    """

    counting: Counting
    thread_safe: bool
    memory: tuple[str, ...] = ()
    telling: frozenset[str] = frozenset()
    interrupted: bool = False


UNSEEN = ClientClass(Counting.UNKNOWN, thread_safe=False)


def client_class(ancestors: Ancestors, creation: Creation) -> ClientClass:
    """Read the class that ``creation`` constructs, where the package defines it."""
    seen = ancestors.of(dotted(creation.call.func))
    bodies = [
        (owner.module, item)
        for owner in seen.classes
        for item in owner.node.body
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    for node in (node for _, body in bodies for node in ast.walk(body)):
        if isinstance(node, ast.Attribute) and node.attr == "allocate_call_index":
            return ClientClass(Counting.RECORDER, thread_safe=True)
    counters, safe, memory = _state(bodies)
    if not counters and not seen.complete:
        return UNSEEN
    methods = [method for _, method in bodies]
    return ClientClass(
        Counting.CLIENT,
        safe and bool(counters),
        tuple(sorted(memory)),
        telling(methods, counters),
        is_interrupted(methods, counters),
    )


def _state(
    bodies: list[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]],
) -> tuple[set[str], bool, set[str]]:
    """Counters, whether each is advanced safely between threads, and everything else changed."""
    counters: set[str] = set()
    changed: set[str] = set()
    safe = True
    for module, body in bodies:
        if body.name == "__init__" or body.name in CLOSING:
            continue
        for node in ast.walk(body):
            if isinstance(node, ast.AugAssign) and dotted(node.target).startswith("self."):
                name = dotted(node.target)
                if _is_one(node.value) and _counts(name):
                    counters.add(name)
                    safe = safe and _locked(module, node)
                else:
                    changed.add(name)
            elif isinstance(node, ast.Call) and dotted(node.func) == "next" and node.args:
                counters.add(dotted(node.args[0]))
            elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(
                node.ctx, ast.Load
            ):
                name = dotted(node if isinstance(node, ast.Attribute) else node.value)
                if name.startswith("self.") and not isinstance(
                    module.parents[node], ast.AugAssign
                ):
                    (counters if _counts(name) else changed).add(name)
                    safe = safe and (not _counts(name) or _locked(module, node))
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in MUTATORS
                and dotted(node.func.value).startswith("self.")
            ):
                changed.add(dotted(node.func.value))
    return counters, safe, changed - counters


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


def _locked(module: Module, node: ast.AST) -> bool:
    return any(
        isinstance(ancestor, (ast.With, ast.AsyncWith))
        and any("lock" in dotted(item.context_expr).lower() for item in ancestor.items)
        for ancestor in module.ancestors(node)
    )


def is_locked(module: Module, creation: Creation) -> bool:
    """Whether a client is looked up and made under a lock."""
    return _locked(module, creation.call)


def is_filled_in_one_go(trace: Trace, cache: str) -> bool:
    """Whether no other task can run between a look into ``cache`` and the client put there."""
    uses = trace.cache_keys[cache]
    for function in {function for _, function in uses}:
        rows = [key.lineno for key, owner in uses if owner is function]
        for node in ast.walk(function):
            if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) and (
                min(rows) <= node.lineno <= max(rows) and not _locked(trace.module, node)
            ):
                return False
    return True


def cache_of(module: Module, trace: Trace, creation: Creation) -> str:
    """The cache ``creation`` fills, looked up before; empty where it is made anew each time."""
    call, function = creation
    parent: ast.AST = module.parents[call]
    stored = ""
    if isinstance(parent, ast.NamedExpr):
        parent = module.parents[parent]
    match parent:
        case ast.Call(func=ast.Attribute(value=cache, attr="setdefault")):
            return dotted(cache) if dotted(cache) in trace.cache_keys else ""
        case ast.Assign(targets=targets):
            for target in targets:
                if isinstance(target, ast.Subscript):
                    stored = dotted(target.value)
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if not stored and names:
                stored = _stored_later(function, names)
        case ast.AnnAssign(target=ast.Name(id=name)):
            stored = _stored_later(function, {name})
    if stored not in trace.cache_keys or not _is_guarded(module, call, function, stored):
        return ""
    return stored


def _stored_later(function: Function, names: set[str]) -> str:
    """The cache in ``cache[id] = client``."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=cache)], value=ast.Name(id=name)) if (
                name in names
            ):
                return dotted(cache)
    return ""


def _is_guarded(module: Module, call: ast.Call, function: Function, cache: str) -> bool:
    """Whether the constructor runs only where the cache holds no client for the id."""
    looked_up = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and f"{cache}.get(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    inner: ast.AST = call
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, ast.If):
            if _misses(ancestor.test, cache, looked_up) and inner in ancestor.body:
                return True
            if _hits(ancestor.test, cache) and inner in ancestor.orelse:
                return True
        if isinstance(ancestor, ast.ExceptHandler) and dotted(
            ancestor.type or ast.Name("BaseException")
        ) in {"KeyError", "LookupError"}:
            return True
        for block in _blocks(ancestor):
            if inner in block:
                for earlier in block[: block.index(inner)]:
                    if (
                        isinstance(earlier, ast.If)
                        and (_hits(earlier.test, cache) or _present(earlier.test, looked_up))
                        and isinstance(earlier.body[-1], ast.Return)
                    ):
                        return True
        if isinstance(ancestor, FUNCTIONS):
            break
        inner = ancestor
    return False


def _blocks(node: ast.AST) -> list[list[ast.AST]]:
    found = []
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            found.append(block)
    return found


def _misses(test: ast.expr, cache: str, looked_up: set[str]) -> bool:
    match test:
        case ast.Compare(ops=[ast.NotIn()], comparators=[right]):
            return dotted(right) == cache
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            if isinstance(left, ast.NamedExpr):
                return f"{cache}.get(" in ast.unparse(left.value)
            return dotted(left) in looked_up or f"{cache}.get(" in ast.unparse(left)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return dotted(operand) in looked_up or _hits(operand, cache)
    return False


def _hits(test: ast.expr, cache: str) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.In)
        and dotted(test.comparators[0]) == cache
    )


def _present(test: ast.expr, looked_up: set[str]) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return dotted(left) in looked_up
        case ast.Name(id=name):
            return name in looked_up
    return False


def refuse_memory(known: ClientClass, row: int) -> None:
    """Refuse a client that remembers more than its counter from one call to the next.

    Raises:
        RefusalError: Sharing it would let a row see what another row left behind.
    """
    if known.memory:
        raise RefusalError(
            f"the client keeps '{known.memory[0]}' from call to call, so rows would share it",
            "reset it between rows, or keep a client per row and let the recorder count",
            row,
        )


DICTIONARIES = frozenset({"dict", "defaultdict", "OrderedDict", "Dict", "DefaultDict"})


def refuse_forgetful(module: Module, cache: str, row: int) -> None:
    """Refuse a cache that may drop a client by itself, such as a ``WeakValueDictionary``.

    Each row had a client of its own, so it did not matter when one went.

    Raises:
        RefusalError: The cache is made by something that is not known to be a dictionary.
    """
    last = cache.rpartition(".")[2]
    for node in ast.walk(module.tree):
        match node:
            case ast.Assign(targets=[target], value=ast.Call(func=made)):
                pass
            case ast.AnnAssign(target=target, value=ast.Call(func=made)):
                pass
            case _:
                continue
        name = dotted(made.value if isinstance(made, ast.Subscript) else made)
        known = name.rpartition(".")[2] in DICTIONARIES
        if not known and dotted(target).rpartition(".")[2] == last:
            raise RefusalError(
                f"the cache is made by '{ast.unparse(made)}', which may drop a client by itself",
                "keep the clients in a 'dict'",
                row,
            )
