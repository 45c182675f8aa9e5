"""Programs are run, and what was seen is compared with what the lint says.

Whatever reached a state id in any run has to be reported: anything else is a missed alarm. Where
everything runs exactly once, what is reported has to have been seen: anything else is a false
alarm. A failing test prints the smallest program that still fails.
"""

from __future__ import annotations

import ast
from functools import partial
from random import Random

import pytest

from flake8_stateid.analysis import analyse
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.fuzz import seeds
from tests.fuzz.idioms import IDIOMS, Idiom
from tests.fuzz.programs import HEADER, ProgramMaker, Shape
from tests.fuzz.reducing import reduce
from tests.fuzz.tracing import Built, Program

_RUNS = 6
_ANSWERS = 40

# Everything runs once, so that one run shows all. Objects are left out, since an object of the
# class may come from elsewhere.
STRAIGHT = Shape(branches=False, objects=False, idioms=False)

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")


def reported(text: str) -> frozenset[Built]:
    """The builders that the lint reports in ``text``."""
    source = SourceText.from_lines("plugins/program.py", text.splitlines(keepends=True))
    found = analyse(ast.parse(text), source, Settings())
    return frozenset(Built(each.span.row, each.span.column, each.code) for each in found)


def observed(text: str, seed: int) -> frozenset[Built]:
    """The builders of which a string became a state id in some run that ended well."""
    program = Program(text)
    random = Random(seed)
    reached: frozenset[Built] = frozenset()
    for _ in range(_RUNS):
        run = program.run([random.random() < 0.5 for _ in range(_ANSWERS)])
        if not run.error:
            reached |= run.reached
    return reached


def missed(text: str, seed: int) -> frozenset[Built]:
    """What the lint misses."""
    return observed(text, seed) - reported(text)


def false(text: str) -> frozenset[Built]:
    """What the lint reports though it did not become a state id when the program ran.

    Nothing, where a function was not called: somebody else may.
    """
    run = Program(text).run([])
    if run.error or run.uncalled:
        return frozenset()
    return (reported(text) & run.built) - run.reached


def _numbered(text: str) -> str:
    return "\n".join(f"{row:3} {line}" for row, line in enumerate(text.splitlines(), 1))


@pytest.mark.no_cover  # see tests/measuring.py
def test_no_alarm_is_missed() -> None:
    flows = 0
    for seed in seeds(400):
        text = ProgramMaker(Random(seed)).make()
        flows += len(observed(text, seed))
        if missed(text, seed):
            small = reduce(text, partial(missed, seed=seed))
            pytest.fail(f"seed {seed}: {sorted(missed(small, seed))}\n{_numbered(small)}")
    assert flows > 400, "the programs have too little in them to show anything"


@pytest.mark.no_cover  # see tests/measuring.py
def test_no_alarm_is_false_where_everything_runs_once() -> None:
    silent = 0
    for seed in seeds(400):
        text = ProgramMaker(Random(seed), STRAIGHT).make()
        run = Program(text).run([])
        silent += bool(not run.uncalled and run.built - run.reached)
        if false(text):
            small = reduce(text, false)
            pytest.fail(f"seed {seed}: {sorted(false(small))}\n{_numbered(small)}")
    assert silent > 40, "the programs have too little in them to show anything"


@pytest.mark.parametrize(
    "idiom", [pytest.param(each, id=each.lines.replace("\n", "; ")) for each in IDIOMS]
)
def test_each_idiom_carries_a_string_and_is_followed(idiom: Idiom) -> None:
    values = {"n": "v", "a": "f'{ctx.run_id}_a'", "b": "f'{ctx.run_id}_b'"}
    lines = idiom.lines.format(**values).replace("\n", "\n    ")
    text = (
        f"{HEADER}{idiom.above.format(**values)}\n"
        f"def main():\n    {lines}\n    recorder.record_call(state_id=v)\n"
    )
    run = Program(text).run([])
    if run.error or len(run.reached) != 1:
        raise ValueError(f"the idiom is wrong: {run.error or run.reached}")
    assert run.reached <= reported(text)


@pytest.mark.parametrize(
    ("statement", "reached"),
    [
        ("recorder.record_call(state_id=f'{ctx.run_id}')", [(2, 35, "SID001")]),
        ("recorder.record_call(state_id=(ctx.run_id + 'x').strip())", [(2, 36, "SID002")]),
        ("recorder.record_call(text=f'{ctx.run_id}')", []),
        ("x = f'{ctx.run_id}'; x = 'plain'; state_id = x", []),
        ("x = y = 'a'; x += 'b'; state_id = y", []),
        ("x = 'a'; x += 'b'; state_id = x", [(2, 14, "SID002")]),
        ("state_ids = ['a' + 'b', 'c']", [(2, 18, "SID002")]),
        ("x = f'{ctx.run_id}'; state_id = x + 'y'", [(2, 37, "SID002")]),
        ("state_id = ['x'.join('ab')][0][0:1]", []),
    ],
)
def test_the_reference_sees_what_the_specification_says(
    statement: str, reached: list[tuple[int, int, str]]
) -> None:
    run = Program(f"def main():\n    {statement}\n").run([])
    assert run.error == ""
    assert sorted(run.reached) == [Built(*each) for each in reached]


def test_a_program_that_shows_a_mistake_is_made_small() -> None:
    text = ProgramMaker(Random(3)).make() + "state_id = 'a' + str(f'{1}')\n"
    small = reduce(text, lambda smaller: "f'" in smaller and "+" in smaller)
    assert len(small) < 30
