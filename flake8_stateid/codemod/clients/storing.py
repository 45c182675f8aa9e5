"""Whether making a client does nothing but to keep what it is given, and cannot fail.

Then it does not matter when it is made, or whether a row comes that asks it anything.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.counters import CONSTRUCTORS, FIELDS
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of, assigned
from flake8_stateid.codemod.reading.nodes import is_none, walk
from flake8_stateid.codemod.reading.signatures import (
    Callee,
    defaults,
    dotted,
    named_arguments,
    parameters,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.ancestry import Ancestry, SeenClass
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

# What is empty, open or at its beginning when it is made, by the modules that have it.
_PARTS = {
    "threading": frozenset({"Lock", "RLock"}),
    "asyncio": frozenset({"Lock"}),
    "itertools": frozenset({"count"}),
    "collections": frozenset({"deque", "OrderedDict"}),
}
_BUILTIN = frozenset({"dict", "list", "set"})
# Methods that may do something where an object is made, or one of its attributes is set.
_HOOKS = frozenset({"__new__", "__setattr__", "__getattribute__", "__class_getitem__"})


def only_stores(seen: Ancestry, call: ast.Call) -> bool:
    """Whether ``call`` makes an object that keeps what it is given, and does nothing else.

    Args:
        seen: The class that is called, and its bases.
        call: The call.
    """
    if not seen.complete or any(method.name in _HOOKS for _, method in seen.methods):
        return False
    constructors = [each for each in seen.methods if each[1].name in CONSTRUCTORS]
    first = next((method for _, method in constructors if method.name == "__init__"), None)
    records = [each for each in seen.classes if _is_record(each.node)]
    if first is None and not records:
        return False
    if first is not None and not _fits(first, call):
        return False
    if any(isinstance(each, ast.Starred) for each in call.args) or any(
        keyword.arg is None for keyword in call.keywords
    ):
        return False
    if not all(_Storing(seen, module, method).holds() for module, method in constructors):
        return False
    return all(_is_plain_field(each, item) for each in records for item in each.node.body)


def _fits(method: Method, call: ast.Call) -> bool:
    """Whether a constructor takes the arguments of ``call``, and needs no others."""
    callee = Callee(method, 1)
    taken = [callee.parameter(number, None) for number in range(len(call.args))]
    taken.extend(callee.parameter(0, keyword.arg) for keyword in call.keywords if keyword.arg)
    needed = {each.arg for each in named_arguments(method)[1:]}
    needed -= {each.arg for each, _ in defaults(method)}
    return None not in taken and len({*taken}) == len(taken) and needed <= {*taken}


def _is_record(node: ast.ClassDef) -> bool:
    return any(last_name(each) == "dataclass" for each in node.decorator_list)


def _is_plain_field(owner: SeenClass, item: ast.stmt) -> bool:
    """Whether a statement of a dataclass's body gives a field nothing that may fail."""
    for _, value in assigned(item):
        if isinstance(value, ast.Call) and last_name(value) in FIELDS:
            for keyword in value.keywords:
                made = keyword.value
                if keyword.arg == "default_factory" and not _is_part(owner.module, made):
                    return False
        elif not isinstance(value, ast.Constant):
            return False
    return True


def _is_part(module: Module, made: ast.expr) -> bool:
    """Whether ``made`` is a class of the standard library whose objects begin alike."""
    name = dotted(made)
    owner, _, last = name.rpartition(".")
    if owner:
        imported = any(
            isinstance(node, ast.Import)
            and any(alias.name == owner and not alias.asname for alias in node.names)
            for node in module.tree.body
        )
        return imported and last in _PARTS.get(owner, ())
    if name in module.classes or module.resolve(made):
        return False
    sources = [
        node.module or ""
        for node in walk(module.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) == name
    ]
    if not sources:
        return name in _BUILTIN
    return all(name in _PARTS.get(source, ()) for source in sources)


class _Storing:
    """Looks at one constructor."""

    def __init__(self, seen: Ancestry, module: Module, method: Method) -> None:
        self._module = module
        self._method = method
        self._given = {*parameters(method)}
        # Where these are set or read, something else may run.
        self._acting = {each.name for _, each in seen.methods}
        self._acting.update(
            dotted(target)
            for each in seen.classes
            if not _is_record(each.node)
            for item in each.node.body
            for target, value in assigned(item)
            if not isinstance(value, ast.Constant)
        )

    def holds(self) -> bool:
        """Whether it only stores."""
        return isinstance(self._method, ast.FunctionDef) and self._block(self._method.body)

    def _block(self, block: Sequence[ast.stmt]) -> bool:
        return all(map(self._statement, block))

    def _statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
                return True
            case ast.Assign(targets=targets, value=value):
                return all(map(self._is_own, targets)) and self._is_plain(value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                return self._is_own(target) and self._is_plain(value)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=above, attr=name)) as call):
                # A constructor above is looked at by itself.
                given = arguments_of(call)
                return (
                    isinstance(above, ast.Call)
                    and dotted(above.func) == "super"
                    and name in CONSTRUCTORS
                    and all(map(self._is_plain, given))
                )
            case ast.If(test=test, body=body, orelse=orelse):
                return self._is_asked(test) and self._block(body) and self._block(orelse)
        return False

    def _is_own(self, target: ast.expr) -> bool:
        """Whether a target is an attribute of the client that is nothing but that."""
        return (
            isinstance(target, ast.Attribute)
            and dotted(target.value) == "self"
            and target.attr not in self._acting
        )

    def _is_asked(self, test: ast.expr) -> bool:
        """Whether a test is ``provider is None``."""
        return (
            isinstance(test, ast.Compare)
            and isinstance(test.ops[0], (ast.Is, ast.IsNot))
            and is_none(test.comparators[0])
            and self._is_plain(test.left)
        )

    def _is_plain(self, value: ast.expr) -> bool:
        """Whether evaluating ``value`` does nothing, and cannot fail."""
        match value:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in self._given
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return name not in self._acting and self._is_set_before(value)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return all(map(self._is_plain, elements))
            case ast.Dict(keys=keys, values=values):
                return all(isinstance(key, ast.Constant) for key in keys) and all(
                    map(self._is_plain, values)
                )
            case ast.BoolOp(op=ast.Or(), values=[ast.Name() as first, other]):
                return self._is_plain(first) and self._is_plain(other)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._is_asked(test) and self._is_plain(body) and self._is_plain(orelse)
            case ast.Call(func=made, args=args, keywords=[]):
                return _is_part(self._module, made) and all(
                    isinstance(each, ast.Constant) for each in args
                )
        return False

    def _is_set_before(self, read: ast.Attribute) -> bool:
        """Whether the constructor has set an attribute before it reads it."""
        for statement in self._method.body:
            if read in walk(statement):
                return False
            if any(dotted(target) == dotted(read) for target, _ in assigned(statement)):
                return True
        return False
