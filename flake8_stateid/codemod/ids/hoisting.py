"""Whether the context's state id may be read before the loop, where rows alone read it before."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.call_index.moving import opens_something
from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.ids.bases import (
    HARMLESS_CALLS,
    HARMLESS_FUNCTIONS,
    PADDING,
    STRING_METHODS,
)
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.guards import is_tested
from flake8_stateid.codemod.reading.nodes import own_nodes, walk
from flake8_stateid.codemod.reading.optionals import Optionals
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from flake8_stateid.codemod.ids.given import Source
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module

_MAX_CALLS = 3
_TELLING = STRING_METHODS | PADDING | {"get", "format", "join", "replace", "title", "isoformat"}


class Hoisting:
    """Checks what is read where the id is bound, or used in place.

    Args:
        module: The module.
        ancestors: Finds the context's class.
        function: The batch path.
        extent: The statements in which rows run.
    """

    def __init__(
        self, module: Module, ancestors: Ancestors, function: Function, extent: Extent
    ) -> None:
        """Keep what is looked at."""
        self._module = module
        self._function = function
        self._extent = extent
        self._optionals = Optionals(module, ancestors, function)

    def check_way(self, base: str) -> None:
        """Check the way to ``base`` where it is bound before the loop: ``self``, ``self.ctx``.

        Raises:
            RefusalError: A part of it may be ``None`` there, or is a property that acts, or that
                raises, which would show where there is no row, too.
        """
        parts = base.split(".")
        first = self._extent.first
        for number in range(1, len(parts) + 1):
            path = ".".join(parts[:number])
            getters = self._code_of(".".join(parts[: number - 1]), parts[number - 1])
            if any(_acts(module, getter, _MAX_CALLS) for module, getter in getters):
                raise RefusalError(
                    f"'{path}' does something when it is read, which it was for each row",
                    "read it once before the loop, then run the fix again",
                )
            if self._optionals.is_guarded(path, first):
                continue
            if any(_may_raise(module, getter, _MAX_CALLS) for module, getter in getters):
                raise RefusalError(
                    f"'{path}' may raise, and would be read where there is no row, too",
                    "read it once before the loop, then run the fix again",
                )
            if number == len(parts) or path in {"self", "cls"}:
                continue
            allowed = self._optionals.allows_none(path)
            # A check says that it may be, where no type says that it may not.
            if allowed or (allowed is None and self._is_checked_by_rows(path)):
                raise self._may_be_none(path, first, path, ", where it was read for each row")

    def check_moving(self, base: str, is_state_id: Callable[[str], bool]) -> None:
        """Check that no row asks the context for another state: ``ctx.begin_row(row)``.

        Args:
            base: The state id that is bound before the loop.
            is_state_id: Whether a name is a state id name.

        Raises:
            RefusalError: One may, by the method's code, or by its name where that is not seen.
        """
        holder = base.rpartition(".")[0]
        rows = statements(self._module, self._extent) if self._extent.looped else []
        for node in (each for one in rows for each in walk(one)):
            if not (
                holder
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and dotted(node.func.value) == holder
            ):
                continue
            methods = self._code_of(holder, node.func.attr)
            moves = any(
                comes_to(module, method, _MAX_CALLS, lambda each: _sets_id(each, is_state_id))
                for module, method in methods
            )
            if moves or (not methods and opens_something(node)):
                raise RefusalError(
                    f"'{dotted(node.func)}' may give each row a state id of its own",
                    "record the row's calls under that, or call it before the loop",
                    node.lineno,
                )

    def hides_none(self, base: str, source: Source | None, places: Sequence[ast.stmt]) -> bool:
        """Whether the id may be ``None`` in one of ``places``, which the built text never was.

        Args:
            base: The state id, as the builders spell it.
            source: Where a local has it from.
            places: The statements that it is read before, or in.
        """
        return any(self._unchecked(base, source, place) for place in places)

    def check_id(self, base: str, source: Source | None, places: Sequence[ast.stmt]) -> None:
        """Check that an id that stays what it was is not ``None`` in any of ``places``.

        Args:
            base: The state id.
            source: Where a local has it from.
            places: The statements that it is read before, or in.

        Raises:
            RefusalError: It may be, by its type, and nothing before shows that it is not.
        """
        for place in places:
            found = self._unchecked(base, source, place)
            if found is not None:
                raise self._may_be_none(*found, base, ", and is not checked")

    def _unchecked(
        self, base: str, source: Source | None, place: ast.stmt
    ) -> tuple[str, ast.stmt] | None:
        """What may be ``None`` where ``place`` reads the id, and the statement that reads that."""
        if source is None:
            return (base, place) if self._optionals.is_optional(base, place) else None
        if self._optionals.is_guarded(base, place):
            return None
        where = self._module.statement_of(source.nodes[0])
        if self._optionals.is_optional(source.text, where):
            return source.text, where
        return (base, where) if self._optionals.is_optional(base, place) else None

    def _may_be_none(self, path: str, where: ast.stmt, held: str, unchecked: str) -> RefusalError:
        """The refusal for ``path``, which may be ``None``; it says what is checked."""
        names = {path, held, *self._aliases(path)}
        if self._extent.looped and is_tested(statements(self._module, self._extent), names):
            return RefusalError(
                f"'{path}' may be None, and is checked only inside the loop",
                "move the check before the loop, then run the fix again",
                where.lineno,
            )
        for alias in sorted(names - {path}):
            if self._optionals.is_guarded(alias, self._extent.first):
                return RefusalError(
                    f"'{path}' may be None here, as it is '{alias}' that is checked",
                    f"use '{alias}' in the text, then run the fix again",
                    where.lineno,
                )
        body = self._function.body
        before = [
            each
            for each in (body if isinstance(body, list) else [])
            if each.lineno < self._extent.first.lineno
        ]
        if is_tested(before, names):
            return RefusalError(
                f"'{path}' may be None here, as it is not checked in all cases",
                f"check '{path} is None' by itself before the loop, then run the fix again",
                where.lineno,
            )
        return RefusalError(
            f"'{path}' may be None here{unchecked}",
            f"check '{path} is None' before, then run the fix again",
            where.lineno,
        )

    def _is_checked_by_rows(self, path: str) -> bool:
        return is_tested(statements(self._module, self._extent), {path, *self._aliases(path)})

    def _aliases(self, path: str) -> set[str]:
        """Other spellings: a local bound to ``path``; ``ctx.x`` after ``self._ctx = ctx``."""
        found: set[str] = set()
        for node in walk(self._function):
            match node:
                case (
                    ast.Assign(targets=[target], value=value)
                    | ast.NamedExpr(target=target, value=value)
                    | ast.AnnAssign(target=target, value=ast.expr() as value)
                ):
                    bound, held = dotted(target), dotted(value)
                    if isinstance(target, ast.Name) and held == path:
                        found.add(bound)
                    elif held and path.startswith(f"{bound}."):
                        found.add(held + path.removeprefix(bound))
        return found

    def _code_of(self, owner: str, attribute: str) -> list[tuple[Module, ast.FunctionDef]]:
        """The property, or method, that ``owner.attribute`` may be, with its module."""
        for each in self._optionals.classes(owner) if owner else ():
            for node in each.node.body:
                if isinstance(node, ast.FunctionDef) and node.name == attribute:
                    return [(each.module, node)]
        return []


def acting_property(
    module: Module, value: ast.AST, way: Collection[ast.AST] = ()
) -> ast.Attribute | None:
    """The property that ``value`` reads, and that does something or may raise.

    That of another object than ``self`` is known by its name alone: one of any class here counts.

    Args:
        module: The module.
        value: An expression in it.
        way: Nodes of it that are left out: the way to the state id goes on being read.
    """
    for node in (each for each in walk(value) if each not in way):
        if not isinstance(node, ast.Attribute):
            continue
        owner = module.class_of(node)
        if dotted(node.value) == "self" and owner is not None:
            getters = module.methods(owner, node.attr, below=True)
        else:
            getters = _properties(module, node.attr)
        if not all(_is_quiet(module, each, _MAX_CALLS) for each in getters):
            return node
    return None


def _properties(module: Module, name: str) -> list[Function]:
    """The properties of that name of all classes of a module."""
    return [
        item
        for tree in module.trees
        for node in walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef) and item.name == name
        if any("property" in ast.unparse(each) for each in item.decorator_list)
    ]


def _is_quiet(module: Module, getter: Function, depth: int) -> bool:
    """Whether a getter is seen to do nothing but to tell, and not to raise."""
    return not any(
        isinstance(node, (ast.Raise, ast.Assert, ast.Subscript, ast.Yield, ast.Await))
        or _is_act(node)
        or (isinstance(node, ast.Call) and not _only_tells(module, node, depth))
        for node in own_nodes(*(getter.body if isinstance(getter.body, list) else [getter.body]))
    )


def _only_tells(module: Module, call: ast.Call, depth: int) -> bool:
    """Whether a call makes a text, or is of a function that does nothing else."""
    if dotted(call.func) in HARMLESS_FUNCTIONS | HARMLESS_CALLS:
        return True
    callees = module.resolve(call.func)
    if callees:
        return depth > 0 and all(_is_quiet(module, each.function, depth - 1) for each in callees)
    return isinstance(call.func, ast.Attribute) and call.func.attr in _TELLING


def _may_raise(module: Module, function: Function, depth: int) -> bool:
    return comes_to(
        module, function, depth, lambda node: isinstance(node, (ast.Raise, ast.Assert))
    )


def _sets_id(node: ast.AST, is_state_id: Callable[[str], bool]) -> bool:
    """Whether ``node`` sets a state id on an object."""
    return (
        isinstance(node, ast.Attribute)
        and not isinstance(node.ctx, ast.Load)
        and is_state_id(node.attr)
    )


def _acts(module: Module, function: Function, depth: int) -> bool:
    return comes_to(module, function, depth, _is_act)


def _is_act(node: ast.AST) -> bool:
    """Whether ``node`` logs, or sets what outlives the function."""
    match node:
        case ast.Call():
            return is_log(node)
        case ast.Attribute(ctx=ctx) | ast.Subscript(ctx=ctx):
            return not isinstance(ctx, ast.Load)
    return isinstance(node, (ast.Global, ast.Nonlocal))


def comes_to(
    module: Module, function: Function, depth: int, is_wanted: Callable[[ast.AST], bool]
) -> bool:
    """Whether a function, or one that it calls, holds a node that ``is_wanted``."""
    for node in walk(function):
        if is_wanted(node):
            return True
        if isinstance(node, ast.Call) and depth:
            for callee in module.resolve(node.func):
                if isinstance(callee.function, FUNCTIONS) and comes_to(
                    module, callee.function, depth - 1, is_wanted
                ):
                    return True
    return False
