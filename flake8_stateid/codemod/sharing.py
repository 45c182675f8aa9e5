"""Whether one client may serve all rows: caches, counters, threads and what else touches them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.caches import (
    cache_of,
    filling_of,
    refuse_effects,
    refuse_forgetful,
)
from flake8_stateid.codemod.clients import (
    ClientClass,
    Counting,
    client_class,
    is_filled_in_one_go,
    is_locked,
    refuse_memory,
)
from flake8_stateid.codemod.effects import CLOSING
from flake8_stateid.codemod.logs import is_log
from flake8_stateid.codemod.modules import (
    COMPREHENSIONS,
    LOOPS,
    Callee,
    Function,
    Module,
    dotted,
    parameters,
)
from flake8_stateid.codemod.numbering import check_recorded
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.regions import Extent, statements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.ancestry import Ancestors
    from flake8_stateid.codemod.trace import Creation, Trace

PROCESSES = frozenset({"ProcessPoolExecutor", "Process", "multiprocessing"})
TASKS = frozenset({"gather", "create_task", "ensure_future", "wait", "as_completed"})


class Sharing:
    """Checks the clients that a traced id reaches.

    Attributes:
        reachable: Every function of the module that may run while rows run.
        telling: What of the clients tells how many calls they made; known once checked.

    Args:
        module: The module.
        trace: The uses of the id.
        extent: The statements of ``function`` that use it.
        function: The batch path.
        gone: The id's own expressions and definitions.
        ancestors: Finds the clients' classes.
        repeats: Whether the extent runs more than once under one state id.
    """

    def __init__(
        self,
        module: Module,
        trace: Trace,
        extent: Extent,
        function: Function,
        gone: set[ast.AST],
        ancestors: Ancestors,
        *,
        repeats: bool,
    ) -> None:
        """Keep what is to be checked."""
        self._module = module
        self._trace = trace
        self._extent = extent
        self._function = function
        self._gone = gone
        self._ancestors = ancestors
        self._repeats = repeats
        self._region = set(statements(module, extent))
        self.reachable = self._reach()
        self.telling: frozenset[str] = frozenset()

    def check(self) -> None:
        """Check all clients.

        Raises:
            RefusalError: Sharing the id would restart a counter or change what a row sees.
        """
        check_recorded(self._module, self._trace, self._function, self._region)
        counted = [self._check_creation(creation) for creation in self._trace.creations]
        if not (self._trace.creations or self._trace.allocations or self._trace.recorded):
            raise RefusalError(
                "no client was found that the id leads to",
                "check by hand that the client lives as long as the batch",
            )
        slots = {cache for cache, known in counted if known.counting is not Counting.RECORDER}
        if len(slots) > 1:
            raise RefusalError(
                "several clients count calls under the one id",
                "let the recorder allocate call_index",
            )
        for cache in self._trace.cache_keys:
            self._check_cache(cache)

    def outlives(self, loop: ast.AST) -> bool:
        """Whether the clients last for all rounds of a ``loop`` that calls the batch path.

        They do when the batch path releases none, caches them on its object, and the loop
        itself does not touch the cache; or when the recorder counts.
        """
        if self._trace.releases:
            return False
        for creation in self._trace.creations:
            cache = cache_of(self._module, self._trace, creation)
            known = client_class(self._ancestors, creation)
            if known.counting is not Counting.RECORDER and not cache.startswith("self."):
                return False
        caches = {cache.rpartition(".")[2] for cache in self._trace.cache_keys}
        return not any(
            isinstance(node, ast.Attribute) and node.attr in caches for node in ast.walk(loop)
        )

    def _check_creation(self, creation: Creation) -> tuple[str, ClientClass]:
        known = client_class(self._ancestors, creation)
        row = creation.call.lineno
        filling = filling_of(self._module, self._trace, creation)
        cache = filling.cache
        if not cache and known.counting is not Counting.RECORDER and self._is_repeated(creation):
            raise RefusalError(
                "a client is constructed for each row, so call_index would restart",
                "construct one client before the loop, or cache it by state id",
                row,
            )
        if cache:
            refuse_memory(known, row)
            refuse_effects(filling, creation)
            if known.counting is not Counting.RECORDER:
                refuse_forgetful(self._module, cache, row)
        if cache and self._repeats:
            for argument in [*creation.call.args, *(k.value for k in creation.call.keywords)]:
                self._check_invariant(argument, creation.function, row)
        if self._trace.dispatches and any(
            isinstance(node, (ast.Name, ast.Attribute))
            and dotted(node).rpartition(".")[2] in PROCESSES
            for node in ast.walk(self._module.tree)
        ):
            raise RefusalError(
                "rows may run in several processes, each with a client of its own",
                "let the recorder allocate call_index",
                self._trace.dispatches[0].call.lineno,
            )
        for dispatch in self._trace.dispatches:
            if dispatch.joined and dispatch.function is not self._module.function_of(
                self._extent.first
            ):
                continue
            safe = known.thread_safe and (not cache or is_locked(self._trace, filling))
            if not safe and self._repeats:
                raise RefusalError(
                    "rows run in several threads, and the client is not known to count safely",
                    "make the client count, and its cache be filled, under a lock",
                    dispatch.call.lineno,
                )
        if cache and self._repeats and self._runs_tasks():
            self._check_tasks(known, cache, row)
        self.telling |= known.telling if cache else frozenset()
        return cache, known

    def _check_tasks(self, known: ClientClass, cache: str, row: int) -> None:
        if known.interrupted or not is_filled_in_one_go(self._trace, cache):
            raise RefusalError(
                "rows run as tasks, and another may run between looking for a client or its "
                "counter and changing it",
                "let nothing be awaited in between, or hold an asyncio.Lock",
                row,
            )

    def _runs_tasks(self) -> bool:
        """Whether rows may run as tasks beside each other."""
        return any(
            isinstance(node, ast.Call)
            and (node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func))
            in TASKS
            for scope in [*self._region, *self.reachable]
            for node in ast.walk(scope)
        )

    def _is_repeated(self, creation: Creation) -> bool:
        """Whether the constructor may run more than once under the shared id."""
        if self._repeats or len(self._trace.creations) > 1:
            return True
        todo: list[tuple[ast.AST, Function]] = [(creation.call, creation.function)]
        seen: set[Function] = set()
        while todo:
            node, function = todo.pop()
            if self._module.enclosing(node, *LOOPS, *COMPREHENSIONS) is not None:
                return True
            sites = self._trace.reached.get(function, [])
            if len(sites) > 1:
                return True
            if function not in seen:
                seen.add(function)
                todo.extend((site.call, site.caller) for site in sites)
        return False

    def _check_invariant(self, argument: ast.expr, function: Function, row: int) -> None:
        """Check that a constructor's argument is the same for every row."""
        if argument in self._gone:
            return
        for node in ast.walk(argument):
            if isinstance(node, ast.Attribute) and self._is_set_by_rows(node):
                raise RefusalError(
                    f"the client is made with '{ast.unparse(node)}', which rows set",
                    "make the client from what all rows share",
                    row,
                )
            if not isinstance(node, ast.Name) or node.id in {"self", "cls"}:
                continue
            if self._is_the_id(node, function):
                continue
            if not self._is_invariant(node, function, set()):
                raise RefusalError(
                    f"the client is made with '{node.id}', which differs from row to row",
                    "make the client from what all rows share",
                    row,
                )

    def _is_set_by_rows(self, node: ast.Attribute) -> bool:
        """Whether an attribute of that name is set while rows run."""
        return any(
            isinstance(other, ast.Attribute)
            and other.attr == node.attr
            and not isinstance(other.ctx, ast.Load)
            for scope in [*self._region, *self.reachable]
            for other in ast.walk(scope)
        )

    def _is_the_id(self, node: ast.Name, function: Function) -> bool:
        return self._trace.carries(function, node.id)

    def _is_invariant(
        self, node: ast.Name, function: Function, seen: set[tuple[Function, str]]
    ) -> bool:
        if (function, node.id) in seen:
            return True
        seen.add((function, node.id))
        if self._is_the_id(node, function):
            return True
        if not self._module.binds(function, node.id):
            outer = self._module.function_of(function)
            return outer is None or self._is_invariant(node, outer, seen)
        stores = [
            store
            for store in self._module.own_names(function, node.id)
            if not isinstance(store.ctx, ast.Load)
        ]
        inside = function is not self._function or any(
            self._region & set(self._module.ancestors(store)) for store in stores
        )
        for store in stores if inside else ():
            parent = self._module.parents[store]
            if not isinstance(parent, (ast.Assign, ast.AnnAssign)) or parent.value is None:
                return False
            if not self._all_invariant(parent.value, function, seen):
                return False
        if node.id in parameters(function) and function is not self._function:
            sites = self._trace.reached.get(function, [])
            for site in sites:
                passed = self._passed(site.call, function, node.id)
                if passed is None or not self._all_invariant(passed, site.caller, seen):
                    return False
            return bool(sites)
        return True

    def _all_invariant(
        self, value: ast.expr, function: Function, seen: set[tuple[Function, str]]
    ) -> bool:
        return all(
            node.id in {"self", "cls"} or self._is_invariant(node, function, seen)
            for node in ast.walk(value)
            if isinstance(node, ast.Name)
        )

    def _passed(self, call: ast.Call, function: Function, parameter: str) -> ast.expr | None:
        for callee in self._module.resolve(call.func):
            if callee.function is function:
                return callee.argument(call, parameter) or _default(callee, parameter)
        for offset in (0, 1):
            if offset < len(call.args):
                for callee in self._module.resolve(call.args[offset]):
                    if callee.function is function:
                        inner = ast.Call(call.args[offset], call.args[offset + 1 :], call.keywords)
                        return callee.argument(inner, parameter) or _default(callee, parameter)
        return None

    # Caches

    def _check_cache(self, cache: str) -> None:
        plain = self._plain(cache)
        keys = [
            key
            for other, uses in self._trace.cache_keys.items()
            if self._plain(other) == plain
            for key in uses
        ]
        filled = {
            self._plain(cache_of(self._module, self._trace, creation))
            for creation in self._trace.creations
        }
        if plain not in filled:
            raise RefusalError(
                f"the id is a key of '{cache}', which is no cache of clients",
                "key it by the row's index instead",
                keys[0][0].lineno,
            )
        root = cache.partition(".")[0]
        if root in {"self", "cls"} or root in self._module.classes:
            self._check_shared_cache(cache, {key for key, _ in keys})
            return
        for _, function in keys:
            self._check_local_cache(root, function, {key for key, _ in keys})

    def _plain(self, cache: str) -> str:
        """``self.clients`` of ``cls.clients`` and ``Plugin.clients``, which are the same."""
        root, _, rest = cache.partition(".")
        shared = root == "cls" or root in self._module.classes
        return f"self.{rest}" if rest and shared else cache

    def _check_local_cache(self, root: str, function: Function, keys: set[ast.expr]) -> None:
        owner: Function | None = function
        while owner is not None and not self._module.binds(owner, root):
            owner = self._module.function_of(owner)
        if owner is None:
            nodes: Iterable[ast.expr] = [
                node
                for node in ast.walk(self._module.tree)
                if isinstance(node, ast.Name) and node.id == root
            ]
        else:
            if root in parameters(owner) and owner is not self._function:
                raise RefusalError(
                    f"the cache '{root}' is handed on as an argument",
                    "keep the cache on 'self', or bind the id once by hand",
                    owner.lineno,
                )
            nodes = self._module.own_names(owner, root)
            if owner is not self._function:
                raise RefusalError(
                    f"the cache '{root}' is made anew for each row",
                    "make the cache before the loop",
                    owner.lineno,
                )
        for node in nodes:
            self._check_mention(root, node, keys)

    def _check_shared_cache(self, cache: str, keys: set[ast.expr]) -> None:
        last = cache.rpartition(".")[2]
        owners = [owner for key in keys if (owner := self._module.class_of(key)) is not None]
        for owner in owners:
            family = self._module.bases(owner)
            if not any(each in family for each in self._module.bases(owners[0])):
                raise RefusalError(
                    f"two classes keep clients in '{cache}': two clients would count under one id",
                    "keep the clients in one place",
                    owner.lineno,
                )
        for node in (node for tree in self._module.trees for node in ast.walk(tree)):
            if isinstance(node, ast.Attribute) and node.attr == last:
                self._check_mention(cache, node, keys)

    def _check_mention(self, cache: str, node: ast.expr, keys: set[ast.expr]) -> None:
        """Check one mention of the cache that the batch path can reach while rows run."""
        parent = self._module.parents[node]
        if self._is_keyed(node, keys):
            return
        if not self._is_reached(node):
            in_batch = self._module.function_of(node) is self._function
            if in_batch and not self._trace_logs(node) and _tells_size(self._module, node):
                raise RefusalError(
                    f"'{cache}' is used for something that depends on how many clients it holds",
                    "count the rows instead",
                    node.lineno,
                )
            return
        if self._trace_logs(node):
            return
        if isinstance(parent, ast.Compare) and not isinstance(parent.ops[0], (ast.In, ast.NotIn)):
            return
        raise RefusalError(
            f"'{cache}' is used in another way while rows run",
            "keep the cache to one client per state id, released after the batch",
            node.lineno,
        )

    def _trace_logs(self, node: ast.expr) -> bool:
        return any(
            isinstance(ancestor, ast.Call) and is_log(ancestor)
            for ancestor in self._module.ancestors(node)
        )

    def _is_keyed(self, node: ast.expr, keys: set[ast.expr]) -> bool:
        """Whether ``node`` is looked up by the id and by nothing else."""
        parent = self._module.parents[node]
        match parent:
            case ast.Subscript(value=value, slice=key) if value is node:
                return key in keys
            case ast.Compare(left=left, comparators=[right]) if right is node:
                return left in keys
            case ast.Attribute(attr="pop" | "get" | "setdefault"):
                call = self._module.parents[parent]
                return isinstance(call, ast.Call) and bool(call.args) and call.args[0] in keys
        return False

    def _is_reached(self, node: ast.AST) -> bool:
        chain = set(self._module.ancestors(node))
        if self._region & chain:
            return True
        function = self._module.function_of(node)
        if self._trace.deferred and function is self._function:
            # Made here and run elsewhere: where that is cannot be seen.
            return self._module.enclosing(node, *LOOPS) is not None
        return function in self.reachable and function is not self._function

    def _reach(self) -> set[Function]:
        """Every function of the module that may run while rows run."""
        found: set[Function] = set()
        todo: list[ast.AST] = list(self._region)
        while todo:
            node = todo.pop()
            for inner in ast.walk(node):
                if isinstance(inner, (ast.Name, ast.Attribute)):
                    for callee in self._module.resolve(inner):
                        if callee.function not in found:
                            found.add(callee.function)
                            todo.append(callee.function)
        return found


def _default(callee: Callee, parameter: str) -> ast.expr | None:
    """The default of a parameter no argument was passed for."""
    arguments = callee.function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(reversed(positional), reversed(arguments.defaults), strict=False):
        if argument.arg == parameter:
            return default
    for argument, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if argument.arg == parameter:
            return keyword_default
    return None


def _tells_size(module: Module, node: ast.expr) -> bool:
    """Whether the number of clients in a cache shows: it is handed on, compared or walked."""
    parent = module.parents[node]
    match parent:
        case ast.Attribute(attr="clear" | "pop" | "get" | "popitem"):
            return False
        case ast.Attribute(attr="values" | "keys" | "items"):
            return _tells_size(module, module.parents[parent])  # type: ignore[arg-type]
        case ast.Call(func=ast.Name(id="list" | "tuple")):
            return _tells_size(module, parent)
        case ast.For(iter=iterated, body=body) if iterated is node:
            return not all(_only_closes(each) for each in body)
        case ast.Call(args=args):
            return node in args
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return False
    return isinstance(parent, (ast.Return, ast.Compare, ast.FormattedValue, ast.keyword))


def _only_closes(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in CLOSING | {"pop", "clear"}
    )
