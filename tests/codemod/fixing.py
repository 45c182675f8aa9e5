"""Fix a text as the command does, with the default configuration."""

from __future__ import annotations

from flake8_stateid.checking import Checker
from flake8_stateid.codemod.fixing import FixResult, fix_bytes
from flake8_stateid.codemod.outcome import Fixed, Refused
from flake8_stateid.configuration import Configuration
from flake8_stateid.names import StateIdNames

PATH = "plugins/batch.py"


def fix(code: str | bytes) -> FixResult:
    """Fix ``code`` as the contents of a file of plugin code."""
    data = code.encode() if isinstance(code, str) else code
    configuration = Configuration()
    checker = Checker(configuration)
    checked = checker.check_bytes(PATH, data)
    assert checked.problem is None, checked.problem
    names = StateIdNames(configuration.settings.names)
    return fix_bytes(data, checked, names, lambda new: checker.check_bytes(PATH, new))


def fixed(code: str | bytes) -> bytes:
    """The new bytes of a file whose findings can all be fixed, a second run changing nothing."""
    result = fix(code)
    assert result.outcomes, "nothing was found"
    for outcome in result.outcomes:
        assert isinstance(outcome, Fixed), outcome
    assert fix(result.code).code == result.code
    return result.code


def refused(code: str | bytes) -> Refused:
    """The refusal of a file's only finding, its bytes unchanged."""
    result = fix(code)
    data = code.encode() if isinstance(code, str) else code
    assert result.code == data, result.code.decode()
    assert result.outcomes, "nothing was found"
    for outcome in result.outcomes:
        assert isinstance(outcome, Refused), outcome
    outcome = result.outcomes[0]
    assert isinstance(outcome, Refused)
    return outcome
