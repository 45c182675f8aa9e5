"""Calls that never return: of what ends the program, and of functions that always raise."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import PLAIN_DECORATORS, ClassInfo, FunctionInfo, last_name
from flake8_stateid.analysis.tree import walk
from flake8_stateid.analysis.values import NOTHING, Reference, Symbol, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import ModuleInfo

# Of the standard library, by dotted name: https://docs.python.org/3/library/
EXITS = frozenset(
    (
        "builtins.exit",
        "builtins.quit",
        "sys.exit",
        "os._exit",
        "os.abort",
        *(f"os.exec{how}" for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
        "typing.assert_never",
        "typing_extensions.assert_never",
    )
)
_NEVER = frozenset(("NoReturn", "Never"))


class Endings:
    """Knows which calls end the path they are on.

    Args:
        engine: Finds bases and methods.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._returns: dict[FunctionInfo, bool] = {}
        self._overridden: dict[FunctionInfo, bool] = {}
        self._rebound: dict[ModuleInfo, frozenset[str]] = {}

    def note(self, function: FunctionInfo, returns: bool) -> None:
        """A function was analysed: whether it was seen to come to an end, or to a ``return``."""
        self._returns[function] = returns or self._returns.get(function, False)

    def is_end(self, callee: Value, *, awaited: bool) -> bool:
        """Whether a call never returns, whichever of the callees it reaches.

        Args:
            callee: What is called, its functions already analysed.
            awaited: Whether the call is awaited: until then a coroutine has not even begun.
        """
        refs = callee.refs.values()
        return bool(refs) and all(self._ends(ref, callee, awaited) for ref in refs)

    def _ends(self, ref: Reference, callee: Value, awaited: bool) -> bool:
        target = ref.target
        if isinstance(target, str):
            return ref.kind == "external" and target in EXITS and not callee.atoms
        if not isinstance(target, FunctionInfo) or ref.kind != "function":
            return False
        node = target.node
        if (
            isinstance(node, ast.Lambda)
            or target.names.is_generator
            or not PLAIN_DECORATORS.issuperset(target.decorators)
            or (isinstance(node, ast.AsyncFunctionDef) and not awaited)
        ):
            return False
        if not _is_annotated(target.returns) and (
            self._returns.get(target, True) or _is_stub(target)
        ):
            return False
        for atom in callee.atoms:  # it may be something else, unless it is this attribute
            if not isinstance(atom, Symbol) or atom.path[-1:] != ("." + target.name,):
                return False
        return not self._may_be_replaced(target)

    def _may_be_replaced(self, function: FunctionInfo) -> bool:
        """Whether the name may lead to another function: an override, or an assignment."""
        known = self._overridden.get(function)
        if known is None:
            known = any(
                function.name in self._stored(module)
                or (
                    function.cls is not None
                    and any(self._overrides(function, function.cls, module))
                )
                for module in {function.module, self._engine.module}
            )
            self._overridden[function] = known
        return known

    def _stored(self, module: ModuleInfo) -> frozenset[str]:
        """Attributes that a module sets on anything, and variables its functions set."""
        known = self._rebound.get(module)
        if known is None:
            found = {
                node.attr
                for node in module.nodes.get(ast.Attribute, ())
                if type(node.ctx) is not ast.Load
            }
            for kind in (ast.Global, ast.Nonlocal):
                for node in module.nodes.get(kind, ()):
                    found.update(node.names)
            known = self._rebound[module] = frozenset(found)
        return known

    def _overrides(
        self, function: FunctionInfo, cls: ClassInfo, module: ModuleInfo
    ) -> Iterator[bool]:
        """For each class of a module that extends another: whether it has another such method."""
        engine = self._engine
        names = {cls.name}
        seen: set[ast.AST] = set()
        for definitions in list(module.definitions.values()):
            for other in definitions:
                if not isinstance(other, ClassInfo):
                    continue
                seen.add(other.node)
                if other is not cls and cls in engine.classes.order(other):
                    names.add(other.name)
                    yield engine.classes.method(other, function.name) is not function
                    # A base that has not been read may come first.
                    yield len(other.node.bases) > 1 and (engine.unread_bases(other) is not NOTHING)
        for node in module.nodes.get(ast.ClassDef, ()):
            if node is not cls.node and node not in seen:
                # Inside a function or class, where bases are known by their names alone.
                yield not names.isdisjoint(map(last_name, node.bases))


def _is_annotated(returns: ast.expr | None) -> bool:
    """Whether a function says that it never returns."""
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        return returns.value.rpartition(".")[2].strip() in _NEVER
    return returns is not None and last_name(returns) in _NEVER


def _is_stub(function: FunctionInfo) -> bool:
    """Whether a method raises only because a subclass has to write it."""
    if function.cls is None:
        return False
    for node in walk(function.node):
        if isinstance(node, ast.Raise) and node.exc is not None:
            name = last_name(node.exc)
            if "NotImplemented" in name or "Abstract" in name:
                return True
    return False


def swallows(function: FunctionInfo) -> bool:
    """Whether a context manager may end an exception that is raised in its ``with`` block.

    Args:
        function: Its ``__exit__``, or the generator that it is made of.
    """
    if not function.names.is_generator:
        return any(
            isinstance(node, ast.Return)
            and node.value is not None
            and not (isinstance(node.value, ast.Constant) and not node.value.value)
            for node in walk(function.node)
        )
    for node in walk(function.node):
        if isinstance(node, ast.Try | ast.TryStar) and (
            any(not isinstance(handler.body[-1], ast.Raise) for handler in node.handlers)
            or _leaves(node.finalbody)
        ):
            for statement in node.body:
                if any(isinstance(below, ast.Yield) for below in walk(statement)):
                    return True
    return False


def _leaves(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Return) for statement in body for node in walk(statement))
