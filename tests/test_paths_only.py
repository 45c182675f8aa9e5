"""Paths alone are read as argparse would read them."""

from __future__ import annotations

from argparse import ArgumentParser
from importlib import import_module
from typing import Any

import pytest

from flake8_stateid.paths_only import parsed_without_options


@pytest.mark.parametrize("arguments", [[], ["a"], ["a", "b/c.py"], ["-"], ["a", "-", ""]])
@pytest.mark.parametrize("name", ["lint", "fix", "names", "explain"])
def test_as_argparse_would(name: str, arguments: list[str]) -> None:
    module = import_module(f"flake8_stateid.{name}_command")
    parsed = parsed_without_options(module.add_arguments, arguments)
    if name in ("fix", "names") and not arguments:
        assert parsed is None  # which argparse says to be wrong
        return
    parser = ArgumentParser()
    module.add_arguments(parser)
    assert parsed is not None
    assert vars(parsed) == vars(parser.parse_args(arguments))


def test_a_command_that_takes_one_thing_is_left_to_argparse() -> None:
    module = import_module("flake8_stateid.audit_command")
    assert parsed_without_options(module.add_arguments, ["a"]) is None


@pytest.mark.parametrize("checked", [{"type": int}, {"choices": ["a"]}, {"nargs": "?"}])
def test_what_argparse_would_check_or_convert_is_left_to_it(checked: dict[str, object]) -> None:
    def add_arguments(parser: Any) -> None:
        parser.add_argument("numbers", **{"nargs": "*", **checked})

    assert parsed_without_options(add_arguments, ["b"]) is None


@pytest.mark.parametrize("option", ["--diff", "-j2", "--", "--output-format=json", "-h"])
@pytest.mark.parametrize("place", [0, 1])
def test_options_are_left_to_argparse(option: str, place: int) -> None:
    module = import_module("flake8_stateid.lint_command")
    arguments = ["a"]
    arguments.insert(place, option)
    assert parsed_without_options(module.add_arguments, arguments) is None


def test_the_first_of_several_arguments_for_one_value_has_the_say() -> None:
    def add_arguments(parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", default=["."])
        parser.add_argument("--no-colour", dest="colour", action="store_false")
        parser.add_argument("--colour", action="store_true")
        parser.add_argument("-v", action="store_true", default=None)
        group = parser.add_argument_group("more").add_mutually_exclusive_group()
        group.add_argument("-n", "--dry-run", action="store_true")

    parser = ArgumentParser()
    add_arguments(parser)
    parsed = parsed_without_options(add_arguments, [])
    assert parsed is not None
    assert vars(parsed) == vars(parser.parse_args([]))
