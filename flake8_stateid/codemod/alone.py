"""One id outside any loop: what is built gives way to the state id, and all else stays."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.codemod.edits import Edits
from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, RefusalError
from flake8_stateid.codemod.reading.signatures import dotted

if TYPE_CHECKING:
    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.ids.ids import Definition, Ids
    from flake8_stateid.codemod.tracing.releases import Release


def rebinds(definition: Definition, base: Base) -> bool:
    """Whether a definition binds nothing but the base's own name."""
    targets = definition.targets if isinstance(definition, ast.Assign) else [definition.target]
    return [dotted(each) for each in targets] == [base.text]


def edit_alone(
    ids: Ids, base: Base, releases: list[Release], *, repeats: bool, staged: bool
) -> Edits:
    """The edits of one id.

    Args:
        ids: Its names and places.
        base: The state id.
        releases: The releases of its client, which stay.
        repeats: Whether the function that it stands in runs for each row.
        staged: Whether releases may stay for another step to move.

    Raises:
        RefusalError: A release would come before the last use, or for each row.
    """
    if repeats and releases and not staged:
        raise RefusalError(
            RELEASED_BY_ROWS,
            "release it in a 'finally' around the loop that calls this function",
            releases[0].statements[0].lineno,
        )
    if len(ids.names) + len(ids.in_place) > 1 and releases and not repeats:
        raise RefusalError(
            "several ids become one, and a release would come before the last use",
            "release the client once, after the last use",
            releases[0].statements[0].lineno,
        )
    if ids.choices:
        raise RefusalError(
            "binding the id is all that a branch does",
            "bind it before the branch by hand",
            ids.choices[0].lineno,
        )
    edits = Edits()
    if repeats:
        edits.left.extend(release.statements[0] for release in releases)
    for definition in ids.definitions:
        if isinstance(definition, ast.AugAssign) or rebinds(definition, base):
            edits.removed[definition] = None
        elif definition.value is not None:
            edits.replacements[definition.value] = ids.wrapper.format(base.text)
    for assignment, number in ids.unpacked.items():
        assert isinstance(assignment.value, ast.Tuple)
        edits.replacements[assignment.value.elts[number]] = ids.wrapper.format(base.text)
    for node in ids.in_place:
        edits.replacements[node] = ids.wrapper.format(base.text)
    return edits
