"""The codemod for those who run codemods with LibCST's own runner.

``python -m libcst.tool codemod --no-format -x flake8_stateid.codemod.UseContextStateId PATHS``
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod import CodemodCommand, SkipFile

from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Refused
from flake8_stateid.configuration import ConfigurationSource, load_configuration
from flake8_stateid.escaping import printable
from flake8_stateid.problems import ConfigurationError
from flake8_stateid.rules import RULES

if TYPE_CHECKING:
    from argparse import ArgumentParser


class UseContextStateId(CodemodCommand):
    """Let plugin code record its calls under the state id its context was given."""

    DESCRIPTION = "Let plugin code record its calls under the state id its context was given."

    @staticmethod
    def add_args(arg_parser: ArgumentParser) -> None:
        """Add no arguments, but end a run under a wrong configuration before it begins.

        The runner calls this once; later it would show one traceback for each file.

        Raises:
            SystemExit: The configuration is wrong.
        """
        try:
            # Some values of flake8's show to be wrong only when they are used.
            _fixer(os.getcwd()).checker.selection.reports("", RULES[0].code)
        except ConfigurationError as error:
            arg_parser.exit(2, f"error: {printable(str(error))}\n")

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
