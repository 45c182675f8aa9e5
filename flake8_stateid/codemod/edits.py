"""The edits a plan asks for: what the rewrite needs and nothing more."""

from __future__ import annotations

import ast
from typing import NamedTuple

from flake8_stateid.codemod.reading.nodes import walk


class Region(NamedTuple):
    """Statements of one block that are rewritten together.

    Attributes:
        first: The statement the id is bound before.
        last: The last statement that uses the id; the same as ``first`` for a single loop.
        binding: ``state_id = ctx.state_id``; empty where the id has a name already.
        released: Whether releases move into a ``finally`` around the statements.
    """

    first: ast.stmt
    last: ast.stmt
    binding: str
    released: bool


Loop = ast.For | ast.AsyncFor | ast.comprehension


class Edits:
    """Edits of one module, keyed by the nodes of the analysed tree.

    Attributes:
        replacements: Expressions and the text in their place.
        regions: Statements that the id is bound before.
        removed: Statements that go, each with the region its comments go to.
        kept: What is evaluated in place of a removed statement, or before one that stays.
        unpacked: Assignments to several names, and the number of the one that goes.
        unzipped: Loops over ``zip``, and the number of the argument that stays.
        released: Statements that move into the ``finally`` of their region.
        lifted: Statements that move before their region, behind what is bound there.
        named: Calls that move there, under a name that is put in their place.
        hollow: Loops that did nothing but release, and go.
        strict: Releases that are made to tolerate a missing client.
        guarded: Statements that are to run only where a condition holds, the condition, and what
            is bound then.
        emptied: ``try`` statements of which only the body stays.
        dissolved: ``with`` statements of which only the body stays.
        unclosed: Statements ``with closing(client)`` of which the body stays, and what they bind.
        unnumbered: Loops that do without the index of ``enumerate``.
        valued: Loops over ``items()`` that do without the key.
        uncaptured: Patterns that bind what nothing uses any more.
        unimported: Imports that nothing uses any more.
        left: Releases in what rows call, which stay for the next step: where the id is the
            context's own, they are seen to restart ``call_index``, and leave the loop.
        scattered: Whether a release stands outside the statements it moves behind.
    """

    def __init__(self) -> None:
        """Ask for nothing."""
        self.replacements: dict[ast.expr, str] = {}
        self.regions: list[Region] = []
        self.removed: dict[ast.stmt, Region | None] = {}
        self.released: dict[ast.stmt, Region] = {}
        self.lifted: dict[ast.stmt, Region] = {}
        self.named: dict[ast.Call, tuple[str, Region]] = {}
        self.kept: dict[ast.stmt, str] = {}
        self.unpacked: dict[ast.Assign, int] = {}
        self.unzipped: dict[ast.For | ast.AsyncFor, int] = {}
        self.hollow: list[ast.For] = []
        self.strict: list[ast.Delete | ast.Call] = []
        self.guarded: list[tuple[tuple[ast.stmt, ...], str, tuple[str, ...]]] = []
        self.emptied: list[ast.Try] = []
        self.dissolved: list[ast.With | ast.AsyncWith] = []
        self.unclosed: list[ast.With | ast.AsyncWith] = []
        self.unnumbered: list[Loop] = []
        self.valued: list[Loop] = []
        self.uncaptured: list[ast.MatchAs | ast.MatchStar] = []
        self.unimported: list[tuple[ast.Import | ast.ImportFrom, ast.alias]] = []
        self.left: list[ast.stmt] = []
        self.scattered = False

    def released_in(self, loop: ast.For) -> Region:
        """The region that the releases of a loop move behind."""
        return next(
            self.released[node]
            for node in walk(loop)
            if isinstance(node, ast.stmt) and node in self.released
        )

    def add(self, other: Edits) -> None:
        """Take in the edits of another group of findings."""
        for name, own in vars(self).items():
            theirs = getattr(other, name)
            if isinstance(own, dict):
                own.update(theirs)
            elif isinstance(own, list):
                own.extend(theirs)
            else:
                setattr(self, name, own or theirs)
