"""The names that hold a built id, and the places where it is used without a name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.ids.bases import (
    Base,
    is_harmless_test,
    truncates,
)
from flake8_stateid.codemod.ids.choices import Choice, choices, is_bound, is_hollow
from flake8_stateid.codemod.ids.counted import numbers_in
from flake8_stateid.codemod.ids.extending import Builder, is_given, outermost
from flake8_stateid.codemod.ids.rebinding import bound_again
from flake8_stateid.codemod.ids.unbound import refuse_unbound
from flake8_stateid.codemod.ids.walks import find_walk
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_stateid.codemod.reading.modules import Module

Definition = ast.Assign | ast.AnnAssign | ast.AugAssign


def _only_bound(definition: ast.stmt, name: str) -> RefusalError:
    return RefusalError(
        f"binding '{name}' is all that its block does",
        "bind it before the loop by hand",
        definition.lineno,
    )


def _alias(parent: ast.AST, node: ast.Name) -> tuple[Definition, ast.Name] | None:
    """``other = row_state_id``: another name for the same id."""
    match parent:
        case ast.Assign(targets=[ast.Name() as target], value=value) if value is node:
            return parent, target
        case ast.AnnAssign(target=ast.Name() as target, value=value) if value is node:
            return parent, target
    return None


class Ids:
    """How the id is held in one function.

    Attributes:
        names: Variables that hold the id and nothing else, each with its function.
        definitions: The statements that bind them; they go.
        loads: Uses of the variables.
        in_place: Expressions that are the id themselves.
        unpacked: Assignments to several names, and the number of the one that holds the id.
        choices: Statements that do nothing but choose how the id is built; they go.
        unzipped: Loops over ``zip`` of rows and ids, and the number of the rows.
        wrapper: What gives the id its type, such as ``StateId({})``.
        given: Whether nothing is built: the id is what it will be.
    """

    @property
    def places(self) -> list[ast.AST]:
        """Where it is made and used, by itself or in its context."""
        return [*self.definitions, *self.loads, *self.in_place, *self.handed]

    def __init__(
        self,
        module: Module,
        function: Function,
        builders: Sequence[Builder],
        base: Base,
    ) -> None:
        """Find names and places of ``builders`` and of all builders spelled the same.

        Raises:
            RefusalError: The id is bound in a way that cannot be rewritten.
        """
        self._module = module
        self._base = base
        self.names: list[tuple[Function, str]] = []
        self.definitions: list[Definition] = []
        self.loads: list[ast.Name] = []
        self.in_place: list[ast.expr] = []
        self.unpacked: dict[ast.Assign, int] = {}
        self.choices: list[Choice] = []
        self.unzipped: dict[ast.For | ast.AsyncFor, int] = {}
        self.gone: set[ast.AST] = set()
        # The context, where it is handed on with the id; methods that find it in 'self'.
        self.handed: list[ast.expr] = []
        self.wrapper = "{}"
        self.given = all(map(is_given, builders))
        # What is the state id itself stands for itself alone: guards read it, too.
        spelled = {ast.dump(builder) for builder in builders if not is_given(builder)}
        self._spelled = spelled
        for builder in [
            *builders,
            *(
                node
                for node in walk(function)
                if isinstance(node, ast.expr)
                and node not in builders
                and ast.dump(node) in spelled
            ),
        ]:
            self._place(builder)
        for owner, name in self.names:
            self._collect(owner, name)

    def show_as_text(self) -> None:
        """Put ``str()`` around the state id, which may be ``None``: a text, as what was built."""
        self.wrapper = self.wrapper.replace("{}", "str({})")

    def _place(self, builder: Builder) -> None:
        if isinstance(builder, ast.AugAssign):
            if not isinstance(builder.target, ast.Name):
                raise RefusalError("the id is stored", "use the context's state id by hand")
            self._name(builder, builder.target)
            return
        given = is_given(builder)
        outer = builder if given else self._unwrap(builder)
        parent = self._module.parents[outer]
        if isinstance(parent, ast.Assign) and all(
            isinstance(target, ast.Name) for target in parent.targets
        ):
            for target in parent.targets:
                assert isinstance(target, ast.Name)
                self._name(parent, target)
        elif (
            isinstance(parent, (ast.AnnAssign, ast.AugAssign))
            and isinstance(parent.target, ast.Name)
            and not (given and isinstance(parent, ast.AugAssign))
        ):
            self._name(parent, parent.target)
        elif isinstance(parent, ast.NamedExpr):
            function = self._module.outermost_function(parent)
            assert function is not None
            self.names.append((function, parent.target.id))
            self.in_place.append(parent)
            self.gone.add(parent)
        elif (element := self._unpacked(outer)) is not None:
            assignment, number = element
            self.unpacked[assignment] = number
            target = assignment.targets[0]
            assert isinstance(target, ast.Tuple)
            self._drop_target(outer, target.elts[number])
        elif (walked := find_walk(self._module, outer)) is not None:
            self.unzipped[walked.loop] = walked.rows
            if walked.definition is not None:
                self._define(walked.definition)
            self._drop_target(walked.ids, walked.target)
        elif outer not in self.gone:
            self.in_place.append(outer)
            self.gone.add(outer)

    def _unpacked(self, outer: ast.expr) -> tuple[ast.Assign, int] | None:
        """``sid, label = <the id>, ...`` and the number of the id."""
        values = self._module.parents[outer]
        found = self._module.parents.get(values)
        if not isinstance(values, ast.Tuple) or not isinstance(found, ast.Assign):
            return None
        number = values.elts.index(outer)
        match found.targets:
            case [ast.Tuple(elts=targets)] if (
                found not in self.unpacked
                and len(targets) == len(values.elts)
                and not any(isinstance(each, ast.Starred) for each in [*targets, *values.elts])
                and isinstance(targets[number], ast.Name)
            ):
                return found, number
        return None

    def _drop_target(self, value: ast.expr, target: ast.expr) -> None:
        assert isinstance(target, ast.Name)
        function = self._module.function_of(target)
        assert function is not None
        self.names.append((function, target.id))
        self.gone.update((value, target))

    def _unwrap(self, builder: ast.expr) -> ast.expr:
        """The builder with ``str()`` and string methods around it."""
        current = builder
        while True:
            parent = self._module.parents[current]
            if (
                isinstance(parent, ast.Call)
                and isinstance(parent.func, ast.Name)
                and parent.func.id == "str"
                and parent.args == [current]
            ):
                current = parent
            elif isinstance(parent, ast.Call) and current in parent.args and self._is_type(parent):
                text = ast.unparse(parent).replace(ast.unparse(current), "{}")
                if self.wrapper not in {"{}", text}:
                    raise RefusalError(
                        "the id is given two types", "use one of them", parent.lineno
                    )
                self.wrapper, current = text, parent
            elif (
                isinstance(parent, ast.Attribute)
                and parent.attr in {"strip", "lstrip", "rstrip"}
                and isinstance(self._module.parents[parent], ast.Call)
            ):
                call = self._module.parents[parent]
                assert isinstance(call, ast.Call)
                current = call
            elif (isinstance(parent, ast.IfExp) and self._is_id_either_way(parent, current)) or (
                isinstance(parent, ast.Subscript) and parent.value is current and truncates(parent)
            ):
                assert isinstance(parent, ast.expr)
                current = parent
            else:
                return current

    def _is_type(self, call: ast.Call) -> bool:
        """Whether a call only gives its argument another type: ``cast``, or a ``NewType``."""
        name = dotted(call.func)
        if name in {"cast", "typing.cast"}:
            return True
        return len(call.args) == 1 and any(
            isinstance(node, ast.Assign)
            and dotted(node.targets[0]) == name
            and isinstance(node.value, ast.Call)
            and dotted(node.value.func) in {"NewType", "typing.NewType"}
            for node in self._module.tree.body
        )

    def _is_id_either_way(self, choice: ast.IfExp, one: ast.expr) -> bool:
        """Whether ``one if test else other`` is the id whatever the test says."""
        if one is choice.test:
            return False
        other = choice.orelse if one is choice.body else choice.body
        numbers = numbers_in(self._module, outermost(self._module, choice))
        return (
            dotted(other) == self._base.text or ast.dump(other) in self._spelled
        ) and is_harmless_test(choice.test, numbers)

    def _name(self, definition: Definition, target: ast.Name) -> None:
        function = self._module.function_of(definition)
        assert function is not None
        if (function, target.id) not in self.names:
            self.names.append((function, target.id))
        self._define(definition)

    def _define(self, definition: Definition) -> None:
        if definition not in self.definitions:
            self.definitions.append(definition)
            self.gone.add(definition)

    def _collect(self, function: Function, name: str) -> None:
        """All uses of a holder; each binding must be one of the definitions or the base itself."""
        for node in self._module.own_names(function, name):
            parent = self._module.parents[node]
            if any(inner in self.gone for inner in [node, *self._module.ancestors(node)]):
                continue
            if isinstance(node.ctx, ast.Load):
                alias = _alias(parent, node)
                if alias is None:
                    self.loads.append(node)
                else:
                    self._name(*alias)
            elif (
                isinstance(parent, (ast.Assign, ast.AnnAssign))
                and parent.value is not None
                and (not isinstance(parent, ast.Assign) or len(parent.targets) == 1)
                and dotted(parent.value) == self._base.text
            ) or (
                # A declaration, ``row_state_id: str``.
                isinstance(parent, ast.AnnAssign) and parent.value is None
            ):
                self._define(parent)
            else:
                raise bound_again(self._module, node)
        self._choose(function, name)
        own = self._of(function, name)
        refuse_unbound(self._module, [n for n in self.loads if n.id == name], own)
        if all(is_bound(self._module, n, own) for n in self.loads if n.id == name):
            self._refuse_hollow(own, name)
            return
        self._refuse_branch(function, name)
        bound: list[ast.stmt] = [self.choice_of(each) or each for each in self._of(function, name)]
        blocks = {id(self._module.block_of(statement)) for statement in bound}
        if len(blocks) > 1 and not self._is_straight(function, name):
            raise RefusalError(
                f"'{name}' is bound in several branches",
                "bind it once, before the loop",
                self._of(function, name)[0].lineno,
            )

    def _choose(self, function: Function, name: str) -> None:
        """Find what chooses between definitions of ``name`` and does nothing else."""
        found = self._of(function, name)
        numbers = (
            numbers_in(self._module, outermost(self._module, found[0])) if found else frozenset()
        )
        for choice in choices(self._module, found, self.definitions, numbers):
            if choice not in self.choices:
                self.choices.append(choice)
                self.gone.add(choice)

    def choice_of(self, definition: ast.stmt) -> Choice | None:
        """The choice that ``definition`` is part of."""
        above = list(self._module.ancestors(definition))
        return next((each for each in self.choices if each in above), None)

    def _refuse_hollow(self, own: Sequence[Definition], name: str) -> None:
        """Refuse branches of which nothing would be left, where what chooses must stay."""
        for definition in own:
            if self.choice_of(definition) is not None:
                continue
            parent = self._module.parents[definition]
            if isinstance(parent, ast.match_case):
                parent = self._module.parents[parent]
            alone = all(each in self.definitions for each in self._module.block_of(definition))
            if is_hollow(parent, self.definitions):
                raise RefusalError(
                    f"'{name}' is bound in branches that do nothing else, and what chooses them "
                    "may act",
                    "evaluate that in a statement of its own, and bind "
                    f"'{name}' to '{self._base.text}' before the loop, by hand",
                    definition.lineno,
                )
            if alone and not isinstance(parent, (ast.If, ast.Match)):
                raise _only_bound(definition, name)

    def _refuse_branch(self, function: Function, name: str) -> None:
        """Refuse a name bound in a branch and used outside it, or alone in its block."""
        for definition in self._of(function, name):
            if self.choice_of(definition) is not None:
                continue
            branch = self._module.parents[definition]
            block = self._module.block_of(definition)
            if all(s in self.definitions for s in block):
                raise _only_bound(definition, name)
            if isinstance(branch, (ast.If, ast.match_case, ast.ExceptHandler)) and any(
                branch not in set(self._module.ancestors(node))
                for node in self.loads
                if node.id == name
            ):
                raise RefusalError(
                    f"'{name}' is bound in one branch and used outside it",
                    "bind it before the loop by hand",
                    definition.lineno,
                )

    def _of(self, function: Function, name: str) -> list[Definition]:
        return [
            definition
            for definition in self.definitions
            if self._module.function_of(definition) is function
            and any(
                isinstance(target, ast.Name) and target.id == name
                for target in (
                    definition.targets
                    if isinstance(definition, ast.Assign)
                    else [definition.target]
                )
            )
        ]

    def _is_straight(self, function: Function, name: str) -> bool:
        """Whether several definitions stand in blocks of loops only, not in branches."""
        return all(
            not isinstance(self._module.parents[definition], (ast.If, ast.Match, ast.match_case))
            for definition in self._of(function, name)
        )
