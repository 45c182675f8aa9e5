"""Whatever the lint and the codemod are given, they end well and say the same thing again."""

from __future__ import annotations

import ast
from random import Random
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.checking import Checker
from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Fixed
from flake8_stateid.configuration import Configuration
from flake8_stateid.plugin import StateIdPlugin
from flake8_stateid.scope import Scope
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.fuzz import seeds
from tests.fuzz.objects import ObjectMaker
from tests.fuzz.programs import ProgramMaker
from tests.fuzz.trees import TreeMaker

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.findings import Finding

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

SETTINGS = Settings(plugin_paths=("*",), exclude_paths=())
CONFIGURATION = Configuration(settings=SETTINGS)
PATH = "program.py"


@pytest.fixture(autouse=True)
def _everything_is_plugin_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StateIdPlugin, "_settings", SETTINGS)
    monkeypatch.setattr(StateIdPlugin, "_scope", Scope(SETTINGS))


def findings(text: str) -> tuple[Finding, ...]:
    """What the analysis says, unguarded: an exception is the test's failure."""
    source = SourceText.from_lines(PATH, text.splitlines(keepends=True))
    return analyse(ast.parse(text), source, SETTINGS)


def program(seed: int) -> str:
    return ProgramMaker(Random(seed)).make()


def tree(seed: int) -> str:
    return TreeMaker(Random(seed)).make()


makers = pytest.mark.parametrize("make", [program, tree])


@makers
def test_the_analysis_never_raises_and_says_the_same_again(make: Callable[[int], str]) -> None:
    found = 0
    for seed in seeds(250):
        text = make(seed)
        first = findings(text)
        assert findings(text) == first, text
        found += len(first)
    assert found > 25, "the programs have too little in them to show anything"


def test_objects_that_rest_on_themselves_come_to_an_end() -> None:
    found = 0
    for seed in seeds(200):
        found += len(findings(ObjectMaker(Random(seed)).make()))
    assert found > 100, "the objects have too little in them to show anything"


@pytest.mark.no_cover  # see tests/measuring.py
@makers
def test_flake8_and_the_command_line_agree(make: Callable[[int], str]) -> None:
    checker = Checker(CONFIGURATION)
    for seed in seeds(60):
        text = make(seed)
        plugin = StateIdPlugin(ast.parse(text), PATH, text.splitlines(keepends=True))
        by_flake8 = [(row, column + 1, message) for row, column, message, _ in plugin.run()]
        result = checker.check_bytes(PATH, text.encode())
        assert result.problem is None
        by_command = [
            (each.span.row, each.span.column, f"{each.code} {each.message}")
            for each in result.findings
        ]
        assert by_flake8 == by_command, text


@pytest.mark.no_cover  # see tests/measuring.py
@makers
def test_no_file_has_a_say_in_another(make: Callable[[int], str]) -> None:
    """One process checks many files: in what order is no matter."""
    texts = [make(seed) for seed in seeds(60)]
    together = Checker(CONFIGURATION)
    forwards = [together.check_bytes(PATH, text.encode()).findings for text in texts]
    backwards = [together.check_bytes(PATH, text.encode()).findings for text in texts[::-1]]
    assert forwards == backwards[::-1]
    alone = [Checker(CONFIGURATION).check_bytes(PATH, text.encode()).findings for text in texts]
    assert forwards == alone


@pytest.mark.no_cover  # see tests/measuring.py
@makers
def test_suppressed_lines_are_silent(make: Callable[[int], str]) -> None:
    checker = Checker(CONFIGURATION)
    for seed in seeds(60):
        lines = make(seed).splitlines()
        first = checker.check_bytes(PATH, "\n".join(lines).encode())
        rows = {each.span.row for each in first.findings}
        for row in rows:
            lines[row - 1] += "  # noqa: SID"
        # Bare to flake8, since the code has no number.
        text = "\n".join(lines)
        assert checker.check_bytes(PATH, text.encode()).findings == ()
        fix = Fixer(CONFIGURATION).fix_bytes(PATH, text.encode())
        assert fix.after == fix.before


@makers
def test_what_is_fixed_compiles_is_clean_and_stays(make: Callable[[int], str]) -> None:
    """Programs that are nothing like a batch path: the codemod may refuse, never break."""
    fixer = Fixer(CONFIGURATION)
    for seed in seeds(25):
        before = make(seed).encode()
        fix = fixer.fix_bytes(PATH, before)
        assert fix.problem is None
        assert all("the codemod failed" not in getattr(o, "reason", "") for o in fix.outcomes)
        fixed = [each for each in fix.outcomes if isinstance(each, Fixed)]
        assert (fix.after != before) == bool(fixed)
        if fixed:
            compile(fix.after, PATH, "exec", dont_inherit=True)
            left = fixer.checker.check_bytes(PATH, fix.after).findings
            assert len(left) == len(fix.outcomes) - len(fixed)
            assert fixer.fix_bytes(PATH, fix.after).after == fix.after
