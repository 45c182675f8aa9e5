"""Where a function is run that a module names: called there, or handed on with its arguments.

``plugin.process_batch`` may be called in place, by another name, as a ``partial`` of it, by what
``map`` or a function of the project calls for each item. What is only kept, for somebody to call
later, is taken to be called once for each time that it was made.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.handing import KEPT, MAPPING, STAR_MAPS, repeated
from flake8_stateid.analysis.program import last_name, plain_name
from flake8_stateid.analysis.tree import (
    COMPREHENSIONS,
    FUNCTIONS,
    LOOPS,
    arguments_of,
    names_in,
)
from flake8_stateid.codemod.callers.repetition import Handed, handed_as
from flake8_stateid.codemod.reading.handing_on import handed_call, is_partial
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import (
    Callee,
    dotted,
    names_context,
    parameters,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

# They look at a function and do not call it.
_LOOKING = frozenset(
    {"callable", "getattr", "hasattr", "id", "isinstance", "iscoroutinefunction", "repr"}
    | {"signature", "str", "type", "update_wrapper", "wraps"}
)
# How far a function is followed from one that it is handed to into the next.
_DEPTH = 4


class Wanted(NamedTuple):
    """A function that is run, and what it hands to the batch path, or is itself given as that.

    Attributes:
        callee: The function, and how many of its parameters a mention of it fills by binding.
        handed: The context, or the state id, as the function names it.
        receiver: The batch path's object, as the function names it; empty for one not seen.
    """

    callee: Callee
    handed: Handed
    receiver: str = ""

    def seen_from(self, call: ast.Call) -> Handed | None:
        """What is handed on, as the one who makes ``call`` names it; ``None`` if that is not seen.

        What is no parameter of the function is what it is around it, too.
        """
        parts: list[str] = []
        for part in self.handed.parts:
            given = self._given(call, part)
            if given is None:
                return None
            parts.extend(given.parts)
        whole = self.handed.parts == (self.handed.text,) and len(parts) == 1
        return Handed(parts[0] if whole else f"{self.handed.text} of {parts}", tuple(parts))

    def receiver_from(self, call: ast.Call) -> str:
        """The batch path's object, as the one who makes ``call`` names it."""
        given = self._given(call, self.receiver) if self.receiver else None
        return given.text if given is not None and given.parts == (given.text,) else ""

    def _given(self, call: ast.Call, part: str) -> Handed | None:
        root, _, rest = part.partition(".")
        names = parameters(self.callee.function)
        if root not in names:
            return Handed(part, (part,))
        if names.index(root) < self.callee.skip:
            value = call.func.value if isinstance(call.func, ast.Attribute) else None
        else:
            value = self.callee.argument(call, root)
        if not rest:
            return handed_as(value)
        name = dotted(value) if value is not None else ""
        return Handed(f"{name}.{rest}", (f"{name}.{rest}",)) if name else None


class Run(NamedTuple):
    """A place where a function is run.

    Attributes:
        node: The call, or what keeps the function until it is called.
        handed: What it hands on, as it is called there.
        receiver: The batch path's object, as it is called there; empty for one that is not seen.
        often: Whether it is run several times there, as far as that can be seen.
    """

    node: ast.expr
    handed: Handed
    receiver: str
    often: bool = False


def runs_of(ancestors: Ancestors, module: Module, mention: ast.expr, wanted: Wanted) -> list[Run]:
    """Where what is named at ``mention`` is run, under a state id that can be seen.

    Args:
        ancestors: Finds functions of other modules.
        module: The module of the mention.
        mention: An expression that is the function: a name, an attribute, a lambda.
        wanted: The function.
    """
    return [
        *_Following(ancestors, wanted).runs(module, mention, ast.Call(mention, [], []), _DEPTH)
    ]


class _Following:
    """Follows one function to its calls."""

    def __init__(self, ancestors: Ancestors, wanted: Wanted) -> None:
        self._ancestors = ancestors
        self._wanted = wanted

    def runs(self, module: Module, node: ast.expr, so_far: ast.Call, depth: int) -> Iterator[Run]:
        """Where the value of ``node`` is called.

        Args:
            module: The module of the node.
            node: The function, with the arguments that it has already.
            so_far: A call with these.
            depth: Through how many functions it may still be handed.
        """
        parent = module.parents[node]
        if isinstance(parent, ast.keyword):
            parent = module.parents[parent]
        match parent:
            case ast.Call(func=func) if func is node:
                yield from self._run(parent, _with(so_far, parent.args, parent.keywords))
            case ast.Call():
                yield from self._handed_on(module, parent, node, so_far, depth)
            case ast.IfExp() | ast.NamedExpr() if depth:
                yield from self.runs(module, parent, so_far, depth - 1)
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) if depth:
                yield from self._named(module, target, node, so_far, depth - 1)
            case ast.Attribute() | ast.Expr() | ast.Compare():
                return  # nobody has it
            case _:
                yield from self._run(node, so_far)

    def _run(self, node: ast.expr, call: ast.Call, *, often: bool = False) -> Iterator[Run]:
        handed = self._wanted.seen_from(call)
        if handed is not None:
            yield Run(node, handed, self._wanted.receiver_from(call), often)

    def _handed_on(
        self, module: Module, call: ast.Call, node: ast.expr, so_far: ast.Call, depth: int
    ) -> Iterator[Run]:
        """Where a function is called that is an argument of ``call``."""
        name = plain_name(call.func)
        made = handed_call(call)
        if made is not None and made.func is node:
            so_far = _with(so_far, made.args, made.keywords)
            if not is_partial(call):
                yield from self._run(call, so_far)
            elif depth:
                yield from self.runs(module, call, so_far, depth - 1)
            return
        if name in MAPPING | {"filter"} and call.args[:1] == [node]:
            items = _items(call.args[1:], starred=name in STAR_MAPS)
            yield from self._run(call, _with(so_far, items, []), often=True)
            return
        functions = self._ancestors.functions(module, call.func)
        if functions:
            for other, callee in functions if depth else ():
                yield from self._by_parameter(module, call, node, so_far, (other, callee, depth))
        elif name in KEPT or last_name(call).lstrip("_")[:1].isupper():
            yield from self._run(call, so_far)
        elif name not in _LOOKING:
            given = [] if self._is_bound(so_far) else arguments_of(call)
            for each in [*filter(_is_context, given)][:1]:
                so_far = _with(so_far, [], [ast.keyword(self._wanted.handed.parts[0], each)])
            yield from self._run(call, so_far, often=True)

    def _by_parameter(
        self,
        module: Module,
        call: ast.Call,
        node: ast.expr,
        so_far: ast.Call,
        to: tuple[Module, Callee, int],
    ) -> Iterator[Run]:
        """Where a function is called that ``call`` gives another one for a parameter."""
        other, callee, depth = to
        taken = [
            each for each in parameters(callee.function) if callee.argument(call, each) is node
        ]
        uses = [use for each in taken for use in _loads(other, callee.function, each)]
        runs = [run for use in uses for run in self.runs(other, use, so_far, depth - 1)]
        if self._is_bound(so_far):
            yield from self._run_by(other, runs, call, so_far)
            return
        for run in runs:
            # Its names are those of the function; they are seen from the call.
            handed = Wanted(callee, run.handed).seen_from(call)
            if handed is not None:
                yield Run(call, handed, "", _is_often(other, run))

    def _is_bound(self, so_far: ast.Call) -> bool:
        """Whether a function has all that it hands on: whoever calls it gives it nothing more."""
        return self._wanted.seen_from(so_far) is not None

    def _run_by(
        self, module: Module, runs: list[Run], node: ast.expr, so_far: ast.Call
    ) -> Iterator[Run]:
        """What runs of a function that has all it hands on come to, seen from ``node``."""
        if runs:
            often = len(runs) > 1 or any(_is_often(module, run) for run in runs)
            yield from self._run(node, so_far, often=often)

    def _named(
        self, module: Module, target: ast.expr, node: ast.expr, so_far: ast.Call, depth: int
    ) -> Iterator[Run]:
        """Where a function is called by the name that it is bound to."""
        scope = module.function_of(node)
        if isinstance(target, ast.Name):
            binder = module.binder(scope, target.id)
            for use in _loads(module, module.tree if binder is None else binder, target.id):
                yield from self.runs(module, use, so_far, depth)
            return
        owner = module.class_of(node)
        name = dotted(target)
        if owner is None or not name.startswith("self."):
            yield from self._run(node, so_far)
            return
        uses = [
            use
            for use in walk(owner)
            if isinstance(use, ast.Attribute)
            and isinstance(use.ctx, ast.Load)
            and dotted(use) == name
        ]
        runs = [run for use in uses for run in self.runs(module, use, so_far, depth)]
        if self._is_bound(so_far):
            yield from self._run_by(module, runs, node, so_far)
        else:
            yield from runs


def _with(call: ast.Call, arguments: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
    given = [*call.keywords, *(part for each in keywords for part in _spread(each))]
    return ast.Call(call.func, [*call.args, *arguments], given)


def _spread(keyword: ast.keyword) -> list[ast.keyword]:
    """``ctx=ctx`` of ``**{"ctx": ctx}``."""
    match keyword:
        case ast.keyword(arg=None, value=ast.Dict(keys=keys, values=values)):
            return [
                ast.keyword(key.value, value)
                for key, value in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    return [keyword]


def _is_context(node: ast.expr) -> bool:
    return names_context(dotted(node).rpartition(".")[2])


def _items(iterables: list[ast.expr], *, starred: bool) -> list[ast.expr]:
    """What ``map`` gives in each round, as far as it is the same in all; else a constant."""
    if starred:
        match iterables:
            case [ast.Call(args=zipped) as call] if last_name(call) == "zip":
                iterables = zipped
            case [(ast.ListComp() | ast.GeneratorExp()) as made] if isinstance(
                made.elt, ast.Tuple
            ):
                return [_same(each, made) for each in made.elt.elts]
            case _:
                return []
    found: list[ast.expr] = []
    for each in iterables:
        match each:
            case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item):
                found.append(_same(item, each))
            case _:
                found.append(repeated(each))
    return found


def _same(item: ast.expr, made: ast.ListComp | ast.GeneratorExp) -> ast.expr:
    """An item that does not depend on what the comprehension walks; else a constant."""
    bound = set[str]().union(*(names_in(part.target) for part in made.generators))
    return item if names_in(item).isdisjoint(bound) else ast.Constant(None)


def _loads(module: Module, scope: ast.AST, name: str) -> list[ast.expr]:
    """Where a variable of a scope is read."""
    if isinstance(scope, FUNCTIONS):
        return [use for use in module.own_names(scope, name) if isinstance(use.ctx, ast.Load)]
    return [
        use
        for use in walk(scope)
        if isinstance(use, ast.Name)
        and use.id == name
        and isinstance(use.ctx, ast.Load)
        and module.binder(module.function_of(use), name) is None
    ]


def _is_often(module: Module, run: Run) -> bool:
    """Whether something is run several times where a function of a module is called once."""
    return run.often or _is_repeated(module, run.node)


def _is_repeated(module: Module, node: ast.AST) -> bool:
    """Whether a node of a function may run several times when the function is called once."""
    inner = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, FUNCTIONS):
            return False
        if isinstance(ancestor, LOOPS) and getattr(ancestor, "iter", None) is not inner:
            return True
        if isinstance(ancestor, COMPREHENSIONS) and ancestor.generators[0] is not inner:
            return True
        inner = ancestor
    return False
