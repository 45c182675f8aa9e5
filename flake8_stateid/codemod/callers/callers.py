"""Who calls the batch path: once for each state id, or several times."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from flake8_stateid.analysis.handing import APPLYING
from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, FUNCTIONS, LOOPS
from flake8_stateid.codemod.callers.other_ways import refuse_other_ways
from flake8_stateid.codemod.callers.renewing import changes
from flake8_stateid.codemod.callers.repetition import Handed, between, handed_as
from flake8_stateid.codemod.ids.bases import is_minted
from flake8_stateid.codemod.ids.contexts import ContextUses, exclusive
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.handing_on import AT_ONCE, handed_call, runs_at_once
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

# Words in the names of decorators that run a function again: 'tenacity.retry', 'on_backoff'.
_AGAIN = ("retry", "retries", "retrying", "backoff", "repeat", "attempt")


def check_callers(
    module: Module,
    is_state_id: Callable[[str], bool],
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    root: str,
    outlives: Callable[[ast.AST, bool], bool],
    ancestors: Ancestors,
    known: Iterable[ast.AST] = (),
) -> None:
    """Check that nobody runs the batch path beside another use of the same state id.

    Args:
        module: The module.
        is_state_id: Whether a name is a state id name.
        function: The batch path.
        root: Its parameter that holds the context, or the state id itself.
        outlives: Whether the clients last for all rounds of a loop around a call of it.
        ancestors: Finds functions of other modules.
        known: Statements that keep the context for others, who have been looked at.

    Raises:
        RefusalError: A caller loops over the batch path, or uses the context's id beside it; a
            decorator runs it again.
    """
    todo, seen = [(function, root)], {(function, root)}
    while todo:
        current, parameter = todo.pop()
        _refuse_repeating(module, ancestors, current, outlives)
        refuse_other_ways(module, ancestors, current)
        found = mentions(module, current)
        before: list[tuple[ast.AST, Handed]] = []
        for number, mention in enumerate(found):
            call = called(module, mention)
            if call is not None and parameter in parameters(current):
                handed = _handed(module, current, call, parameter)
                if handed is not None and is_minted(handed, ancestors.minting):
                    continue
            looped = _rounds_of(module, mention)
            if looped is not None and not (call is not None and outlives(looped, True)):
                raise RefusalError(
                    f"'{current.name}' is called in a loop or handed on, so several batches may "
                    "share a state id",
                    "bind the id and release the client around all of them by hand",
                    mention.lineno,
                )
            caller = module.outermost_function(mention)
            if caller is function:
                raise RefusalError(
                    f"'{function.name}' calls itself, so several batches may share a state id",
                    "bind the id and release the client around all of them by hand",
                    mention.lineno,
                )
            if call is None or caller is None:
                continue
            handed = ast.Name(parameter, ast.Load())
            if parameter in parameters(current):
                handed = _handed(module, current, call, parameter)
            else:
                _refuse_second(module, current, found[:number], mention)
            if not isinstance(handed, ast.Name):
                same = handed_as(handed)
                if same is not None:
                    again = (module.parents[mention], same)
                    _refuse_again(module, is_state_id, current, before, again, outlives)
                    before.append(again)
            rounds = [looped] if looped is not None else []
            for name, binding in _holders(module, caller, handed).items():
                others = ContextUses(module, is_state_id, rounds).live(
                    caller, name, [call, *call.args, *call.keywords, *binding, *known]
                )
                for other in others:
                    if not exclusive(module, mention, other):
                        raise RefusalError(
                            f"'{caller.name}' uses the context's state id beside '{current.name}'",
                            "let both use one client, released after the last use",
                            other.lineno,
                        )
                nested = module.function_of(caller) is not None
                if (name in parameters(caller) or nested) and (caller, name) not in seen:
                    seen.add((caller, name))
                    todo.append((caller, name))


def _holders(
    module: Module, caller: Function, handed: ast.expr | None
) -> dict[str, list[ast.stmt]]:
    """The variables of a caller that hold what it hands on, or the context it is read from.

    Of ``sid`` these are ``sid`` itself, and ``ctx`` with the statement ``sid = ctx.state_id``.
    """
    found: dict[str, list[ast.stmt]] = {}
    if isinstance(handed, ast.Name):
        found[handed.id] = []
        statement = module.binding(caller, handed.id)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            root, _, rest = dotted(statement.value).partition(".")
            if rest and root not in {"self", "cls"}:
                found[root] = [statement]
    elif handed is not None and dotted(handed):
        found[dotted(handed).partition(".")[0]] = []
    return {name: binding for name, binding in found.items() if name not in {"self", "cls"}}


def _refuse_repeating(
    module: Module,
    ancestors: Ancestors,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    outlives: Callable[[ast.AST, bool], bool],
) -> None:
    """Refuse a function whose decorator may run it again under the same state id."""
    for decorator in function.decorator_list:
        if runs_again(module, ancestors, decorator) and not outlives(decorator, True):
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            raise RefusalError(
                f"'{ast.unparse(named)}' may run '{function.name}' several times under one "
                "state id",
                "try again within the batch, or let the recorder allocate call_index",
                decorator.lineno,
            )


def runs_again(module: Module, ancestors: Ancestors, decorator: ast.expr) -> bool:
    """Whether a decorator may run what it decorates several times for each call of that.

    Args:
        module: The module of the decorator.
        ancestors: Finds functions of other modules.
        decorator: The decorator; one that is not seen tells by its name.
    """
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    seen = [(other, each.function) for other, each in ancestors.functions(module, named)]
    if seen:
        return any(_calls_again(other, each) for other, each in seen)
    name = dotted(named).rpartition(".")[2].lower()
    return any(word in name for word in _AGAIN)


def _calls_again(module: Module, decorator: Function) -> bool:
    """Whether a decorator may call what it is given more than once."""
    given = {
        name
        for node in walk(decorator)
        if isinstance(node, FUNCTIONS)
        for name in parameters(node)
    }
    calls = [
        node
        for node in walk(decorator)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in given
    ]
    return any(
        isinstance(
            module.enclosing(call, *LOOPS, *COMPREHENSIONS, *FUNCTIONS), (*LOOPS, *COMPREHENSIONS)
        )
        for call in calls
    ) or any(
        module.function_of(one) is module.function_of(other) and not exclusive(module, one, other)
        for one, other in itertools.combinations(calls, 2)
    )


def _refuse_again(
    module: Module,
    is_state_id: Callable[[str], bool],
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    before: Iterable[tuple[ast.AST, Handed]],
    again: tuple[ast.AST, Handed],
    outlives: Callable[[ast.AST, bool], bool],
) -> None:
    """Refuse a second call under the state id of one ``before``, with a client that counts anew.

    A context that is a local is followed to all its uses instead.
    """
    for other, handed in before:
        scope = module.function_of(again[0])
        if handed != again[1] or module.function_of(other) is not scope or scope is None:
            continue
        one, two = sorted([other, again[0]], key=_place)
        assert isinstance(one, ast.Call)
        assert isinstance(two, ast.Call)
        rest = between(module, scope, one, two)
        if (
            not exclusive(module, one, two)
            and not changes(module, rest, handed, function.name, is_state_id)
            and not outlives(scope, True)
        ):
            raise RefusalError(
                f"'{function.name}' is called more than once under one state id",
                "bind the id and release the client around all calls by hand",
                two.lineno,
            )


def _place(node: ast.AST) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def _refuse_second(
    module: Module,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    before: Iterable[ast.expr],
    mention: ast.expr,
) -> None:
    """Refuse a function that takes the context from around it and is called a second time."""
    for other in before:
        if not exclusive(module, other, mention):
            raise RefusalError(
                f"'{function.name}' is called more than once under one state id",
                "bind the id and release the client around all calls by hand",
                mention.lineno,
            )


def calls_of(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.Call]:
    """The calls of this module that reach ``function``, also as a callable handed on."""
    calls = [module.enclosing(node, ast.Call) for node in mentions(module, function)]
    return [call for call in calls if isinstance(call, ast.Call)]


def runners(module: Module, function: Function) -> list[Function]:
    """``function``, the functions around it, and all that call one of them."""
    found: list[Function] = []
    todo = [function]
    while todo:
        current = todo.pop()
        if current in found:
            continue
        found.append(current)
        outer = module.function_of(current)
        todo.extend([outer] if outer is not None else [])
        if not isinstance(current, ast.Lambda):
            callers = [module.function_of(call) for call in calls_of(module, current)]
            todo.extend(caller for caller in callers if caller is not None)
    return found


def mentions(
    module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> list[ast.Name | ast.Attribute]:
    """Every place that names ``function``, here and in the modules of bases and subclasses."""
    return [
        node
        for tree in module.trees
        for node in walk(tree)
        if (
            (isinstance(node, ast.Attribute) and node.attr == function.name)
            or (isinstance(node, ast.Name) and node.id == function.name)
        )
        and isinstance(node.ctx, ast.Load)
        and function in [callee.function for callee in module.resolve(node)]
    ]


def called(module: Module, mention: ast.expr) -> ast.Call | None:
    """The call of what is named at ``mention``, by itself or once in an executor."""
    call = module.parents[mention]
    if not isinstance(call, ast.Call):
        return None
    if call.func is mention:
        return call
    made = handed_call(call) if isinstance(call.func, ast.Attribute) else None
    if made is None or made.func is not mention:
        return None
    name = plain_name(call.func)
    if name in AT_ONCE and not runs_at_once(module, call):
        return None
    # 'frame.apply(f, args=(ctx,))' calls it with each row, and with what is in the tuple.
    if name in APPLYING and not all(
        callee.takes(len(made.args)) for callee in module.resolve(mention)
    ):
        return None
    return made


def _rounds_of(module: Module, mention: ast.expr) -> ast.AST | None:
    """What runs the function named at ``mention`` several times, for all that can be seen."""
    call = called(module, mention)
    if call is None:
        return module.statement_of(mention)
    inner: ast.AST = mention
    once = False  # what a loop walks is made before its first round
    for ancestor in module.ancestors(mention):
        if isinstance(ancestor, COMPREHENSIONS):
            once = once and inner is ancestor.generators[0]
        else:
            once = getattr(ancestor, "iter", None) is inner
        if isinstance(ancestor, (*LOOPS, *COMPREHENSIONS, ast.Lambda)) and not once:
            return ancestor
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
            break
        inner = ancestor
    return None


def _handed(
    module: Module,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    call: ast.Call,
    parameter: str,
) -> ast.expr | None:
    for callee in module.resolve(call.func):
        if callee.function is function:
            return callee.argument(call, parameter)
    return None
