"""What is seen of the classes whose objects may carry an id: their fields, and no more."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import dotted, parameters
from flake8_stateid.codemod.reading.validating import only_checks
from flake8_stateid.codemod.tracing.uses import is_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_stateid.codemod.reading.ancestry import Ancestors, SeenClass
    from flake8_stateid.codemod.reading.optionals import Optionals

_PLAIN_BASES = frozenset({"object", "ABC", "NamedTuple"})
_MODELS = frozenset({"BaseModel"})
# Methods by which a model would copy itself in a way of its own.
_COPYING = frozenset({"model_copy", "__copy__", "__deepcopy__"})
_ACTING = frozenset(
    {"__post_init__", "__attrs_post_init__", "__init__", "__new__", "__getattr__"}
    | {"__attrs_pre_init__", "__getattribute__"}
)

# What a field may be told that makes it no argument, another one, or another value.
_SHIFTING = frozenset({"init", "kw_only", "alias", "converter"})


class Shapes:
    """What is seen of the classes that may carry an id.

    Args:
        ancestors: Finds classes of this and other modules.
        optionals: Knows the classes of the batch path's names.
    """

    def __init__(self, ancestors: Ancestors, optionals: Optionals) -> None:
        """Look at nothing yet."""
        self._ancestors = ancestors
        self._optionals = optionals

    def fields_of(self, path: str, *, model: bool = False) -> tuple[str, ...]:
        """The fields of the object that ``path`` holds; none where its class may act.

        Args:
            path: As it is spelled.
            model: Whether it is a model that copies itself.
        """
        classes = self._optionals.classes(path)
        plain = _PLAIN_BASES | _MODELS if model else _PLAIN_BASES
        own = {item.name for each in classes for item in each.node.body if hasattr(item, "name")}
        if model and own & _COPYING:
            return ()
        bases = {dotted(base).rpartition(".")[2] for each in classes for base in each.node.bases}
        seen = {each.node.name for each in classes}
        return _plain_fields(classes) if bases <= seen | plain else ()

    def records(self, name: str, call: ast.Call) -> tuple[str, ...] | None:
        """The fields of the class that ``call`` makes, where it only holds values."""
        seen = self._ancestors.of(name, call).classes
        if not seen or not is_record(seen[0].node):
            return None
        bases = {dotted(base).rpartition(".")[2] for base in seen[0].node.bases}
        return _plain_fields(seen) if bases <= {"NamedTuple"} else ()

    def asides(self, name: str, call: ast.Call, slot: str) -> frozenset[str]:
        """Methods and properties of the class that ``call`` makes which never look at a field.

        Args:
            name: The class, as it is written.
            call: The call.
            slot: The field.
        """
        fields = {*(self.records(name, call) or ())}
        seen = self._ancestors.of(name, call).classes
        methods = {
            each.name: each
            for owner in seen[:1]
            for each in owner.node.body
            if isinstance(each, ast.FunctionDef)
            and not each.name.startswith("__")
            and [*map(dotted, each.decorator_list)] in ([], ["property"])
        }
        while True:
            allowed = (fields | {*methods}) - {slot}
            touching = [
                named for named, method in methods.items() if not _asks_only(method, allowed)
            ]
            if not touching:
                return frozenset(methods)
            for named in touching:
                del methods[named]


def _asks_only(method: ast.FunctionDef, allowed: set[str]) -> bool:
    """Whether a method asks its object for nothing but what is ``allowed``, and sets nothing."""
    own = parameters(method)[:1]
    asked = [
        node
        for node in walk(method)
        if isinstance(node, ast.Attribute) and dotted(node.value) in own
    ]
    named = [node for node in walk(method) if isinstance(node, ast.Name) and node.id in own]
    return (
        bool(own)
        and len(asked) == len(named)
        and all(isinstance(each.ctx, ast.Load) and each.attr in allowed for each in asked)
    )


def _plain_fields(classes: Iterable[SeenClass]) -> tuple[str, ...]:
    """The fields of a class and its bases, in their order; none where one of them may act."""
    found: dict[str, None] = {}
    for owner in classes:
        for node in owner.node.body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    checks = (
                        name == "__post_init__"
                        and isinstance(node, ast.FunctionDef)
                        and only_checks(owner.node, node)
                    )
                    if name in _ACTING and not checks:
                        return ()
                case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                    if _is_uncounted(kind, value):
                        return ()
                    found[name] = None
    return tuple(found)


def _is_uncounted(kind: ast.expr, value: ast.expr | None) -> bool:
    """Whether what is declared takes no argument as it is, or none in its turn."""
    named = {dotted(node).rpartition(".")[2] for node in walk(kind) if isinstance(node, ast.expr)}
    return bool(named & {"ClassVar", "InitVar", "KW_ONLY"}) or (
        isinstance(value, ast.Call) and any(each.arg in _SHIFTING for each in value.keywords)
    )
