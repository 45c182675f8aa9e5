"""Functions and objects that come to an attribute, or a container, by way of another name.

``self.register("a", self._send)`` puts a method into a table that another method calls from; so do
``Pool(self._send)``, ``Pool(Client())`` and ``@registry.register("a")``; of what a method imports
by itself, only its own name for it tells. Whom a call through the attribute reaches is then not
written where the attribute is set. A first look at the module has shown what each attribute holds:
what it did not know is known in a second one.
"""

from __future__ import annotations

from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo
from flake8_stateid.analysis.substitution import shape
from flake8_stateid.analysis.unread import can_matter, leads_on, unread_in
from flake8_stateid.analysis.values import (
    BINDING,
    NOTHING,
    UNREAD_KINDS,
    Key,
    Reference,
    Value,
    attributes,
    holds_builder,
    is_attribute,
    join,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flake8_stateid.analysis.engine import Engine

Holder = tuple[ClassInfo | ModuleInfo, str]
_CALLABLE = frozenset(("function", "partial"))
_DEPTH = 2  # of what a call through an attribute looks at


def newly_known(engine: Engine) -> dict[Holder, Value]:
    """What attributes and variables of modules hold beyond what was known when they were read.

    Args:
        engine: What a whole look at the module has shown.

    Returns:
        By class and attribute, or module and variable: the functions and objects that were put
        there and that may make a state id of what they are given, or give a string they build.
    """
    found: dict[Holder, Value] = {}
    known: dict[tuple[str, object], bool] = {}

    def may_matter(ref: Reference) -> bool:
        if ref.key not in known:
            known[ref.key] = ref.kind in UNREAD_KINDS or _matters(engine, ref)
        return known[ref.key]

    def is_no_idle_module(ref: Reference) -> bool:
        packages = engine.packages
        return ref.kind not in UNREAD_KINDS or any(
            packages is not None and can_matter(engine, packages, each)
            for each in unread_in(packages, Value(refs={ref.key: ref}))
        )

    for holder, value in _held(engine):
        seen: Value | None = None
        held = value
        # The dearer a question, the later: most of what is held was known, and of the rest a
        # function is analysed, and the text of a module that was not read searched.
        for matters in (_is_any, may_matter, is_no_idle_module):
            held = _of_interest(held, matters)
            if held is NOTHING:
                break
            seen = seen or _seen(engine, *holder)
            if not _adds(held, seen):
                break
        else:
            found[holder] = join(found.get(holder, NOTHING), held)
    return found


def _is_any(ref: Reference) -> bool:
    return True


def _seen(engine: Engine, home: ClassInfo | ModuleInfo, name: str) -> Value:
    """What an attribute or a variable was known to hold when the module was looked at."""
    if isinstance(home, ClassInfo):
        return engine.attribute_shape(home, name)
    return engine.modules.value(home, name)


def _adds(held: Value, seen: Value) -> bool:
    """Whether calls reach more by what is held than by what was seen.

    Of what class an object is that was seen, nobody has to read another module to tell.
    """
    unread = not seen.refs
    return shape(join(seen, held), unread=unread) != shape(seen, unread=unread)


def _held(engine: Engine) -> Iterator[tuple[Holder, Value]]:
    for (cls, name), by_whom in list(engine.attributes.items()):
        for whom, value in list(by_whom.items()):
            if not isinstance(whom, ClassInfo):  # else its body says what it is
                yield (cls, name), value
                yield from _in_objects(value)
    for (home, name), value in list(engine.globals.items()):
        if isinstance(home, ModuleInfo):
            yield (home, name), value
            yield from _in_objects(value)


def _in_objects(value: Value) -> Iterator[tuple[Holder, Value]]:
    """The attributes of the objects that a value is or holds."""
    for ref in value.refs.values():
        if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
            for name, field in attributes(value):
                yield (ref.target, name), field
    for field in value.fields.values():
        yield from _in_objects(field)


def _of_interest(value: Value, matters: Callable[[Reference], bool], depth: int = _DEPTH) -> Value:
    """The functions and objects of a value, and of what it holds, that may matter."""
    refs = {key: _carrying(ref) for key, ref in value.refs.items() if matters(ref)}
    fields: dict[Key, Value] = {}
    if depth:
        for name, field in value.fields.items():
            # The object of a bound method is found through the method.
            if not is_attribute(name) and not str(name).startswith(BINDING):
                held = _of_interest(field, matters, depth - 1)
                if held is not NOTHING:
                    fields[name] = held
    return Value(refs=refs, fields=fields) if refs or fields else NOTHING


def _carrying(ref: Reference) -> Reference:
    """A reference with the objects and functions that it carries along, whatever these hold."""
    parts: dict[Key, Value] = {}
    for name, part in ref.parts.items():
        held = Value(refs={key: each.flat() for key, each in part.refs.items()}, const=part.const)
        if held.refs or str(name).startswith(BINDING):
            parts[name] = held
    return Reference(ref.kind, ref.target, parts)


def _matters(engine: Engine, ref: Reference) -> bool:
    """Whether calling a function, or a method of an object, may make a state id or build one."""
    target = ref.target
    if isinstance(target, FunctionInfo):
        return ref.kind in _CALLABLE and _leads_on(engine, target, target.cls, _carrying(ref))
    if ref.kind != "instance" or not isinstance(target, ClassInfo):
        return False
    return any(
        not method.name.startswith("__") and _leads_on(engine, method, target, ref)
        for owner in engine.classes.order(target)
        for method in owner.methods.values()
    )


def _leads_on(
    engine: Engine, function: FunctionInfo, cls: ClassInfo | None, ref: Reference
) -> bool:
    given = engine.functions.generic_inputs(function, cls)
    summary = engine.functions.summarise(function, given, ref.parts)
    return leads_on(engine, function, summary) or holds_builder(summary.returned)
