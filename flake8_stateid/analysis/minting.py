"""SID201: what mints an id, apart from where it goes; looked at only where the rule is wanted."""

from __future__ import annotations

import re

from flake8_stateid.analysis.builders import is_prose
from flake8_stateid.analysis.library import LIBRARY, Library
from flake8_stateid.analysis.modelled import Models
from flake8_stateid.analysis.values import NUMBER, STRING, Value, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import Call, FunctionModel, MethodCall, MethodModel
    from flake8_stateid.names import StateIdNames

_COUNTER = "counter"
_WORD_BREAK = r"[-./: ]|(?<=[a-z0-9])(?=[A-Z])"
# What a schema says of a field: its type, not its value.
_TYPE_NAMES = frozenset(("str", "string", "text", "uuid", "varchar", "char", "int", "integer"))


def is_minted_text(text: str, names: StateIdNames) -> bool:
    """Whether a literal may be meant as an id.

    Empty strings and strings without letter or digit are placeholders; strings with white space
    are prose; a string that is itself the name of an id (``"calls.state_id"``, ``"X-State-Id"``)
    or of a type says what a column or header is called or holds.

    Args:
        text: The literal's value.
        names: What is a state id name.
    """
    if not any(character.isalnum() for character in text) or is_prose(text):
        return False
    return not (text.lower() in _TYPE_NAMES or names.kind(re.sub(_WORD_BREAK, "_", text)))


def _minted(frame: CallFrame, call: Call | MethodCall) -> Value | None:
    return frame.engine.minted_value(frame.module, call.node)


def _uuid(frame: CallFrame, call: Call) -> Value | None:
    made = frame.engine.minted_value(frame.module, call.node)
    return Value(made.atoms, {}, {".hex": made, ".urn": made})


def _usual(frame: CallFrame, call: Call) -> Value | None:
    """What a call gives where nothing is looked for."""
    model = LIBRARY.function(call.name)
    assert model is not None
    return model(frame, call)


def _counting(frame: CallFrame, call: Call) -> Value | None:
    counted = _usual(frame, call)
    assert counted is not None
    return Value(
        counted.atoms, counted.refs, counted.fields, counted.types | {_COUNTER}, None, counted.tags
    )


def _next(frame: CallFrame, call: Call) -> Value | None:
    if _COUNTER in call.value(0).types:
        return Value(frame.engine.minted_value(frame.module, call.node).atoms, types=NUMBER.types)
    return _usual(frame, call)


def _text(frame: CallFrame, call: Call) -> Value | None:
    value = call.value(0)
    if is_number(value) and not value.atoms:
        return frame.engine.minted_value(frame.module, call.node)
    known = _usual(frame, call)
    return Value(value.atoms, types=STRING.types) if is_number(value) else known


_B = "builtins."
_FUNCTIONS: dict[str, FunctionModel] = {
    **dict.fromkeys([f"uuid.uuid{version}" for version in (1, 3, 4, 5, 6, 7, 8)], _uuid),
    **dict.fromkeys([f"uuid_utils.uuid{version}" for version in (1, 4, 7)], _uuid),
    **dict.fromkeys(
        (
            "secrets.token_hex",
            "secrets.token_urlsafe",
            "shortuuid.uuid",
            "nanoid.generate",
            "ulid.ULID",
            "ulid.new",
            "bson.ObjectId",
        ),
        _minted,
    ),
    "itertools.count": _counting,
    _B + "next": _next,
    **dict.fromkeys((_B + "str", _B + "repr", _B + "hex"), _text),
}
_METHODS: dict[str, MethodModel] = dict.fromkeys(("hexdigest", "hex"), _minted)


_with_minting: list[Library] = []


def library_with_minting() -> Library:
    """The models of the library, with those of what mints an id."""
    if not _with_minting:
        _with_minting.append(Library(Models(_FUNCTIONS, _METHODS)))
    return _with_minting[0]
