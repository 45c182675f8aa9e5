"""Whether a type checker would mind a state id that may be ``None``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.codemod.reading.optionals import Optionals

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.ids.given import Source
    from flake8_stateid.codemod.ids.hoisting import Hoisting
    from flake8_stateid.codemod.ids.ids import Ids
    from flake8_stateid.codemod.reading.ancestry import Ancestors
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.tracing.traced import Traced


def takes_anything(
    module: Module, ancestors: Ancestors, function: Function, trace: Traced
) -> bool:
    """Whether all that holds the id, or is given it, is without an annotation that forbids None.

    The built text was a string whatever the context held. Where types say what is handed on, the
    id must stay one; where none does, ``None`` is handed on as that text was, and the database
    refuses it as it refused the text.

    Args:
        module: The module.
        ancestors: Finds classes of this and other modules.
        function: The batch path.
        trace: Where the id goes.
    """
    if any(function is each.function for each in trace.creations):
        return False  # the client's constructor says what it takes
    if any(function is holder for _, holder in trace.recorded):
        return False
    held = [
        *trace.carriers(),
        *((holder, cache) for cache, keys in trace.cache_keys.items() for _, holder in keys),
    ]
    return not any(
        Optionals(module, ancestors, holder).allows_none(path) is False for holder, path in held
    )


def keep_type(
    ids: Ids,
    base: Base,
    source: Source | None,
    hoisting: Hoisting,
    places: Sequence[ast.stmt],
    *,
    raising: bool,
) -> None:
    """Let the id be a text wherever the built one was, also where the state id may be ``None``.

    Args:
        ids: The names and places of the id.
        base: The state id.
        source: Where a local has it from.
        hoisting: Tells what may be ``None``.
        places: The statements that it is read before, or in.
        raising: Whether ``None`` was no text, or raised.

    Raises:
        RefusalError: It may be ``None`` where it was not, or where that raised.
    """
    if raising:
        hoisting.check_id(base.text, source, places)
    elif hoisting.hides_none(base.text, source, places):
        ids.show_as_text()
