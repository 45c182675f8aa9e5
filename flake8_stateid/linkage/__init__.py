"""Prove that every recorded call points at a row that exists.

One line of a test, after a batch has been run against a real database::

    from flake8_stateid.linkage import assert_linked

    assert_linked(engine)

Needs SQLAlchemy: ``pip install "flake8-stateid[audit]"``. Nothing here writes to a database: an
audit trail is evidence.
"""

from __future__ import annotations

try:
    import sqlalchemy  # noqa: F401  to say what to install, where it is missing
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "the linkage check needs SQLAlchemy, which is not installed: "
        'pip install "flake8-stateid[audit]"',
        name=error.name,
    ) from None

from flake8_stateid.linkage.check import assert_linked, check_linkage, find_orphans, iter_orphans
from flake8_stateid.linkage.engine import open_readonly
from flake8_stateid.linkage.errors import LinkageError
from flake8_stateid.linkage.mapping import write_mapping
from flake8_stateid.linkage.references import find_references
from flake8_stateid.linkage.report import (
    CallIndexLinkage,
    CallIndexSample,
    ColumnLinkage,
    ColumnName,
    Declaration,
    LinkageReport,
    Orphan,
    OrphanSample,
    ParentOrphans,
    Reference,
    Risk,
    RunOrphans,
    SuffixPattern,
    Unchecked,
    Verdict,
)
from flake8_stateid.linkage.targets import DEFAULT_TARGET

__all__ = [
    "DEFAULT_TARGET",
    "CallIndexLinkage",
    "CallIndexSample",
    "ColumnLinkage",
    "ColumnName",
    "Declaration",
    "LinkageError",
    "LinkageReport",
    "Orphan",
    "OrphanSample",
    "ParentOrphans",
    "Reference",
    "Risk",
    "RunOrphans",
    "SuffixPattern",
    "Unchecked",
    "Verdict",
    "assert_linked",
    "check_linkage",
    "find_orphans",
    "find_references",
    "iter_orphans",
    "open_readonly",
    "write_mapping",
]
