"""Fix a text as the command does, with the default configuration."""

from __future__ import annotations

from flake8_stateid.checking import Checker, FileResult
from flake8_stateid.codemod.fixer import FileFix, Fixer
from flake8_stateid.codemod.outcome import Fixed, Refused
from flake8_stateid.configuration import Configuration
from tests.measuring import unmeasured

PATH = "plugins/batch.py"


class _Checker(Checker):
    """The lint, which has tests of its own: a fix spends half its time in it, when measured."""

    def check_bytes(self, path: str, data: bytes) -> FileResult:
        with unmeasured():
            return super().check_bytes(path, data)


def fixer() -> Fixer:
    """A fixer with the default configuration, of which only the codemod is measured."""
    made = Fixer(Configuration())
    made.checker = _Checker(Configuration())
    return made


# One for all: what it reads of other modules, it remembers.
FIXER = fixer()


def fix(code: str | bytes) -> FileFix:
    """Fix ``code`` as the contents of a file of plugin code."""
    data = code.encode() if isinstance(code, str) else code
    result = FIXER.fix_bytes(PATH, data)
    assert result.problem is None, result.problem
    return result


def fixed(code: str | bytes) -> bytes:
    """The new bytes of a file whose findings can all be fixed, a second run changing nothing."""
    result = fix(code)
    assert result.outcomes, "nothing was found"
    for outcome in result.outcomes:
        assert isinstance(outcome, Fixed), outcome
    assert fix(result.after).after == result.after
    return result.after


def refused(code: str | bytes) -> Refused:
    """The first refusal of a file none of whose findings can be fixed, its bytes unchanged."""
    result = fix(code)
    assert result.after == result.before, result.after.decode()
    assert result.outcomes, "nothing was found"
    for outcome in result.outcomes:
        assert isinstance(outcome, Refused), outcome
    outcome = result.outcomes[0]
    assert isinstance(outcome, Refused)
    return outcome
