"""The codemod for those who run codemods with LibCST's own runner.

``python -m libcst.tool codemod --no-format -x flake8_stateid.codemod.UseContextStateId PATHS``
"""

from __future__ import annotations

import functools
import os

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Refused
from flake8_stateid.configuration import ConfigurationSource, load_configuration


class UseContextStateId(CodemodCommand):
    """Let plugin code record its calls under the state id its context was given."""

    DESCRIPTION = "Let plugin code record its calls under the state id its context was given."

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the fixed module; each finding that is refused becomes a warning.

        Raises:
            SkipFile: The file cannot be checked, or LibCST does not reproduce its bytes.
        """
        path = self.context.filename or "stdin"
        data = tree.bytes
        if os.path.exists(path) and not _holds(path, data):
            raise SkipFile("LibCST cannot reproduce the file byte for byte")
        fix = _fixer(os.getcwd()).fix_bytes(path, data)
        if fix.problem is not None:
            raise SkipFile(f"{fix.problem.reason}; {fix.problem.remedy}")
        for outcome in fix.outcomes:
            if isinstance(outcome, Refused):
                self.warn(f"{path}:{outcome.row}: {outcome.reason}; {outcome.remedy}")
        return tree if fix.after == data else cst.parse_module(fix.after)


@functools.cache
def _fixer(_folder: str) -> Fixer:
    """One for each process and working folder: the runner makes a command for every file."""
    return Fixer(load_configuration(ConfigurationSource(), {}))


def _holds(path: str, data: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read() == data
    except OSError:
        return False
