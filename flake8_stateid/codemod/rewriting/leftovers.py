"""What the removed builders leave unused, which a linter would then report."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.bases import is_harmless, is_harmless_test
from flake8_stateid.codemod.ids.counted import integers
from flake8_stateid.codemod.ids.hoisting import acting_property
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.declared import MAPPINGS
from flake8_stateid.codemod.reading.nodes import children, own_nodes, walk
from flake8_stateid.codemod.reading.signatures import named_arguments
from flake8_stateid.codemod.rewriting.tallies import drop_tally, is_step

if TYPE_CHECKING:
    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function


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
    done: set[tuple[Function | None, str]] = set()
    while True:
        read = {
            (_owner(module, module.function_of(node) or function, node.id), node.id)
            for root in list(gone)
            for node in walk(root)
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node in module.parents
            and node.id not in used
        } - done
        if not read:
            return
        done |= read
        for owner, name in sorted(read, key=lambda each: each[1]):
            if owner is None:
                _unimport(module, edits, gone, name)
            else:
                _unbind(module, owner, edits, gone, name)


def _owner(module: Module, function: Function, name: str) -> Function | None:
    """The function that binds ``name``, from ``function`` outwards."""
    current: Function | None = function
    while current is not None:
        stores = module.own_stores(current, name)
        if module.binds(current, name) or stores or _in_comprehension(current, name):
            return current
        current = module.function_of(current)
    return None


def _in_comprehension(function: Function, name: str) -> bool:
    return any(
        isinstance(node, ast.comprehension)
        and any(isinstance(t, ast.Name) and t.id == name for t in walk(node.target))
        for node in walk(function)
    )


def _unbind(
    module: Module, function: Function, edits: Edits, gone: set[ast.AST], name: str
) -> None:
    every = [node for node in walk(function) if isinstance(node, ast.Name) and node.id == name]
    left = [
        node
        for node in every
        if not any(inner in gone for inner in [node, *module.ancestors(node)])
    ]
    steps = [node for node in left if is_step(module, node)]
    if any(isinstance(node.ctx, ast.Load) and node not in steps for node in left):
        _unbind_unused_loops(module, edits, every, left)
        return
    if steps:
        drop_tally(module, function, edits, gone, left)
        return
    _unuse_parameter(module, function, edits, name)
    for node in left:
        _unbind_store(module, function, edits, gone, node, left)
    for capture in module.captures(function, name):
        if capture in gone or not gone.isdisjoint(module.ancestors(capture)):
            continue
        if not isinstance(capture, (ast.MatchAs, ast.MatchStar)):
            raise _unused(name, capture)
        edits.uncaptured.append(capture)


def _unuse_parameter(module: Module, function: Function, edits: Edits, name: str) -> None:
    """Give a parameter that nothing reads any more a leading underscore, where all can be seen.

    That is in a lambda, a nested or a private function, to which nobody passes it by keyword.
    """
    own = (
        isinstance(function, ast.Lambda)
        or module.function_of(function) is not None
        or (function.name.startswith("_") and not function.name.startswith("__"))
    )
    passed = any(
        isinstance(node, ast.keyword) and node.arg == name
        for tree in module.family_trees()
        for node in walk(tree)
    )
    free = f"_{name}" not in module.bound_names(function)
    arguments = [*function.args.posonlyargs, *function.args.args]
    for argument in arguments if own and free and not passed else ():
        if argument.arg == name and name not in {"self", "cls"}:
            node = ast.copy_location(ast.Name(name, ast.Load()), argument)
            node.end_col_offset = argument.col_offset + len(name.encode())
            edits.replacements[node] = f"_{name}"


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
            continue
        later = [other for other in left if other.lineno > (loop.end_lineno or 0)]
        if all(isinstance(other.ctx, ast.Load) for other in later) and _loops(module, stores) == 1:
            # Read after the loop only: a leading underscore says that the loop does not use it.
            _underscore(module, edits, left)
        elif not any(isinstance(other.ctx, ast.Load) for other in later) or _rebound_first(
            module, later
        ):
            _unnumber(module, edits, loop, node)


def _loops(module: Module, stores: list[ast.Name]) -> int:
    return sum(_loop_of(module, node) is not None for node in stores)


def _underscore(module: Module, edits: Edits, names: list[ast.Name]) -> None:
    """Give a variable the leading underscore of one that its loop does not use."""
    new = f"_{names[0].id}"
    function = module.function_of(names[0])
    if function is not None and new not in module.bound_names(function):
        edits.replacements.update(dict.fromkeys(names, new))


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
        numbers = integers(function)
        if parent.value is not None and (
            acting_property(module, parent.value) is not None
            or not (is_harmless(parent.value, numbers) or is_harmless_test(parent.value, numbers))
        ):
            _evaluate(module, function, edits, node)
            return
        edits.removed[parent] = None
        gone.add(parent)
        if all(each in gone for each in module.block_of(parent)):
            raise _unused(node.id, node)
        return
    if isinstance(parent, ast.Assign):
        _evaluate(module, function, edits, node)
        return
    if isinstance(parent, ast.Tuple) and isinstance(pairs := module.parents[parent], ast.Assign):
        if isinstance(pairs.value, (ast.Tuple, ast.List)):
            _evaluate(module, function, edits, node)  # flake8 looks for a use of each
        else:
            _underscore(module, edits, left)
        return
    raise _unused(node.id, node)


def _evaluate(module: Module, function: Function, edits: Edits, node: ast.Name) -> None:
    """Leave ``name = value`` as ``_ = value``, where the value may raise or act, or has a use.

    Raises:
        RefusalError: ``_`` is used for something else.
    """
    if any(isinstance(each.ctx, ast.Load) for each in module.own_names(function, "_")):
        raise _unused(node.id, node)
    edits.replacements[node] = "_"


def _unused(name: str, node: ast.AST) -> RefusalError:
    return RefusalError(
        f"'{name}' would be left unused",
        "use the context's state id by hand, and drop what only the built one needed",
        getattr(node, "lineno", 0),
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
    if (
        is_enumerated(loop)
        and isinstance(loop.target, ast.Tuple)
        and node is loop.target.elts[0]
        and _begins_quietly(module, loop)
    ):
        edits.unnumbered.append(loop)
        return
    if _is_key(loop, node) and _is_mapping(module, loop):
        edits.valued.append(loop)
    if not isinstance(loop, ast.comprehension) and not node.id.startswith("_"):
        edits.replacements[node] = f"_{node.id}"
        function = module.function_of(loop)
        if function is not None and f"_{node.id}" in module.bound_names(function):
            edits.replacements[node] = "_"


def _begins_quietly(module: Module, loop: ast.For | ast.AsyncFor | ast.comprehension) -> bool:
    """Whether nothing is lost with the number that ``enumerate(values, first)`` begins at."""
    assert isinstance(loop.iter, ast.Call)
    numbers = integers(module.function_of(loop) or module.root_of(loop))
    return all(
        is_harmless(first, numbers) and acting_property(module, first) is None
        for first in [*loop.iter.args[1:], *(keyword.value for keyword in loop.iter.keywords)]
    )


def _is_key(loop: ast.For | ast.AsyncFor | ast.comprehension, node: ast.Name) -> bool:
    """Whether ``node`` is the key in ``for key, value in values.items()``, numbered or not."""
    walked, target = loop.iter, loop.target
    if is_enumerated(loop) and isinstance(walked, ast.Call) and isinstance(target, ast.Tuple):
        walked, target = walked.args[0], target.elts[1]
    match walked, target:
        case ast.Call(func=ast.Attribute(attr="items"), args=[], keywords=[]), ast.Tuple(
            elts=[key, value]
        ):
            return key is node and not isinstance(value, ast.Starred)
    return False


def _is_mapping(module: Module, loop: ast.For | ast.AsyncFor | ast.comprehension) -> bool:
    """Whether what a loop over ``values.items()`` walks is seen to be a mapping."""
    walked = next(
        node.func.value
        for node in walk(loop.iter)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "items"
    )
    function = module.function_of(loop)
    if not isinstance(walked, ast.Name) or function is None:
        return False
    for argument in named_arguments(function):
        if argument.arg == walked.id:
            return argument.annotation is not None and _names_mapping(argument.annotation)
    stores = [module.parents[node] for node in module.own_stores(function, walked.id)]
    return bool(stores) and all(map(_makes_mapping, stores))


def _makes_mapping(statement: ast.AST) -> bool:
    match statement:
        case ast.AnnAssign(annotation=annotation):
            return _names_mapping(annotation)
        case ast.Assign(targets=[ast.Name()], value=ast.Dict() | ast.DictComp()):
            return True
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id=name))):
            return name in MAPPINGS
    return False


def _names_mapping(annotation: ast.expr) -> bool:
    name = ast.unparse(annotation).strip("'\"").partition("[")[0]
    return name.rpartition(".")[2] in MAPPINGS


def is_enumerated(loop: ast.For | ast.AsyncFor | ast.comprehension) -> bool:
    """Whether a loop is ``for index, value in enumerate(values)``."""
    match loop.iter, loop.target:
        case ast.Call(func=ast.Name(id="enumerate"), args=[values, *_]), ast.Tuple(
            elts=[ast.Name(), value]
        ):
            return not isinstance(values, ast.Starred) and not isinstance(value, ast.Starred)
    return False


def _unimport(module: Module, edits: Edits, gone: set[ast.AST], name: str) -> None:
    scopes = {
        _importing(module, node, name)
        for root in gone
        for node in walk(root)
        if isinstance(node, ast.Name) and node.id == name and node in module.parents
    }
    for scope in scopes:
        if not any(
            (isinstance(node, ast.Name) and node.id == name)
            or (isinstance(node, ast.Constant) and node.value == name)
            for node in walk(scope)
            if not any(inner in gone for inner in [node, *module.ancestors(node)])
        ):
            for statement in _imports(scope):
                _unimport_from(edits, statement, name)


def _importing(module: Module, node: ast.AST, name: str) -> ast.AST:
    """The function around ``node`` that imports ``name``, or the module."""
    for function in module.ancestors(node):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
            (alias.asname or alias.name) == name
            for statement in _imports(function)
            for alias in statement.names
        ):
            return function
    return module.tree


def _imports(scope: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    """The imports of a function, or those that a module always makes."""
    nodes = scope.body if isinstance(scope, ast.Module) else own_nodes(*children(scope))
    return [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]


def _unimport_from(edits: Edits, node: ast.Import | ast.ImportFrom, name: str) -> None:
    """Drop ``name`` from an import of the standard library.

    Raises:
        RefusalError: It is another's module, which may do something when it is imported.
    """
    for alias in node.names:
        if (alias.asname or alias.name) != name:
            continue
        module_name = node.module if isinstance(node, ast.ImportFrom) else alias.name
        if (module_name or "").partition(".")[0] not in sys.stdlib_module_names:
            raise RefusalError(
                f"the import of '{name}' would be left unused",
                "drop it by hand once the id is fixed, if no other module needs it",
                node.lineno,
            )
        edits.unimported.append((node, alias))
