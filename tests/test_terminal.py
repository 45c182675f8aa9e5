"""What a stream can show."""

from __future__ import annotations

import io
import time

import pytest

from flake8_stateid.terminal import Progress, wants_colour


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("environment", "on_terminal", "elsewhere"),
    [
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
    ],
)
def test_colour(environment: dict[str, str], on_terminal: bool, elsewhere: bool) -> None:
    assert wants_colour(Terminal(), environment) is on_terminal
    assert wants_colour(io.StringIO(), environment) is elsewhere


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by tests."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")
    return now


def test_progress_is_shown_only_when_work_is_long(clock: list[float]) -> None:
    stream = Terminal()
    progress = Progress(stream, 10)
    progress.step()
    progress.clear()
    assert stream.getvalue() == ""
    clock[0] = 1.0
    progress.step()
    progress.step()
    clock[0] = 1.2
    progress.step()
    assert stream.getvalue() == "\r\x1b[Kchecked 2 of 10 files\r\x1b[Kchecked 4 of 10 files"
    progress.clear()
    progress.clear()
    assert stream.getvalue().endswith("files\r\x1b[K")


@pytest.mark.parametrize(("stream", "term"), [(io.StringIO(), "xterm"), (Terminal(), "dumb")])
def test_no_progress_where_a_line_cannot_be_taken_back(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    progress = Progress(stream, 10)
    clock[0] = 9.0
    progress.step()
    progress.clear()
    assert stream.getvalue() == ""
