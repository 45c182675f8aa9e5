"""The command's frame: subcommands, help, interrupts and closed pipes."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from types import SimpleNamespace
from typing import NoReturn

import pytest

from flake8_stateid import __version__, cli, explain_command


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"flake8-stateid {__version__}\n"


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert [command.name for command in cli.COMMANDS if f"\n  {command.name} " in out] == [
        "lint",
        "fix",
        "audit",
        "names",
        "explain",
    ]


@pytest.mark.parametrize("command", ["lint", "fix", "audit"])
def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert cli.main([command, "--help"]) == 0
    assert "\nExits 0 if " in capsys.readouterr().out


@pytest.mark.parametrize("width", ["75", "200", "wide"])
def test_help_of_a_command_fits_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert cli.main(["lint", "--help"]) == 0
    longest = max(map(len, capsys.readouterr().out.splitlines()))
    assert longest <= (int(width) if width.isdigit() else 80)


@pytest.mark.parametrize("arguments", [[], ["lnt"], ["lint", "--no-such"], ["lint", "-j", "0"]])
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: flake8-stateid")


def test_the_command_ends_the_process_with_the_code(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without waiting for the interpreter; what was written is out by then."""

    def end(code: int) -> NoReturn:
        raise SystemExit(f"ended with {code}")

    monkeypatch.setattr(gc, "set_threshold", lambda _: None)
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(sys, "argv", ["flake8-stateid", "explain", "nothing"])
    with pytest.raises(SystemExit, match="ended with 2"):
        cli.command()
    assert capfd.readouterr().err.startswith("error: no rule nothing")


def test_a_command_whose_output_cannot_be_written_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Full(io.StringIO):
        def flush(self) -> NoReturn:
            raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(gc, "set_threshold", lambda _: None)
    monkeypatch.setattr(cli, "main", lambda _: 2)
    monkeypatch.setattr(sys, "stderr", Full())
    with pytest.raises(SystemExit) as ended:
        cli.command()
    assert ended.value.code == 2


def test_an_interrupt_ends_with_a_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(explain_command, "run", interrupted)
    assert cli.main(["explain"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_closed_pipe_ends_in_silence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> NoReturn:
        raise BrokenPipeError

    discarded = []
    monkeypatch.setattr(explain_command, "run", broken)
    monkeypatch.setattr(cli, "_discard_stdout", lambda: discarded.append(True))
    assert cli.main(["explain"]) == 141
    assert capsys.readouterr().err == ""
    assert discarded == [True]


def test_output_that_cannot_be_written_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(explain_command, "run", full)
    monkeypatch.setattr(cli, "_discard_stdout", lambda: None)
    assert cli.main(["explain"]) == 2
    expected = "error: the output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == expected


def test_errors_that_cannot_be_written_keep_their_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", SimpleNamespace(write=full))
    monkeypatch.setattr(cli, "_discard_stdout", lambda: None)
    assert cli.main(["explain", "nothing"]) == 2


def test_an_error_about_a_file_is_not_taken_for_one_of_output(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def closed(*_: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied", "a.py")

    monkeypatch.setattr(explain_command, "run", closed)
    with pytest.raises(PermissionError):
        cli.main(["explain"])


def test_output_that_is_closed_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["explain", "SID001"]) == 0
    assert cli.main(["explain", "nothing"]) == 2
    for stream in {sys.stdout, sys.stderr}:
        stream.close()


def test_a_stream_that_cannot_be_reconfigured_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    plain = SimpleNamespace(write=written.append, flush=lambda: None)
    monkeypatch.setattr(sys, "stdout", plain)
    assert cli.main(["explain", "SID001"]) == 0
    assert written
