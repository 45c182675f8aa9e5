"""Other hooks of the batch path's class that make calls under their context's state id.

Whether an engine hands ``on_start`` and the batch one state id cannot be seen here. While the
batch built its ids it did not matter; after the fix, two clients would count from 0 under one id.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counting import Counting
from flake8_stateid.codemod.callers.callers import runners
from flake8_stateid.codemod.callers.passing import local_names
from flake8_stateid.codemod.clients.clients import client_class
from flake8_stateid.codemod.ids.extending import find_base
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import Function, contexts, dotted, names_context
from flake8_stateid.codemod.sharing.caches import cache_of
from flake8_stateid.codemod.tracing.allocation import allocates
from flake8_stateid.codemod.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.traced import Creation

# Hooks that run when the batch is over, and its client released.
ENDING = frozenset(
    {
        "close",
        "finalize",
        "finish",
        "on_complete",
        "on_end",
        "on_finish",
        "on_stop",
        "shutdown",
        "stop",
        "teardown",
    }
)


class Hooks:
    """Checks the methods of a class that run beside its batch path.

    Args:
        module: The module.
        ancestors: Finds the clients' classes.
        is_state_id: Whether a name is a state id name.
        built: The builders of the module that are found; each may become its context's id.
    """

    def __init__(
        self,
        module: Module,
        ancestors: Ancestors,
        is_state_id: Callable[[str], bool],
        built: Collection[ast.AST],
    ) -> None:
        """Keep where to look."""
        self._module = module
        self._ancestors = ancestors
        self._is_state_id = is_state_id
        self._built = built

    def check(self, function: Function, trace: Trace) -> None:
        """Check all hooks beside one batch path.

        Args:
            function: The batch path.
            trace: The uses of its id.

        Raises:
            RefusalError: A hook may count calls from 0 under the batch's state id.
        """
        owner = self._module.class_of(function)
        if owner is None:
            return
        allocated = not trace.recorded and all(
            self._counting(creation) is Counting.RECORDER for creation in trace.creations
        )
        shared = {_last(cache_of(self._module, trace, each)) for each in trace.creations} - {""}
        family = [owner, *self._module.below(owner)]
        classes = dict.fromkeys(base for each in family for base in self._module.bases(each))
        methods = [
            item
            for each in classes
            for item in each.body
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        ending: dict[Function, str] = {}
        for hook in (each for each in methods if each.name in ENDING):
            for reached in (hook, *self._module.reached_from([hook])):
                ending.setdefault(reached, hook.name)
        for method in methods:
            try:
                for use in self._given(method):
                    behind = ending.get(method, "")
                    self._check_use(method, use, shared, trace, behind, allocated=allocated)
            except RefusalError:
                # Asked last: it takes longer than all else.
                if method in ending or method not in self._on_path(function):
                    raise

    def _check_use(
        self,
        method: ast.FunctionDef | ast.AsyncFunctionDef,
        use: ast.expr,
        shared: set[str],
        batch: Trace,
        behind: str,
        *,
        allocated: bool,
    ) -> None:
        """Check what a method does with the id of its context.

        Args:
            method: The method.
            use: The id.
            shared: The caches of the batch's clients.
            batch: The uses of the batch's id.
            behind: The hook that it is, or is called by, once the batch is over; empty if none.
            allocated: Whether the recorder numbers the batch's calls.

        Raises:
            RefusalError: It may count calls from 0 under the batch's state id.
        """
        trace = Trace(self._module, self._is_state_id, is_class=self._ancestors.has)
        try:
            trace.follow(use)
        except RefusalError:
            # What it does with the id cannot be shown, unless its name tells.
            if _makes_client(self._module, use):
                raise _beside(method, use) from None
        if not all(allocated and self._allocates(function) for _, function in trace.recorded):
            raise _beside(method, use)
        for creation in trace.creations:
            counting = self._counting(creation)
            if allocated and counting is Counting.RECORDER:
                continue
            if _last(cache_of(self._module, trace, creation)) not in shared:
                raise _beside(method, use)
            if batch.releases and behind:
                raise RefusalError(
                    f"'{behind}' makes calls under its context's state id, which may be the "
                    "batch's, when the batch has released its client",
                    "release the client there, after the last use, or let the recorder allocate "
                    "call_index",
                    use.lineno,
                )

    def _allocates(self, function: Function) -> bool:
        """Whether a function that records a call has its index from the recorder."""
        return any(
            isinstance(node, ast.Call) and allocates(self._module, node) for node in walk(function)
        )

    def _counting(self, creation: Creation) -> Counting:
        return client_class(self._ancestors, creation, self._is_state_id).counting

    def _on_path(self, function: Function) -> set[Function]:
        """The batch path, all that calls it, and all that those reach: judged where they meet."""
        found = set(runners(self._module, function))
        return found | self._module.reached_from(found)

    def _given(self, method: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
        """Where a method evaluates its context's state id, or what will be it once it is fixed."""
        held = {*contexts(method), *_locals_of_kept(self._module, method)}
        todo: list[ast.AST] = list(method.body)
        while todo:
            node = todo.pop()
            text = ""
            if isinstance(node, ast.expr) and node in self._built:
                text = self._base_of(node)
            else:
                todo.extend(children(node))
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    text = dotted(node)
            holder, _, name = text.rpartition(".")
            kept = holder.startswith("self.") and names_context(holder)
            if self._is_state_id(name) and (holder in held or kept):
                assert isinstance(node, ast.expr)
                yield node

    def _base_of(self, builder: ast.expr) -> str:
        try:
            return find_base(self._module, builder, self._is_state_id).text
        except RefusalError:
            return ""  # it is refused, and stays what it is


def _locals_of_kept(module: Module, method: Function) -> list[str]:
    """The locals that are bound to a context that ``self`` keeps: ``ctx = self._ctx``."""
    kept = {
        text
        for node in walk(method)
        if isinstance(node, ast.Attribute)
        and (text := dotted(node)).startswith("self.")
        and names_context(text)
    }
    return [name for text in kept for name in local_names(module, method, text)]


def _makes_client(module: Module, node: ast.expr) -> bool:
    """Whether a state id is handed to something that cannot be seen and is called a client."""
    parent = module.parents[node]
    call = module.parents[parent] if isinstance(parent, ast.keyword) else parent
    return (
        isinstance(call, ast.Call)
        and call.func is not node
        and "client" in ast.unparse(call.func).rpartition(".")[2].lower()
        and not module.resolve(call.func)
    )


def _last(cache: str) -> str:
    return cache.rpartition(".")[2]


def _beside(method: ast.FunctionDef | ast.AsyncFunctionDef, use: ast.expr) -> RefusalError:
    return RefusalError(
        f"'{method.name}' makes calls under its context's state id, which may be the batch's, "
        "with a client of its own",
        "let both use one client, or let the recorder allocate call_index",
        use.lineno,
    )
