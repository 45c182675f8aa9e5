"""Ways to a function besides calls by its name: texts, tables, decorators, the language itself.

Who comes to it by one of these is not seen, and may do so for each row.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.namesakes import possible_uses
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.trace import Trace

Definition = ast.FunctionDef | ast.AsyncFunctionDef

# The last word of a parameter that tells one call from the next: 'row_index'.
_COUNTING = frozenset({"i", "idx", "index", "n", "num", "number", "pos", "position", "seq"})
_LOOKUPS = frozenset({"getattr", "attrgetter", "methodcaller"})
_NAMESPACES = frozenset({"vars", "globals", "locals"})
# What a decorator may do with a function besides calling it, and not keep it.
_TELLING = frozenset({"wraps", "update_wrapper", "iscoroutinefunction", "signature", "callable"})
# Called where their class is called, and once for each object.
_OF_AN_OBJECT = frozenset({"__init__", "__post_init__", "__new__", "__call__"})
_BY_HAND = "call it by one name, or bind the id and release the client around all calls by hand"


def refuse_other_ways(module: Module, ancestors: Ancestors, function: Definition) -> None:
    """Refuse a function that may be reached otherwise than by calls of its name.

    Args:
        module: The module.
        ancestors: Finds functions of other modules.
        function: The function.

    Raises:
        RefusalError: It may be.
    """
    _refuse_named(module, function)
    _refuse_special(module, function)
    _refuse_kept(module, ancestors, function)
    for mention in _in_class_bodies(module, function):
        raise RefusalError(
            f"'{function.name}' has another name, by which it may be called in a loop",
            _BY_HAND,
            mention.lineno,
        )


def check_called(
    module: Module,
    ancestors: Ancestors,
    function: Function,
    trace: Trace,
    built: Iterable[ast.AST],
) -> None:
    """Check that a function without a loop is not called for each row where nobody sees it.

    Args:
        module: The module.
        ancestors: Finds functions of other modules.
        function: The function.
        trace: The uses of the id.
        built: The ids that are built in it.

    Raises:
        RefusalError: It may be, or seems to be.
    """
    if isinstance(function, ast.Lambda):
        return
    refuse_other_ways(module, ancestors, function)
    if trace.releases or (trace.creations and not trace.cache_keys):
        _refuse_counted(module, function, built)


def _refuse_counted(module: Module, function: Definition, built: Iterable[ast.AST]) -> None:
    """Refuse a function whose id tells its calls apart, where not all of these are seen."""
    if function.name.startswith("_") and possible_uses(module, function):
        return  # who calls it is known
    given = {name for name in parameters(function) if name.lower().rpartition("_")[2] in _COUNTING}
    for each in built:
        for node in walk(each):
            if (
                isinstance(node, ast.Name)
                and node.id in given
                and module.function_of(node) is function
            ):
                raise RefusalError(
                    f"the id differs by '{node.id}', so '{function.name}' seems to be called "
                    "several times under one state id, each time with a client that counts anew",
                    "make one client before the loop and hand it in, or keep it by the state id "
                    "until the loop has ended",
                    node.lineno,
                )


def _refuse_named(module: Module, function: Definition) -> None:
    """Refuse a function that is looked up by its name, as ``getattr`` does."""
    for tree in module.family_trees():
        everything = list(walk(tree))
        looks = any(
            isinstance(node, (ast.Name, ast.Attribute)) and plain_name(node) in _LOOKUPS
            for node in everything
        )
        for node in everything:
            if (
                looks
                and isinstance(node, ast.Constant)
                and node.value == function.name
                and not isinstance(module.parents[node], (ast.JoinedStr, ast.BinOp))
            ) or any(_may_spell(text, function.name) for text in _looked_up(node)):
                assert isinstance(node, ast.expr)
                raise RefusalError(
                    f"'{function.name}' is named by a text, and may be called in a loop",
                    "call it directly, or bind the id and release the client around all calls by "
                    "hand",
                    node.lineno,
                )


def _looked_up(node: ast.AST) -> list[ast.expr]:
    """The texts by which a node looks something up."""
    match node:
        case ast.Call(func=function) if plain_name(function) in _LOOKUPS:
            return arguments_of(node)
        case ast.Subscript(value=ast.Call(func=function), slice=key) if (
            plain_name(function) in _NAMESPACES
        ):
            return [key]
        case ast.Subscript(value=ast.Attribute(attr="__dict__"), slice=key):
            return [key]
    return []


def _may_spell(text: ast.expr, name: str) -> bool:
    """Whether a text that is put together may be a name: ``f"process_{kind}"``."""
    if isinstance(text, ast.JoinedStr):
        parts = text.values
    elif isinstance(text, ast.BinOp) and isinstance(text.op, ast.Add):
        parts = [text.left, text.right]
    else:
        return False
    first, last = parts[0], parts[-1]
    begins = _text_of(first)
    ends = _text_of(last)
    return bool(begins or ends) and name.startswith(begins) and name.endswith(ends)


def _text_of(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def _refuse_special(module: Module, function: Definition) -> None:
    """Refuse a method that the language calls: ``self[i]`` calls ``__getitem__``."""
    name = function.name
    if not (name.startswith("__") and name.endswith("__")):
        return
    if name not in _OF_AN_OBJECT or (name == "__call__" and any(map(_calls_itself, module.calls))):
        raise RefusalError(
            f"'{name}' is called without being named, and may be in a loop",
            _BY_HAND,
            function.lineno,
        )


def _calls_itself(call: ast.Call) -> bool:
    """Whether an object is called by its own methods: ``self(row, ctx)``."""
    return isinstance(call.func, ast.Name) and call.func.id == "self"


def _refuse_kept(module: Module, ancestors: Ancestors, function: Definition) -> None:
    """Refuse a function whose decorator keeps it, for others to call."""
    for decorator in function.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        seen = [(other, each.function) for other, each in ancestors.functions(module, named)]
        owner = module.class_of(function)
        seen += [
            (module, each)
            for each in (owner.body if owner is not None else ())
            if isinstance(each, Definition)
            and isinstance(named, ast.Name)
            and each.name == named.id
        ]
        registers = isinstance(named, ast.Attribute) and named.attr == "register"
        if registers or any(
            _keeps(other, each, is_made=named is not decorator) for other, each in seen
        ):
            raise RefusalError(
                f"'{ast.unparse(named)}' keeps '{function.name}', which may be called in a loop",
                _BY_HAND,
                decorator.lineno,
            )


def _keeps(module: Module, decorator: Function, *, is_made: bool) -> bool:
    """Whether a decorator does more with what it decorates than call it or give it back.

    Args:
        module: Its module.
        decorator: A function.
        is_made: Whether it makes the decorator, as in ``@register("rows")``.
    """
    for each in _returned(module, decorator) if is_made else [decorator]:
        for use in module.own_names(each, [*parameters(each), ""][0]):
            parent = module.parents[use]
            told = isinstance(parent, (ast.Return, ast.Attribute))
            if told or not isinstance(use.ctx, ast.Load):
                continue
            if isinstance(parent, ast.Call) and (
                parent.func is use or plain_name(parent.func) in _TELLING
            ):
                continue
            return True
    return False


def _returned(module: Module, function: Function) -> list[Definition]:
    """The inner functions that a function returns."""
    own = [node for node in walk(function) if module.function_of(node) is function]
    returned = {
        node.value.id
        for node in own
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }
    return [node for node in own if isinstance(node, Definition) and node.name in returned]


def _in_class_bodies(module: Module, function: Definition) -> Iterator[ast.Name]:
    """Where the body of a method's class names the method: in a table, for a default.

    A property's setter is its own, and named by a decorator.
    """
    owner = module.class_of(function)
    if owner is None or module.function_of(function) is not None:
        return
    for statement in owner.body:
        for node in _outside_functions(statement):
            if (
                isinstance(node, ast.Name)
                and node.id == function.name
                and isinstance(node.ctx, ast.Load)
            ):
                yield node


def _outside_functions(statement: ast.stmt) -> Iterator[ast.AST]:
    """What is evaluated as a class body is run: of a function, its defaults and decorators."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Definition):
            waiting += [*node.decorator_list, *node.args.defaults]
            waiting += [each for each in node.args.kw_defaults if each is not None]
        elif isinstance(node, ast.Lambda):
            waiting += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif not isinstance(node, ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
