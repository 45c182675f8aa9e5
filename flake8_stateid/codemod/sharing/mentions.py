"""What else touches the cache of clients: rows may look up their client there, and no more."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import LOOPS
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import unawaited, walk
from flake8_stateid.codemod.reading.signatures import Function, parameters
from flake8_stateid.codemod.sharing.beside import refuse_acting
from flake8_stateid.codemod.sharing.caches import cache_of
from flake8_stateid.codemod.tracing.effects import CLOSING
from flake8_stateid.codemod.tracing.exit_stacks import callback_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.trace import Trace


class Mentions:
    """Checks the mentions of a cache in the batch path and in what rows run.

    Args:
        module: The module.
        trace: The uses of the id.
        function: The batch path.
        region: The statements in which rows run.
        reachable: Every function that may run while rows run.
    """

    def __init__(
        self,
        module: Module,
        trace: Trace,
        function: Function,
        region: set[ast.stmt],
        reachable: set[Function],
    ) -> None:
        """Keep what is looked at."""
        self._module = module
        self._trace = trace
        self._function = function
        self._region = region
        self._reachable = reachable

    def check(self, cache: str) -> None:
        """Check every mention of ``cache``.

        Raises:
            RefusalError: One of them shows, or changes, which clients there are.
        """
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
        known = [function for _, function in keys if self._module.binder(function, root) is None]
        if len({self._module.root_of(function) for function in known}) > 1:
            raise RefusalError(
                f"two modules keep something in a '{cache}' of their own",
                "call one of them otherwise, then run the fix again",
                keys[0][0].lineno,
            )
        for _, function in keys:
            self._check_local_cache(root, function, {key for key, _ in keys})

    def _plain(self, cache: str) -> str:
        """``self.clients`` of ``cls.clients`` and ``Plugin.clients``, which are the same."""
        root, _, rest = cache.partition(".")
        owners = {
            owner
            for uses in self._trace.cache_keys.values()
            for key, _ in uses
            if (owner := self._module.class_of(key)) is not None
        }
        named = self._module.classes.get(root)
        shared = root == "cls" or any(named in self._module.bases(owner) for owner in owners)
        return f"self.{rest}" if rest and shared else cache

    def _check_local_cache(self, root: str, function: Function, keys: set[ast.expr]) -> None:
        owner = self._module.binder(function, root)
        if owner is None:
            nodes: Iterable[ast.expr] = [
                node
                for node in walk(self._module.root_of(function))
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
            if owner is not self._function or self._module.captures(owner, root):
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
        for node in (node for tree in self._module.trees for node in walk(tree)):
            if isinstance(node, ast.Attribute) and node.attr == last:
                refuse_acting(self._module, node)
                self._check_mention(cache, node, keys)

    def _check_mention(self, cache: str, node: ast.expr, keys: set[ast.expr]) -> None:
        """Check one mention of the cache that the batch path can reach while rows run."""
        parent = self._module.parents[node]
        if self._is_keyed(node, keys) or parent in self._module.aliasing:
            return
        if not self._is_reached(node):
            if self._is_beside_threads(node):
                raise RefusalError(
                    f"'{cache}' is touched where a row has raised and others may still run",
                    "do it after the 'with' of the executor, then run the fix again",
                    node.lineno,
                )
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

    def _is_beside_threads(self, node: ast.AST) -> bool:
        """Whether ``node`` runs after an exception, before the executor waits for all rows."""
        executors = {
            each
            for dispatch in self._trace.dispatches
            if dispatch.joined
            for each in self._module.ancestors(dispatch.call)
            if isinstance(each, ast.With)
        }
        inner: ast.AST = node
        after_error = False
        for ancestor in self._module.ancestors(node):
            if isinstance(ancestor, ast.Try):
                after_error = after_error or inner in [*ancestor.finalbody, *ancestor.handlers]
            if ancestor in executors and after_error:
                return True
            inner = ancestor
        return False

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
                if not isinstance(call, ast.Call):
                    return False
                callback = callback_of(call)
                if callback is not None and callback.cache:
                    return callback.key in keys
                return bool(call.args) and call.args[0] in keys
        return False

    def _is_reached(self, node: ast.AST) -> bool:
        chain = set(self._module.ancestors(node))
        if self._region & chain:
            return True
        function = self._module.function_of(node)
        if self._trace.deferred and function is self._function:
            # Made here and run elsewhere: where that is cannot be seen.
            return self._module.enclosing(node, *LOOPS) is not None
        return function in self._reachable and function is not self._function


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
        case ast.For(iter=head, body=body) | ast.While(test=head, body=body) if head is node:
            return not all(_only_closes(each) for each in body)
        case ast.Call(args=args):
            return node in args
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return False
    return isinstance(parent, (ast.Return, ast.Compare, ast.FormattedValue, ast.keyword))


def _only_closes(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
    call = unawaited(value)
    if isinstance(statement, ast.Assign):
        return isinstance(call, ast.Call) and last_name(call) == "popitem"
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in CLOSING | {"pop", "clear"}
    )
