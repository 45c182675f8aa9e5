"""The program as Python scopes it: modules, functions, classes and what their names are bound to.

Everything here is read from the syntax tree alone and built on demand; nothing is evaluated.
"""

from __future__ import annotations

import _ast as ast
import sys

from flake8_stateid.analysis.tree import (
    COMPREHENSIONS,
    FUNCTIONS,
    assigned,
    by_kind,
    children,
    statements,
    walk,
)
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeGuard

    from flake8_stateid.source import SourceText

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# Decorators, by their last name, that leave a function what it is. Any other may swallow what it
# raises, remember what it returns, or put another function in its place.
PLAIN_DECORATORS = frozenset(("staticmethod", "classmethod", "override", "final"))
_SCOPES = (*FUNCTIONS, ast.ClassDef)
PROPERTIES = frozenset(("property", "cached_property"))
_CONTEXT_MANAGERS = frozenset(("contextmanager", "asynccontextmanager"))
_ASKING = frozenset(("get", "pop", "setdefault", "__getitem__", "__setitem__"))
_ASKING_BY_NAME = frozenset(("getattr", "setattr"))
# Nodes that say more of a scope than the names in them do.
_TELLING = frozenset(
    (
        *_SCOPES,
        *COMPREHENSIONS,
        ast.Yield,
        ast.YieldFrom,
        ast.BinOp,
        ast.AugAssign,
        ast.Global,
        ast.Nonlocal,
        ast.Import,
        ast.ImportFrom,
        ast.ExceptHandler,
        ast.MatchAs,
        ast.MatchStar,
        ast.MatchMapping,
    )
)


class Parameter(Record):
    """One parameter of a function.

    Attributes:
        name: Its name.
        kind: ``positional``, ``either``, ``keyword``, ``args`` or ``kwargs``.
        default: The default's expression, if any.
        annotation: The annotation's expression, if any.
        node: The place of the parameter.
    """

    name: str
    kind: str
    default: ast.expr | None
    annotation: ast.expr | None
    node: ast.arg | ast.stmt


MAX_CHAIN = 8  # imports that are followed, one of the other


class Import(Record):
    """A name bound by an import: the dotted path of what it stands for.

    Attributes:
        module: The module; of ``import a.b``, which binds ``a``, that one.
        attribute: What is taken from it; "" for the module itself.
        level: The dots before it.
        imported: The module that ``import a.b`` makes sure of; "" for any other import.
    """

    module: str
    attribute: str
    level: int
    imported: str = ""

    @property
    def is_of_library(self) -> bool:
        """Whether it comes from the standard library."""
        return not self.level and self.module.partition(".")[0] in sys.stdlib_module_names


class FunctionInfo:
    """A function, method or lambda, and the names in it.

    Attributes:
        takes_receiver: Whether the first parameter is bound to the object or the class.
        is_property: Whether reading the attribute calls the function.
        is_context_manager: Whether ``with`` runs the function up to its ``yield``.
    """

    __slots__ = (
        "_names",
        "cls",
        "decorators",
        "is_context_manager",
        "is_property",
        "module",
        "name",
        "node",
        "parameters",
        "parent",
        "takes_receiver",
    )

    def __init__(
        self,
        module: ModuleInfo,
        node: FunctionNode,
        cls: ClassInfo | None,
        parent: FunctionInfo | None,
    ) -> None:
        self.module = module
        self.node = node
        self.cls = cls
        self.parent = parent
        self.name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        self.decorators = (
            [] if isinstance(node, ast.Lambda) else [last_name(d) for d in node.decorator_list]
        )
        self.parameters = list(_parameters(node.args))
        # Read more often than anything else of a function.
        self.takes_receiver = (
            cls is not None
            and "staticmethod" not in self.decorators
            and bool(self.parameters)
            and not isinstance(node, ast.Lambda)
        )
        self.is_property = not PROPERTIES.isdisjoint(self.decorators)
        self.is_context_manager = not _CONTEXT_MANAGERS.isdisjoint(self.decorators)
        self._names: _Names | None = None

    @property
    def names(self) -> _Names:
        """The names bound, read, declared global or nonlocal in the function's own scope."""
        if self._names is None:
            body = self.node.body
            names = _Names([body] if isinstance(body, ast.expr) else body)
            given = {parameter.name for parameter in self.parameters}
            names.rebound |= names.bound & given
            names.bound |= given
            names.bound -= names.outer
            self._names = names
        return self._names

    def can_name(self, node: ast.expr) -> bool:
        """Whether an expression in a method may be a function by its name, or is a lambda."""
        if isinstance(node, ast.Name):
            return node.id not in self.names.bound or node.id in self.names.imported
        return isinstance(node, ast.Lambda) or _is_own(node, self.parameters[0].name)

    def can_make(self, node: ast.expr) -> bool:
        """Whether an expression may be a function, as above, or a new object of a class."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return self.can_name(node)
        return self.can_name(node.func) and not any(
            isinstance(item, FunctionInfo)
            for item in self.module.definitions.get(node.func.id, ())
        )

    @property
    def returns(self) -> ast.expr | None:
        """What it is annotated to return."""
        return None if isinstance(self.node, ast.Lambda) else self.node.returns

    @property
    def is_static(self) -> bool:
        """Whether the function is a static method."""
        return "staticmethod" in self.decorators

    @property
    def is_class_method(self) -> bool:
        """Whether the first argument is the class."""
        return "classmethod" in self.decorators or self.name in (
            "__new__",
            "__init_subclass__",
            "__class_getitem__",
        )

    def registered(self) -> Iterator[FunctionInfo]:
        """The functions beside this one that are decorated with its ``register``."""
        body: list[ast.stmt] = self.module.tree.body
        around = self.cls or self.parent
        if around is not None and not isinstance(around.node, ast.Lambda):
            body = around.node.body
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                _registers(decorator, self.name) for decorator in statement.decorator_list
            ):
                yield self.module.function(statement, self.cls, self.parent)

    def attribute_names(self) -> set[str]:
        """Attributes the function, or one inside it, reads or sets on any object."""
        if not self.names.inner:
            return self.names.attributes
        found = set(self.names.attributes)
        for node in self.names.inner:
            found |= self.module.names_below(node)
        return found

    def free_names(self) -> Iterator[str]:
        """Names the function or one inside it reads or writes that an outer function binds."""
        wanted = set(self.names.read | self.names.outer)
        for node in self.names.inner:
            wanted.update(self.module.names_below(node))
        for name in sorted(wanted - self.names.bound):
            scope = self.parent
            while scope is not None:
                if name in scope.names.bound:
                    yield name
                    break
                scope = scope.parent


class _Names:
    """The names of one scope, found without entering the scopes inside it."""

    def __init__(self, body: list[ast.stmt] | list[ast.expr]) -> None:
        self.bound: set[str] = set()
        self.rebound: set[str] = set()  # in more than one place
        self.read: set[str] = set()
        self.attributes: set[str] = set()  # of whatever object
        self.outer: set[str] = set()  # declared global or nonlocal
        self.globals: set[str] = set()
        self.inner: list[ast.AST] = []  # functions and classes inside
        self.operands: set[str] = set()  # names that stand beside a + or a %
        self.keys: set[str] = set()  # names by which an item or an attribute is asked for
        self.imports: list[ast.stmt] = []
        self.imported: set[str] = set()  # bound by those and by nothing else
        self.is_generator = False
        stack: list[ast.AST] = list(body)
        pop, extend = stack.pop, stack.extend
        while stack:
            node = pop()
            kind = type(node)
            if kind is ast.Name:
                if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                    self.read.add(node.id)  # type: ignore[attr-defined]
                else:
                    self._bind(node.id)  # type: ignore[attr-defined]
            elif kind is ast.Constant:
                pass
            elif kind is ast.Subscript:
                if type(node.slice) is ast.Name:  # type: ignore[attr-defined]
                    self.keys.add(node.slice.id)  # type: ignore[attr-defined]
                extend(children(node))
            elif kind is ast.Call:
                key = key_asked(node)  # type: ignore[arg-type]
                if type(key) is ast.Name:
                    self.keys.add(key.id)
                extend(children(node))
            elif kind is ast.Attribute:
                self.attributes.add(node.attr)  # type: ignore[attr-defined]
                stack.append(node.value)  # type: ignore[attr-defined]
            elif kind not in _TELLING:
                extend(children(node))
            else:
                extend(self._telling(node))
        if self.imported:
            self.rebound |= self.imported & self.bound
            self.imported -= self.bound
            self.bound |= self.imported

    def _telling(self, node: ast.AST) -> list[ast.AST]:
        """Take in a node that says something of the scope; gives what is left to look at."""
        if isinstance(node, _SCOPES):
            return self._inner_scope(node)
        if isinstance(node, COMPREHENSIONS):
            # Its variables are its own; all else is read in this scope.
            rest = [item for item in children(node) if not isinstance(item, ast.comprehension)]
            for generator in node.generators:
                rest += [generator.iter, *generator.ifs]
            return rest
        if isinstance(node, ast.Yield | ast.YieldFrom):
            self.is_generator = True
        elif isinstance(node, ast.BinOp | ast.AugAssign):
            sides = (
                (node.left, node.right)
                if isinstance(node, ast.BinOp)
                else (node.target, node.value)
            )
            self.operands.update(side.id for side in sides if isinstance(side, ast.Name))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.outer.update(node.names)
            if isinstance(node, ast.Global):
                self.globals.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self.imports.append(node)
            names = {name for name, _ in imports(node)}
            self.rebound |= self.imported & names
            self.imported |= names
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            if node.name:
                self._bind(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            self._bind(node.rest)
        return children(node)

    def _bind(self, name: str) -> None:
        (self.rebound if name in self.bound else self.bound).add(name)

    def _inner_scope(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    ) -> list[ast.AST]:
        self.inner.append(node)
        rest: list[ast.AST] = []
        if not isinstance(node, ast.Lambda):
            self._bind(node.name)
            rest += node.decorator_list
        if isinstance(node, ast.ClassDef):
            rest += node.bases
            rest += [keyword.value for keyword in node.keywords]
        else:
            rest += node.args.defaults
            rest += [default for default in node.args.kw_defaults if default]
        return rest


class ClassInfo:
    """A class: its methods, annotated fields and bases."""

    __slots__ = (
        "annotations",
        "attribute_fills",
        "attribute_writes",
        "bases",
        "fields",
        "methods",
        "module",
        "name",
        "nested",
        "node",
        "parent",
        "replaced",
        "setters",
        "statements",
    )

    def __init__(
        self, module: ModuleInfo, node: ast.ClassDef, parent: FunctionInfo | None
    ) -> None:
        self.module = module
        self.node = node
        self.name = node.name
        self.parent = parent
        self.methods: dict[str, FunctionInfo] = {}
        self.setters: dict[str, FunctionInfo] = {}
        # Their name means another method, but a decorator may have put them elsewhere.
        self.replaced: list[FunctionInfo] = []
        self.nested: dict[str, ast.ClassDef] = {}
        self.fields: dict[str, ast.AnnAssign] = {}
        self.statements: dict[str, ast.expr] = {}
        self.bases: list[ClassInfo] | None = None
        self.annotations: dict[str, ast.expr] | None = None
        self.attribute_writes: dict[str, list[tuple[FunctionInfo, ast.expr]]] | None = None
        self.attribute_fills: dict[str, list[tuple[FunctionInfo, ast.expr, bool]]] | None = None
        for statement in _flattened(node.body):
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                function = module.function(statement, self, parent)
                if "setter" in function.decorators:
                    self.setters[statement.name] = function
                elif "deleter" not in function.decorators:
                    before = self.methods.get(statement.name)
                    if before is not None and before.decorators:
                        self.replaced.append(before)
                    self.methods[statement.name] = function
            elif isinstance(statement, ast.ClassDef):
                self.nested[statement.name] = statement
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                self.fields[statement.target.id] = statement
                if statement.value is not None:
                    self.statements[statement.target.id] = statement.value
            elif isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        self.statements[target.id] = statement.value

    def writes(self) -> dict[str, list[tuple[FunctionInfo, ast.expr]]]:
        """What the class's own methods assign to attributes of their first parameter."""
        if self.attribute_writes is None:
            found: dict[str, list[tuple[FunctionInfo, ast.expr]]] = {}
            for function in (*self.methods.values(), *self.setters.values()):
                if not function.takes_receiver or isinstance(function.node, ast.Lambda):
                    continue
                receiver = function.parameters[0].name
                pairs = (
                    pair for node in statements(function.node.body) for pair in assigned(node)
                )
                for target, value in pairs:
                    if (
                        isinstance(target, ast.Attribute)
                        and isinstance(target.value, ast.Name)
                        and target.value.id == receiver
                    ):
                        found.setdefault(target.attr, []).append((function, value))
            self.attribute_writes = found
        return self.attribute_writes

    def fills(self) -> dict[str, list[tuple[FunctionInfo, ast.expr, bool]]]:
        """The functions and objects that the class's own methods put into containers of ``self``.

        ``self._steps.append(self._send)``, ``self._clients[key] = Client(key)``: each as a display
        of such a container, ``[self._send]`` and ``{key: Client(key)}``, and whether it is new.
        """
        if self.attribute_fills is None:
            found: dict[str, list[tuple[FunctionInfo, ast.expr, bool]]] = {}
            for function in self.methods.values():
                if function.takes_receiver and not isinstance(function.node, ast.Lambda):
                    receiver = function.parameters[0].name
                    for statement in statements(function.node.body):
                        for holder, item, display in _filled(statement):
                            if _is_own(holder, receiver) and function.can_make(item):
                                filled = (function, display, isinstance(item, ast.Call))
                                found.setdefault(holder.attr, []).append(filled)
            self.attribute_fills = found
        return self.attribute_fills

    def attribute_annotation(self, attribute: str) -> ast.expr | None:
        """The annotation of a field, in the class body or at an assignment to ``self``."""
        if attribute in self.fields:
            return self.fields[attribute].annotation
        if self.annotations is None:
            self.annotations = {}
            function = self.methods.get("__init__")
            if function is not None and not isinstance(function.node, ast.Lambda):
                for node in statements(function.node.body):
                    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
                        self.annotations[node.target.attr] = node.annotation
        return self.annotations.get(attribute)


def _registers(decorator: ast.expr, name: str) -> bool:
    """Whether a decorator is ``name.register``, or such a call."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "register"
        and isinstance(called.value, ast.Name)
        and called.value.id == name
    )


def defaulted_field(decorator: ast.expr) -> str:
    """The field that attrs asks a method for, ``@field.default``; "" for any other decorator."""
    if (
        isinstance(decorator, ast.Attribute)
        and decorator.attr == "default"
        and isinstance(decorator.value, ast.Name)
    ):
        return decorator.value.id
    return ""


def _is_own(node: ast.expr, receiver: str) -> TypeGuard[ast.Attribute]:
    """Whether an expression is an attribute of a method's own object."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == receiver
    )


def _filled(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """The containers a statement puts something into: container, item, and a display of that."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Subscript):
                item = statement.value
                yield target.value, item, ast.Dict([target.slice], [item])
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called, given = statement.value.func, statement.value.args
        if isinstance(called, ast.Attribute) and given:
            item = given[-1]
            if called.attr in ("append", "add", "appendleft", "insert"):
                yield called.value, item, ast.List([item], ast.Load())
            elif called.attr == "setdefault":
                yield called.value, item, ast.Dict([given[0]], [item])


class ModuleInfo:
    """A module: its tree and what its names are bound to at module level.

    Args:
        source: Its text, under the path to show for it.
        tree: Its syntax tree.
        file: Its absolute path, where imports are resolved from; "" where it has none.
    """

    def __init__(self, source: SourceText, tree: ast.Module, file: str = "") -> None:
        self.source = source
        self.tree = tree
        self.file = file
        self._functions: dict[ast.AST, FunctionInfo] = {}
        self._classes: dict[ast.AST, ClassInfo] = {}
        self._names_below: dict[ast.AST, set[str]] = {}
        self._nodes: dict[type[ast.AST], list[Any]] | None = None
        self._definitions: dict[str, list[FunctionInfo | ClassInfo | Import | ast.expr]] | None
        self._definitions = None
        self.star_imports: list[Import] = []
        # By what is assigned to a variable of the module: how that is declared.
        self.annotations: dict[ast.expr, ast.expr] = {}
        # By call: the class or function that is written in another way, once it was asked for.
        self.standing_for: dict[ast.AST, ast.ClassDef | ast.Lambda | None] = {}

    def exports(self, name: str) -> bool:
        """Whether ``from module import *`` takes a name that the module binds."""
        lists = self.definitions.get("__all__")
        if lists is None:
            return not name.startswith("_")
        if len(lists) != 1 or self.source.text.count("__all__") != 1:
            return True  # it is put together
        only = lists[0]
        return not isinstance(only, ast.List | ast.Tuple) or any(
            not isinstance(item, ast.Constant) or item.value == name for item in only.elts
        )

    @property
    def definitions(self) -> dict[str, list[FunctionInfo | ClassInfo | Import | ast.expr]]:
        """What each name may be bound to at module level, in order of appearance."""
        if self._definitions is None:
            self._definitions = {}
            for statement in self.tree.body:
                found: dict[str, list[FunctionInfo | ClassInfo | Import | ast.expr]] = {}
                for inner in _flattened([statement]):
                    self._define(inner, found)
                for name, definitions in found.items():
                    # One that stands under a condition may be taken; any other replaces all.
                    conditional = isinstance(
                        statement, ast.If | ast.Try | ast.For | ast.While | ast.Match
                    )
                    before = self._definitions.get(name, []) if conditional else []
                    self._definitions[name] = before + definitions
        return self._definitions

    def imported_lazily(self, name: str) -> list[Import]:
        """What the module's ``__getattr__`` imports under a name, which has no definition."""
        return [
            bound
            for function in self.definitions.get("__getattr__", ())
            if isinstance(function, FunctionInfo)
            for node in walk(function.node)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for known, bound in imports(node)
            if known == name
        ]

    def _define(
        self,
        statement: ast.stmt,
        into: dict[str, list[FunctionInfo | ClassInfo | Import | ast.expr]],
    ) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            into.setdefault(statement.name, []).append(self.function(statement, None, None))
        elif isinstance(statement, ast.ClassDef):
            into.setdefault(statement.name, []).append(self.klass(statement, None))
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for name, bound in imports(statement):
                if name == "*":
                    self.star_imports.append(bound)
                else:
                    into.setdefault(name, []).append(bound)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    into.setdefault(target.id, []).append(statement.value)
        elif (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.value is not None
        ):
            into.setdefault(statement.target.id, []).append(statement.value)
            self.annotations[statement.value] = statement.annotation
        elif type(statement).__name__ == "TypeAlias":  # `type Key = str`, from Python 3.12 on
            into.setdefault(statement.name.id, []).append(statement.value)  # type: ignore[attr-defined]

    @property
    def nodes(self) -> dict[type[ast.AST], list[Any]]:
        """Every node of the tree, by kind: it is walked once, whatever is asked of it."""
        if self._nodes is None:
            self._nodes = by_kind(self.tree)
        return self._nodes

    def function(
        self, node: FunctionNode, cls: ClassInfo | None, parent: FunctionInfo | None
    ) -> FunctionInfo:
        """The one FunctionInfo of a node."""
        info = self._functions.get(node)
        if info is None:
            info = self._functions[node] = FunctionInfo(self, node, cls, parent)
        return info

    def klass(self, node: ast.ClassDef, parent: FunctionInfo | None) -> ClassInfo:
        """The one ClassInfo of a node."""
        info = self._classes.get(node)
        if info is None:
            info = self._classes[node] = ClassInfo(self, node, parent)
        return info

    def names_below(self, node: ast.AST) -> set[str]:
        """Every name, of a variable or an attribute, that occurs in a node at any depth."""
        names = self._names_below.get(node)
        if names is None:
            names = set()
            for below in walk(node):
                if isinstance(below, ast.Name):
                    names.add(below.id)
                elif isinstance(below, ast.Attribute):
                    names.add(below.attr)
                elif isinstance(below, ast.Global | ast.Nonlocal):
                    names.update(below.names)
            self._names_below[node] = names
        return names


def imports(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    """The names an import statement binds, and to what; ``*`` for a star import."""
    if isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield (
                alias.asname or alias.name,
                Import(statement.module or "", alias.name, statement.level),
            )
    else:
        for alias in statement.names:
            if alias.asname:
                yield alias.asname, Import(alias.name, "", 0)
            else:
                first, dot, _ = alias.name.partition(".")
                yield first, Import(first, "", 0, alias.name if dot else "")


def nested_class(cls: ClassInfo, name: str) -> ClassInfo | None:
    """The class that is defined in the body of another under a name."""
    node = cls.nested.get(name)
    return None if node is None else cls.module.klass(node, cls.parent)


def plain_name(node: ast.expr) -> str:
    """The identifier of a variable or an attribute; "" for any other expression."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def last_name(expression: ast.expr) -> str:
    """The last identifier of a (called) dotted name: ``contextmanager`` for each spelling."""
    while isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def key_asked(call: ast.Call) -> ast.expr | None:
    """What a call asks a mapping or an object for: ``given.get(key)``, ``getattr(item, name)``."""
    function, arguments = call.func, call.args
    if type(function) is ast.Attribute:
        return arguments[0] if arguments and function.attr in _ASKING else None
    if type(function) is ast.Name and len(arguments) > 1 and function.id in _ASKING_BY_NAME:
        return arguments[1]
    return None


def _flattened(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module or class body, those under ``if``, ``try`` and the like too."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _flattened(getattr(statement, field, []))
        for field in ("handlers", "cases"):
            for inner in getattr(statement, field, []):
                yield from _flattened(inner.body)


def _parameters(arguments: ast.arguments) -> Iterator[Parameter]:
    either = [*arguments.posonlyargs, *arguments.args]
    missing = len(either) - len(arguments.defaults)
    for index, arg in enumerate(either):
        kind = "positional" if index < len(arguments.posonlyargs) else "either"
        default = arguments.defaults[index - missing] if index >= missing else None
        yield Parameter(arg.arg, kind, default, arg.annotation, arg)
    if arguments.vararg:
        yield Parameter(
            arguments.vararg.arg, "args", None, arguments.vararg.annotation, arguments.vararg
        )
    for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter(arg.arg, "keyword", default, arg.annotation, arg)
    if arguments.kwarg:
        yield Parameter(
            arguments.kwarg.arg, "kwargs", None, arguments.kwarg.annotation, arguments.kwarg
        )
