"""Walks over syntax trees: what :mod:`ast` offers, at a third of its cost.

``ast.walk`` asks every node for every field; most hold identifiers, operators or nothing. The
analysis looks at a tree several times before it evaluates anything, and its time went there.
For the same reason the analysis takes the classes of nodes from ``_ast``, which :mod:`ast` itself
takes them from: see :func:`flake8_stateid.source.syntax_tree`.
"""

from __future__ import annotations

import _ast as ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Fields that never hold an expression, a statement or what leads to one.
_LEAVES = frozenset(
    [
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "arg",
        "name",
        "names",
        "kind",
        "type_comment",
        "lineno",
        "type_ignores",
        "is_async",
        "simple",
        "conversion",
        "module",
        "level",
        "asname",
        "rest",
        "kwd_attrs",
        "tag",
        "str",
    ]
)
# Lists that may hold None: a mapping's keys and the defaults of keyword parameters.
_WITH_GAPS = frozenset(("keys", "kw_defaults"))
# These say more than they seem to: `name` of a handler or a type alias may be a node or a string.
_NODES_BY_NAME = {"TypeAlias": ("name",)}
# By kind of node; a kind is looked at when it is first met. A constant holds a plain value.
_fields: dict[type[ast.AST], tuple[str, ...]] = {ast.Constant: (), ast.MatchSingleton: ()}


# What a field may be declared to hold, from Python 3.13 on: so one that a later Python adds, such
# as `is_lazy` of imports in 3.15, is known for what it is.
_PLAIN = (int, str, int | None, str | None)


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    known = _fields.get(kind)
    if known is not None:
        return known
    declared = getattr(kind, "_field_types", {})
    fields = tuple(
        name for name in kind._fields if name not in _LEAVES and declared.get(name) not in _PLAIN
    )
    fields += _NODES_BY_NAME.get(kind.__name__, ())
    _fields[kind] = fields
    return fields


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below a node, operators and contexts left out."""
    fields = _fields.get(type(node))
    if fields is None:
        fields = _fields_of(type(node))
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if type(value) is list:
            if name in _WITH_GAPS:
                value = [item for item in value if item is not None]
            found += value
        elif value is not None:
            found.append(value)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and every node below it, in no particular order, however deep."""
    known = _fields
    stack: list[ast.AST | None] = [node]
    pop, append = stack.pop, stack.append
    while stack:
        current = pop()
        if current is None:
            continue
        yield current
        # As in `children`, whose call and whose list would cost as much as the rest.
        fields = known.get(type(current))
        if fields is None:
            fields = _fields_of(type(current))
        for name in fields:
            value = getattr(current, name, None)
            if type(value) is list:
                stack += value
            elif value is not None:
                append(value)


def by_kind(node: ast.AST) -> dict[type[ast.AST], list[ast.AST]]:
    """A node and every node below it, told apart by their kinds."""
    # As `walk`, which as a generator costs more than what is done here with each node.
    found: dict[type[ast.AST], list[ast.AST]] = {}
    # What is done with a kind is looked up once for each node: where it goes, what is below.
    known: dict[type[ast.AST], tuple[Callable[[ast.AST], None], tuple[str, ...]]] = {}
    stack: list[ast.AST | None] = [node]
    pop, append = stack.pop, stack.append
    while stack:
        current = pop()
        if current is None:
            continue
        kind = type(current)
        entry = known.get(kind)
        if entry is None:
            alike = found[kind] = []
            entry = known[kind] = (alike.append, _fields_of(kind))
        add, fields = entry
        add(current)
        for name in fields:
            value = getattr(current, name, None)
            if type(value) is list:
                stack += value
            elif value is not None:
                append(value)
    return found


def parents(nodes: Mapping[type[ast.AST], Iterable[ast.AST]]) -> dict[ast.AST, ast.AST]:
    """The node around each node, of nodes as :func:`by_kind` gives them."""
    found: dict[ast.AST, ast.AST] = {}
    for kind, alike in nodes.items():
        fields = _fields_of(kind)
        for node in alike if fields else ():
            for name in fields:
                value = getattr(node, name, None)
                if type(value) is list:
                    found.update(dict.fromkeys(value, node))
                elif value is not None:
                    found[value] = node
    found.pop(None, None)  # type: ignore[call-overload]  # in place of a key that `**` has not
    return found


# Statements that hold no other, or none that is theirs to run.
_WITHOUT_BLOCKS = frozenset(
    (
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Expr,
        ast.Assign,
        ast.AnnAssign,
        ast.AugAssign,
        ast.Return,
        ast.Raise,
        ast.Assert,
        ast.Pass,
    )
)
_SUPPRESSING = frozenset(("suppress", "ignored", "assertRaises", "raises"))
_INERT = frozenset(
    (ast.Name, ast.Attribute, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Subscript)
)


def is_inert(node: ast.AST) -> bool:
    """Whether evaluating an expression can do nothing: no call, binding or builder is in it."""
    stack = [node]
    while stack:
        current = stack.pop()
        if type(current) not in _INERT:
            return False
        stack += children(current)
    return True


def exposed_names(body: list[ast.stmt], bound: set[str]) -> set[str]:
    """Names that a block may read before it has bound them itself.

    Args:
        body: The block.
        bound: Names bound before it is entered; those the block surely binds are added.
    """
    exposed: set[str] = set()
    for statement in body:
        _expose(statement, bound, exposed)
    return exposed


def _expose(statement: ast.stmt, bound: set[str], exposed: set[str]) -> None:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        exposed |= names_in(statement.value) - bound
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            if isinstance(target, ast.Name):
                bound.add(target.id)
            else:
                items = target.elts if isinstance(target, ast.Tuple | ast.List) else []
                names = {item.id for item in items if isinstance(item, ast.Name)}
                exposed |= names_in(target) - bound - names
                bound |= names
        return
    if isinstance(statement, ast.If):
        exposed |= names_in(statement.test) - bound
        then, other = set(bound), set(bound)
        exposed |= exposed_names(statement.body, then)
        exposed |= exposed_names(statement.orelse, other)
        bound |= then & other
        return
    if isinstance(statement, ast.Try) and statement.finalbody and not statement.handlers:
        exposed |= exposed_names(statement.body, bound)
        exposed |= exposed_names(statement.orelse, bound)
        # An exception may leave the body before it has bound anything.
        exposed |= _names_in_all(statement.finalbody)
        return
    if isinstance(statement, ast.Try):
        inner = set(bound)
        exposed |= exposed_names(statement.body, inner)
        exposed |= exposed_names(statement.orelse, inner)
        for handler in statement.handlers:
            exposed |= exposed_names(handler.body, set(bound))
        exposed |= _names_in_all(statement.finalbody)
        return
    if isinstance(statement, ast.With):
        for item in statement.items:
            exposed |= names_in(item.context_expr) - bound
            if isinstance(item.optional_vars, ast.Name):
                bound.add(item.optional_vars.id)
        if any(suppresses(item.context_expr) for item in statement.items):
            # An exception may leave the body before it has bound anything.
            exposed |= exposed_names(statement.body, set(bound))
        else:
            exposed |= exposed_names(statement.body, bound)
        return
    exposed |= names_in(statement) - bound


def suppresses(manager: ast.expr) -> bool:
    """Whether a context manager, as written, swallows exceptions: ``suppress(KeyError)``."""
    if not isinstance(manager, ast.Call):
        return False
    function = manager.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _SUPPRESSING


def _names_in_all(body: list[ast.stmt]) -> set[str]:
    return {name for statement in body for name in names_in(statement)}


def names_in(node: ast.AST) -> set[str]:
    """The variables that a node names, whatever it does with them."""
    return {item.id for item in walk(node) if type(item) is ast.Name}


def arguments_of(call: ast.Call) -> list[ast.expr]:
    """What a call hands on, by position and then by name."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a statement, or a walrus, assigns to what: target and value.

    Where both are displays of the same length, that is item by item.
    """
    if isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _paired(target, node.value)


def _paired(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if (
        isinstance(target, ast.Tuple | ast.List)
        and isinstance(value, ast.Tuple | ast.List)
        and len(target.elts) == len(value.elts)
        and not any(isinstance(item, ast.Starred) for item in (*target.elts, *value.elts))
    ):
        for item, given in zip(target.elts, value.elts, strict=True):
            yield from _paired(item, given)
    else:
        yield target, value


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the blocks in it, functions and classes not entered."""
    stack = list(body)
    while stack:
        statement = stack.pop()
        yield statement
        kind = type(statement)
        if kind in _WITHOUT_BLOCKS:
            continue
        for name in ("body", "orelse", "finalbody"):
            stack.extend(getattr(statement, name, []))
        for name in ("handlers", "cases"):
            for block in getattr(statement, name, []):
                stack.extend(block.body)
