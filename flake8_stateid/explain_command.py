"""``flake8-stateid explain``: the page of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.escaping import printable
from flake8_stateid.rules import RULES, page, rule_of

if TYPE_CHECKING:
    import argparse
    from typing import TextIO


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "codes", nargs="*", metavar="CODE", help="rules to explain (default: list all)"
    )


def run(arguments: argparse.Namespace, stdout: TextIO, stderr: TextIO) -> int:
    """Print the pages of the codes, or a list of all rules.

    Returns:
        0, or 2 if there is no rule of one of the codes.
    """
    if not arguments.codes:
        for rule in RULES:
            default = "" if rule.on_by_default else " (off by default)"
            stdout.write(f"{rule.code}  {rule.title}{default}\n")
        return 0
    unknown = [code for code in arguments.codes if rule_of(code) is None]
    if unknown:
        known = ", ".join(rule.code for rule in RULES)
        stderr.write(f"error: no rule {printable(', '.join(unknown))}; there are {known}\n")
        return 2
    pages = [page(found) for code in arguments.codes if (found := rule_of(code))]
    stdout.write("\n".join(pages))
    return 0
