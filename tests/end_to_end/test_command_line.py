"""The command line as a process of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from flake8_stateid import __version__
from tests.end_to_end.processes import environment, lint, run
from tests.samples import BAD, BAD_MESSAGE, FOUND, Outcome, project, write

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "flake8_stateid"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of one bad plugin file."""
    return project(tmp_path, {"plugins/bad.py": BAD})


def test_the_script_is_installed(root: Path) -> None:
    script = os.path.join(os.path.dirname(sys.executable), "flake8-stateid")
    expected = Outcome(0, f"flake8-stateid {__version__}\n", "")
    assert run([script, "--version"], root) == expected
    assert run([*COMMAND, "--version"], root) == expected


def test_findings(root: Path) -> None:
    assert lint(root) == Outcome(1, f"./{FOUND}", "")


def test_stdin_is_bytes(root: Path) -> None:
    stdin = f"# coding: latin-1\nx = 'é'; {BAD}".encode("latin-1")
    outcome = lint(root, "-", "--stdin-filename=plugins/new.py", stdin=stdin)
    assert outcome == Outcome(1, f"plugins/new.py:2:25: {BAD_MESSAGE}\n", "")


def test_a_sum_of_five_thousand_terms(root: Path) -> None:
    """Whether it can be parsed depends on the Python; that it is no crash does not."""
    terms = " + ".join(["ctx.state_id"] * 5000)
    write(root, {"plugins/sum.py": f"row_state_id = {terms}\n"})
    outcome = lint(root, "plugins")
    assert outcome.out.startswith(FOUND)
    assert "Traceback" not in outcome.err
    if outcome.code == 2:
        assert outcome.out == FOUND
        assert outcome.err.startswith("error: plugins/sum.py")
        assert outcome.err.count("\n") == 1
    else:
        assert (
            outcome.out
            == f"{FOUND}plugins/sum.py:1:16: "
            + BAD_MESSAGE.replace("SID001", "SID002").replace("an f-string", "concatenation")
            + "\n"
        )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
def test_a_file_name_with_controls(root: Path) -> None:
    write(root, {"plugins/\x1b[2J\n::error::.py": BAD})
    out = lint(root, "plugins").out
    assert out == FOUND.replace("bad", r"\x1b[2J\n::error::") + FOUND


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs any bytes in file names")
def test_a_file_name_that_is_not_utf8(root: Path) -> None:
    (root / "plugins" / os.fsdecode(b"\xff.py")).write_text(BAD)
    for form in ("text", "json", "sarif", "github"):
        outcome = lint(root, "plugins", "--output-format", form)
        assert (outcome.code, outcome.err) == (1, "")
    assert lint(root, "plugins").out.endswith(FOUND.replace("bad", "\\xff"))


def test_output_that_the_encoding_cannot_show_is_escaped(root: Path) -> None:
    write(root, {"plugins/bad.py": f"é = 1; {BAD}"})
    env = environment(PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    outcome = run([*COMMAND, "lint", "--show-source"], root, env=env)
    assert outcome.code == 1
    assert "| \\xe9 = 1; row_state_id" in outcome.out


@pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "code", "told"),
    [
        (">&-", 1, ""),
        ("2>&-", 1, ""),
        (">&- 2>&-", 1, ""),
        ("nothing.py 2>&-", 2, ""),
        ("- <&-", 2, "error: -: stdin is closed; give it a text, or name files\n"),
        (">/dev/full", 2, "error: the output cannot be written: No space left on device\n"),
    ],
)
def test_streams_that_are_closed_or_full(
    root: Path, redirection: str, code: int, told: str
) -> None:
    if "/dev/full" in redirection and not os.path.exists("/dev/full"):
        pytest.skip("no full device on this system")
    line = f"{shlex.join([*COMMAND, 'lint', 'plugins'])} {redirection}"
    outcome = run(["sh", "-c", line], root)
    assert (outcome.code, outcome.err) == (code, told)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps folders that are in use")
def test_a_working_directory_that_is_gone(root: Path) -> None:
    (root / "left").mkdir()
    script = f"rmdir ../left; {shlex.join([*COMMAND, 'lint', '.'])}"
    outcome = run(["sh", "-c", script], root / "left")
    expected = "error: the working directory is gone; change to one that is there\n"
    assert (outcome.code, outcome.out, outcome.err) == (2, "", expected)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows closes pipes in another way")
def test_a_reader_that_goes_away(root: Path) -> None:
    write(root, {"plugins/bad.py": BAD * 5000})
    with subprocess.Popen(
        [*COMMAND, "lint"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("extra", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_on_a_terminal_code_is_shown_in_colour(
    root: Path, extra: dict[str, str], is_coloured: bool
) -> None:
    import pty

    parent, child = pty.openpty()
    env = environment(TERM="xterm", **extra)
    with subprocess.Popen([*COMMAND, "lint"], cwd=root, stdout=child, env=env) as process:
        os.close(child)
        shown = b""
        try:
            while piece := os.read(parent, 4096):
                shown += piece
        except OSError:
            # How Linux reports that nobody writes any more.
            pass
        os.close(parent)
        assert process.wait(60) == 1
    text = shown.decode().replace("\r\n", "\n")
    assert ("\x1b[" in text) is is_coloured
    assert '    1 | row_state_id = f"{parent}_row"\n      |                ' in text


def test_code_is_never_run(root: Path) -> None:
    """Neither the file itself, nor what it imports, nor what lies beside it."""
    mark = "open('mark', 'w').close()\n"
    files = ["plugins/bad.py", "plugins/__init__.py", "sitecustomize.py", "ast.py", "json.py"]
    write(root, dict.fromkeys(files, f"{mark}from plugins import other\n{BAD}"))
    write(root, {"plugins/other.py": mark + BAD})
    script = os.path.join(os.path.dirname(sys.executable), "flake8-stateid")
    assert run([script, "lint"], root).code == 1
    assert not (root / "mark").exists()


SLOW_TO_IMPORT = {
    "asyncio", "concurrent.futures", "configparser", "dataclasses", "email", "flake8",
    "importlib.metadata", "inspect", "json", "libcst", "logging", "multiprocessing",
    "pathlib", "rich", "shutil", "socket", "sqlalchemy", "subprocess", "tempfile",
    "threading", "tokenize", "unittest", "re", "enum", "collections", "functools",
}  # fmt: skip


def imported(root: Path, *arguments: str) -> set[str]:
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from flake8_stateid.cli import main\n"
        "main(sys.argv[1:])\n"
        "print(*sorted(set(sys.modules) - before), file=sys.stderr)\n"
    )
    return set(run([sys.executable, "-c", script, *arguments], root).err.splitlines()[-1].split())


def test_a_lint_run_imports_nothing_slow(root: Path) -> None:
    assert not imported(root, "lint") & SLOW_TO_IMPORT


def test_a_file_without_a_name_is_not_parsed(root: Path) -> None:
    write(root, {"plugins/bad.py": "x = f'{y}'\n"})
    modules = imported(root, "lint")
    assert "flake8_stateid.analysis" not in modules
    assert "ast" not in modules
