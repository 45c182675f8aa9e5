"""What an annotation says of a value, or a default does: its class, or its kind."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.builders import may_be_arithmetic
from flake8_stateid.analysis.program import ClassInfo, ModuleInfo, last_name, nested_class
from flake8_stateid.analysis.values import (
    BYTES,
    DICT,
    ELEMENT,
    LIST,
    MAP_KEY,
    NOTHING,
    NUMBER,
    PAYLOAD,
    SET,
    STRING,
    TEMPLATE,
    TUPLE,
    UNKNOWN,
    UNREAD,
    UNREAD_OBJECT,
    Key,
    Reference,
    Value,
    container,
    is_number,
    is_sequence,
    join,
    join_all,
    part,
    reference,
    tells,
)
from flake8_stateid.source import syntax_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.engine import Engine

_KINDS = {
    "str": STRING,
    "int": NUMBER,
    "float": NUMBER,
    "bool": NUMBER,
    "complex": NUMBER,
    "Decimal": NUMBER,
    "bytes": BYTES,
    "bytearray": BYTES,
    "Template": TEMPLATE,
    "Counter": container(DICT, {ELEMENT: NUMBER}),
    **dict.fromkeys(("list", "List", "Sequence", "MutableSequence", "deque", "Deque"), LIST),
    **dict.fromkeys(("tuple", "Tuple"), TUPLE),
    **dict.fromkeys(("set", "Set", "frozenset", "FrozenSet", "AbstractSet"), SET),
    **dict.fromkeys(
        ("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict"), DICT
    ),
}
# Of a parameter, by the type of its default, or the kind of display that this is.
_BY_DEFAULT: dict[type, frozenset[str]] = {
    str: STRING.types,
    **dict.fromkeys((int, float, complex), NUMBER.types),
    bytes: BYTES.types,
    ast.Tuple: TUPLE.types,
    ast.List: LIST.types,
    ast.Set: SET.types,
    ast.Dict: DICT.types,
}
_SCALARS = (STRING.types, NUMBER.types, BYTES.types)
_TRANSPARENT = frozenset(
    ("Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly", "InitVar", "Unpack")
)


class AnnotationReader:
    """Reads annotations without evaluating them.

    Args:
        engine: Finds what a name stands for.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[ast.expr, Value] = {}

    def read(self, module: ModuleInfo, annotation: ast.expr) -> Value:
        """A value of that type; UNKNOWN where the annotation says nothing of use."""
        known = self._known.get(annotation)
        if known is None:
            self._known[annotation] = UNKNOWN  # an annotation that needs itself says nothing
            known = self._known[annotation] = self._read(module, annotation)
        return known

    def _read(self, module: ModuleInfo, annotation: ast.expr) -> Value:
        if isinstance(annotation, ast.Constant):
            if isinstance(annotation.value, str):
                parsed = _parsed(annotation.value)
                return UNKNOWN if parsed is None else self._read(module, parsed)
            return NOTHING if annotation.value is None else UNKNOWN
        if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            return self._either(module, [annotation.left, annotation.right])
        if isinstance(annotation, ast.Subscript):
            return self._subscripted(module, annotation)
        if isinstance(annotation, ast.Name | ast.Attribute):
            return self._named(module, annotation)
        return UNKNOWN

    def tells_all(self, module: ModuleInfo, annotation: ast.expr) -> bool:
        """Whether an annotation says of what class a value is, and everything that it holds."""
        if isinstance(annotation, ast.Constant):
            if not isinstance(annotation.value, str):
                return True  # None, or the dots of a tuple
            parsed = _parsed(annotation.value)
            return parsed is not None and self.tells_all(module, parsed)
        if isinstance(annotation, ast.BinOp):
            choices = [annotation.left, annotation.right]
            return all(self.tells_all(module, choice) for choice in choices)
        if isinstance(annotation, ast.Subscript):
            inner = annotation.slice
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            known = self.read(module, annotation) is not UNKNOWN
            return known and all(self.tells_all(module, item) for item in items)
        told = self.read(module, annotation)
        return bool(told.refs) or told.types in _SCALARS

    def as_declared(self, module: ModuleInfo, annotation: ast.expr | None, value: Value) -> Value:
        """A value where it is given to what an annotation declares.

        ``next_id: int = page.first + page.size`` makes no string, nor does a sum of bytes. What is
        seen to be one, such as an f-string, stays one whatever is declared.
        """
        if annotation is None or not any(map(may_be_arithmetic, value.atoms)):
            return value
        told = self.read(module, annotation)
        if not (is_number(told) or is_sequence(told)):
            return value
        atoms = {atom: trace for atom, trace in value.atoms.items() if not may_be_arithmetic(atom)}
        if atoms:
            return Value(atoms, types=UNKNOWN.types)
        return Value({}, value.refs, value.fields or told.fields, told.types)

    def _either(self, module: ModuleInfo, choices: list[ast.expr]) -> Value:
        result = NOTHING
        for choice in choices:
            result = join(result, self.read(module, choice))
        return result if result is not NOTHING else UNKNOWN

    def _subscripted(self, module: ModuleInfo, annotation: ast.Subscript) -> Value:
        name = last_name(annotation.value)
        inner = annotation.slice
        items = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
        if name in ("Optional", "Union"):
            return self._either(module, items)
        if name in _TRANSPARENT and items:
            return self.read(module, items[0])
        if name in ("type", "Type"):
            made = self.read(module, items[0])
            classes = [ref.target for ref in made.refs.values() if ref.kind == "instance"]
            result = NOTHING
            for cls in classes:
                result = join(result, reference("class", cls))
            return result if result is not NOTHING else UNKNOWN
        kind = _KINDS.get(name)
        if kind is not None and kind.fields:
            return Value(
                fields={MAP_KEY: self.read(module, items[0]), **kind.fields}, types=kind.types
            )
        if kind is not None and items:
            fields: dict[Key, Value] = {
                ELEMENT: self.read(module, items[-1 if kind is DICT else 0])
            }
            if kind is DICT:
                fields[MAP_KEY] = self.read(module, items[0])
            elif kind is TUPLE and not (
                isinstance(items[-1], ast.Constant) and items[-1].value is Ellipsis
            ):
                fields = {index: self.read(module, item) for index, item in enumerate(items)}
            told = {key: field for key, field in fields.items() if tells(field)}
            return Value(fields=told, types=kind.types) if told else kind
        if name in ("Iterable", "Iterator", "Generator", "AsyncIterator", "Collection"):
            element = self.read(module, items[0])
            return Value(fields={ELEMENT: element} if tells(element) else {}, types=UNKNOWN.types)
        return self._named(module, annotation.value)

    def _named(self, module: ModuleInfo, annotation: ast.expr) -> Value:
        kind = _KINDS.get(last_name(annotation))
        if kind is not None and (
            not isinstance(annotation, ast.Name)
            or annotation.id not in module.definitions
            or kind is TEMPLATE
        ):
            return kind
        result = NOTHING
        for ref in self.named(module, annotation).refs.values():
            if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                if self._engine.classes.is_string(ref.target):
                    result = join(result, STRING)
                else:
                    result = join(result, reference("instance", ref.target))
            elif ref.kind == UNREAD and isinstance(ref.target, str):
                result = join(result, reference(UNREAD_OBJECT, ref.target))
            elif ref.kind == "external":
                result = join(result, self._another_name(ref))
        return result if result is not NOTHING else UNKNOWN

    def named(self, module: ModuleInfo, expression: ast.expr) -> Value:
        """What a dotted name stands for at module level."""
        if isinstance(expression, ast.Name):
            return self._engine.modules.value(module, expression.id)
        if isinstance(expression, ast.Attribute):
            holder = self.named(module, expression.value)
            found = part(holder, "." + expression.attr)
            for ref in holder.refs.values():
                if isinstance(ref.target, str):
                    member = self._engine.modules.external_attribute(ref, expression.attr)
                    found = join(found, member)
                elif isinstance(ref.target, ClassInfo):
                    inner = nested_class(ref.target, expression.attr)
                    if inner is not None:
                        found = join(found, reference("class", inner))
            return found
        return UNKNOWN

    def _another_name(self, ref: Reference) -> Value:
        """A value of a type from outside.

        A built-in one by another name, ``Seq = int``, or a NewType of it; or what its constructor
        says: that it is a number, or added up like one, as dates are.
        """
        assert isinstance(ref.target, str)
        of = ref.parts.get(PAYLOAD)
        if of is not None:
            return join_all([self._another_name(each) for each in of.refs.values()])
        if self._engine.models.makes_number(ref.target):
            return NUMBER
        return _KINDS.get(ref.target.removeprefix("builtins."), NOTHING)


def types_by_default(default: ast.expr) -> frozenset[str]:
    """The types of a parameter of which its default alone says what it is."""
    if isinstance(default, ast.UnaryOp):
        default = default.operand  # -1
    if isinstance(default, ast.Constant):
        return _BY_DEFAULT.get(type(default.value), UNKNOWN.types)
    return _BY_DEFAULT.get(type(default), UNKNOWN.types)


def _parsed(text: str) -> ast.expr | None:
    """An annotation in quotes."""
    try:
        tree: ast.Expression = syntax_tree(text.strip(), "eval")
    except (SyntaxError, ValueError, RecursionError):
        return None
    return tree.body
