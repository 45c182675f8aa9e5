"""Abstract values: what an expression may be, as far as the flow of built strings needs it.

A value is a small immutable record of *atoms* (the builders it may be, and the symbols that stand
for what a caller, a class or a module puts in), *references* (functions, classes, instances) and
*fields* (the parts of a container or an object). Two values are joined where paths meet; a
symbolic value is turned into the caller's terms in :mod:`flake8_stateid.analysis.substitution`.
"""

from __future__ import annotations

from flake8_stateid.records import Record

# What makes the records that are made most often, where all their values are given.
_new_tuple = tuple.__new__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeGuard

    from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, ModuleInfo

# The part of a value that a key names: an index, a constant string key ('key), an attribute
# (.name), or one of the parts below.
Key = int | str

ELEMENT = "element"  # what is at places of a sequence, or keys of a mapping, not named beside it
MAP_KEY = "key"  # any key of a mapping
ITERATED = "iterated"  # what a `for` over the value yields
SUBSCRIPTED = "subscripted"  # what a subscript with an unknown key yields
PAYLOAD = "payload"  # what a future or an awaitable holds
ENTERED = "entered"  # what `with` binds
RECEIVER = "receiver"  # the object of a bound method
RETURNED = "returned"  # what `yield from` a generator evaluates to
SENT = "sent"  # what a generator is sent
CAPTURED = "captured:"  # + name: a variable of a closure
ARGUMENT = "argument:"  # + position or name: what a partial holds
NO_TEXT = "no text"  # the value itself, where it is shown that it is no string
DEFAULT = "default:"  # + name: a parameter's default, as it was where the function was defined

_CARRIED = (RECEIVER, CAPTURED, ARGUMENT, DEFAULT, PAYLOAD)  # by a reference
BINDING = (RECEIVER, ARGUMENT)  # without these, the arguments of a call would go astray
WEAK_KEYS = frozenset((ELEMENT, MAP_KEY))
_MAX_DEPTH = 6
_MAX_SIZE = 80
_MAX_PATH = 4
_MAX_ATOMS = 32
_FEW_KEYS = 12  # of a mapping, so that what is stored under others is told from them
FEW_ITEMS = 6  # of a sequence whose items are told apart where each is mapped


class Hop(Record):
    """One step of a value's way; turned into a :class:`~flake8_stateid.findings.Step` late."""

    module: ModuleInfo
    node: ast.AST
    text: str
    target: str = ""


Trace = tuple[Hop, ...]


class Origin:
    """A builder in the source; identical to itself alone."""

    __slots__ = ("code", "module", "node")

    def __init__(self, module: ModuleInfo, node: ast.expr | ast.stmt, code: str) -> None:
        self.module = module
        self.node = node
        self.code = code


HELD = "."  # behind the attribute of a base class: a part of what that holds


class Pending:
    """What a module that has not been read puts in; identical to itself alone.

    Attributes:
        path: The module's file.
        name: What is taken from it; "" for the module itself.
        is_base: Whether it is a base class, and this is what is inherited from it.
        member: Which attribute of that, or method, it comes from; "" for none. Of a module, a
            dotted name.
        calls_back: Whether it is called with a function that makes a state id of what it is
            given.
    """

    __slots__ = ("calls_back", "is_base", "member", "name", "path")

    def __init__(
        self,
        path: str,
        name: str,
        is_base: bool = False,
        member: str = "",
        calls_back: bool = False,
    ) -> None:
        self.path = path
        self.name = name
        self.is_base = is_base
        self.member = member
        self.calls_back = calls_back

    @property
    def is_held(self) -> bool:
        """Whether it comes from an object that a base class keeps in an attribute."""
        return self.member.endswith(HELD)


class Symbol(Record):
    """What is put in from outside: a root (a parameter, a free or global variable) and a path."""

    root: tuple[object, ...]
    path: tuple[Key, ...] = ()

    def at(self, key: Key) -> Symbol | None:
        """The symbol of a part; None where the path grows longer than is followed."""
        path = self.path
        if len(path) >= _MAX_PATH or (len(path) > 1 and path[-1] == key == path[-2]):
            return None
        return _new_tuple(Symbol, (self.root, (*path, key)))


Atom = Origin | Pending | Symbol


class Reference(Record):
    """A function, class, instance, partial or external object that a value may be.

    Attributes:
        kind: ``function``, ``class``, ``instance``, ``partial``, ``super``, ``module`` (of the
            package), ``unread`` (in such a module), ``unread object`` (of what is) or
            ``external``.
        target: The FunctionInfo or ClassInfo, or the dotted name or path of what lies outside.
        parts: The values it carries along: receiver, captured variables, partial arguments.
    """

    kind: str
    target: FunctionInfo | ClassInfo | str
    parts: Mapping[Key, Value] = {}

    @property
    def key(self) -> tuple[str, object]:
        """What makes two references the same object of the program."""
        return (self.kind, self.target)

    def flat(self) -> Reference:
        """The reference with nothing below what takes the place of a parameter."""
        if not self.parts:
            return self
        held: dict[Key, Value] = {
            key: part.flat()
            for key, part in self.parts.items()
            if type(key) is str and key.startswith(BINDING)
        }
        return Reference(self.kind, self.target, held)


_NO_ATOMS: Mapping[Atom, Trace] = {}
_NO_REFS: Mapping[tuple[str, object], Reference] = {}
_NO_FIELDS: Mapping[Key, Value] = {}


UNREAD = "unread"
UNREAD_OBJECT = "unread object"
UNREAD_KINDS = frozenset((UNREAD, UNREAD_OBJECT))


class Value:
    """What an expression may be. Immutable; compared by :func:`covers`."""

    __slots__ = ("atoms", "const", "depth", "empty", "fields", "refs", "size", "tags", "types")

    def __init__(
        self,
        atoms: Mapping[Atom, Trace] | None = None,
        refs: Mapping[tuple[str, object], Reference] | None = None,
        fields: Mapping[Key, Value] | None = None,
        types: frozenset[str] = frozenset(),
        const: str | None = None,
        tags: frozenset[object] = frozenset(),
        empty: bool = False,
    ) -> None:
        self.atoms: Mapping[Atom, Trace] = atoms or _NO_ATOMS
        self.types = types
        self.const = const
        self.tags = tags
        self.empty = empty  # whether it is shown to be a sequence that holds nothing
        depth, size = 0, 1
        if not (fields or refs):  # which most values are without
            fields, refs = _NO_FIELDS, _NO_REFS
        else:
            fields, refs = fields or _NO_FIELDS, refs or _NO_REFS
            for part in fields.values():
                size += part.size
                if part.depth >= depth:
                    depth = part.depth + 1
            for ref in refs.values():
                if ref.parts:
                    for part in ref.parts.values():
                        size += part.size
                        if part.depth >= depth:
                            depth = part.depth + 1
            if depth > _MAX_DEPTH or size > _MAX_SIZE:
                if depth > 1:  # an object of many plain attributes is as flat as it gets
                    fields = {key: field.flat() for key, field in fields.items()}
                refs = {key: ref.flat() for key, ref in refs.items()}
                depth, size = 1, 1 + len(fields) + len(refs)
        self.refs: Mapping[tuple[str, object], Reference] = refs
        self.fields: Mapping[Key, Value] = fields
        self.depth: int = depth
        self.size: int = size

    def flat(self) -> Value:
        """The value itself without its parts: where values grow beyond what is followed."""
        if not (self.fields or self.depth):
            return self
        refs = {key: ref.flat() for key, ref in self.refs.items()}
        return Value(self.atoms, refs, None, self.types, self.const, self.tags)

    @property
    def plain(self) -> bool:
        """Whether nothing of interest can be read from the value or flow out of it."""
        return not (self.atoms or self.refs or self.fields)

    @property
    def is_symbolic(self) -> bool:
        """Whether the value may be something a caller put in."""
        for atom in self.atoms:  # noqa: SIM110 - asked so often that a generator costs too much
            if type(atom) is Symbol:
                return True
        return False

    @property
    def is_pending(self) -> bool:
        """Whether the value may be something out of a module that has not been read."""
        for atom in self.atoms:  # noqa: SIM110 - as above
            if type(atom) is Pending:
                return True
        return False


def _typed(name: str) -> Value:
    return Value(types=frozenset((name,)))


UNKNOWN = _typed("?")
NUMBER = _typed("num")
STRING = _typed("str")
BYTES = _typed("bytes")
NONE = _typed("none")
LIST = _typed("list")
TUPLE = _typed("tuple")
SET = _typed("set")
DICT = _typed("dict")
TEMPLATE = _typed("template")
NOTHING = Value()
GENERATOR = _typed("generator")
_UNKNOWN_OR_NONE = UNKNOWN.types | NONE.types
OBJECT_TYPES = frozenset(("object",))
SEQUENCE_TYPES = frozenset(("list", "tuple", "set", "dict", "bytes"))


def constant(text: str) -> Value:
    """The value of a string literal, kept because it may name a key or an attribute."""
    return Value(types=STRING.types, const=text)


def reference(kind: str, target: FunctionInfo | ClassInfo | str, **parts: Value) -> Value:
    """A value that is one reference; ``parts`` are named as the keys above."""
    ref = Reference(kind, target, parts)  # type: ignore[arg-type]
    return Value(refs={(kind, target): ref})


def made_by_unread(unread: Iterable[Pending]) -> Value:
    """What something in a module that has not been read gives: an object that leads there."""
    atoms: dict[Atom, Trace] = {}
    refs: dict[tuple[str, object], Reference] = {}
    # In an order of their own: where much is to be read, it decides what is read first.
    for pending in sorted(unread, key=_spelling):
        atoms[pending] = ()
        if not pending.is_base:
            ref = Reference(UNREAD_OBJECT, f"{pending.path}:{pending.name}")
            refs[ref.key] = ref
    return Value(atoms, refs, types=UNKNOWN.types)


def _spelling(pending: Pending) -> tuple[str, str, str]:
    return (pending.path, pending.name, pending.member)


def by_member(value: Value, member: Callable[[Pending], Pending]) -> Value:
    """The value with what comes from other modules told apart by ``member``."""
    if not value.is_pending:
        return value
    atoms: dict[Atom, Trace] = {
        member(atom) if type(atom) is Pending else atom: trace
        for atom, trace in value.atoms.items()
    }
    return Value(atoms, value.refs, value.fields, value.types, value.const, value.tags)


def container(kind: Value, fields: Mapping[Key, Value], tag: object = None) -> Value:
    """A container of the given kind (``LIST``, ``DICT``, ...) with what it holds."""
    # A part that is known to be plain is none of those whose place is not known.
    loose = ELEMENT in fields or (kind is DICT and len(fields) <= _FEW_KEYS)
    kept = {
        key: value
        for key, value in fields.items()
        if not value.plain or type(key) is int or value.types == NUMBER.types or loose
    }
    tags = frozenset((tag,)) if tag is not None else frozenset()
    return Value(fields=kept, types=kind.types, tags=tags)


def is_number(value: Value) -> bool:
    """Whether the value is shown to be numeric."""
    return value.types == NUMBER.types


def is_numeric(value: Value) -> bool:
    """Whether the value is a number wherever anything can be added to it: to None it cannot."""
    return is_number(value) or value.types == NUMBER.types | NONE.types


def or_number(value: Value, default: Value) -> Value:
    """What may be one of two values: whoever takes a number for what is missing counts.

    ``counts.get(key, 0)``, ``n or 0``: the first is then a number too, if it may be anything.
    """
    both = join(value, default)
    if default.types == NUMBER.types and value.types <= _UNKNOWN_OR_NONE and value.types:
        return Value(both.atoms, both.refs, both.fields, NUMBER.types, None, both.tags)
    return both


def as_number(value: Value) -> Value:
    """What is calculated with: a number, unless more is known of it."""
    if value.types <= UNKNOWN.types and not (value.refs or value.fields):
        return Value(value.atoms, types=NUMBER.types, tags=value.tags)
    return value


def tells(value: Value) -> bool:
    """Whether what an annotation says of a part is of use."""
    return bool(value.refs or value.fields) or is_number(value)


def is_sequence(value: Value) -> bool:
    """Whether the value is shown to be a container or bytes, so that ``+`` makes no string."""
    return bool(value.types) and value.types <= SEQUENCE_TYPES


def is_string(value: Value) -> bool:
    """Whether the value is shown to be a string."""
    return value.types == STRING.types


def covers(big: Value, small: Value) -> bool:
    """Whether joining ``small`` to ``big`` would add nothing."""
    if big is small:
        return True
    if not small.types <= big.types or (big.const is not None and big.const != small.const):
        return False
    if (big.fields or big.empty) and not big.atoms and _length(big) not in (None, _length(small)):
        return False
    if small.atoms and not small.atoms.keys() <= big.atoms.keys():
        return False
    for key, ref in small.refs.items():
        other = big.refs.get(key)
        if other is None or not _parts_cover(other.parts, ref.parts):
            return False
    if not small.fields and not (big.fields and small.is_symbolic):
        return True
    for field_key, field in small.fields.items():
        mine = big.fields.get(field_key)
        if mine is None or not covers(mine, field):
            return False
    loose = small.fields.get(ELEMENT)
    if loose is not None and not all(
        covers(mine, loose)
        for field_key, mine in big.fields.items()
        if field_key not in small.fields and is_placed(field_key)
    ):
        return False
    if small.is_symbolic:
        for field_key, mine in big.fields.items():
            if field_key not in small.fields and field_key not in WEAK_KEYS:
                theirs = symbolic_part(small, field_key)
                if not covers(mine, theirs):
                    return False
    return True


def _parts_cover(big: Mapping[Key, Value], small: Mapping[Key, Value]) -> bool:
    return all(key in big and covers(big[key], part) for key, part in small.items())


def join(left: Value, right: Value) -> Value:
    """What a value may be where two paths meet; the traces of ``left`` win."""
    if left is right or right is NOTHING:
        return left
    if left is NOTHING:
        return right if right.types or right.atoms or right.refs or right.fields else left
    if covers(left, right):
        return left
    atoms: Mapping[Atom, Trace] = left.atoms
    if right.atoms and not right.atoms.keys() <= atoms.keys():
        atoms = {**left.atoms, **right.atoms, **left.atoms}
        if len(atoms) > _MAX_ATOMS:
            atoms = _fewer(atoms)
            if atoms.keys() == left.atoms.keys():
                atoms = left.atoms
    refs: Mapping[tuple[str, object], Reference] = left.refs
    if right.refs:
        merged = dict(left.refs)
        for key, ref in right.refs.items():
            mine = merged.get(key)
            if mine is None:
                merged[key] = ref
            elif mine is not ref and (mine.parts or ref.parts):
                merged[key] = mine._replace(parts=join_parts(mine.parts, ref.parts))
        refs = merged
    fields: Mapping[Key, Value] = left.fields
    if left.fields or right.fields:
        fields = _of_any_length(left, right, _join_fields(left, right))
    const = left.const if left.const == right.const else None
    joined = Value(atoms, refs, fields, left.types | right.types, const, left.tags | right.tags)
    kept = atoms is left.atoms and bool(fields or right.atoms)
    if kept and joined.size <= left.size and covers(left, joined):
        # What is new in ``right`` is more than is kept. That nothing has changed must show, else
        # loops and functions that call themselves would be gone through again in vain.
        return left
    return joined


def _fewer(atoms: Mapping[Atom, Trace]) -> dict[Atom, Trace]:
    """The builders, and as many symbols as are followed, the shortest paths first."""
    symbols = sorted(
        (atom for atom in atoms if type(atom) is Symbol), key=lambda symbol: len(symbol.path)
    )
    dropped = set(symbols[_MAX_ATOMS:])
    return {atom: trace for atom, trace in atoms.items() if atom not in dropped}


def join_parts(left: Mapping[Key, Value], right: Mapping[Key, Value]) -> dict[Key, Value]:
    """What two references to one object carry along, where paths meet."""
    parts = dict(left)
    for key, part in right.items():
        parts[key] = join(parts[key], part) if key in parts else part
    return parts


def _join_fields(left: Value, right: Value) -> dict[Key, Value]:
    fields = {}
    for key in (*left.fields, *(key for key in right.fields if key not in left.fields)):
        mine = left.fields.get(key)
        theirs = right.fields.get(key)
        if key not in WEAK_KEYS:
            # A part that one side has overwritten still is, on the other, what was put in.
            if mine is None:
                mine = _unnamed_part(left, key)
            if theirs is None:
                theirs = _unnamed_part(right, key)
        if mine is None or theirs is None:
            # That something is a number must hold on both sides.
            known = mine or theirs or NOTHING
            fields[key] = join(known, UNKNOWN) if known.types == NUMBER.types else known
        else:
            fields[key] = join(mine, theirs)
    return fields


def _of_any_length(left: Value, right: Value, fields: dict[Key, Value]) -> Mapping[Key, Value]:
    """The parts of two sequences; where their lengths differ, none is known of what was joined."""
    if ELEMENT in fields or 0 not in fields or _length(left) == _length(right):
        return fields
    if (left.empty or right.empty) and left.types == LIST.types:
        # One that is filled in a loop, as a rule: the place of each item says nothing then.
        return {ELEMENT: join_all(list(fields.values()))}
    return {**fields, ELEMENT: UNKNOWN}


def is_placed(key: Key) -> bool:
    """Whether a key names one item of a container: an index, or a constant key."""
    return type(key) is int or key[0] == "'"  # type: ignore[index]


def _unnamed_part(value: Value, key: Key) -> Value:
    """The part of a value that has no field of its own."""
    given = symbolic_part(value, key)
    loose = value.fields.get(ELEMENT)
    return given if loose is None or not is_placed(key) else join(loose, given)


def without_unread(value: Value) -> Value:
    """The value without what modules that have not been read put in."""
    if not value.is_pending:
        return value
    atoms = {atom: trace for atom, trace in value.atoms.items() if type(atom) is not Pending}
    return Value(atoms, value.refs, value.fields, value.types, value.const, value.tags)


def with_no_text(value: Value) -> Value:
    """The value where it is shown to be no string: nothing that is built, but what it holds."""
    atoms: dict[Atom, Trace] = {}
    for atom, trace in value.atoms.items():
        if type(atom) is Symbol and NO_TEXT not in atom.path[-1:]:
            held = atom.at(NO_TEXT)
            if held is not None:
                atoms[held] = trace
        elif type(atom) is not Origin:
            atoms[atom] = trace
    return Value(atoms, value.refs, value.fields, value.types, None, value.tags)


def told_apart(value: Value, const: str) -> Value:
    """The value as a key that is not the same as others."""
    return Value(value.atoms, value.refs, value.fields, value.types, const, value.tags)


def join_all(values: list[Value]) -> Value:
    """The join of any number of values."""
    result = NOTHING
    for value in values:
        result = join(result, value)
    return result


def symbolic_part(value: Value, key: Key) -> Value:
    """The part of what was put in, ignoring what is known of it since."""
    atoms: dict[Atom, Trace] = {}
    for atom, trace in value.atoms.items():
        if type(atom) is Symbol:
            part = atom.at(key)
            if part is not None:
                atoms[part] = trace
        elif type(atom) is Pending and (not atom.is_base or atom.member):
            atoms[atom] = trace
    return Value(atoms=atoms, types=UNKNOWN.types) if atoms else NOTHING


def part(value: Value, key: Key) -> Value:
    """The part of a value that ``key`` names, from its fields and symbols alone."""
    fields = value.fields
    if not fields and not value.atoms:
        return _reference_part(value, key) if value.refs else NOTHING
    if is_attribute(key):
        field = fields.get(key)
        if field is not None:
            return field
        return symbolic_part(value, key) if value.atoms else NOTHING
    found = NOTHING
    if key == ITERATED:
        if "dict" in value.types or MAP_KEY in fields:
            found = fields.get(MAP_KEY, NOTHING)
        else:
            for name, field in fields.items():
                if name == ELEMENT or type(name) is int:
                    found = join(found, field)
    elif key == SUBSCRIPTED:
        for name, field in fields.items():
            if name == ELEMENT or type(name) is int or name[0] == "'":  # type: ignore[index]
                found = join(found, field)
    elif type(key) is int and key < 0:
        count = _length(value)
        if count is not None:
            return fields.get(count + key, NOTHING)
        return join(part(value, SUBSCRIPTED), symbolic_part(value, key))
    else:
        strong = fields.get(key)
        if strong is not None:
            return strong
        if is_placed(key):
            found = fields.get(ELEMENT, NOTHING)
            if type(key) is str and found.atoms and found.types != STRING.types:
                found = _without_builders(found)  # only some of its entries are built
    if value.atoms:
        given = symbolic_part(value, key)
        told = ELEMENT in fields or (key == ITERATED and MAP_KEY in fields)
        if told and found.types:
            given = Value(given.atoms)  # the annotation says of what type each item is
        found = join(found, given)
    if value.refs:
        found = join(found, _reference_part(value, key))
    return found


def _without_builders(value: Value) -> Value:
    atoms = {atom: trace for atom, trace in value.atoms.items() if type(atom) is not Origin}
    return Value(atoms, value.refs, value.fields, value.types, value.const, value.tags)


def _length(value: Value) -> int | None:
    """How many items a sequence has, where that is known."""
    if value.atoms or ELEMENT in value.fields or not value.types <= {"list", "tuple"}:
        return None
    count = len(value.fields)
    if not count:
        return 0 if value.empty else None
    return count if all(index in value.fields for index in range(count)) else None


def items(value: Value) -> list[Value] | None:
    """The items of a sequence whose length is known."""
    count = _length(value)
    return None if count is None else [value.fields[index] for index in range(count)]


def part_at(value: Value, path: Iterable[object]) -> Value:
    """The part of a value that a path of keys leads to."""
    for key in path:
        value = with_no_text(value) if key == NO_TEXT else part(value, key)  # type: ignore[arg-type]
    return value


def _reference_part(value: Value, key: Key) -> Value:
    if type(key) is str and key.startswith(_CARRIED):
        return join_all([ref.parts[key] for ref in value.refs.values() if key in ref.parts])
    return NOTHING


def with_part(value: Value, path: tuple[Key, ...], new: Value, strong: bool = True) -> Value:
    """``value`` after ``new`` was stored at ``path`` in it.

    Args:
        value: The container or object.
        path: Keys from the outside in; empty joins ``new`` to the value itself. SUBSCRIPTED is
            any place, ELEMENT one that is not named: behind those that are.
        new: What is stored.
        strong: Whether the old part is gone; else it may still be there.
    """
    if not path:
        return new if strong else join(value, new)
    key, rest = path[0], path[1:]
    others: dict[Key, Value] = {}  # items that it may have replaced
    if key in (SUBSCRIPTED, ITERATED):
        key = ELEMENT
        keyed = value.types == DICT.types and not rest
        for name, field in value.fields.items():
            # That an entry of a mapping is replaced under a key that is not known is not shown.
            if is_placed(name) and not (keyed and type(name) is str):
                after = with_part(field, rest, new, strong=False)
                if after is not field:
                    others[name] = after
    old = part(value, key) if (rest or not strong or key in WEAK_KEYS) else NOTHING
    if key in WEAK_KEYS and not rest:
        old = value.fields.get(key, NOTHING)
        updated = join(old, new)
    else:
        updated = with_part(old, rest, new, strong)
    if others:
        fields = {**value.fields, **others, key: updated}
        return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)
    if value.fields.get(key) is updated and value.const is None and not value.empty:
        return value  # the same object, so that nobody looks for what has changed
    return _with_field(value, key, updated)


def _with_field(value: Value, key: Key, new: Value) -> Value:
    """``value`` with one field set anew.

    How large and how deep it is, is told from that field, where that can be: to ask all others
    would make the time of an object's constructor grow with the square of its attributes.
    """
    fields = {**value.fields, key: new}
    old = value.fields.get(key, NOTHING)
    size = value.size + new.size - (old.size if key in value.fields else 0)
    if value.size > _MAX_SIZE:
        told = not new.depth  # nothing else in it has parts any longer
    else:
        same = new.depth + 1 == value.depth or max(old.depth, new.depth) + 1 < value.depth
        told = same and size <= _MAX_SIZE
    if not told:
        return Value(value.atoms, value.refs, fields, value.types, value.const, value.tags)
    made = Value(value.atoms, None, None, value.types, value.const, value.tags)
    made.refs, made.fields, made.depth, made.size = value.refs, fields, value.depth, size
    return made


def is_attribute(key: Key) -> TypeGuard[str]:
    """Whether a key names an attribute: a dot and its name."""
    return type(key) is str and key[0] == "."


def holds_builder(value: Value) -> bool:
    """Whether a value, or a part of it, may be a string that is built."""
    return any(type(atom) is Origin for atom in value.atoms) or any(
        map(holds_builder, value.fields.values())
    )


def attributes(value: Value) -> list[tuple[str, Value]]:
    """What is known of an object's attributes, by name."""
    return [(key[1:], field) for key, field in value.fields.items() if is_attribute(key)]


def as_string(value: Value) -> Value:
    """What a wrapper such as ``str()`` or ``.strip()`` leaves: the same atoms, a string."""
    return Value(atoms=value.atoms, types=STRING.types) if value.atoms else STRING
