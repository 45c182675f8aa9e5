"""What the analysis says: a finding, its place in the source and the steps that led to it.

Every row counts from 1 and every column counts characters from 1, as editors do. ``ast`` counts
UTF-8 bytes from 0; :mod:`flake8_stateid.source` is the one place that converts.

The lint path starts in a few milliseconds only as long as it imports little: hence
:class:`~flake8_stateid.records.Record`, not ``NamedTuple`` or ``dataclasses``, in all that a
lint run loads.
"""

from __future__ import annotations

from flake8_stateid.records import Record


class Span(Record):
    """A piece of source text; ``end_column`` is the column after its last character."""

    row: int
    column: int
    end_row: int
    end_column: int


class Step(Record):
    """One station of a value on its way from its builder to a target.

    Attributes:
        path: The file of the step, as it was given to the analysis.
        span: Where in that file.
        text: What happens there, in a few words: ``passed as 'state_id' to '_process_row'``.
        is_target: Whether the value becomes a state id at this step.
    """

    path: str
    span: Span
    text: str
    is_target: bool = False


class Finding(Record):
    """A defect the analysis can show; ordered by place, hashable.

    Attributes:
        path: The file, as it was given to the analysis.
        span: The builder (SID0xx), the release (SID101) or the construction (SID102).
        code: A code of :mod:`flake8_stateid.rules`.
        message: The message without its code, ready to print.
        steps: From builder to the farthest target the value was followed to; the first step with
            ``is_target`` is the target the message names.
    """

    path: str
    span: Span
    code: str
    message: str
    steps: tuple[Step, ...] = ()
