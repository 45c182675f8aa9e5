"""What a class is: its order of bases, its methods, its fields as a constructor takes them."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, last_name
from flake8_stateid.analysis.values import NOTHING, Value
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Set

# What makes a class whose constructor takes the annotated fields, by the last name.
RECORD_DECORATORS = frozenset(
    ("dataclass", "define", "frozen", "mutable", "attrs", "s", "attributes")
)
RECORD_BASES = frozenset(("NamedTuple", "BaseModel", "Struct", "TypedDict", "BaseSettings"))
_DESCRIPTORS = frozenset(
    ("property", "cached_property", "staticmethod", "classmethod", "partialmethod", "lambda")
)
_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))
_UNTYPED_SPECIFIERS = frozenset(("ib", "attrib"))  # `key = attr.ib()`, with no annotation
_SPECIFIERS = frozenset(("field", "Field")) | _UNTYPED_SPECIFIERS


class RecordField(Record):
    """A field that a record's constructor takes.

    Attributes:
        name: Its name.
        positional: Its position among the positional arguments, None where it has none.
        default: What it is when not given.
        passed_on: Whether it is not kept, but passed to ``__post_init__``: an ``InitVar``.
    """

    name: str
    positional: int | None
    default: Value
    passed_on: bool = False


class ClassTable:
    """Methods and fields of classes along their bases.

    Args:
        resolve_base: Gives the class that a base expression names, where its source is known.
        original_name: Gives the name under which a decorator or base was defined.
        default_of: Gives the value of a field's default.
        function_of: Gives the function that an expression in a class body names, where that is
            none of the class's own.
    """

    def __init__(
        self,
        resolve_base: Callable[[ClassInfo, ast.expr], ClassInfo | None],
        original_name: Callable[[ClassInfo, ast.expr], str],
        default_of: Callable[[ClassInfo, ast.expr], Value],
        function_of: Callable[[ClassInfo, ast.expr], FunctionInfo | None],
    ) -> None:
        self._resolve_base = resolve_base
        self._original_name = original_name
        self._default_of = default_of
        self._function_of = function_of
        self._bases: dict[ClassInfo, list[ClassInfo]] = {}
        self._orders: dict[ClassInfo, list[ClassInfo]] = {}
        self._methods: dict[tuple[ClassInfo, str], FunctionInfo | None] = {}
        self._fields: dict[ClassInfo, list[RecordField]] = {}
        self._differing: dict[ClassInfo, set[str]] = {}

    def bases(self, cls: ClassInfo) -> list[ClassInfo]:
        """The direct bases whose source is known."""
        if cls.bases is not None:
            return cls.bases  # made by the analysis, not written
        # Kept here: a class of another module outlives the analysis of one file, and what is
        # known of its bases depends on which modules that analysis has read.
        known = self._bases.get(cls)
        if known is None:
            self._bases[cls] = []  # a class that names itself as its base has none
            found = (self._resolve_base(cls, base) for base in cls.node.bases)
            known = [base for base in found if base is not None and base is not cls]
            self._bases[cls] = known
        return known

    def order(self, cls: ClassInfo) -> list[ClassInfo]:
        """The method resolution order as far as it is known; C3, else depth first."""
        known = self._orders.get(cls)
        if known is None:
            self._orders[cls] = [cls]  # a cycle of bases ends here
            bases = self.bases(cls)
            merged = _merged([self.order(base) for base in bases] + [list(bases)])
            known = [cls, *(other for other in merged if other is not cls)]
            self._orders[cls] = known
        return known

    def method(self, cls: ClassInfo, name: str) -> FunctionInfo | None:
        """The method a class has under a name, its own or inherited."""
        key = (cls, name)
        if key not in self._methods:
            self._methods[key] = self._first_method(self.order(cls), name)
        return self._methods[key]

    def _first_method(self, order: list[ClassInfo], name: str) -> FunctionInfo | None:
        for owner in order:
            if name in owner.methods:
                return owner.methods[name]
            if name in owner.statements:
                if name in owner.fields and self.is_record(owner):
                    return None  # a default, which is kept on the objects
                # A second name for a method, or for a function, which thereby is one.
                return self._named(owner, owner.statements[name])
        return None

    def _named(self, owner: ClassInfo, expression: ast.expr) -> FunctionInfo | None:
        """The function that an expression in a class body stands for by its name."""
        if isinstance(expression, ast.Name):
            if expression.id in owner.methods:
                return owner.methods[expression.id]
            if expression.id in owner.statements:
                return None
        return self._function_of(owner, expression)

    def descriptor(
        self, cls: ClassInfo, name: str
    ) -> tuple[str, FunctionInfo, ast.Call | None] | None:
        """A lambda, or a call that makes a descriptor of a function, in a class body.

        Returns:
            The kind (``property``, ``staticmethod``, ``partialmethod``, ..., ``lambda``), the
            function and the call; None where the name stands for something else.
        """
        owner = next((item for item in self.order(cls) if name in item.statements), None)
        if owner is None:
            return None
        made = owner.statements[name]
        call = made if isinstance(made, ast.Call) and made.args else None
        kind = last_name(made) if call is not None else "lambda"
        if kind not in _DESCRIPTORS:
            return None
        inner = call.args[0] if call is not None else made
        if isinstance(inner, ast.Lambda):
            return kind, owner.module.function(inner, None, owner.parent), call
        function = self._named(owner, inner)
        return (kind, function, call) if function is not None and call is not None else None

    def method_after(self, owner: ClassInfo, cls: ClassInfo, name: str) -> FunctionInfo | None:
        """The method ``super()`` finds in a method of ``owner`` on an object of ``cls``."""
        order = self.order(cls)
        start = order.index(owner) + 1 if owner in order else 1
        return self._first_method(order[start:], name)

    def changes(self, cls: ClassInfo, owner: ClassInfo, function: FunctionInfo) -> bool:
        """Whether a method inherited from ``owner`` may act otherwise on objects of ``cls``.

        It may where it, or a method it leads to, uses an attribute that ``cls``, or a base of it
        that is no base of ``owner``, defines or sets.
        """
        known = self.order(owner)
        own: set[str] = set()
        for other in self.order(cls):
            if other not in known:
                own.update(
                    other.methods, other.setters, other.statements, other.fields, other.writes()
                )
                own.update(self._differing.get(other, ()))
        return self.uses(cls, function, own)

    def differ(self, cls: ClassInfo, attribute: str) -> None:
        """An attribute holds something else on objects of a class than on those of its bases."""
        self._differing.setdefault(cls, set()).add(attribute)

    def uses(self, cls: ClassInfo, function: FunctionInfo, attributes: Set[str]) -> bool:
        """Whether a method of a class, or one it leads to, uses one of some attributes."""
        waiting = [function]
        seen: set[str] = set()
        while waiting:
            names = waiting.pop().attribute_names() - seen
            if not names.isdisjoint(attributes):
                return True
            seen |= names
            for name in names:
                method = self.method(cls, name)
                if method is not None:
                    waiting.append(method)
        return False

    def setter(self, cls: ClassInfo, name: str) -> FunctionInfo | None:
        """The property setter a class has under a name."""
        for owner in self.order(cls):
            if name in owner.setters:
                return owner.setters[name]
            if name in owner.methods:
                return None
        return None

    def is_in_body(self, cls: ClassInfo, name: str) -> bool:
        """Whether a class, or a base of it, gives a value to a name in its body."""
        return any(name in owner.statements for owner in self.order(cls))

    def is_member(self, cls: ClassInfo, name: str) -> bool:
        """Whether a name of a class body is that of a member of an Enum."""
        return self.is_in_body(cls, name) and self._has_base(cls, _ENUMS)

    def members(self, cls: ClassInfo) -> list[str]:
        """The members that a ``for`` over an Enum yields; none of any other class."""
        if not self._has_base(cls, _ENUMS):
            return []
        return [name for owner in self.order(cls) for name in owner.statements if name[0] != "_"]

    def constant(self, cls: ClassInfo, name: str) -> str | None:
        """The string that tells a constant in a class body, or a member of an Enum, from others.

        None where a name is neither, or is given other values by methods.
        """
        owner = next((item for item in self.order(cls) if name in item.statements), None)
        if owner is None:
            return None
        value = owner.statements[name]
        text = value.value if isinstance(value, ast.Constant) else None
        if self._has_base(owner, _ENUMS) and not self._has_base(owner, ("StrEnum", "str")):
            return f"{owner.name}.{name}."  # with a dot behind it, it is nobody's name
        if not isinstance(text, str) or any(name in each.writes() for each in self.order(cls)):
            return None
        return text

    def is_string(self, cls: ClassInfo) -> bool:
        """Whether the class is a ``str`` that takes a string as it is."""
        return self.extends_string(cls) and not (
            self.method(cls, "__new__") or self.method(cls, "__init__")
        )

    def extends_string(self, cls: ClassInfo) -> bool:
        """Whether objects of the class are strings, however it makes them."""
        return any(
            last_name(base) in ("str", "StrEnum")
            for owner in self.order(cls)
            for base in owner.node.bases
        )

    def is_tuple(self, cls: ClassInfo) -> bool:
        """Whether objects of the class can be unpacked: a NamedTuple."""
        return self._has_base(cls, ("NamedTuple", "namedtuple"))

    def is_mapping(self, cls: ClassInfo) -> bool:
        """Whether objects of the class are plain dicts: a TypedDict."""
        return self._has_base(cls, ("TypedDict",))

    def _has_base(self, cls: ClassInfo, names: Container[str]) -> bool:
        return any(
            self._original_name(owner, base) in names
            for owner in self.order(cls)
            for base in owner.node.bases
        )

    def is_record(self, cls: ClassInfo) -> bool:
        """Whether the constructor takes the annotated fields."""
        for owner in self.order(cls):
            for decorator in owner.node.decorator_list:
                if self._original_name(owner, decorator) in RECORD_DECORATORS:
                    return True
            for base in owner.node.bases:
                if self._original_name(owner, base) in RECORD_BASES:
                    return True
        return False

    def fields(self, cls: ClassInfo) -> list[RecordField]:
        """The fields the constructor of a record takes, in order; empty for other classes."""
        known = self._fields.get(cls)
        if known is None:
            known = self._fields[cls] = self._read_fields(cls) if self.is_record(cls) else []
        return known

    def _read_fields(self, cls: ClassInfo) -> list[RecordField]:
        taken: dict[str, tuple[bool, Value, bool]] = {}
        keyword_class = False
        for owner in reversed(self.order(cls)):
            keyword_class = _is_keyword_only(owner)
            keyword_only = keyword_class
            for name, declared, value in _declared(owner):
                annotation = last_name(
                    declared.value if isinstance(declared, ast.Subscript) else declared
                )
                if annotation == "ClassVar":
                    continue
                if annotation == "KW_ONLY":
                    keyword_only = True
                    continue
                default = NOTHING
                by_keyword = keyword_only
                if value is not None:
                    default = self._default_of(owner, value)
                    specified = _specifier(value)
                    if specified.get("init") is False:
                        continue
                    by_keyword = bool(specified.get("kw_only", by_keyword))
                taken[name] = (by_keyword, default, annotation == "InitVar")
        fields = []
        position = 0
        for name, (by_keyword, default, passed_on) in taken.items():
            place = None if by_keyword else position
            fields.append(RecordField(name, place, default, passed_on))
            position += not by_keyword
        return fields


def _declared(cls: ClassInfo) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    """The fields of a class body: name, annotation, or what stands for it, and value."""
    for name, field in cls.fields.items():
        yield name, field.annotation, field.value
    for name, value in cls.statements.items():
        made = isinstance(value, ast.Call) and last_name(value) in _UNTYPED_SPECIFIERS
        if made and name not in cls.fields:
            yield name, value, value


def _is_keyword_only(cls: ClassInfo) -> bool:
    if any(last_name(base) in ("BaseModel", "TypedDict") for base in cls.node.bases):
        return True
    return any(
        keyword.arg == "kw_only"
        and isinstance(keyword.value, ast.Constant)
        and keyword.value.value
        for decorator in cls.node.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )


def _specifier(value: ast.expr) -> dict[str, object]:
    """The constant keywords of ``field(...)``."""
    if not isinstance(value, ast.Call) or last_name(value) not in _SPECIFIERS:
        return {}
    return {
        keyword.arg: keyword.value.value
        for keyword in value.keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant)
    }


def _merged(orders: list[list[ClassInfo]]) -> list[ClassInfo]:
    """C3 linearisation; where Python would refuse the bases, the first mentioned come first."""
    result: list[ClassInfo] = []
    remaining = [list(order) for order in orders if order]
    while remaining:
        for order in remaining:
            head = order[0]
            if not any(head in other[1:] for other in remaining):
                break
        else:
            head = remaining[0][0]
        result.append(head)
        remaining = [
            kept for order in remaining if (kept := [item for item in order if item is not head])
        ]
    return result
