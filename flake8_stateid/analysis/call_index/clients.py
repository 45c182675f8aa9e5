"""Clients in a loop: where they are constructed and released, and what all loops share."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.counters import starts
from flake8_stateid.analysis.call_index.counting import CounterReader
from flake8_stateid.analysis.call_index.sites import ModuleSites
from flake8_stateid.analysis.program import PROPERTIES, last_name
from flake8_stateid.names import ONE
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.call_index.activations import Activation, Term
    from flake8_stateid.analysis.call_index.candidates import Candidates
    from flake8_stateid.analysis.call_index.keeping import Kept
    from flake8_stateid.analysis.call_index.rounds import Ways
    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import ClassInfo, ModuleInfo
    from flake8_stateid.analysis.values import Pending


class Reached(Record):
    """A function as the loop reaches it.

    Attributes:
        at: The function, entered.
        way: The calls that lead there, from the loop on, with where each stands.
        on: Whether another round can follow when the function returns.
        on_raise: Whether one can when it raises.
        kept: Whether a call on the way is made only where its result is missing.
        holder: What the result of a call on the way is kept in.
        spared: Whether the way is taken only where there is no client to release.
    """

    at: Activation
    way: tuple[tuple[ast.AST, ModuleInfo], ...]
    on: bool
    on_raise: bool
    kept: bool = False
    holder: Term | None = None
    spared: bool = False


class Creation(Record):
    """A call that constructs a client, or may.

    Attributes:
        node: The call.
        reached: The function it stands in.
        classes: What it constructs, as far as that is known.
        unread: What must be read to tell: the class, or its bases.
        id: The state id the client is given.
        holder: What the client is kept in.
        key: What it is kept under there, where that is seen.
        kept: Whether it is made only where there is none yet.
        on: Whether another round can follow.
    """

    node: ast.Call
    reached: Reached
    classes: tuple[ClassInfo, ...]
    unread: tuple[Pending, ...]
    id: Term | None
    holder: Term | None
    key: Term | None
    kept: bool
    on: bool


class Release(Record):
    """A place that takes a client, or all of them, out of what keeps it.

    Attributes:
        node: The place.
        reached: The function it stands in.
        holder: What keeps the client.
        key: The id whose client is taken out.
        keyed: Whether only the client of that id is.
        on: Whether another round can follow.
    """

    node: ast.expr | ast.stmt
    reached: Reached
    holder: Term
    key: Term | None
    keyed: bool
    on: bool


class Program:
    """What the search through all loops of a module shares.

    Args:
        engine: Finds what names, methods and attributes stand for.
        candidates: Which calls are worth a look.
        sites: The sites of the modules seen so far; filled on the way.

    Attributes:
        one_round: Whether a place is passed in one round only: of a loop, or of the function; of
            a release or of anything else. Many loops come to the same place.
        ways: What can follow once a place has been passed, and once an exception has left it.
        kept: Where the result of a call is kept.
    """

    def __init__(
        self, engine: Engine, candidates: Candidates, sites: dict[ModuleInfo, ModuleSites]
    ) -> None:
        self.engine = engine
        self.names = engine.names
        self.candidates = candidates
        self.counters = CounterReader(engine)
        self.one_round: dict[tuple[ast.AST, ast.AST | None, bool], bool] = {}
        self.ways: dict[tuple[ast.AST, ast.AST | None, bool], Ways] = {}
        self.kept: dict[tuple[ast.expr, ast.AST | None], Kept] = {}
        self._sites = sites
        self._properties: dict[ModuleInfo, set[str]] = {}

    def sites_of(self, module: ModuleInfo) -> ModuleSites:
        """The sites of a module."""
        if module not in self._sites:
            self._sites[module] = ModuleSites(module)
        return self._sites[module]

    def interest_at(self, module: ModuleInfo) -> set[str]:
        """The names that matter in a module, those of the main module among them."""
        found = self.candidates.interest(self.sites_of(self.engine.module))
        if module is not self.engine.module:
            found = found | self.candidates.interest(self.sites_of(module))
        return found

    def properties_at(self, module: ModuleInfo) -> set[str]:
        """The properties of a module's classes that matter."""
        known = self._properties.get(module)
        if known is None:
            names = {
                node.name
                for node in module.nodes.get(ast.FunctionDef, ())
                if not PROPERTIES.isdisjoint(map(last_name, node.decorator_list))
            }
            known = self._properties[module] = names & self.interest_at(module) if names else names
        return known

    def id_argument(
        self, call: ast.Call, classes: tuple[ClassInfo, ...], at: Activation
    ) -> ast.expr | None:
        """The state id that a constructor is given, also by what stands before the call.

        Args:
            call: The call of the constructor.
            classes: What it constructs, as far as that is known.
            at: The function it stands in.
        """
        call = self.written_out(call, at)
        for keyword in call.keywords:
            if keyword.arg is not None and self.names.kind(keyword.arg) == ONE:
                return keyword.value
        for cls in classes:
            found = self._position(cls, lambda name: self.names.kind(name) == ONE)
            if found is not None and found < len(call.args):
                return call.args[found]
        names_id = self.candidates.names_id
        return next((item for item in call.args if names_id(item, at.module)), None)

    def held_id(
        self,
        call: ast.Call,
        classes: tuple[ClassInfo, ...],
        unread: tuple[Pending, ...],
        at: Activation,
    ) -> ast.expr | None:
        """The state id that a client reads off an argument: of ``Client(ctx)``, the context's.

        Args:
            call: The call of the constructor.
            classes: What it constructs, as far as that is known.
            unread: What must be read to tell.
            at: The function it stands in.
        """
        # Imported here: most clients are given the id itself.
        from flake8_stateid.analysis.call_index.held_ids import held_id, held_where_unread

        call = self.written_out(call, at)
        if unread:  # what it will say when it is read must be asked for
            return held_where_unread(call, self.candidates.holders_of(at.module))
        found = [held_id(self.engine, cls, call) for cls in classes]
        return found[0] if len(found) == 1 else None

    def written_out(self, call: ast.Call, at: Activation) -> ast.Call:
        """The call with what stands before it, in a ``partial`` or a dict."""
        sites = self.sites_of(at.module)
        is_local = isinstance(call.func, ast.Name) and (
            call.func.id in sites.of(at.function).bindings
        )
        if is_local or not all(keyword.arg for keyword in call.keywords):
            # Imported here: most calls name the class, and all that it is given.
            from flake8_stateid.analysis.call_index.arguments import written_out

            return written_out(call, sites, at.function)
        return call

    def is_given(self, call: ast.Call, cls: ClassInfo, name: str) -> bool:
        """Whether a constructor is given a number to count from."""
        if not name:
            return False
        for keyword in call.keywords:
            if keyword.arg in (name, None):
                return not starts(keyword.value)
        position = self._position(cls, lambda parameter: parameter == name)
        values = call.args[: position + 1] if position is not None else []
        if any(isinstance(value, ast.Starred) for value in values):
            return True
        return position is not None and position < len(values) and not starts(values[position])

    def label(self, creation: Creation) -> str:
        """What the id that a client is given is called: ``state id``."""
        for keyword in creation.node.keywords:
            if keyword.arg is not None and self.names.kind(keyword.arg) == ONE:
                return self.names.label(keyword.arg)
        for cls in creation.classes:
            init = self.engine.classes.method(cls, "__init__")
            for parameter in init.parameters if init is not None else ():
                if self.names.kind(parameter.name) == ONE:
                    return self.names.label(parameter.name)
        return "state id"

    def _position(self, cls: ClassInfo, fits: Callable[[str], bool]) -> int | None:
        init = self.engine.classes.method(cls, "__init__")
        if init is not None:
            for index, parameter in enumerate(init.parameters[1:]):
                if fits(parameter.name):
                    return index
        for field in self.engine.classes.fields(cls):
            if fits(field.name):
                return field.positional
        return None
