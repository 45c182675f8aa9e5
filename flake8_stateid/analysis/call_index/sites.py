"""What stands in a function or in the body of a loop, by syntax alone."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.rounds import is_map
from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    Import,
    ModuleInfo,
    imports,
    last_name,
)
from flake8_stateid.analysis.tree import COMPREHENSIONS, children, parents, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Sites:
    """The nodes of interest below some others, functions and classes inside not entered.

    Args:
        roots: The statements of a function, or what is done anew in each round of a loop.

    Attributes:
        calls: The calls.
        loops: Loops, comprehensions and calls of ``map``.
        deletes: The subscripts and attributes that ``del`` removes.
        stores: Attributes assigned to, with what is assigned where that is one expression.
        returned: What is returned, where that is an expression.
        items: Items assigned to under a key that is a constant, likewise.
        bindings: Names bound, likewise.
        inner: Functions, lambdas and classes defined.
        imported: Names bound by imports.
        words: Every identifier that is read or called, in lambdas too.
        roots: As given.
    """

    def __init__(self, roots: Iterable[ast.AST]) -> None:
        self.calls: list[ast.Call] = []
        self.loops: list[ast.AST] = []
        self.deletes: list[tuple[ast.Delete, ast.expr]] = []
        self.stores: list[tuple[ast.Attribute, ast.AST, ast.expr | None]] = []
        self.items: list[tuple[ast.Subscript, ast.AST, ast.expr | None]] = []
        self.returned: list[ast.expr] = []
        self.bindings: dict[str, list[tuple[ast.AST, ast.expr | None]]] = {}
        self.inner: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef] = []
        self.imported: dict[str, Import] = {}
        self.words: set[str] = set()
        self.roots = list(roots)
        words, stack = self.words, [*self.roots]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is ast.Name:
                if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                    words.add(node.id)  # type: ignore[attr-defined]
                continue
            if kind is ast.Constant:
                continue
            if kind is ast.Attribute:
                if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                    words.add(node.attr)  # type: ignore[attr-defined]
                stack.append(node.value)  # type: ignore[attr-defined]
                continue
            note = _NOTES.get(kind)
            if note is None or note(self, node):
                stack += children(node)

    def bound_once(self, name: str) -> ast.expr | None:
        """What a name is bound to, if that is one expression alone."""
        bound = self.bindings.get(name, ())
        return bound[0][1] if len(bound) == 1 else None

    # What is noted of each kind of node; each tells whether to look at what is below it.

    def _lambda(self, node: ast.Lambda) -> bool:
        self.inner.append(node)
        self.words |= identifiers(node)
        return False

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
        self.inner.append(node)
        self._bind(node.name, node, None)
        return False

    def _call(self, node: ast.Call) -> bool:
        self.calls.append(node)
        if is_map(node):
            self.loops.append(node)
        return True

    def _assignment(self, node: ast.Assign) -> bool:
        for target in node.targets:
            self.assign(target, node, node.value)
        return True

    def _annotated(self, node: ast.AnnAssign) -> bool:
        if node.value is not None:
            self.assign(node.target, node, node.value)
        return True

    def _named(self, node: ast.NamedExpr) -> bool:
        self.assign(node.target, node, node.value)
        return True

    def _augmented(self, node: ast.AugAssign) -> bool:
        self.assign(node.target, node, None)
        return True

    def _while(self, node: ast.While) -> bool:
        self.loops.append(node)
        return True

    def _for(self, node: ast.For | ast.AsyncFor) -> bool:
        self.loops.append(node)
        self.assign(node.target, node, None)
        return True

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> bool:
        self.loops.append(node)
        for generator in node.generators:
            self.assign(generator.target, node, None)
        return True

    def _with_item(self, node: ast.withitem) -> bool:
        if node.optional_vars is not None:
            self.assign(node.optional_vars, node.optional_vars, None)
        return True

    def _delete(self, node: ast.Delete) -> bool:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, node, None)
            else:
                self.deletes.append((node, target))
        return True

    def _return(self, node: ast.Return) -> bool:
        if node.value is not None:
            self.returned.append(node.value)
        return True

    def _capture(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> bool:
        if node.name:
            self._bind(node.name, node, None)
        return True

    def _import(self, node: ast.Import | ast.ImportFrom) -> bool:
        for name, bound in imports(node):
            self._bind(name, node, None)
            self.imported[name] = bound
        return True

    def _bind(self, name: str, node: ast.AST, value: ast.expr | None) -> None:
        self.bindings.setdefault(name, []).append((node, value))

    def assign(self, target: ast.expr, node: ast.AST, value: ast.expr | None) -> None:
        """Note that something is assigned to a target, part by part."""
        if isinstance(target, ast.Name):
            self._bind(target.id, node, value)
        elif isinstance(target, ast.Attribute):
            self.stores.append((target, node, value))
        elif isinstance(target, ast.Subscript):
            if isinstance(target.slice, ast.Constant):
                self.items.append((target, node, value))
        elif isinstance(target, ast.Starred):
            self.assign(target.value, node, None)
        elif isinstance(target, ast.Tuple | ast.List):
            same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            for index, item in enumerate(target.elts):
                part = value.elts[index] if same else None  # type: ignore[union-attr]
                self.assign(item, node, part)


_NOTES: dict[type[ast.AST], Callable[[Sites, Any], bool]] = {
    ast.Lambda: Sites._lambda,
    **dict.fromkeys((*_DEFINITIONS, ast.ClassDef), Sites._definition),
    ast.Call: Sites._call,
    ast.Assign: Sites._assignment,
    ast.AnnAssign: Sites._annotated,
    ast.NamedExpr: Sites._named,
    ast.AugAssign: Sites._augmented,
    ast.While: Sites._while,
    **dict.fromkeys((ast.For, ast.AsyncFor), Sites._for),
    **dict.fromkeys(COMPREHENSIONS, Sites._comprehension),
    ast.withitem: Sites._with_item,
    ast.Delete: Sites._delete,
    ast.Return: Sites._return,
    **dict.fromkeys((ast.ExceptHandler, ast.MatchAs, ast.MatchStar), Sites._capture),
    **dict.fromkeys((ast.Import, ast.ImportFrom), Sites._import),
}


def identifiers(node: ast.AST) -> set[str]:
    """Every name and attribute in a node."""
    return {
        last_name(below) for below in walk(node) if isinstance(below, ast.Name | ast.Attribute)
    }


def done_each_round(loop: ast.AST) -> list[ast.AST]:
    """What a loop does anew in each round; the source of its first ``for`` is read once.

    Of ``map`` it is the function, which has been evaluated before.
    """
    if isinstance(loop, ast.While):
        return [loop.test, *loop.body]
    if isinstance(loop, ast.For | ast.AsyncFor):
        return [*loop.body]
    if isinstance(loop, ast.Call):
        return [loop.args[0]]
    assert isinstance(loop, COMPREHENSIONS)
    done: list[ast.AST]
    if isinstance(loop, ast.DictComp):
        # Without a value it unpacks: `{**each for each in dicts}`, from Python 3.15 on.
        done = [each for each in (loop.key, getattr(loop, "value", None)) if each is not None]
    else:
        done = [loop.elt]
    for index, generator in enumerate(loop.generators):
        done += generator.ifs
        if index:
            done.append(generator.iter)
    return done


def in_each_round(loop: ast.AST) -> Sites:
    """What stands in what a loop does anew in each round, and what it binds then."""
    sites = Sites(done_each_round(loop))
    if isinstance(loop, ast.For | ast.AsyncFor) and not isinstance(loop.target, ast.Name):
        sites.assign(loop.target, loop, None)  # `for self.row in rows`
    return sites


class ModuleSites:
    """The functions of a module with what stands in them, and the node around each node.

    Args:
        module: The module.
    """

    def __init__(self, module: ModuleInfo) -> None:
        self.module = module
        self._parents: dict[ast.AST, ast.AST] | None = None
        self._of: dict[FunctionInfo | None, Sites] = {}
        self._local: dict[FunctionInfo | None, dict[str, FunctionInfo | ClassInfo]] = {}

    @property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node around each node."""
        if self._parents is None:
            self._parents = parents(self.module.nodes)
        return self._parents

    def of(self, function: FunctionInfo | None) -> Sites:
        """What stands in a function; None is the module's own level."""
        found = self._of.get(function)
        if found is None:
            body: list[ast.AST]
            if function is None:
                body = list(self.module.tree.body)
            elif isinstance(function.node, ast.Lambda):
                body = [function.node.body]
            else:
                body = list(function.node.body)
            found = self._of[function] = Sites(body)
        return found

    def local(self, function: FunctionInfo | None) -> dict[str, FunctionInfo | ClassInfo]:
        """The functions and classes that are defined in a function, by name."""
        known = self._local.get(function)
        if known is None:
            known = self._local[function] = {}
            for node in self.of(function).inner:
                if isinstance(node, _DEFINITIONS):
                    known[node.name] = self.module.function(node, None, function)
                elif isinstance(node, ast.ClassDef):
                    known[node.name] = self.module.klass(node, function)
        return known

    def functions(self) -> list[tuple[FunctionInfo | None, ClassInfo | None]]:
        """Every function with the class it is a method of; first, as None, the module itself."""
        found: list[tuple[FunctionInfo | None, ClassInfo | None]] = [(None, None)]
        waiting: list[FunctionInfo | None] = [None]
        while waiting:
            around = waiting.pop()
            for node in self.of(around).inner:
                if isinstance(node, ast.ClassDef):
                    classes = [self.module.klass(node, around)]
                    while classes:
                        cls = classes.pop()
                        for method in (*cls.methods.values(), *cls.setters.values()):
                            found.append((method, cls))
                            waiting.append(method)
                        classes += [
                            self.module.klass(item, around)
                            for item in cls.node.body
                            if isinstance(item, ast.ClassDef)
                        ]
                else:
                    function = self.module.function(node, None, around)
                    found.append((function, None))
                    waiting.append(function)
        return found
