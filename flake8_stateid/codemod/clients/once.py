"""What else happens each time an object of a client's class is made, wherever that is written.

In a metaclass, in a decorator of the class, in the constructors of the client and of its parts, in
functions that these call. Rows that share a client make one where there were many.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import FUNCTIONS, assigned
from flake8_stateid.codemod.clients.own_parts import factories
from flake8_stateid.codemod.clients.set_up import SetUp
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.mutators import changed_in_place
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.reading.signatures import (
    Function,
    dotted,
    is_generator,
    parameters,
    start_of,
    without_items,
)
from flake8_stateid.codemod.tracing.effects import CLOSING

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry, SeenClass
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.tracing.counters import Method

_MAX_STEPS = 4  # functions and parts that call one another
_PLAIN_METACLASSES = frozenset({"type", "ABCMeta", "EnumMeta", "EnumType"})
_PLAIN_DECORATORS = frozenset(
    {"dataclass", "final", "runtime_checkable", "total_ordering", "deprecated"}
    | {"define", "frozen", "mutable", "attrs", "s"}
)
# What is written for what it does, and does it to what it is given first.
_BUILTIN = frozenset({"next", "vars", "getattr", "setattr", "delattr", "super", "iter"})
# How methods are called that open, count or write something where they are asked for it.
_OPENING = ("begin_", "open_", "start_", "register", "record_", "reserve_", "note_", "log_")
_MADE = ("__new__", "__init__", "__call__")


class Once:
    """Looks for what happens once for each object.

    Args:
        ancestors: Finds classes and functions.
    """

    def __init__(self, ancestors: Ancestors) -> None:
        """Look from one module."""
        self._ancestors = ancestors
        self._seen: set[tuple[ast.AST, frozenset[str]]] = set()

    def in_class(self, seen: Ancestry, setting: SetUp, steps: int = _MAX_STEPS) -> str:
        """What is called for each object of a class, as it is spelled; empty for nothing.

        Args:
            seen: The class and its bases.
            setting: What of it runs once for each object.
            steps: How many calls to follow.
        """
        for each in seen.classes:
            for found in (self._of_type(each), self._of_attributes(each)):
                if found:
                    return found
            for _, made in factories(each.node):
                for node in walk(made):
                    if isinstance(node, ast.Call) and self._acts(
                        each.module, node, _NOTHING, None, steps
                    ):
                        return ast.unparse(node)
        given = _given(seen, setting)
        late = {*setting.late.values()}
        for part in (each for each in setting.made if each.value in late):
            own = _Own(part.method, given)
            for node in walk(part.value):
                if isinstance(node, ast.Call) and self._acts(part.module, node, own, seen, steps):
                    return ast.unparse(node)
        for module, method in seen.methods:
            if method.name in CLOSING or method in setting.once:
                # What a client was given, it may tell that it is closed.
                own = _Own(method, frozenset() if method.name in CLOSING else given)
                found = self._in_function(module, method, own, seen, steps)
                if found:
                    return found
        return ""

    # --- before the constructor -----------------------------------------------------------------

    def _of_type(self, each: SeenClass) -> str:
        """A metaclass, a decorator or a base that may do something for each object."""
        for keyword in each.node.keywords:
            name = dotted(keyword.value)
            if keyword.arg == "metaclass" and last_name(keyword.value) not in _PLAIN_METACLASSES:
                meta = self._ancestors.part(each.module, name)
                methods = [method for _, method in meta.methods]
                if not methods or any(
                    method.name == "__call__" or _wraps(method) for method in methods
                ):
                    return ast.unparse(keyword.value)
        for decorator in each.node.decorator_list:
            if last_name(decorator) not in _PLAIN_DECORATORS and not self._is_plain(
                each.module, decorator
            ):
                return f"@{ast.unparse(decorator)}"
        for item in each.node.body:
            if (
                isinstance(item, ast.FunctionDef)
                and item.name == "__init_subclass__"
                and _wraps(item)
            ):
                return f"{each.node.name}.__init_subclass__"
        return ""

    def _is_plain(self, module: Module, decorator: ast.expr) -> bool:
        """Whether a decorator gives the class back as it is, as far as objects go."""
        called = isinstance(decorator, ast.Call)
        name = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = [callee.function for _, callee in self._ancestors.functions(module, name)]
        if called:
            found = [
                node
                for function in found
                for node in walk(function)
                if isinstance(node, ast.FunctionDef) and node is not function
            ]
        return bool(found) and all(
            isinstance(each, ast.FunctionDef) and not _wraps(each) and _returns_it(each)
            for each in found
        )

    def _of_attributes(self, each: SeenClass) -> str:
        """A descriptor, or ``__setattr__``, that does something where an attribute is set."""
        for item in each.node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__setattr__":
                own = _Own(item)
                if self._in_function(each.module, item, own, None, _MAX_STEPS):
                    return f"{each.node.name}.__setattr__"
            for target, value in assigned(item):
                if not isinstance(value, ast.Call):
                    continue
                made = self._ancestors.part(each.module, dotted(value.func))
                if any(
                    method.name in {"__set__", "__get__"} and _describes(method)
                    for _, method in made.methods
                ):
                    return f"{each.node.name}.{dotted(target)}"
        return ""

    # --- constructors and what they call --------------------------------------------------------

    def _in_function(
        self, module: Module, function: Function, own: _Own, seen: Ancestry | None, steps: int
    ) -> str:
        """What a function does to what others know; empty for nothing that can be seen."""
        key = (function, own.names)
        if key in self._seen or not steps:
            return ""
        self._seen.add(key)
        body = [function.body] if isinstance(function, ast.Lambda) else function.body
        for node in own_nodes(*body):
            if isinstance(node, ast.Call):
                if self._acts(module, node, own, seen, steps):
                    return ast.unparse(node).partition("\n")[0]
            elif isinstance(node, ast.Global) or (
                (changed := changed_in_place(node)) is not None and not own.holds(changed)
            ):
                return ast.unparse(module.statement_of(node)).partition("\n")[0]
        return ""

    def _acts(
        self, module: Module, call: ast.Call, own: _Own, seen: Ancestry | None, steps: int
    ) -> bool:
        """Whether a call does something to what others know."""
        name = last_name(call.func)
        if is_log(call) or name in self._ancestors.minting or name == "record_call":
            return True
        if name == "open" and any(
            isinstance(each, ast.Constant) and not {*"wax"}.isdisjoint(str(each.value))
            for each in [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
        ):
            return True
        if name == "warn":
            return False  # shown once for each text and place, however often it comes
        changed = changed_in_place(call)
        if changed is None and dotted(call.func) == "object.__setattr__" and call.args:
            changed = call.args[0]  # as a frozen class has it
        if changed is not None:
            return not own.holds(changed)
        if name in _BUILTIN and isinstance(call.func, ast.Name):
            return name == "next" and bool(call.args) and not own.holds(call.args[0])
        reached = self._reached(module, call, own, seen)
        if any(
            self._in_function(where, function, given, within, steps - 1)
            for where, function, given, within in reached
        ):
            return True
        made = self._ancestors.part(module, dotted(call.func), call.func)
        if made.classes:
            if steps <= 1:
                return False
            return bool(self.in_class(made, SetUp(self._ancestors, made), steps - 1))
        if reached or own.holds(call.func):
            return False
        for_nothing = isinstance(_awaited(module, call), ast.Expr)
        return for_nothing or (isinstance(call.func, ast.Attribute) and name.startswith(_OPENING))

    def _reached(
        self, module: Module, call: ast.Call, own: _Own, seen: Ancestry | None
    ) -> list[tuple[Module, Function, _Own, Ancestry | None]]:
        """The functions that a call reaches, each with what is the object's own there."""
        name = dotted(call.func)
        of_super = (
            isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Call)
            and dotted(call.func.value.func) == "super"
        )
        if seen is not None and (of_super or (name.startswith("self.") and name.count(".") == 1)):
            wanted = last_name(call.func)
            return [
                (where, method, _Own(method, own.given), seen)
                for where, method in seen.methods
                # What a base's constructor does is looked at by itself.
                if method.name == wanted and wanted not in _MADE
            ]
        found: list[tuple[Module, Function, _Own, Ancestry | None]] = []
        for where, callee in self._ancestors.functions(module, call.func):
            if is_generator(callee.function):
                continue
            passed = {
                parameter
                for parameter in parameters(callee.function)
                if (value := callee.argument(call, parameter)) is not None and own.holds(value)
            }
            if callee.skip and isinstance(call.func, ast.Attribute) and own.holds(call.func.value):
                passed.update(parameters(callee.function)[: callee.skip])
            found.append((where, callee.function, _Own(callee.function, passed=passed), None))
        return found


class _Own:
    """What nobody but the new object has, as far as can be seen.

    Attributes:
        names: Locals, and ``self``.
        given: Attributes that hold what the constructor was given.

    Args:
        function: A method of the object, or a function.
        given: Those attributes.
        passed: For a function, the parameters that it is given something of the object's own for.
    """

    def __init__(
        self,
        function: Function,
        given: frozenset[str] = frozenset(),
        passed: set[str] | None = None,
    ) -> None:
        self.given = given
        others = {*parameters(function)}
        names = {"self", "cls"} if passed is None else passed
        variadic = [each.arg for each in (function.args.vararg, function.args.kwarg) if each]
        made: set[str] = {*names, *variadic}
        for _ in range(2):
            for node in walk(function):
                for target, value in assigned(node):
                    if isinstance(target, ast.Name) and target.id not in others:
                        known = dotted(value).partition(".")[0]
                        if not known or known in made:
                            made.add(target.id)
                if isinstance(node, (ast.withitem, ast.For, ast.comprehension)):
                    bound = node.optional_vars if isinstance(node, ast.withitem) else node.target
                    for each in walk(bound) if bound is not None else ():
                        if isinstance(each, ast.Name):
                            made.add(each.id)
                if isinstance(node, FUNCTIONS) and node is not function:
                    made.update(parameters(node))
        self.names = frozenset(made)

    def holds(self, node: ast.expr) -> bool:
        """Whether what ``node`` leads to begins at what is the object's own."""
        while True:
            node = without_items(node)  # type: ignore[assignment]
            if isinstance(node, ast.Attribute):
                if node.attr == "__class__":
                    return False
                if dotted(node.value) == "self" and node.attr in self.given:
                    return False
                node = node.value
            elif isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id in _BUILTIN:
                    if not node.args:
                        return True  # super()
                    node = node.args[0]
                else:
                    node = node.func
            elif isinstance(node, ast.Name):
                return node.id in self.names
            else:
                return not isinstance(node, ast.NamedExpr)


_NOTHING = _Own(ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(0)))


def _given(seen: Ancestry, setting: SetUp) -> frozenset[str]:
    """The attributes that hold what a constructor was given, as it is."""
    return frozenset(
        {
            target.attr
            for method in setting.makers
            for node in walk(method)
            for target, value in assigned(node)
            if isinstance(target, ast.Attribute)
            and isinstance(value, ast.Name)
            and value.id in parameters(method)
        }
        | {
            item.target.id
            for each in seen.classes
            if each.node.decorator_list
            for item in each.node.body
            if isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and item.value is None
        }
    )


def _wraps(function: Method) -> bool:
    """Whether code that runs when a class is made may put something around its methods."""
    for node in walk(function):
        if isinstance(node, FUNCTIONS) and node is not function:
            return True
        if isinstance(node, ast.Call) and last_name(node.func) in {"setattr", "type"}:
            return True
        for target, value in assigned(node):
            if isinstance(target, (ast.Attribute, ast.Subscript)) and (
                any(isinstance(each, ast.Call) for each in walk(value))
                or any(name in ast.unparse(target) for name in _MADE)
            ):
                return True
    return False


def _returns_it(function: ast.FunctionDef) -> bool:
    """Whether a decorator returns what it was given."""
    returned = {
        dotted(node.value)
        for node in walk(function)
        if isinstance(node, ast.Return) and node.value is not None
    }
    return bool(returned) and returned <= {*parameters(function)[:1]}


def _describes(method: Method) -> bool:
    """Whether a descriptor's method logs, or changes more than ``__set__`` is there for."""
    return any(
        (isinstance(node, ast.Call) and is_log(node))
        or isinstance(node, ast.Global)
        or (
            changed_in_place(node) is not None
            and not (method.name == "__set__" and _is_plain_store(node, method))
        )
        for node in walk(method)
    )


def _is_plain_store(node: ast.AST, method: Method) -> bool:
    """``obj.__dict__[self.name] = value``, ``obj._x = value``, of a descriptor's ``__set__``."""
    changed = changed_in_place(node)
    return (
        not isinstance(node, ast.Call)
        and changed is not None
        and dotted(start_of(changed)) in parameters(method)[1:2]
    )


def _awaited(module: Module, call: ast.Call) -> ast.AST:
    """What a call's value is for: ``Expr`` where it is for nothing."""
    parent = module.parents.get(call, call)
    return module.parents[parent] if isinstance(parent, ast.Await) else parent
