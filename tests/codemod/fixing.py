"""Fix a text as the command does, with the default configuration."""

from __future__ import annotations

from flake8_stateid.checking import Checker, FileResult
from flake8_stateid.codemod.fixer import FileFix, Fixer
from flake8_stateid.codemod.outcome import Fixed, Refused
from flake8_stateid.configuration import Configuration
from tests.measuring import unmeasured

PATH = "plugins/batch.py"


class _Checker(Checker):
    """Checks each text once, however often it is asked for: what it imports stays the same."""

    def __init__(self) -> None:
        super().__init__(Configuration())
        self._known: dict[tuple[str, bytes], FileResult] = {}

    def check_bytes(self, path: str, data: bytes) -> FileResult:
        key = (path, data)
        if key not in self._known:
            self._known[key] = super().check_bytes(path, data)
        return self._known[key]


# One for all: what it reads of other modules, it remembers.
FIXER = Fixer(Configuration())
FIXER.checker = _Checker()


def fix(code: str | bytes) -> FileFix:
    """Fix ``code`` as the contents of a file of plugin code."""
    data = code.encode() if isinstance(code, str) else code
    with unmeasured():  # the lint has tests of its own
        FIXER.checker.check_bytes(PATH, data)
    result = FIXER.fix_bytes(PATH, data)
    assert result.problem is None, result.problem
    return result


def fixed(code: str | bytes) -> bytes:
    """The new bytes of a file whose findings can all be fixed, a second run changing nothing."""
    result = fix(code)
    assert result.outcomes, "nothing was found"
    for outcome in result.outcomes:
        assert isinstance(outcome, Fixed), outcome
    # The lint, as for the first run, and no more.
    with unmeasured():
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
