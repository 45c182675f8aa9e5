"""What the removed builders leave unused, which a linter would then report."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from flake8_stateid.codemod.bases import integers, is_harmless
from flake8_stateid.codemod.outcome import RefusalError

if TYPE_CHECKING:
    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.modules import Function, Module


def drop_leftovers(
    module: Module, function: Function, edits: Edits, gone: set[ast.AST], used: set[str]
) -> None:
    """Add to ``edits`` what must go with the nodes in ``gone``.

    Args:
        module: The module.
        function: The function the builders stand in.
        edits: What is planned so far; added to.
        gone: Nodes that the rewrite removes; added to.
        used: Names that the new text uses.

    Raises:
        RefusalError: Something becomes unused that cannot be dropped.
    """
    done = set(used)
    while True:
        names = {
            node.id
            for root in list(gone)
            for node in ast.walk(root)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        } - done
        if not names:
            return
        for name in sorted(names):
            done.add(name)
            owner = _owner(module, function, name)
            if owner is None:
                _unimport(module, edits, gone, name)
            else:
                _unbind(module, owner, edits, gone, name)


def _owner(module: Module, function: Function, name: str) -> Function | None:
    """The function that binds ``name``, from ``function`` outwards."""
    current: Function | None = function
    while current is not None:
        stores = [n for n in module.own_names(current, name) if not isinstance(n.ctx, ast.Load)]
        if module.binds(current, name) or stores or _in_comprehension(module, current, name):
            return current
        current = module.function_of(current)
    return None


def _in_comprehension(module: Module, function: Function, name: str) -> bool:
    return any(
        isinstance(node, ast.comprehension)
        and any(isinstance(t, ast.Name) and t.id == name for t in ast.walk(node.target))
        for node in ast.walk(function)
    )


def _unbind(
    module: Module, function: Function, edits: Edits, gone: set[ast.AST], name: str
) -> None:
    every = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    left = [
        node
        for node in every
        if not any(inner in gone for inner in [node, *module.ancestors(node)])
    ]
    if any(isinstance(node.ctx, ast.Load) for node in left):
        _unbind_unused_loops(module, edits, every, left)
        return
    for node in left:
        _unbind_store(module, function, edits, gone, node, left)


def _unbind_unused_loops(
    module: Module, edits: Edits, every: list[ast.Name], left: list[ast.Name]
) -> None:
    """The name is used elsewhere; a loop of its own may still not need it any more."""
    stores = [node for node in left if not isinstance(node.ctx, ast.Load)]
    for node in stores:
        loop = _loop_of(module, node)
        if loop is None:
            continue
        scope: ast.AST = module.parents[loop] if isinstance(loop, ast.comprehension) else loop
        inside = [other for other in left if scope in set(module.ancestors(other))]
        was = [other for other in every if scope in set(module.ancestors(other))]
        if len(inside) > 1 or len(was) == 1:
            continue
        if isinstance(loop, ast.comprehension):
            _unnumber(module, edits, loop, node)
        elif len(stores) == 1:
            # Read after the loop only: a leading underscore says that the loop does not use it.
            function = module.function_of(loop)
            taken = function is None or f"_{node.id}" in module.bound_names(function)
            edits.replacements.update({} if taken else dict.fromkeys(left, f"_{node.id}"))
        else:
            later = [other for other in left if other.lineno > (loop.end_lineno or 0)]
            if not any(isinstance(other.ctx, ast.Load) for other in later) or _rebound_first(
                module, later
            ):
                _unnumber(module, edits, loop, node)


def _rebound_first(module: Module, later: list[ast.Name]) -> bool:
    """Whether every later use stands in a later loop that binds the name again."""
    loops = [
        loop
        for node in later
        if not isinstance(node.ctx, ast.Load)
        if (loop := _loop_of(module, node)) is not None
    ]
    return all(any(loop in set(module.ancestors(node)) for loop in loops) for node in later)


def _unbind_store(
    module: Module,
    function: Function,
    edits: Edits,
    gone: set[ast.AST],
    node: ast.Name,
    left: list[ast.Name],
) -> None:
    loop = _loop_of(module, node)
    if loop is not None:
        _unnumber(module, edits, loop, node)
        return
    parent = module.parents[node]
    if isinstance(parent, ast.AugAssign):
        return
    if (
        isinstance(parent, (ast.Assign, ast.AnnAssign))
        and (not isinstance(parent, ast.Assign) or len(parent.targets) == 1)
        and not any(isinstance(module.parents[other], ast.AugAssign) for other in left)
    ):
        if parent.value is not None and not is_harmless(parent.value, integers(function)):
            raise RefusalError(
                f"'{node.id}' would be left unused",
                "drop it by hand once the id is fixed",
                node.lineno,
            )
        edits.removed[parent] = None
        gone.add(parent)
        return
    if isinstance(parent, ast.Assign):
        return
    raise RefusalError(
        f"'{node.id}' would be left unused", "drop it by hand once the id is fixed", node.lineno
    )


def _loop_of(module: Module, node: ast.Name) -> ast.For | ast.AsyncFor | ast.comprehension | None:
    """The loop whose target ``node`` is part of."""
    inner: ast.AST = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (ast.For, ast.AsyncFor, ast.comprehension)):
            return ancestor if inner is ancestor.target else None
        if not isinstance(ancestor, (ast.Tuple, ast.List, ast.Starred)):
            return None
        inner = ancestor
    return None


def _unnumber(
    module: Module,
    edits: Edits,
    loop: ast.For | ast.AsyncFor | ast.comprehension,
    node: ast.Name,
) -> None:
    if is_enumerated(loop) and isinstance(loop.target, ast.Tuple) and node is loop.target.elts[0]:
        edits.unnumbered.append(loop)
    elif not isinstance(loop, ast.comprehension) and not node.id.startswith("_"):
        edits.replacements[node] = f"_{node.id}"
        function = module.function_of(loop)
        if function is not None and f"_{node.id}" in module.bound_names(function):
            edits.replacements[node] = "_"


def is_enumerated(loop: ast.For | ast.AsyncFor | ast.comprehension) -> bool:
    """Whether a loop is ``for index, value in enumerate(values)``."""
    match loop.iter, loop.target:
        case ast.Call(func=ast.Name(id="enumerate"), args=[values, *_]), ast.Tuple(
            elts=[ast.Name(), value]
        ):
            return not isinstance(values, ast.Starred) and not isinstance(value, ast.Starred)
    return False


def _unimport(module: Module, edits: Edits, gone: set[ast.AST], name: str) -> None:
    for node in ast.walk(module.tree):
        mentions = (isinstance(node, ast.Name) and node.id == name) or (
            isinstance(node, ast.Constant) and node.value == name
        )
        if mentions and not any(inner in gone for inner in [node, *module.ancestors(node)]):
            return
    for node in module.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                bound = alias.asname or alias.name
                if bound != name:
                    continue
                module_name = node.module if isinstance(node, ast.ImportFrom) else alias.name
                if (module_name or "").partition(".")[0] not in sys.stdlib_module_names:
                    raise RefusalError(
                        f"the import of '{name}' would be left unused",
                        "drop it by hand once the id is fixed, if no other module needs it",
                        node.lineno,
                    )
                edits.unimported.append((node, alias))
