"""Whether what a client's class does depends on how its state id is spelled.

Handing the id on, to the recorder, in a request or in a log line, is what it is for, and so is a
test whether there is one. A class that looks for ``_row`` in it, or takes a number out of it, does
something else once all rows have the context's own id.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import assigned
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import MUTATORS
from flake8_stateid.codemod.reading.nodes import children, walk
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

# What looks into a text it is given.
_LOOKING = (
    frozenset({"len", "hash", "int", "ord", "sorted", "list", "tuple", "set", "frozenset"})
    | {"any", "all", "max", "min", "iter", "enumerate", "reversed", "map", "filter", "UUID"}
    | {"match", "search", "fullmatch", "findall", "split", "sub", "fnmatch", "crc32"}
    | {"uuid3", "uuid5"}
)
# What puts something under a key, or among others, where it is called on what lasts.
_KEEPING = MUTATORS | {"get", "__getitem__", "__contains__"}
# What leaves a text without spaces at its ends as it is.
_PLAIN = frozenset({"strip", "lstrip", "rstrip"})


def reads_id(methods: Sequence[Method], is_state_id: Callable[[str], bool]) -> bool:
    """Whether a method compares the state id, takes it apart, or measures it.

    Args:
        methods: The methods of a class and its bases.
        is_state_id: Whether a name is that of the state id; the parameter that is given it counts.
    """
    names = named_after(methods, is_state_id)
    return any(
        _is_called(part, names[method], is_state_id)
        for method in methods
        for node in _unlogged(method)
        for part in _looked_into(node)
    )


def named_after(
    methods: Sequence[Method], is_state_id: Callable[[str], bool]
) -> dict[Method, set[str]]:
    """The names, for each method, that hold the id or a text of it: attributes, and its locals.

    Args:
        methods: The methods of a class and its bases.
        is_state_id: Whether a name is that of the state id; the parameter that is given it counts.
    """
    attributes: set[str] = set()
    while True:
        before = len(attributes)
        names = {method: _named_in(method, attributes, is_state_id) for method in methods}
        if len(attributes) == before:
            return names


def _named_in(
    method: Method, attributes: set[str], is_state_id: Callable[[str], bool]
) -> set[str]:
    """The names of one method, new attributes among them added to ``attributes``."""
    names = {*attributes}
    while True:
        before = len(names)
        for node in walk(method):
            for target, value in assigned(node):
                if isinstance(target, (ast.Attribute, ast.Name)) and any(
                    id_parts(value, names, is_state_id)
                ):
                    name = target.attr if isinstance(target, ast.Attribute) else target.id
                    names.add(name)
                    attributes.update({name} if isinstance(target, ast.Attribute) else ())
        if len(names) == before:
            return names


def id_parts(
    value: ast.expr, names: set[str], is_state_id: Callable[[str], bool]
) -> Iterator[ast.expr]:
    """What of ``value`` is the id: itself, an element of a tuple, a field of a text."""
    return (part for part in _parts(value) if _is_called(part, names, is_state_id))


def _is_called(node: ast.expr, names: set[str], is_state_id: Callable[[str], bool]) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and (
        is_state_id(last := dotted(node).rpartition(".")[2]) or last in names
    )


def keeps_by_id(
    ancestors: Ancestors,
    bodies: Sequence[tuple[Module, Method]],
    is_state_id: Callable[[str], bool],
) -> bool:
    """Whether something that outlives the client is kept, or remembered, by its state id.

    Args:
        ancestors: Finds functions.
        bodies: The methods of a class and its bases, each with its module.
        is_state_id: Whether a name is that of the state id; the parameter that is given it counts.
    """
    for module, method in bodies:
        names = {
            target.id
            for node in walk(method)
            for target, value in assigned(node)
            if isinstance(target, ast.Name)
            and any(_is_id(part, is_state_id) for part in _parts(value))
        }

        def is_key(key: ast.expr, names: set[str] = names) -> bool:
            return any(
                _is_id(part, is_state_id) or (isinstance(part, ast.Name) and part.id in names)
                for part in _parts(key)
            )

        for node in _unlogged(method):
            match node:
                case ast.Subscript(value=held, slice=key):
                    found = _lasts(module, held) and is_key(key)
                case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[held]):
                    found = _lasts(module, held) and is_key(left)
                case ast.Call(func=ast.Attribute(value=held, attr=attr), args=[*_, _] as args) if (
                    attr in _KEEPING
                ):
                    found = _lasts(module, held) and any(map(is_key, args))
                case ast.Call(func=called, args=args):
                    found = any(map(is_key, args)) and any(
                        "cache" in ast.unparse(decorator)
                        for _, callee in ancestors.functions(module, called)
                        if not isinstance(callee.function, ast.Lambda)
                        for decorator in callee.function.decorator_list
                    )
                case _:
                    continue
            if found:
                return True
    return False


def _is_id(node: ast.expr, is_state_id: Callable[[str], bool]) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and is_state_id(
        dotted(node).rpartition(".")[2]
    )


def _lasts(module: Module, held: ast.expr) -> bool:
    """Whether a container is of the module or of a class, and not of the client or a local."""
    root, _, _ = dotted(held).partition(".")
    return bool(root) and root != "self" and module.binder(module.function_of(held), root) is None


def _parts(value: ast.expr) -> list[ast.expr]:
    """What a key, or a text, is made of: the elements of a tuple, the fields of an f-string."""
    match value:
        case ast.Tuple(elts=each) | ast.List(elts=each):
            return [part for one in each for part in _parts(one)]
        case ast.JoinedStr(values=fields):
            return [each.value for each in fields if isinstance(each, ast.FormattedValue)]
        case ast.BinOp(left=left, right=right):
            return [*_parts(left), *_parts(right)]
        case (
            ast.Call(func=ast.Name(id="hash" | "str"), args=args)
            | ast.Call(func=ast.Attribute(value=ast.Constant(), attr="format" | "join"), args=args)
        ):
            return [part for each in args for part in _parts(each)]
    return [value]


def _unlogged(method: Method) -> Iterator[ast.AST]:
    """The nodes of a method, those of log lines left out."""
    todo: list[ast.AST] = [*method.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Call) and is_log(node):
            continue
        yield node
        todo.extend(children(node))


def _looked_into(node: ast.AST) -> list[ast.expr]:
    """What ``node`` tests, measures or takes apart."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method not in _PLAIN:
            given = node.args if method in _LOOKING else []
            return [value, *(part for each in given for part in _parts(each))]
        case ast.Call(func=ast.Name(id=name), args=args) if name in _LOOKING:
            return [part for each in args for part in _parts(each)]
        case ast.Subscript(value=value, ctx=ast.Load()):
            return [value]
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared([left, *others], ops)
        case ast.For(iter=value) | ast.comprehension(iter=value) | ast.Match(subject=value):
            return [value]
    return []


def _compared(operands: list[ast.expr], operators: list[ast.cmpop]) -> list[ast.expr]:
    """The operands that a comparison looks into.

    Whether there is an id at all, and whether something is kept under it, is no such question.
    """
    found: list[ast.expr] = []
    for operator, left, right in zip(operators, operands, operands[1:], strict=False):
        match operator:
            case ast.Is() | ast.IsNot():
                continue
            case ast.In() | ast.NotIn():
                found.append(right)
            case _ if not any(
                isinstance(each, ast.Constant) and not each.value for each in (left, right)
            ):
                found += [left, right]
    return found
