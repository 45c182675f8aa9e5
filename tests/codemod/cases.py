"""Batch paths as cases of a table: each is fixed and run, or refused for the reason given."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import ROWS
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Engine


class Case(NamedTuple):
    """The body of ``process_batch``, what stands beside it, and why a fix is refused.

    Attributes:
        name: What the case is about.
        method: The body.
        beside: Methods of the same class, or a class.
        reason: Why it is refused; empty where it is fixed.
        ordered: Whether one row is run after the other, so that the order of calls is given.
        rows: Which of the batches of :data:`tests.codemod.harness.ROWS` it can be run on.
    """

    name: str
    method: str
    beside: str = ""
    reason: str = ""
    ordered: bool = True
    rows: tuple[str, ...] = tuple(ROWS)

    @property
    def code(self) -> str:
        """The module."""
        return module(self.method.strip("\n"), self.beside)


def check_fixed(
    case: Case,
    databases: tuple[Engine, ...],
    code: str = "",
    rows: Collection[str] = tuple(ROWS),
) -> None:
    """Fix a case, and check on each database that it does what it did, with keys enforced.

    Args:
        case: The case.
        databases: Where it runs.
        code: Its module, where that is not :attr:`Case.code`.
        rows: The batches worth running; of these, the case's own are.
    """
    code = code or case.code
    wanted = tuple(name for name in case.rows if name in rows)
    assert wanted
    check(code, fixed(code), databases, wanted, ordered=case.ordered)


def check_refused(case: Case, code: str = "", *, whole: bool = True) -> None:
    """Check that a file is left as it is, with the reason and what to do by hand.

    Args:
        case: The case.
        code: Its module, where that is not :attr:`Case.code`.
        whole: Whether the case gives the whole reason, and not its beginning.
    """
    refusal = refused(code or case.code)
    assert case.reason
    assert refusal.reason == case.reason or not whole
    assert refusal.reason.startswith(case.reason)
    assert refusal.remedy
    assert refusal.row > 0
