"""Whether a client that is constructed is kept for the rounds to come: caches and guards."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import FUNCTIONS, suppresses, walk
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flake8_stateid.analysis.call_index.rounds import Parents

    Forms = Callable[[], set[object]]  # what a result is kept in, as text

_CACHING = frozenset(("cache", "lru_cache", "cached_property", "cached", "alru_cache"))
_MISSES = frozenset(("KeyError", "LookupError", "AttributeError"))


class Kept(Record):
    """Where something is kept.

    Attributes:
        holder: The cache, or the variable or attribute that holds it; None where it is kept by
            other means.
        is_guarded: Whether it is made only where there is none yet.
        key: What it is kept under in the cache, where that is seen.
        is_cached: Whether a decorator of the function keeps it.
    """

    holder: ast.expr | None
    is_guarded: bool
    key: ast.expr | None = None
    is_cached: bool = False


def how_kept(made: ast.expr, parents: Parents, called: ast.AST | None = None) -> Kept:
    """Where the result of a call is kept, and whether the call is made only where it is missing.

    Args:
        made: The call that makes it, or the property.
        parents: The node around each node.
        called: The method of the same object that the call enters, which may keep it itself.
    """
    targets = _targets(made, parents)
    item: ast.expr | None = next((t for t in targets if isinstance(t, ast.Subscript)), None)
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    function = _function_of(made, parents)
    if item is None and names:
        item = _stored_later(function, names)
    holder, key = (item.value, item.slice) if isinstance(item, ast.Subscript) else (item, None)
    if holder is None:
        holder = next((target for target in targets if isinstance(target, ast.Attribute)), None)
    if holder is None:
        holder = next((target for target in targets if isinstance(target, ast.Name)), None)
    around = parents.get(made)
    if (
        isinstance(around, ast.Call)
        and isinstance(around.func, ast.Attribute)
        and around.func.attr == "setdefault"
        and made in around.args
    ):
        return Kept(around.func.value, True, around.args[0])
    offered = _offered(function, names) if names else None
    if offered is not None:
        return Kept(offered, True)
    if is_cached(function):
        return Kept(None, True, is_cached=True)
    forms: set[object] = set()

    def own() -> set[object]:
        # Found out where a condition asks for it, as there is none around most calls.
        if not forms:
            forms.update(map(_form, (*targets, holder)))
            forms.update(_filled(called))
        return forms

    return Kept(holder, _is_guarded(made, own, parents), key)


def is_cached(function: ast.AST | None) -> bool:
    """Whether a function's decorator keeps what it returns."""
    return isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
        last_name(decorator) in _CACHING for decorator in function.decorator_list
    )


def _filled(called: ast.AST | None) -> set[object]:
    """The caches of its object that a method puts something into."""
    return {
        _form(node.value)
        for node in (walk(called) if called is not None else ())
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Attribute)
    }


def _targets(made: ast.expr, parents: Parents) -> list[ast.expr]:
    """What the result is assigned to."""
    found: list[ast.expr] = []
    node: ast.AST = made
    while True:
        parent = parents.get(node)
        if isinstance(parent, ast.NamedExpr):
            found.append(parent.target)
        elif isinstance(parent, ast.Assign):
            return [*found, *parent.targets]
        elif isinstance(parent, ast.AnnAssign):
            return [*found, parent.target]
        elif not isinstance(parent, ast.IfExp | ast.BoolOp | ast.Await):
            return found
        node = parent


def _function_of(node: ast.AST, parents: Parents) -> ast.AST | None:
    current: ast.AST | None = node
    while current is not None and not isinstance(current, FUNCTIONS):
        current = parents.get(current)
    return current


def is_put_back(taken: ast.expr, holder: ast.expr, parents: Parents) -> bool:
    """Whether what a call takes out of a cache goes back into it: ``client = cache.pop(id)``.

    Args:
        taken: The call.
        holder: The cache.
        parents: The node around each node.
    """
    targets = _targets(taken, parents)
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    for node in walk(_function_of(taken, parents) or taken) if names else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            targets += node.targets if node.value.id in names else []
    cache = _form(holder)
    return any(isinstance(item, ast.Subscript) and _form(item.value) == cache for item in targets)


def _stored_later(function: ast.AST | None, names: set[str]) -> ast.expr | None:
    """The item in ``cache[id] = client``, or the attribute."""
    for node in walk(function) if function is not None else ():
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Name)
            and node.value.id in names
        ):
            for target in node.targets:
                if isinstance(target, ast.Subscript | ast.Attribute):
                    return target
    return None


# --- guards ------------------------------------------------------------------------------------


def _is_guarded(made: ast.expr, own: Forms, parents: Parents) -> bool:
    """Whether a call is made only where what it makes is missing.

    Args:
        made: The call.
        own: What its result is kept in, as text.
        parents: The node around each node.
    """
    inner: ast.AST = made
    while True:
        around = parents.get(inner)
        if around is None or isinstance(around, ast.ClassDef):
            return False
        for earlier in _before(around, inner):
            if isinstance(earlier, ast.If) and _leaves_with_hit(earlier, own):
                return True
            if _leaves_unless_missing(earlier):
                return True
        if isinstance(around, FUNCTIONS):
            return False
        if isinstance(around, ast.If | ast.IfExp) and inner is not around.test:
            positive = inner is around.body or (
                isinstance(around.body, list) and inner in around.body
            )
            region = around.body if positive else around.orelse
            block = region if isinstance(region, list) else [region]
            if _tests_absence(around.test, positive, block, own):
                return True
        elif isinstance(around, ast.BoolOp) and inner is not around.values[0]:
            return True  # `self._client or Client(...)`
        elif isinstance(around, ast.ExceptHandler | ast.match_case) and _is_of_miss(around):
            return True
        inner = around


def _before(around: ast.AST, inner: ast.AST) -> list[ast.stmt]:
    """The statements before ``inner`` in its block."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(around, field, None)
        if isinstance(block, list) and inner in block:
            return block[: block.index(inner)]
    return []


def _tests_absence(test: ast.expr, positive: bool, block: Sequence[ast.AST], own: Forms) -> bool:
    """Whether a condition says that what is made under it is not there yet.

    Args:
        test: The condition.
        positive: Whether the block runs where it holds.
        block: What runs under it.
        own: What the thing made is assigned to, as text.
    """
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _tests_absence(test.operand, not positive, block, own)
    if isinstance(test, ast.BoolOp):
        return any(_tests_absence(value, positive, block, own) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        operator, right = test.ops[0], test.comparators[0]
        if isinstance(operator, ast.NotIn if positive else ast.In):
            return _form(right) in own() or _stores_into(block, _form(right))
        compares = isinstance(operator, ast.Is | ast.Eq if positive else ast.IsNot | ast.NotEq)
        is_none = isinstance(right, ast.Constant) and right.value is None
        return compares and is_none and _holds(test.left, block, own)
    # Plain truth: `if client:` with the construction in its `else`.
    return not positive and _holds(test, block, own)


def _holds(tested: ast.expr, block: Sequence[ast.AST], own: Forms) -> bool:
    """Whether what is tested is what the block then sets."""
    if isinstance(tested, ast.NamedExpr):
        return True
    if isinstance(tested, ast.Call):
        # `cache.get(id)`, `getattr(self, "_client", None)`
        if isinstance(tested.func, ast.Attribute):
            cache = _form(tested.func.value)
            return cache in own() or _stores_into(block, cache)
        return last_name(tested) in ("getattr", "hasattr")
    form = _form(tested)
    if form in own():
        return True
    return any(
        _form(target) == form
        for statement in block
        for node in walk(statement)
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def _stores_into(block: Sequence[ast.AST], cache: object) -> bool:
    for statement in block:
        for node in walk(statement):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                if _form(node.value) == cache:
                    return True
            elif isinstance(node, ast.Assign):
                if any(_form(target) == cache for target in node.targets):
                    return True  # `self._clients = {id: Client(...)}`
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("add", "setdefault", "update", "append")
                and _form(node.func.value) == cache
            ):
                return True
    return False


def _is_of_miss(around: ast.ExceptHandler | ast.match_case) -> bool:
    """Whether a block runs where something is missing: ``except KeyError``, ``case None``."""
    if isinstance(around, ast.match_case):
        pattern = around.pattern
        return isinstance(pattern, ast.MatchSingleton) and pattern.value is None
    kinds = around.type.elts if isinstance(around.type, ast.Tuple) else [around.type]
    return any(kind is not None and last_name(kind) in _MISSES for kind in kinds)


def _leaves_with_hit(statement: ast.If, own: Forms) -> bool:
    """Whether a statement goes on with what is there already, and not past itself.

    ``if id in cache: return cache[id]``, ``if client is not None: return client.ask(row)``; where
    the cache is known to be what is filled behind it, ``if id in cache: return``.
    """
    if not isinstance(statement.body[-1], ast.Return | ast.Continue):
        return False
    test = statement.test
    cache = None
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In):
        cache = test.comparators[0]
    return (cache is not None and _form(cache) in own()) or _says_hit(test, statement)


def _says_hit(test: ast.expr, statement: ast.If) -> bool:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_says_hit(value, statement) for value in test.values)
    tested: ast.expr = test.target if isinstance(test, ast.NamedExpr) else test
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        operator, right = test.ops[0], test.comparators[0]
        if isinstance(operator, ast.In):
            tested = right
        elif isinstance(operator, ast.IsNot):
            tested = test.left.target if isinstance(test.left, ast.NamedExpr) else test.left
        else:
            return False
    hit = _form(tested)
    return any(
        _form(node) == hit
        for inner in statement.body
        for node in walk(inner)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
    )


def _leaves_unless_missing(statement: ast.stmt) -> bool:
    """Whether only a miss is followed by what comes next.

    ``try: return cache[id]`` with an ``except KeyError: pass``, or under ``suppress(KeyError)``.
    """
    if isinstance(statement, ast.Try):
        leaving = (statement.orelse or statement.body)[-1]
        misses = all(map(_is_of_miss, statement.handlers)) and bool(statement.handlers)
    elif isinstance(statement, ast.With) and suppresses(statement.items[0].context_expr):
        leaving = statement.body[-1]
        call = statement.items[0].context_expr
        kinds = call.args if isinstance(call, ast.Call) else []
        misses = bool(kinds) and all(last_name(kind) in _MISSES for kind in kinds)
    else:
        return False
    return misses and isinstance(leaving, ast.Return | ast.Continue)


def _offered(function: ast.AST | None, names: set[str]) -> ast.expr | None:
    """The cache in ``return cache.setdefault(id, client)``, where nothing else has the client."""
    reads = 0
    cache = None
    for node in walk(function) if function is not None else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            reads += 1
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "setdefault"
            and any(isinstance(item, ast.Name) and item.id in names for item in node.args)
        ):
            cache = node.func.value
    return cache if reads == 1 else None


def _form(node: object) -> object:
    """What is equal for expressions that say the same, wherever they stand."""
    if isinstance(node, ast.AST):
        fields = [_form(getattr(node, name, None)) for name in node._fields if name != "ctx"]
        return (type(node), *fields)
    if isinstance(node, list):
        return tuple(map(_form, node))
    return type(node), node  # True is no 1
