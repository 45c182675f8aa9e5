"""``map(partial(answer, ctx), rows)`` as the loop that it is: ``answer(ctx, row)`` for each row.

The analysed tree is changed so that each such call is a comprehension: all that is asked about
loops that call a function is asked of it too. The text that is rewritten keeps the call.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.reading.handing_on import DISPATCH, is_partial, kept_by
from flake8_stateid.codemod.reading.nodes import changed, walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function

# What is walked has a name that no author gives.
_EACH = "_stateid_each"


def unroll(module: Module, is_state_id: Callable[[str], bool] = lambda _: False) -> None:
    """Put a comprehension in the place of each ``map`` that hands a function some arguments.

    That is by ``partial``, also one that has a name, by ``repeat``, or by a lambda; or by what
    ``self`` keeps: a state id, or a context. What else is handed a ``partial``, such as
    ``submit``, gets its arguments.

    Args:
        module: The module; its tree is changed.
        is_state_id: Whether an identifier is a state id name.
    """
    for call in _calls(module):
        if not is_partial(call) and any(map(_is_name, call.args[:1])):
            _name_through(module, call)
    for call in _calls(module):
        offset = DISPATCH.get(plain_name(call.func))
        if plain_name(call.func) == "map" and len(call.args) > 1 and not call.keywords:
            _unroll(module, call, is_state_id)
        elif offset is not None and not is_partial(call) and len(call.args) > offset:
            _flatten(module, call, offset)


def _calls(module: Module) -> list[ast.Call]:
    return [node for node in walk(module.tree) if isinstance(node, ast.Call)]


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name)


def _name_through(module: Module, call: ast.Call) -> None:
    """Put ``partial(answer, ctx)`` in the place of its name, where that is handed on."""
    method = plain_name(call.func)
    handed = call.args[0]
    function = module.function_of(call)
    if not isinstance(handed, ast.Name) or function is None or isinstance(function, ast.Lambda):
        return
    if method != "map" and DISPATCH.get(method) != 0:
        return
    bound = module.binding(function, handed.id)
    if (
        not isinstance(bound, ast.Assign)
        or not is_partial(bound.value)
        or not all(_is_steady(module, function, each) for each in kept_by(bound.value))
        or handed.id in parameters(function)
    ):
        return
    uses = [n for n in module.own_names(function, handed.id) if isinstance(n.ctx, ast.Load)]
    if len(uses) == 1:
        made = bound.value
        module.replace(made, ast.copy_location(ast.Constant(None), made))
        module.replace(handed, made)
        module.forget_names()


def _is_steady(module: Module, function: Function, given: ast.expr) -> bool:
    """Whether an argument is a name that means the same as long as its function runs."""
    if isinstance(given, ast.Constant):
        return True
    root = dotted(given).partition(".")[0]
    stores = module.own_stores(function, root) if root else []
    return bool(root) and len(stores) + (root in parameters(function)) <= 1


def _flatten(module: Module, call: ast.Call, offset: int) -> None:
    """``submit(partial(answer, ctx), row)`` as ``submit(answer, ctx, row)``."""
    partial = call.args[offset]
    if not isinstance(partial, ast.Call) or not is_partial(partial):
        return
    named = {each.arg for each in partial.keywords}
    if None in named or named & {each.arg for each in call.keywords}:
        return
    call.args[offset : offset + 1] = partial.args
    call.keywords[:0] = partial.keywords
    changed(call)
    for each in (*partial.args, *partial.keywords):
        module.parents[each] = call
    del module.parents[partial]
    module.forget_names()


def _finds_one(module: Module, function: ast.expr, is_state_id: Callable[[str], bool]) -> bool:
    """Whether a method finds the state id in ``self``, and is not given one."""
    methods = [callee.function for callee in module.resolve(function)]
    return (
        isinstance(function, ast.Attribute)
        and dotted(function.value) == "self"
        and not any(is_state_id(name) for each in methods for name in parameters(each))
        and any(
            isinstance(node, ast.Attribute)
            and is_state_id(node.attr)
            and dotted(node).startswith("self.")
            for each in methods
            for node in walk(each)
        )
    )


def _unroll(module: Module, call: ast.Call, is_state_id: Callable[[str], bool]) -> None:
    first, *walked = call.args
    repeated = [each for each in walked if _repeats(each)]
    if any(isinstance(each, ast.Starred) for each in call.args) or len(repeated) == len(walked):
        return
    if module.resolve(call.func):
        return  # another function of that name
    names: list[ast.expr] = []
    given: list[ast.expr] = []
    for number, each in enumerate(walked):
        if each in repeated:
            assert isinstance(each, ast.Call)
            given.append(each.args[0])
        else:
            name = f"{_EACH}{number}"
            given.append(ast.copy_location(ast.Name(name, ast.Load()), each))
            names.append(ast.copy_location(ast.Name(name, ast.Store()), each))
    match first:
        case ast.Call(args=[function, *bound], keywords=keywords) if is_partial(first):
            made = ast.Call(function, [*bound, *given], keywords)
        case ast.Lambda(args=arguments, body=ast.Call() as body) if not repeated:
            named = [each.arg for each in arguments.args]
            if not len(parameters(first)) == len(named) == len(walked) or arguments.defaults:
                return
            made = ast.Call(body.func, body.args, body.keywords)
            names = [
                ast.copy_location(ast.Name(name, ast.Store()), each)
                for name, each in zip(named, arguments.args, strict=True)
            ]
        case _ if repeated or _finds_one(module, first, is_state_id):
            made = ast.Call(first, given, [])
        case _:
            return
    lists = [each for each in walked if each not in repeated]
    if isinstance(call.func, ast.Attribute):
        submit = ast.Attribute(call.func.value, "submit", ast.Load())
        made.args.insert(0, made.func)
        made.func = ast.copy_location(submit, call.func)
    target, iterated = names[0], lists[0]
    if len(lists) > 1:
        target = ast.copy_location(ast.Tuple(names, ast.Store()), call)
        zipped = ast.copy_location(ast.Name("zip", ast.Load()), call)
        iterated = ast.copy_location(ast.Call(zipped, lists, []), call)
    clause = ast.comprehension(target, iterated, [], 0)
    # An executor begins with all rows at once; the builtin function waits to be asked for each.
    kind = ast.ListComp if isinstance(call.func, ast.Attribute) else ast.GeneratorExp
    element = ast.copy_location(made, call)
    module.replace(call, ast.copy_location(kind(element, [clause]), call))
    module.forget_names()


def _repeats(node: ast.expr) -> bool:
    """``repeat(ctx)``."""
    return (
        isinstance(node, ast.Call)
        and plain_name(node.func) == "repeat"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Name)
    )
