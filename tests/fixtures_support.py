"""What a lint fixture says about itself: its expected findings, its settings, its cases.

A fixture is plugin code. A trailing comment on the row where a builder starts names the code and
the character column (from 1) of its first character, several separated by spaces::

    state_id = f"{ctx.state_id}_row{i}"  # expect: SID001@16

Where no comment fits on that row (inside a triple-quoted string, before a backslash), the comment
stands later on the same noqa row and counts back: ``# expect[-2]: SID001@16``.

Comments before the docstring are directives: ``# select: SID201`` turns on codes that are off by
default, ``# names: state_id, edge_id`` and ``# minting: open_state`` set the options of that name.

A comment at column 1 that begins ``# Harmful:`` or ``# Harmless:`` opens a case and says why it
is one; the case runs to the next such comment. A harmful case expects a finding, a harmless one
none.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from pathlib import Path
from typing import NamedTuple

from flake8_stateid.settings import Settings

LINT_FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "lint" / "plugins"
DEFAULT_CODES = frozenset({"SID001", "SID002", "SID003", "SID101", "SID102", "SID900"})

_EXPECT = re.compile(r"#\s*expect(?:\[(?P<back>-\d+)\])?:(?P<items>(?: SID\d{3}@\d+)+)")
_DIRECTIVE = re.compile(r"#\s*(?P<key>select|names|minting):\s*(?P<values>\S.*)")
_CASE = re.compile(r"# (?P<kind>Harmful|Harmless): \S")
_VERSION = re.compile(r"_py(?P<major>3)(?P<minor>\d+)$")


class Expected(NamedTuple):
    """One finding a fixture announces; ordered by place."""

    row: int
    column: int
    code: str


class Case(NamedTuple):
    """One labelled case and how many findings it announces."""

    row: int
    harmful: bool
    findings: int


class LintFixture(NamedTuple):
    """A fixture file, decoded, with what it announces.

    Attributes:
        path: Where it lies.
        data: Its bytes.
        text: Its text, without BOM, newlines as they are.
        expected: The findings announced, ordered by place.
        codes: The codes that are on for this file.
        settings: The options its directives ask for.
    """

    path: Path
    data: bytes
    text: str
    expected: tuple[Expected, ...]
    codes: frozenset[str]
    settings: Settings

    @property
    def docstring(self) -> str:
        """The module's docstring; empty where there is none."""
        return ast.get_docstring(ast.parse(self.text)) or ""


def required_python(path: Path) -> tuple[int, int]:
    """The oldest Python that can parse the fixture, from a name such as ``names_py312.py``."""
    match = _VERSION.search(path.stem)
    return (int(match["major"]), int(match["minor"])) if match else (3, 11)


def parsable(path: Path) -> bool:
    """Whether this Python can parse the fixture."""
    return sys.version_info >= required_python(path)


def decode(data: bytes) -> str:
    """The text of a Python file: cookie obeyed, BOM dropped, newlines untouched."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding)


def comments(text: str) -> list[tokenize.TokenInfo]:
    """Every comment of ``text``, in order."""
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return [token for token in tokens if token.type == tokenize.COMMENT]


def expectations(text: str) -> tuple[Expected, ...]:
    """The findings that comments of ``text`` announce, ordered by place.

    Raises:
        ValueError: A comment mentions ``expect`` and cannot be read.
    """
    found = []
    for token in comments(text):
        if not re.match(r"#\s*expect\b", token.string):
            continue
        match = _EXPECT.fullmatch(token.string)
        if match is None:
            raise ValueError(f"row {token.start[0]}: cannot read {token.string!r}")
        row = token.start[0] + int(match["back"] or 0)
        for item in match["items"].split():
            code, column = item.split("@")
            found.append(Expected(row, int(column), code))
    return tuple(sorted(found))


def directives(text: str) -> dict[str, tuple[str, ...]]:
    """The options set by comments before the first statement."""
    first = ast.parse(text).body[0].lineno
    matches = (_DIRECTIVE.fullmatch(t.string) for t in comments(text) if t.start[0] < first)
    return {m["key"]: tuple(v.strip() for v in m["values"].split(",")) for m in matches if m}


def with_noqa(text: str) -> str:
    """``text`` with each announcement turned into a ``# noqa`` of exactly the announced codes."""
    lines = list(io.StringIO(text, newline=""))
    for token in comments(text):
        match = _EXPECT.fullmatch(token.string)
        if match:
            codes = sorted({item.split("@")[0] for item in match["items"].split()})
            row, column = token.start
            line = lines[row - 1]
            rest = line[column + len(token.string) :]
            lines[row - 1] = f"{line[:column]}# noqa: {','.join(codes)}{rest}"
    return "".join(lines)


def labelled_cases(text: str) -> tuple[Case, ...]:
    """The labelled cases of ``text`` in order, each with the number of findings it announces."""
    marks = []
    for token in comments(text):
        match = _CASE.match(token.string)
        if match and token.start[1] == 0:
            marks.append((token.start[0], match["kind"] == "Harmful"))
    ends = [row for row, _ in marks[1:]] + [sys.maxsize]
    expected = expectations(text)
    return tuple(
        Case(row, harmful, sum(row <= e.row < end for e in expected))
        for (row, harmful), end in zip(marks, ends, strict=True)
    )


def load(path: Path) -> LintFixture:
    """Read one fixture.

    Raises:
        ValueError: One of its announcements cannot be read.
        SyntaxError: This Python cannot parse it.
    """
    data = path.read_bytes()
    text = decode(data)
    options = directives(text)
    codes = DEFAULT_CODES | frozenset(options.get("select", ()))
    defaults = Settings(minted_wanted="SID201" in codes)
    settings = defaults._replace(
        names=options.get("names", defaults.names),
        minting=options.get("minting", defaults.minting),
    )
    return LintFixture(path, data, text, expectations(text), codes, settings)


def lint_fixtures(folder: Path = LINT_FIXTURES) -> list[Path]:
    """The fixture files of a folder, by name."""
    return sorted(folder.glob("*.py"))
