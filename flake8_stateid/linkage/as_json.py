"""A report as JSON, by the schema in ``report.schema.json``."""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_stateid.linkage.report import LinkageReport

SCHEMA_VERSION = 1


def render_json(report: LinkageReport) -> str:
    """The report as a JSON object, ASCII only, ended by a newline.

    Its keys are the attributes of :class:`LinkageReport`, and ``schema_version`` and ``verdict``.
    """
    data = {
        "schema_version": SCHEMA_VERSION,
        "verdict": report.verdict.value,
        "orphans": report.orphans,
    }
    fields = _plain(report)
    assert isinstance(fields, dict)
    return json.dumps(data | fields, indent=2) + "\n"


def _plain(value: object) -> object:
    """Named tuples as objects, other tuples as arrays, enumerations by their value."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple):
        names = getattr(value, "_fields", None)
        items = [_plain(item) for item in value]
        return items if names is None else dict(zip(names, items, strict=True))
    return value
