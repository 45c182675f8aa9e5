"""Random batch paths: whatever is fixed, is fixed right; what is not, is left alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flake8_stateid.codemod.outcome import Fixed
from tests.codemod.fixing import fix
from tests.codemod.running import check
from tests.codemod.sources import (
    BINDINGS,
    BODIES,
    BUILDERS,
    CACHES,
    CONTEXTS,
    HANDLERS,
    LOOPS,
    RELEASES,
    Choices,
    batch_source,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

EXAMPLES = int(os.environ.get("FLAKE8_STATEID_EXAMPLES", "20"))
TABLES = (BUILDERS, BINDINGS, RELEASES, BODIES, HANDLERS, LOOPS, CONTEXTS, CACHES)
choices = st.builds(Choices, *(st.sampled_from(sorted(table)) for table in TABLES))
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def is_python(code: str) -> bool:
    """Whether a combination is one: a builder's quotes may not fit into a message's."""
    try:
        compile(code, "batch", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


@bounded
@given(chosen=choices)
def test_fixed_right_or_left_alone(chosen: Choices, databases: tuple[Engine, ...]) -> None:
    """Every combination of choices, run on the database."""
    code = batch_source(chosen)
    if not is_python(code):
        return
    result = fix(code)
    assert result.outcomes
    if all(isinstance(outcome, Fixed) for outcome in result.outcomes):
        check(code, result.after, databases, ("raising", "skipping", "stopping", "broken"))
        assert fix(result.after).after == result.after
    else:
        assert result.after == result.before


@st.composite
def formatted(draw: st.DrawFn) -> tuple[str, str]:
    """A batch path, and the same with other blank lines, comments and spaces."""
    code = batch_source(draw(choices))
    lines = []
    for line in code.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        style = draw(st.integers(0, 9))
        remark = ""
        if style == 0 and line.strip():
            lines.append(f"{indent}# about what follows")
        if style == 1:
            lines.append("")
        if style == 2 and line.strip() and "'''" not in line and '"""' not in line:
            remark = "  # a remark"
        lines.append(line + remark)
    return code, "\n".join(lines) + "\n"


@bounded
@given(formatted())
def test_formatting_changes_no_verdict(texts: tuple[str, str]) -> None:
    """Blank lines and comments move nothing but themselves."""
    plain, styled = texts
    if not is_python(plain) or not is_python(styled):
        return
    fixes = [fix(text) for text in (plain, styled)]
    verdicts = [[type(outcome).__name__ for outcome in each.outcomes] for each in fixes]
    assert verdicts[0] == verdicts[1]
    bare, kept = (
        [line.split("#")[0].strip() for line in each.after.decode().splitlines()] for each in fixes
    )
    assert [line for line in kept if line] == [line for line in bare if line]
