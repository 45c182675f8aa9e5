"""``lint``, in this process; ``end_to_end`` runs it as its own."""

from __future__ import annotations

import io
import json
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from flake8_stateid import inspection, running
from flake8_stateid.cli import main
from flake8_stateid.running import LostWorkerError
from tests.samples import BAD, FOUND, GOOD, Outcome, project, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run ``lint`` in a project of a good, a bad and an ordinary file."""
    files: dict[str, str | bytes] = {"plugins/good.py": GOOD, "plugins/bad.py": BAD, "a.py": BAD}
    monkeypatch.chdir(project(tmp_path, files))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Outcome:
        code = main(["lint", *arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def test_findings(lint: Callable[..., Outcome]) -> None:
    assert lint("plugins") == Outcome(1, FOUND, "")
    assert lint() == Outcome(1, f"./{FOUND}", "")


def test_clean(lint: Callable[..., Outcome]) -> None:
    assert lint("plugins/good.py") == Outcome(0, "", "")


def test_an_empty_file_is_clean(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {"plugins/empty.py": ""})
    assert lint("plugins/empty.py") == Outcome(0, "", "")


def test_bad_files_do_not_stop_the_others(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {"plugins/a.py": "state_id = (", "plugins/z.py": "state_id = '\0'"})
    outcome = lint("nothing.py", "plugins")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert outcome == Outcome(
        2,
        FOUND,
        "error: nothing.py: does not exist; check the spelling and the working directory\n"
        f"error: plugins/a.py:1: not Python {version}: '(' was never closed; "
        "correct it, or run the Python version it is written for\n"
        "error: plugins/z.py:1: holds NUL bytes; remove them, or exclude the file\n",
    )


def test_folders_that_lead_nowhere_are_named(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "empty\n").mkdir()
    outcome = lint("empty\n", "plugins", "--extend-exclude=plugins")
    assert outcome == Outcome(
        0,
        "",
        "warning: empty\\n holds no *.py file that is not excluded; nothing was checked there\n"
        "warning: plugins is excluded by the configuration; nothing was checked there\n",
    )


def test_a_warning_when_nothing_is_plugin_code(
    lint: Callable[..., Outcome], tmp_path: Path
) -> None:
    write(tmp_path, {"tests/plugins/a.py": BAD, "setup.cfg": "[flake8]\n"})
    seen = f"seen from {tmp_path}"
    assert lint("a.py") == Outcome(
        0,
        "",
        "warning: the file given is not plugin code: "
        f"stateid-plugin-paths (*/plugins/*) matches nothing, {seen}\n",
    )
    assert lint("--stateid-plugin-paths=src/*,x/*").err == (
        "warning: none of the 4 files is plugin code: "
        f"stateid-plugin-paths (src/*, x/*) matches nothing, {seen}\n"
    )
    assert lint("tests", "a.py", "--stateid-exclude-paths=tests/").err == (
        "warning: none of the 2 files is plugin code: "
        "stateid-exclude-paths (tests/) matches whatever stateid-plugin-paths does, "
        f"{seen}\n"
    )
    assert lint("a.py", "plugins/good.py").err == ""


def test_the_warning_names_a_few_roots(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    for name in "abcd":
        project(tmp_path / name, {"x.py": ""})
    assert lint("a", "b", "c", "d").err.endswith(
        f"seen from {tmp_path}/a, {tmp_path}/b, {tmp_path}/c, ...\n"
    )


def test_configuration_is_read(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {".flake8": "[flake8]\nextend-ignore = SID001\n"})
    assert lint("plugins") == Outcome(0, "", "")
    assert lint("plugins", "--isolated") == Outcome(1, FOUND, "")
    assert lint("plugins", "--extend-ignore=") == Outcome(1, FOUND, "")
    assert lint("plugins", "--select=SID001", "--extend-ignore=E").code == 1


def test_per_file_ignores(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {".flake8": "[flake8]\nper-file-ignores =\n    plugins/*: SID\n"})
    assert lint("plugins")[:2] == (0, "")
    outcome = lint("plugins", "--per-file-ignores=a b c")
    assert (outcome.code, outcome.err[:24]) == (2, "error: per-file-ignores:")
    assert outcome.err.count("\n") == 1


def test_noqa(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {"plugins/bad.py": BAD.rstrip() + "  # noqa: SID001\n"})
    assert lint("plugins") == Outcome(0, "", "")
    assert lint("plugins", "--disable-noqa") == Outcome(1, FOUND, "")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--stateid-names=a.b"], "stateid-names: 'a.b' is not an identifier"),
        (["--config=no.cfg"], "no.cfg: cannot be read"),
        (["--write-baseline"], "--write-baseline needs --baseline FILE"),
        (["--baseline=no.json"], "--baseline: no.json does not exist"),
        (["--stdin-filename=plugins/a.py"], "--stdin-filename needs - among the paths"),
    ],
)
def test_wrong_options(lint: Callable[..., Outcome], arguments: list[str], error: str) -> None:
    outcome = lint(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith(f"error: {error}")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(("value", "jobs"), [("auto", 0), ("3", 3)])
def test_jobs(
    lint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, value: str, jobs: int
) -> None:
    asked = []

    def check_files(*arguments: object) -> list[object]:
        asked.append(arguments[2])
        return []

    monkeypatch.setattr(inspection, "check_files", check_files)
    assert lint("plugins", "--jobs", value).code == 0
    assert asked == [jobs]


def test_a_lost_worker_is_an_error(
    lint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_files(*_: object) -> list[object]:
        raise LostWorkerError

    monkeypatch.setattr(inspection, "check_files", check_files)
    outcome = lint("plugins")
    assert outcome.code == 2
    assert outcome.err.startswith("error: a process that checked files was killed or crashed; ")


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put bytes on stdin."""

    def put(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    return put


def test_stdin(lint: Callable[..., Outcome], stdin: Callable[[bytes], None]) -> None:
    stdin(BAD.encode())
    outcome = lint("-", "--stdin-filename", "plugins/new.py")
    assert outcome == Outcome(1, FOUND.replace("bad", "new"), "")


def test_stdin_is_excluded_by_its_name(
    lint: Callable[..., Outcome], stdin: Callable[[bytes], None]
) -> None:
    stdin(BAD.encode())
    outcome = lint("-", "--stdin-filename", "plugins/new.py", "--exclude=new.py")
    assert outcome.code == 0


def test_stdin_without_a_name_is_no_plugin_code(
    lint: Callable[..., Outcome], stdin: Callable[[bytes], None]
) -> None:
    stdin(BAD.encode())
    outcome = lint("-")
    assert outcome.code == 0
    assert outcome.err.endswith("; for stdin, --stdin-filename says where the text belongs\n")


def test_statistics(lint: Callable[..., Outcome]) -> None:
    assert lint("plugins", "--statistics").out == (
        f"{FOUND}1     SID001 state id built by an f-string\n"
    )


@pytest.mark.parametrize("name", ["json", "sarif", "github"])
def test_statistics_beside_another_format(lint: Callable[..., Outcome], name: str) -> None:
    plain = lint("plugins", "--output-format", name)
    counted = "1     SID001 state id built by an f-string\n"
    assert lint("plugins", "--output-format", name, "--statistics") == plain._replace(err=counted)


@pytest.mark.parametrize("name", ["json", "sarif", "github"])
def test_flow_in_another_format(lint: Callable[..., Outcome], name: str) -> None:
    """JSON and SARIF always have it."""
    outcome = lint("plugins", "--output-format", name, "--show-flow")
    assert outcome.err == ""
    assert outcome.out.count("assigned to 'row_state_id'") == 2


def test_source_and_flow(lint: Callable[..., Outcome]) -> None:
    source = f"    1 | {BAD}      | {'^' * 15:>30}\n"
    assert lint("plugins", "--show-source").out == FOUND + source
    assert lint("plugins", "--show-source", "--no-show-source").out == FOUND
    flow = lint("plugins", "--show-flow").out
    assert flow.startswith(f"{FOUND}  1. plugins/bad.py:1:16: ")
    assert "\n  2. plugins/bad.py:1:1: assigned to 'row_state_id'\n" in flow


def test_colour_only_where_it_is_wanted(
    lint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in lint("plugins").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert lint("plugins").out == FOUND


@pytest.mark.parametrize("name", ["json", "sarif", "github"])
def test_formats(lint: Callable[..., Outcome], name: str) -> None:
    outcome = lint("plugins", "missing", "--output-format", name)
    assert outcome.code == 2
    assert outcome.err.startswith("error: missing: does not exist; ")
    if name == "github":
        assert [line[:8] for line in outcome.out.splitlines()] == ["::error "] * 2
    else:
        document = json.loads(outcome.out)
        assert document["version"] == {"json": 1, "sarif": "2.1.0"}[name]


def test_progress_gives_way_to_findings(
    lint: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stderr = Terminal()
    monkeypatch.setattr("flake8_stateid.terminal._PROGRESS_AFTER", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", stderr)
    assert lint("plugins").code == 1
    assert stderr.getvalue().startswith("\r\x1b[Kchecked 1 of 2 files")
    assert stderr.getvalue().endswith("\r\x1b[K")


def test_baseline(lint: Callable[..., Outcome], tmp_path: Path) -> None:
    options = ("plugins", "--baseline", "known.json")
    assert lint(*options, "--write-baseline") == Outcome(0, "", "wrote 1 finding to known.json\n")
    assert lint(*options) == Outcome(0, "", "")
    # Moved down and indented it is the same; a second one is not.
    write(tmp_path, {"plugins/bad.py": f"if x:\n    {BAD}"})
    assert lint(*options) == Outcome(0, "", "")
    write(tmp_path, {"plugins/bad.py": BAD * 2})
    second = FOUND.replace(":1:", ":2:", 1)
    assert lint(*options) == Outcome(1, second, "")
    write(tmp_path, {"plugins/bad.py": GOOD})
    assert lint(*options) == Outcome(
        0,
        "",
        "warning: 1 entry of known.json not found again; add --write-baseline to drop them\n",
    )
    assert lint(*options, "--write-baseline").err == "wrote 0 findings to known.json\n"
    assert json.loads((tmp_path / "known.json").read_bytes()) == {"version": 1, "findings": []}


@pytest.mark.parametrize(
    "chosen",
    [
        ["--select=SID002"],
        ["--extend-ignore=SID001"],
        ["--per-file-ignores=plugins/*:SID001"],
    ],
)
def test_baseline_under_a_selection(
    lint: Callable[..., Outcome], tmp_path: Path, chosen: list[str]
) -> None:
    """What a run does not report it has not looked for, so it cannot say that it is gone."""
    options = ("plugins", "--baseline", "known.json")
    other = BAD.replace('f"{parent}_row"', 'parent + "_row"')
    write(tmp_path, {"plugins/bad.py": BAD + other})
    assert lint(*options, "--write-baseline").err == "wrote 2 findings to known.json\n"
    before = (tmp_path / "known.json").read_bytes()
    assert lint(*options, *chosen) == Outcome(0, "", "")
    assert lint(*options, *chosen, "--write-baseline").err == "wrote 1 finding to known.json\n"
    assert (tmp_path / "known.json").read_bytes() == before
    write(tmp_path, {"plugins/bad.py": BAD})
    assert "1 entry of known.json not found again" in lint(*options, *chosen).err
    lint(*options, *chosen, "--write-baseline")
    assert lint(*options) == Outcome(0, "", "")


def test_baseline_drops_what_a_comment_silences(
    lint: Callable[..., Outcome], tmp_path: Path
) -> None:
    """It is looked for, and left out for good."""
    options = ("plugins", "--baseline", "known.json")
    lint(*options, "--write-baseline")
    write(tmp_path, {"plugins/bad.py": BAD.rstrip() + "  # noqa: SID001\n"})
    assert "1 entry of known.json not found again" in lint(*options).err


def test_baseline_of_a_renamed_file(lint: Callable[..., Outcome]) -> None:
    options = ("plugins", "--baseline", "known.json")
    lint(*options, "--write-baseline")
    os.rename("plugins/bad.py", "plugins/renamed.py")
    outcome = lint(*options)
    assert (outcome.code, outcome.out) == (1, FOUND.replace("bad", "renamed"))
    assert outcome.err.startswith("warning: 1 entry of known.json not found again; ")
    assert lint(*options, "--write-baseline").code == 0
    assert lint(*options) == Outcome(0, "", "")


def test_baseline_does_not_depend_on_the_working_directory(
    lint: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lint("plugins", "--baseline", "known.json", "--write-baseline")
    monkeypatch.chdir(tmp_path / "plugins")
    assert lint("bad.py", "--baseline", "../known.json") == Outcome(0, "", "")
    assert lint(os.path.abspath("bad.py"), "--baseline", "../known.json").code == 0


def test_writing_a_baseline_past_a_bad_file_keeps_its_entries(
    lint: Callable[..., Outcome], tmp_path: Path
) -> None:
    options = ("plugins", "--baseline", "known.json")
    lint(*options, "--write-baseline")
    before = (tmp_path / "known.json").read_bytes()
    write(tmp_path, {"plugins/bad.py": "state_id = ("})
    outcome = lint(*options, "--write-baseline")
    assert outcome.code == 2
    assert (tmp_path / "known.json").read_bytes() == before


def test_many_files_give_the_same_output(
    lint: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {f"plugins/m{number}.py": BAD for number in range(40)})
    alone = lint("plugins", "--jobs=1")
    monkeypatch.setattr(running, "PROBED_FILES", 10)
    monkeypatch.setattr(running, "WORTH_PROCESSES", 0)
    assert lint("plugins", "--jobs=2") == alone
    assert alone.out.count("\n") == 41
