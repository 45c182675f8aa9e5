"""The options the commands share, from the command line to a configuration."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.command_options import (
    STDIN,
    add_configuration_options,
    add_file_options,
    configuration_of,
)
from flake8_stateid.configuration import Configuration
from flake8_stateid.problems import ConfigurationError
from flake8_stateid.selection import SelectionOptions
from flake8_stateid.settings import Settings
from tests.samples import write

if TYPE_CHECKING:
    from pathlib import Path


def parsed(*arguments: str) -> Namespace:
    parser = ArgumentParser()
    add_file_options(parser)
    add_configuration_options(parser)
    return parser.parse_args(arguments)


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = parsed()
    assert (arguments.jobs, arguments.stdin_filename) == (0, STDIN)
    assert configuration_of(arguments) == Configuration()


@pytest.mark.parametrize(("value", "jobs"), [("auto", 0), ("1", 1), ("16", 16)])
def test_jobs(value: str, jobs: int) -> None:
    assert parsed("-j", value).jobs == jobs


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", ""])
def test_jobs_that_are_no_number(capsys: pytest.CaptureFixture[str], value: str) -> None:
    with pytest.raises(SystemExit):
        parsed(f"--jobs={value}")
    told = f"-j/--jobs: {value!r} is neither auto nor a number from 1\n"
    assert capsys.readouterr().err.endswith(told)


def test_each_option_replaces_the_value_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[flake8]\nselect = E\nignore = W\nstateid-names = edge_id\ndisable-noqa = no\n"
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": text}))
    replaced = configuration_of(
        parsed("--select=SID", "--disable-noqa", "--stateid-minting=open", "--exclude=x")
    )
    assert replaced == Configuration(
        Settings(names=("edge_id",), minting=("open",)),
        SelectionOptions(select=("SID",), ignore=("W",)),
        exclude=("x",),
        disable_noqa=True,
    )
    assert configuration_of(parsed("--isolated")) == Configuration()


def test_wrong_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"^stateid-names: 'a-b' is not an identifier"):
        configuration_of(parsed("--stateid-names=a-b"))
    with pytest.raises(ConfigurationError, match=r"^gone\.cfg: cannot be read"):
        configuration_of(parsed("--config=gone.cfg"))
