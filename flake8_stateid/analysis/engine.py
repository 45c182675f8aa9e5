"""What is known of a program beyond one function: what reaches targets, classes, attributes."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.annotations import AnnotationReader
from flake8_stateid.analysis.builders import MINTED
from flake8_stateid.analysis.classes import ClassTable
from flake8_stateid.analysis.endings import Endings
from flake8_stateid.analysis.library import LIBRARY
from flake8_stateid.analysis.module_names import ModuleNames
from flake8_stateid.analysis.needs import Needs
from flake8_stateid.analysis.places import OBJECT
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo, last_name
from flake8_stateid.analysis.substitution import shape, symbolised
from flake8_stateid.analysis.summaries import Sink
from flake8_stateid.analysis.summarising import Summaries
from flake8_stateid.analysis.values import (
    NOTHING,
    STRING,
    UNKNOWN,
    Atom,
    Hop,
    Origin,
    Pending,
    Symbol,
    Trace,
    Value,
    constant,
    is_numeric,
    join,
)
from flake8_stateid.analysis.wrapping import Wrappers
from flake8_stateid.names import StateIdNames, mentions_minting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.needs import Packages
    from flake8_stateid.settings import Settings

_MAKING_RECORDS = frozenset(("namedtuple", "NamedTuple", "make_dataclass"))
_BUDGET = 16_000  # work that is done for any file; more for a long one
_MUCH = 8  # this part of it takes as long as some dozen modules to read


class Engine:
    """Everything the analysis of one module remembers.

    Args:
        module: The module whose findings are wanted.
        settings: Names and minting calls.
        packages: Reads other modules of the package; None to stay within this one.
        impatient: Whether to give up as soon as a module is needed that has not been read.

    Attributes:
        needs: Which modules that have not been read must be.
        functions: The summaries of functions.
        modules: What names are at the level of modules.
        classes: Bases, methods and fields of classes.
        found: The builders that reach a target, each by the place where it enters the module.
        handed_on: What came to attributes and variables of modules by way of parameters.
    """

    def __init__(
        self,
        module: ModuleInfo,
        settings: Settings,
        packages: Packages | None = None,
        *,
        impatient: bool = False,
    ) -> None:
        self.module = module
        self.names = StateIdNames(settings.names)
        self.minting = frozenset(settings.minting)
        self.minted = settings.minted_wanted
        self.models = LIBRARY
        if self.minted:
            # Imported here: the rule that looks for what is minted is off by default.
            from flake8_stateid.analysis.minting import library_with_minting

            self.models = library_with_minting()
        self.packages = packages
        self.needs = Needs(self, impatient=impatient)
        self.found: dict[tuple[Origin, ast.AST | None], Sink] = {}
        self.getters: list[FunctionInfo] = []  # that are being run, the outermost first
        self.classes = ClassTable(
            self._base, self._original_name, self._field_default, self._function_named
        )
        self.endings = Endings(self)
        self.functions = Summaries(self)
        self.modules = ModuleNames(self)
        self.annotations = AnnotationReader(self)
        self._origins: dict[ast.AST, Origin] = {}
        self.spent = 0  # work done
        self.budget = _BUDGET + 2 * module.source.text.count("\n")
        self._attribute_shapes: dict[tuple[ClassInfo, str], Value] = {}
        self._put_in: dict[tuple[Value, Symbol], Value] = {}
        self._unread_bases: dict[ClassInfo, Value] = {}
        self.wrappers = Wrappers(self.modules.decorated)
        self.attributes: dict[
            tuple[ClassInfo, str], dict[FunctionInfo | ClassInfo | None, Value]
        ] = {}
        self.globals: dict[tuple[object, str], Value] = {}
        self.exposed: dict[ast.AST, set[str]] = {}  # by loop: names a round takes from the last
        self.nested: dict[FunctionInfo, None] = {}
        self.seen_classes: dict[ClassInfo, None] = {}
        self.registered_origins: set[object] = set()
        self._naming_minting: dict[ModuleInfo, bool] = {}
        self.mints = any(
            map(self.names_minting, (module, *(packages.opened() if packages else ())))
        )
        self.handed_on: dict[tuple[ClassInfo | ModuleInfo, str], Value] = {}

    # --- findings ----------------------------------------------------------------------------

    def built(self, module: ModuleInfo, node: ast.expr | ast.stmt, code: str) -> Value:
        """The value of a builder."""
        origin = self._origins.get(node)
        if origin is None:
            origin = self._origins[node] = Origin(module, node, code)
        return Value({origin: ()}, types=STRING.types)

    def names_minting(self, module: ModuleInfo) -> bool:
        """Whether a module has the name of a minting function: others register nothing."""
        known = self._naming_minting.get(module)
        if known is None:
            known = mentions_minting(module.source.text, self.minting)
            self._naming_minting[module] = known
        return known

    def use(self, origin: Origin) -> None:
        """An id that was stored under a name was not registered in time."""
        for (known, _), sink in self.found.items():
            if known is origin:
                sink.used = True

    def record(self, origin: Origin | Pending, trace: tuple[Hop, ...], used: bool) -> None:
        """A builder has reached a target, or something out of a module that was not read."""
        concerns = self.concerns(origin, trace)
        if isinstance(origin, Pending):
            self.needs.emerge(origin, concerns)
            return
        if concerns:
            self.needs.need_grounds(origin)
        # What is built in another module counts once for each place where it enters this one.
        entry = None
        if origin.module is not self.module:
            entry = next((hop.node for hop in trace if hop.module is self.module), None)
        sink = self.found.get((origin, entry))
        if sink is None:
            self.found[(origin, entry)] = Sink(trace, used)
        else:
            sink.add(trace, used)

    def concerns(self, origin: Origin | Pending, trace: Trace) -> bool:
        """Whether what becomes of a builder may be a finding of this module.

        What other modules build, and make a state id of without this one's doing, is found where
        they are looked at.
        """
        return (type(origin) is Origin and origin.module is self.module) or any(
            hop.module is self.module for hop in trace
        )

    def spend(self, amount: int) -> bool:
        """Count work; whether so much is done that calls are from now on followed no further.

        Parsers and other code whose objects all hold one another would else take minutes. What
        such calls return is then unknown; that an argument reaches a target is still seen.
        """
        self.spent += amount
        return self.spent > self.budget

    def has_done_much(self) -> bool:
        """Whether so much is done that to begin anew would cost more than to read a module."""
        return self.spent > self.budget // _MUCH

    def minted_value(self, module: ModuleInfo, node: ast.AST) -> Value:
        """The value of what mints an id, in plugin code; elsewhere that is nobody's mistake."""
        if isinstance(node, ast.expr) and self._is_plugin_code(module):
            return self.built(module, node, MINTED)
        return STRING

    def minted_literal(self, module: ModuleInfo, node: ast.expr, text: str) -> Value:
        """A string literal, itself an origin where minting is looked for."""
        from flake8_stateid.analysis.minting import is_minted_text

        value = constant(text)
        if not (is_minted_text(text, self.names) and self._is_plugin_code(module)):
            return value
        return Value(self.built(module, node, MINTED).atoms, types=value.types, const=text)

    def _is_plugin_code(self, module: ModuleInfo) -> bool:
        if module is self.module:
            return True
        return self.packages is not None and self.packages.is_plugin_code(module.file)

    # --- annotations -------------------------------------------------------------------------

    def annotated(self, module: ModuleInfo, annotation: ast.expr) -> Value:
        """A value of which only the annotation is known."""
        return self.annotations.read(module, annotation)

    def as_declared(self, module: ModuleInfo, annotation: ast.expr | None, value: Value) -> Value:
        """A value where it is given to what an annotation declares."""
        return self.annotations.as_declared(module, annotation, value)

    def as_field(self, cls: ClassInfo, name: str, value: Value) -> Value:
        """A value where it is given to an attribute of a class that may declare it."""
        for owner in self.classes.order(cls) if value.atoms else ():
            annotation = owner.attribute_annotation(name)
            if annotation is not None:
                return self.as_declared(owner.module, annotation, value)
        return value

    # --- classes -----------------------------------------------------------------------------

    def _base(self, cls: ClassInfo, base: ast.expr) -> ClassInfo | None:
        if isinstance(base, ast.Subscript):
            base = base.value  # Generic[T]
        if isinstance(base, ast.Call) and last_name(base) in _MAKING_RECORDS:
            value = self.functions.evaluated(cls.module, base)
        else:
            value = self.annotations.named(cls.module, base)
        for ref in value.refs.values():
            if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                return ref.target
        unread: dict[Atom, Trace] = {
            Pending(atom.path, atom.name, is_base=True): ()
            for atom in value.atoms
            if isinstance(atom, Pending)
        }
        if unread:
            known = self._unread_bases.get(cls, NOTHING)
            self._unread_bases[cls] = join(known, Value(unread, types=UNKNOWN.types))
        return None

    def unread_bases(self, cls: ClassInfo) -> Value:
        """What a class may inherit from bases in modules that have not been read."""
        if self.packages is None:
            return NOTHING
        value = NOTHING
        for owner in self.classes.order(cls):
            value = join(value, self._unread_bases.get(owner, NOTHING))
        return value

    def pending_bases(self, cls: ClassInfo) -> tuple[Pending, ...]:
        """The bases of a class in modules that have not been read."""
        return tuple(each for each in self.unread_bases(cls).atoms if isinstance(each, Pending))

    def _original_name(self, cls: ClassInfo, expression: ast.expr) -> str:
        while isinstance(expression, ast.Call):
            expression = expression.func
        for ref in self.annotations.named(cls.module, expression).refs.values():
            if ref.kind == "external" and isinstance(ref.target, str):
                return ref.target.rpartition(".")[2]
        return last_name(expression)

    def _field_default(self, cls: ClassInfo, expression: ast.expr) -> Value:
        return self.functions.evaluated(cls.module, expression)

    def _function_named(self, cls: ClassInfo, expression: ast.expr) -> FunctionInfo | None:
        first = expression
        while isinstance(first, ast.Attribute):
            first = first.value
        scope = cls.parent
        while scope is not None:
            if isinstance(first, ast.Name) and first.id in scope.names.bound:
                return None  # a variable of the function around the class
            scope = scope.parent
        for ref in self.annotations.named(cls.module, expression).refs.values():
            if ref.kind == "function" and isinstance(ref.target, FunctionInfo):
                return ref.target
        return None

    def method_after(self, owner: ClassInfo, receiver: Value, name: str) -> FunctionInfo | None:
        """The method ``super()`` finds in a method of ``owner``."""
        for ref in receiver.refs.values():
            if isinstance(ref.target, ClassInfo):
                return self.classes.method_after(owner, ref.target, name)
        return self.classes.method_after(owner, owner, name)

    def record_after(self, owner: ClassInfo, receiver: Value) -> ClassInfo | None:
        """The record whose generated constructor ``super().__init__`` finds."""
        classes = [ref.target for ref in receiver.refs.values() if ref.kind == "instance"]
        cls = next((item for item in classes if isinstance(item, ClassInfo)), owner)
        order = self.classes.order(cls)
        start = order.index(owner) + 1 if owner in order else 1
        return next((item for item in order[start:] if self.classes.fields(item)), None)

    def attribute_shape(self, cls: ClassInfo, name: str) -> Value:
        """What an attribute holds, as far as it decides whom calls on it reach."""
        key = (cls, name)
        known = self._attribute_shapes.get(key)
        if known is not None:
            return known
        self._attribute_shapes[key] = UNKNOWN
        value = NOTHING
        for owner in self.classes.order(cls):
            annotation = owner.attribute_annotation(name)
            if annotation is not None:
                value = join(value, self.annotated(owner.module, annotation))
            for function, expression in owner.writes().get(name, ()):
                written = self.functions.evaluated(owner.module, expression, function)
                if not (is_numeric(value) and written.types <= UNKNOWN.types and not written.refs):
                    value = join(value, written)  # else it is what is declared
            told = bool(shape(value, unread=True))
            for function, display, is_new in owner.fills().get(name, ()):
                if told and is_new:
                    continue  # its class is known
                filled = self.functions.evaluated(owner.module, display, function)
                if shape(filled, unread=True):
                    value = join(value, filled)
            if name in owner.statements:
                value = join(value, self.functions.evaluated(owner.module, owner.statements[name]))
            if self.handed_on:
                value = join(value, self.handed_on.get((owner, name), NOTHING))
        known = value if value is not NOTHING else UNKNOWN
        self._attribute_shapes[key] = known
        return known

    def put_in(self, seen: Value, symbol: Symbol) -> Value:
        """An attribute's shape with a symbol for what it holds; asked for at each use of it."""
        key = (seen, symbol)
        known = self._put_in.get(key)
        if known is None:
            known = self._put_in[key] = symbolised(seen, symbol, declared=True)
        return known

    def learn(self) -> bool:
        """Take in what a look at the whole module has shown of whom calls reach.

        Returns:
            Whether it was something new, so that another look may show more.
        """
        if self.handed_on or self.spent > self.budget // 2:
            return False
        # Imported here: few modules put functions where they are not seen.
        from flake8_stateid.analysis.handed_on import newly_known

        self.handed_on = newly_known(self)
        if not self.handed_on:
            return False
        for home, name in self.handed_on:
            if isinstance(home, ClassInfo):
                self.classes.differ(home, name)
        self.functions.forget()
        self.modules.forget()
        self._attribute_shapes.clear()
        self._put_in.clear()
        self.attributes.clear()
        self.globals.clear()
        return True

    # --- what lives longer than a call ---------------------------------------------------------

    def keep(
        self,
        cls: ClassInfo,
        attribute: str,
        value: Value,
        by: FunctionInfo | ClassInfo | None = None,
    ) -> None:
        """An attribute that any method of a class may see, on whatever object.

        Args:
            cls: The class.
            attribute: The name.
            value: What it may be.
            by: The method that sets it on its own object, or the class whose body does.
        """
        if not value.plain:
            kept = self.attributes.setdefault((cls, attribute), {})
            kept[by] = join(kept.get(by, NOTHING), value)

    def keep_class_body(self, cls: ClassInfo, env: dict[str, Value]) -> None:
        """The variables of a class body are attributes."""
        for name, value in env.items():
            if not name.startswith(OBJECT):
                self.keep(cls, name, value, cls)

    def note_nested(self, function: FunctionInfo) -> None:
        """A function inside another was defined."""
        self.nested[function] = None

    def note_class(self, cls: ClassInfo) -> None:
        """A class was defined."""
        self.seen_classes[cls] = None
