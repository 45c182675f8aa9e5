"""Which calls may construct or release a client, by their names: cheap, on the safe side."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.rounds import is_map
from flake8_stateid.analysis.call_index.sites import identifiers
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, Import, last_name
from flake8_stateid.analysis.tree import COMPREHENSIONS, LOOPS, arguments_of, walk
from flake8_stateid.names import ONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.analysis.call_index.sites import ModuleSites
    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.names import StateIdNames

_REPEATING: frozenset[type[ast.AST]] = frozenset((*LOOPS, *COMPREHENSIONS))
_WORDS = (ast.Name, ast.Attribute)
_KEEPER_ARGUMENTS = 2  # the id, and a context, a recorder or a default
_CONTAINERS = frozenset(("dict", "OrderedDict", "WeakValueDictionary"))
_CONSTRUCTING = frozenset(("__init__", "__new__", "__post_init__", "__call__"))
_PLAIN_BASES = frozenset(
    (
        "object",
        "Enum",
        "StrEnum",
        "NamedTuple",
        "TypedDict",
        "Exception",
        "RuntimeError",
        "ValueError",
    )
)
_PLAIN_DECORATORS = frozenset(("dataclass", "final", "unique"))
_FACTORIES = frozenset(("dict", "list", "set", "tuple", "str"))
RELEASING = frozenset(("pop", "clear", "popitem", "cache_clear"))


class Candidates:
    """Looks for candidates.

    Args:
        names: What is a state id name.
        minting: The calls that open a state.
    """

    def __init__(self, names: StateIdNames, minting: frozenset[str]) -> None:
        self._names = names
        self._minting = minting
        self._acting: dict[ClassInfo, bool] = {}
        self._handing_on: dict[FunctionInfo, bool] = {}
        self._aliases: dict[ModuleInfo, set[str]] = {}
        self._interest: dict[ModuleInfo, set[str]] = {}
        self._functions: dict[ModuleInfo, set[str]] = {}
        self._holders: dict[ModuleInfo, dict[str, str]] = {}

    def may_matter(self, module: ModuleInfo) -> bool:
        """Whether a module has a loop, and something that may be constructed or released.

        A base class elsewhere may have the loop.
        """
        calls = module.nodes.get(ast.Call, ())
        if (
            _REPEATING.isdisjoint(module.nodes)
            and not any(node.bases for node in module.nodes.get(ast.ClassDef, ()))
            and not any(map(is_map, calls))
        ):
            return False
        return any(
            self.is_candidate(call, module) or self._handed_ids(call, module) for call in calls
        )

    def is_candidate(self, call: ast.Call, module: ModuleInfo) -> bool:
        """Whether a call may construct a client, here or in another module."""
        function = call.func
        if isinstance(function, ast.Name):
            definitions = module.definitions.get(function.id)
            if definitions is not None:
                if any(isinstance(item, ClassInfo) and self._acts(item) for item in definitions):
                    return True
                if all(isinstance(item, FunctionInfo | ClassInfo) for item in definitions):
                    # A client made under the state id is seen there, but for a parameter of
                    # another name.
                    functions = [item for item in definitions if isinstance(item, FunctionInfo)]
                    return any(map(self._hands_on, functions)) and self.takes_id(call, module)
            return self.takes_id(call, module) or self._takes_holder(call, module)
        if not isinstance(function, ast.Attribute):
            return False
        holder = function.value
        if self._asks_keeper(call, module):
            return True
        if isinstance(holder, ast.Name):
            if holder.id not in ("self", "cls") and not any(
                isinstance(item, Import | ClassInfo)
                for item in module.definitions.get(holder.id, ())
            ):
                return False
        elif not (
            (isinstance(holder, ast.Attribute) and function.attr[:1].isupper())
            or (isinstance(holder, ast.Call) and last_name(holder) == "super")
        ):
            return False
        return self.takes_id(call, module) or self._takes_holder(call, module)

    def _takes_holder(self, call: ast.Call, module: ModuleInfo) -> bool:
        """Whether what may make a client elsewhere is given what holds an id: ``Client(ctx)``.

        That is a class, or what another module defines: ``answer(row, ctx)``.
        """
        function = call.func
        is_class = last_name(function).lstrip("_")[:1].isupper()
        if not (self._is_inherited(function, module) or _is_imported(function, module, is_class)):
            return False
        return self._holds(arguments_of(call), module)

    def _holds(self, given: list[ast.expr], module: ModuleInfo) -> bool:
        """Whether one of some arguments holds an id, by its name."""
        words = [last_name(item) for item in given if isinstance(item, _WORDS)]
        return bool(words) and not self.holders_of(module).keys().isdisjoint(words)

    def _is_inherited(self, function: ast.expr, module: ModuleInfo) -> bool:
        """Whether a method of the object itself is defined in another module."""
        return (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in ("self", "cls")
            and function.attr not in self._functions_of(module)
        )

    def holders_of(self, module: ModuleInfo) -> dict[str, str]:
        """What a module reads a state id off, and by which attribute: ``ctx.state_id``."""
        known = self._holders.get(module)
        if known is None:
            known = self._holders[module] = {
                last_name(node.value): node.attr
                for node in module.nodes.get(ast.Attribute, ())
                if self._names.kind(node.attr) == ONE and isinstance(node.value, _WORDS)
            }
        return known

    def _acts(self, cls: ClassInfo) -> bool:
        known = self._acting.get(cls)
        if known is None:
            known = self._acting[cls] = acts(cls)
        return known

    def _hands_on(self, function: FunctionInfo) -> bool:
        """Whether a function may construct a client with what it is given."""
        known = self._handing_on.get(function)
        if known is None:
            self._handing_on[function] = False  # a function that calls itself
            given = {parameter.name for parameter in function.parameters}
            known = self._handing_on[function] = any(
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and any(
                    isinstance(each, ast.Name) and each.id in given for each in arguments_of(node)
                )
                and any(
                    self._hands_on(item) if isinstance(item, FunctionInfo) else True
                    for item in function.module.definitions.get(node.func.id, ())
                )
                for node in walk(function.node)
            )
        return known

    def _asks_keeper(self, call: ast.Call, module: ModuleInfo) -> bool:
        """Whether a call may ask an object that keeps clients: ``self._cache.drop(state_id)``.

        An object beside its own may be given what holds the id: ``self._cache.drop(ctx)``.
        """
        if len(call.args) + len(call.keywords) > _KEEPER_ARGUMENTS:
            return False
        given = arguments_of(call)
        if any(self.names_id(argument, module) for argument in given):
            return True
        is_other = isinstance(call.func, ast.Attribute) and not isinstance(
            call.func.value, ast.Name
        )
        return is_other and self._holds(given, module)

    def _handed_ids(self, call: ast.Call, module: ModuleInfo) -> set[str]:
        """Functions of a module that a call is handed together with a state id for them.

        ``executor.submit(self._one, row, state_id)``: it may make a client of a class that is
        imported, under the name that it has for the id.
        """
        given = arguments_of(call)
        if len(given) < _KEEPER_ARGUMENTS:
            return set()
        names = {last_name(item) for item in given if isinstance(item, _WORDS)}
        handed = names & self._functions_of(module)
        if handed and not self.takes_id(call, module):
            below = [node for item in given for node in walk(item) if isinstance(node, _WORDS)]
            if not any(self.names_id(node, module) for node in below):
                return set()
        return handed

    def _functions_of(self, module: ModuleInfo) -> set[str]:
        known = self._functions.get(module)
        if known is None:
            known = self._functions[module] = {
                node.name
                for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
                for node in module.nodes.get(kind, ())
            }
        return known

    def takes_id(self, call: ast.Call, module: ModuleInfo) -> bool:
        """Whether an argument of a call is a state id by its name."""
        return any(self.names_id(argument, module) for argument in call.args) or any(
            keyword.arg is None
            or self._names.kind(keyword.arg) == ONE
            or self.names_id(keyword.value, module)
            for keyword in call.keywords
        )

    def names_id(self, node: ast.expr, module: ModuleInfo) -> bool:
        """Whether an expression is a state id by its name, or by what was assigned to it."""
        if isinstance(node, ast.Name):
            return self._names.kind(node.id) == ONE or node.id in self._aliases_of(module)
        return self._names_id(node)

    def _names_id(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name | ast.Attribute):
            return self._names.kind(last_name(node)) == ONE
        if isinstance(node, ast.Subscript):
            key = node.slice
            return (
                isinstance(key, ast.Constant)
                and isinstance(key.value, str)
                and self._names.kind(key.value) == ONE
            )
        if isinstance(node, ast.Call):
            return self._names.kind(last_name(node.func)) == ONE or any(
                map(self._names_id, node.args)
            )
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Starred):
            return self._names_id(node.value)
        if isinstance(node, ast.BoolOp):
            return any(map(self._names_id, node.values))
        return isinstance(node, ast.IfExp) and (
            self._names_id(node.body) or self._names_id(node.orelse)
        )

    def _aliases_of(self, module: ModuleInfo) -> set[str]:
        """Variables of other names that a state id is assigned to."""
        known = self._aliases.get(module)
        if known is None:
            assignments = module.nodes.get(ast.Assign, ())
            known = self._aliases[module] = self._aliases_in(assignments)
        return known

    def _aliases_in(self, assignments: Iterable[ast.Assign]) -> set[str]:
        found: set[str] = set()
        for node in assignments:
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                found.update(
                    name.id
                    for name, value in pairs
                    if isinstance(name, ast.Name) and self._names_id(value)
                )
        return found

    def interest(self, sites: ModuleSites) -> set[str]:
        """The names in a module by which a loop may reach anything that matters.

        Those of candidates and of calls that open a state; of functions with releases, or with
        stores to what ids are read from; and of all that leads to one of these.
        """
        module = sites.module
        known = self._interest.get(module)
        if known is not None:
            return known
        interest = set(self._minting)
        leads: dict[str, set[str]] = {}
        for function, _ in sites.functions():
            here = sites.of(function)
            name = function.name if function is not None else ""
            leads.setdefault(name, set()).update(here.words)
            for variable, values in here.bindings.items():
                for _, value in values:
                    if isinstance(value, ast.Lambda | ast.Attribute | ast.Name | ast.Call):
                        leads.setdefault(variable, set()).update(identifiers(value))
            for call in here.calls:
                called = last_name(call.func)
                if called in RELEASING or self.is_candidate(call, module):
                    interest.add(called)
                interest |= self._handed_ids(call, module)
            for _, target in here.deletes:
                interest |= {name} | identifiers(target)
            for item, _, _ in here.items:
                if self._names_id(item):
                    interest |= {name}
            for store, _, value in here.stores:
                if self._names.kind(store.attr):
                    interest |= {name, store.attr}
                elif value is not None and is_empty(value):
                    interest.add(name)
        grown = True
        while grown:
            grown = False
            for name, inside in leads.items():
                if name not in interest and inside & interest:
                    interest.add(name)
                    grown = True
        interest.discard("")
        self._interest[module] = interest
        return interest


def _is_imported(function: ast.expr, module: ModuleInfo, is_class: bool) -> bool:
    """Whether a dotted name comes from another module, and not from the standard library.

    Args:
        function: The name.
        module: The module it stands in.
        is_class: Whether it is a class, which may as well be defined here and inherit from there.
    """
    while isinstance(function, ast.Attribute):
        function = function.value
    if not isinstance(function, ast.Name):
        return False
    return any(
        not item.is_of_library if isinstance(item, Import) else is_class
        for item in module.definitions.get(function.id, ())
    )


def acts(cls: ClassInfo) -> bool:
    """Whether an object of a class may do more than hold what it is given.

    That of a dataclass, a named tuple or an exception without a word of calls neither counts them
    nor makes a client. Many loops make such objects.
    """
    node = cls.node
    if node.keywords or _CONSTRUCTING & cls.methods.keys():
        return True
    if not all(last_name(decorator) in _PLAIN_DECORATORS for decorator in node.decorator_list):
        return True
    if not all(isinstance(base, ast.Name) and _is_plain(base.id, cls) for base in node.bases):
        return True
    if any(map(_makes, cls.statements.values())):
        return True
    return speaks_of_calls(cls)


def speaks_of_calls(cls: ClassInfo) -> bool:
    """Whether the source of a class, bases apart, can be that of a client that counts."""
    # Imported here: whether a class counts is asked of few modules.
    from flake8_stateid.analysis.call_index.counting import may_count

    node = cls.node
    return may_count("\n".join(cls.module.source.lines[node.lineno - 1 : node.end_lineno]))


def _is_plain(base: str, cls: ClassInfo) -> bool:
    """Whether a base, by its name, makes a class of plain objects."""
    if any(isinstance(item, ClassInfo) for item in cls.module.definitions.get(base, ())):
        return False
    return base in _PLAIN_BASES


def _makes(value: ast.expr) -> bool:
    """Whether a default in a class body may make something for each object."""
    if not isinstance(value, ast.Call):
        return not isinstance(value, ast.Constant | ast.Tuple | ast.UnaryOp)
    return last_name(value) != "field" or any(
        keyword.arg == "default_factory" and last_name(keyword.value) not in _FACTORIES
        for keyword in value.keywords
    )


def is_empty(value: ast.expr) -> bool:
    """Whether what is assigned holds no client: None, ``{}``, ``OrderedDict()``."""
    if isinstance(value, ast.Constant):
        return value.value is None
    if isinstance(value, ast.Dict):
        return not value.keys
    return (
        isinstance(value, ast.Call)
        and last_name(value.func) in _CONTAINERS
        and not (value.args or value.keywords)
    )
