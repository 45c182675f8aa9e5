"""``fix``, in this process: what it writes, prints and returns."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.cli import main
from flake8_stateid.codemod.rewriting.writing import kept_mode
from tests.codemod.fixing import fixed
from tests.codemod.sources import Choices, batch_source, module
from tests.samples import GOOD, Outcome, project, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CODE = batch_source(Choices())
NEW = fixed(CODE).decode()
REFUSED = module(
    """
    output = []
    for i, row in enumerate(rows):
        state_id = f"{ctx.state_id}_row{i}"
        output.append({**self._answer(row, state_id), "state_id": state_id})
    return output
    """
)
ROW = CODE[: CODE.index('f"{ctx.state_id}')].count("\n") + 1
PLACE = f"plugins/bad.py:{ROW}:28: SID001"
MESSAGE = "state id built by an f-string: assigned to 'row_state_id'"


@pytest.fixture
def fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run ``fix`` in a project of a good and a bad file."""
    monkeypatch.chdir(project(tmp_path, {"plugins/good.py": GOOD, "plugins/bad.py": CODE}))

    def run(*arguments: str) -> Outcome:
        code = main(["fix", *arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def read(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def test_fixed(fix: Callable[..., Outcome]) -> None:
    assert fix("plugins") == Outcome(
        0, f"{PLACE} fixed: {MESSAGE}\n", "1 finding fixed in 1 file, 0 refused\n"
    )
    assert read("plugins/bad.py") == NEW
    assert fix("plugins") == Outcome(0, "", "")


def test_clean(fix: Callable[..., Outcome]) -> None:
    before = os.stat("plugins/good.py").st_mtime_ns
    assert fix("plugins/good.py") == Outcome(0, "", "")
    assert os.stat("plugins/good.py").st_mtime_ns == before


def test_refused(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {"plugins/bad.py": REFUSED})
    outcome = fix("plugins")
    assert outcome.code == 1
    assert "SID001 not fixed: the id is stored in a container (row " in outcome.out
    assert "; store the row's index" in outcome.out
    assert outcome.err == "0 findings fixed in 0 files, 1 refused\n"
    assert read("plugins/bad.py") == REFUSED


def test_check_changes_nothing(fix: Callable[..., Outcome]) -> None:
    assert fix("--check", "plugins") == Outcome(
        1,
        f"{PLACE} would be fixed: {MESSAGE}\n",
        "1 finding would be fixed in 1 file, 0 refused\n",
    )
    assert read("plugins/bad.py") == CODE


def test_diff_can_be_applied(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = fix("--diff", "plugins")
    assert outcome.code == 1
    assert read("plugins/bad.py") == CODE
    assert outcome.out.startswith("--- plugins/bad.py\n+++ plugins/bad.py\n@@ ")
    assert f"{PLACE} would be fixed" in outcome.err
    subprocess.run(["git", "apply", "-p0"], input=outcome.out.encode(), cwd=tmp_path, check=True)
    assert read("plugins/bad.py") == NEW


def test_diff_of_the_folder_worked_in(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    """Git takes no path that begins with ``./``; a space in a name needs a tab behind it."""
    os.rename("plugins/bad.py", "plugins/b d.py")
    diff = fix("--diff", ".").out.encode()
    assert diff.startswith(b"--- plugins/b d.py\t\n+++ plugins/b d.py\t\n@@ ")
    for tool in (["git", "apply", "-p0"], ["patch", "--binary", "-p0"]):
        if shutil.which(tool[0]):
            write(tmp_path, {"plugins/b d.py": CODE})
            subprocess.run(tool, input=diff, cwd=tmp_path, check=True, capture_output=True)
            assert read("plugins/b d.py") == NEW


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs any bytes in file names")
@pytest.mark.parametrize(
    ("name", "shown"), [(b"\xff\xc3\xa9.py", b"\xff\xc3\xa9.py"), (b"\x1b\n+.py", rb"\x1b\n+.py")]
)
def test_diff_has_the_bytes_of_a_name_but_no_controls(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    name: bytes,
    shown: bytes,
) -> None:
    monkeypatch.chdir(project(tmp_path, {f"plugins/{os.fsdecode(name)}": CODE}))
    assert main(["fix", "--diff", "plugins"]) == 1
    expected = b"--- plugins/" + shown + b"\n+++ plugins/" + shown + b"\n@@ "
    assert capsysbinary.readouterr().out.startswith(expected)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_diff_is_in_the_bytes_of_the_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    encoding: str,
) -> None:
    text = CODE.replace("        for i, row", "        # é\n        for i, row")
    before = f"# coding: {encoding.removesuffix('-sig')}\n{text}".encode(encoding)
    monkeypatch.chdir(project(tmp_path, {"plugins/bad.py": before}))
    assert main(["fix", "--diff", "plugins"]) == 1
    diff = capsysbinary.readouterr().out
    subprocess.run(["git", "apply", "-p0"], input=diff, cwd=tmp_path, check=True)
    applied = (tmp_path / "plugins/bad.py").read_bytes()
    write(tmp_path, {"plugins/bad.py": before})
    assert main(["fix", "plugins"]) == 0
    assert (tmp_path / "plugins/bad.py").read_bytes() == applied
    assert applied != before


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_diff_of_any_line_end(fix: Callable[..., Outcome], tmp_path: Path, end: str) -> None:
    text = CODE.replace("\n", end).rstrip()
    write(tmp_path, {"plugins/bad.py": text})
    outcome = fix("--diff", "plugins")
    assert "\\ No newline at end of file\n" in outcome.out
    subprocess.run(["git", "apply", "-p0"], input=outcome.out.encode(), cwd=tmp_path, check=True)
    assert read("plugins/bad.py") == NEW.replace("\n", end).rstrip()


@pytest.mark.parametrize(
    ("arguments", "out", "code"),
    [
        (("-", "--stdin-filename", "plugins/x.py"), NEW, 0),
        (("--check", "-", "--stdin-filename", "plugins/x.py"), "", 1),
        (("-", "--stdin-filename", "elsewhere.py"), CODE, 0),
        (("-", "--stdin-filename", "plugins/x.py", "--exclude", "x.py"), CODE, 0),
    ],
    ids=["fixed", "check", "not plugin code", "excluded"],
)
def test_stdin(
    fix: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    out: str,
    code: int,
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(CODE.encode())))
    outcome = fix(*arguments)
    assert (outcome.code, outcome.out) == (code, out)


def test_stdin_that_is_not_python_comes_back(
    fix: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "state_id = (\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    outcome = fix("-", "--stdin-filename", "plugins/x.py")
    assert (outcome.code, outcome.out) == (2, text)
    assert outcome.err.startswith("error: plugins/x.py:1: not Python")


def test_closed_stdin_is_an_error(
    fix: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    expected = "error: -: stdin is closed; give it a text, or name files\n"
    assert fix("-") == Outcome(2, "", expected)


def test_select(fix: Callable[..., Outcome]) -> None:
    assert fix("--select", "SID002", "plugins") == Outcome(0, "", "")
    assert read("plugins/bad.py") == CODE


def test_suppressed_lines_are_not_rewritten(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    kept = CODE.replace('_row{i}"', '_row{i}"  # noqa: SID001')
    write(tmp_path, {"plugins/bad.py": kept})
    assert fix("plugins") == Outcome(0, "", "")
    assert read("plugins/bad.py") == kept


def test_suppressed_twin_keeps_the_other(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    """Of two ids in one loop, one kept: the other cannot share its client alone."""
    twice = CODE.replace(
        "            try:",
        '            other_state_id = f"{ctx.state_id}_row{i}"  # noqa: SID001\n'
        "            self._answer(row, other_state_id)\n            try:",
    )
    write(tmp_path, {"plugins/bad.py": twice})
    outcome = fix("plugins")
    assert outcome.code == 1
    assert "kept by a 'noqa' comment" in outcome.out
    assert read("plugins/bad.py") == twice


def test_bad_files_are_named_and_the_others_fixed(
    fix: Callable[..., Outcome], tmp_path: Path
) -> None:
    write(
        tmp_path,
        {"plugins/a_syntax.py": "state_id = (\n", "plugins/b_bytes.py": b"state_id = '\xff'\n"},
    )
    outcome = fix("plugins", "plugins/gone.py")
    assert outcome.code == 2
    assert "error: plugins/a_syntax.py:1: not Python" in outcome.err
    assert "error: plugins/b_bytes.py:1: not valid utf-8" in outcome.err
    assert "error: plugins/gone.py: does not exist" in outcome.err
    assert read("plugins/bad.py") == NEW


def test_read_only_file_is_named(fix: Callable[..., Outcome]) -> None:
    os.chmod("plugins/bad.py", 0o444)
    outcome = fix("plugins")
    assert outcome.code == 2
    assert "error: plugins/bad.py: is read-only" in outcome.err
    assert read("plugins/bad.py") == CODE


def test_mode_and_link_are_kept(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    os.chmod("plugins/bad.py", 0o750)
    os.rename("plugins/bad.py", "real.py")
    os.symlink("../real.py", "plugins/bad.py")
    assert fix("plugins/bad.py").code == 0
    assert os.readlink("plugins/bad.py") == "../real.py"
    assert stat.S_IMODE(os.stat("real.py").st_mode) == 0o750
    assert read("real.py") == NEW
    assert sorted(os.listdir(tmp_path)) == ["plugins", "pyproject.toml", "real.py"]


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6711, 0o1644])
def test_special_bits_of_the_mode_are_kept(fix: Callable[..., Outcome], mode: int) -> None:
    os.chmod("plugins/bad.py", mode)
    if stat.S_IMODE(os.stat("plugins/bad.py").st_mode) != mode:
        pytest.skip("the system does not let this user set these bits")
    assert fix("plugins").code == 0
    assert stat.S_IMODE(os.stat("plugins/bad.py").st_mode) == mode


@pytest.mark.parametrize(
    ("owner", "group", "mode"), [(1, 2, 0o6755), (5, 2, 0o2755), (1, 5, 0o4755), (5, 5, 0o755)]
)
def test_a_file_of_another_owner_does_not_run_as_that_one(
    owner: int, group: int, mode: int
) -> None:
    """Where the system lets nobody give it away."""
    old = os.stat_result((0o106755, 0, 0, 1, 1, 2, 0, 0, 0, 0))
    assert kept_mode(old, os.stat_result((0o100600, 0, 0, 1, owner, group, 0, 0, 0, 0))) == mode


def test_hard_links_are_not_broken(fix: Callable[..., Outcome]) -> None:
    os.link("plugins/bad.py", "other.py")
    outcome = fix("plugins")
    assert outcome.code == 2
    assert "has other hard links" in outcome.err
    assert read("plugins/bad.py") == CODE


def test_file_changed_meanwhile_is_left(
    fix: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever saves the file while it is fixed loses nothing."""
    real = tempfile.mkstemp

    def save_first(prefix: str, dir: str) -> tuple[int, str]:
        with open("plugins/bad.py", "a", encoding="utf-8") as file:
            file.write("# saved\n")
        return real(prefix=prefix, dir=dir)

    monkeypatch.setattr(tempfile, "mkstemp", save_first)
    outcome = fix("plugins")
    assert outcome.code == 2
    assert "was changed while it was fixed" in outcome.err
    assert read("plugins/bad.py") == CODE + "# saved\n"
    assert sorted(os.listdir("plugins")) == ["bad.py", "good.py"]


def test_failed_write_leaves_the_old_file(
    fix: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    outcome = fix("plugins")
    assert outcome.code == 2
    assert "error: plugins/bad.py: cannot be written: No space left on device" in outcome.err
    assert read("plugins/bad.py") == CODE
    assert sorted(os.listdir("plugins")) == ["bad.py", "good.py"]


def test_tests_that_assert_old_ids(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "tests/test_batch.py": "def test_ids():\n"
            '    assert seen[0].state_id == "s1_row0"\n'
            '    assert [s for s in state_ids if "row1" in s]\n'
            '    assert seen[1].state_id.endswith("_row3")\n'
            '    assert "row2" in log\n'
            '    assert "failed_rows" in log\n'
            '    expected = [f"{given}_row{i}" for i in range(2)]\n'
            '    expected += [f"{given}_row0", given + "_row1", given + "_row" + str(2)]\n'
            '    expected += ["%s_row%d" % (given, 3), "{}_row{}".format(given, 4)]\n'
            "    assert calls[1].state.endswith('_row5')\n"
            '    assert calls[2].state.endswith((".row", "_row6"))\n'
            '    assert not log.endswith("row7") and "_row8" not in log\n'
            '    assert log != f"{given} rows", f"{given}: " + log + str(len("_row"))\n'
        },
    )
    outcome = fix("--check", "--tests", "tests", "plugins")
    assert outcome.out.splitlines()[1:] == [
        "tests/test_batch.py:2:32: asserts an id no longer built: 's1_row0'",
        "tests/test_batch.py:3:37: asserts an id no longer built: 'row1'",
        "tests/test_batch.py:4:38: asserts an id no longer built: '_row3'",
        "tests/test_batch.py:7:17: asserts an id no longer built: '{given}_row{i}'",
        "tests/test_batch.py:8:18: asserts an id no longer built: '{given}_row0'",
        "tests/test_batch.py:8:35: asserts an id no longer built: \"given + '_row1'\"",
        "tests/test_batch.py:8:52: asserts an id no longer built: \"given + '_row' + str(2)\"",
        "tests/test_batch.py:9:18: asserts an id no longer built: '%s_row%d'",
        "tests/test_batch.py:9:43: asserts an id no longer built: '{}_row{}'",
        "tests/test_batch.py:10:36: asserts an id no longer built: '_row5'",
        "tests/test_batch.py:11:45: asserts an id no longer built: '_row6'",
    ]


def test_jobs(fix: Callable[..., Outcome]) -> None:
    assert fix("--jobs", "2", "plugins").code == 0
    assert read("plugins/bad.py") == NEW


@pytest.mark.parametrize("jobs", ["0", "many"])
def test_wrong_usage(fix: Callable[..., Outcome], jobs: str) -> None:
    assert fix("--jobs", jobs, "plugins").code == 2
    assert fix().code == 2


def test_a_name_for_stdin_that_is_not_read(fix: Callable[..., Outcome]) -> None:
    outcome = fix("plugins", "--stdin-filename=plugins/a.py")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --stdin-filename needs - among the paths")


def test_wrong_configuration(fix: Callable[..., Outcome]) -> None:
    outcome = fix("--stateid-names", "state-id", "plugins")
    assert outcome.code == 2
    assert outcome.err.startswith("error: stateid-names")


def test_excluded_argument_is_said(fix: Callable[..., Outcome]) -> None:
    outcome = fix("--exclude", "plugins", "plugins")
    assert outcome.code == 0
    assert "warning: plugins is excluded by the configuration" in outcome.err


def test_tests_that_cannot_be_read_are_named(fix: Callable[..., Outcome], tmp_path: Path) -> None:
    write(tmp_path, {"tests/test_a.py": "x = (", "tests/test_b.py": "y = 's1_row0'\n"})
    outcome = fix("plugins", "--tests", "tests")
    assert outcome.code == 2
    assert "error: tests/test_a.py:1: not Python" in outcome.err
    assert "tests/test_b.py:1:5: asserts an id no longer built: 's1_row0'" in outcome.out
    assert read("plugins/bad.py") == NEW


def test_tests_that_the_configuration_excludes_are_said(
    fix: Callable[..., Outcome], tmp_path: Path
) -> None:
    write(tmp_path, {"tests/test_b.py": "y = 's1_row0'\n"})
    outcome = fix("plugins", "--tests", "tests", "--exclude", "tests")
    assert outcome.code == 0
    assert "warning: tests is excluded by the configuration; nothing was checked" in outcome.err


def test_tests_that_are_not_there_are_named_before_anything_changes(
    fix: Callable[..., Outcome],
) -> None:
    """Once the ids are fixed, no second run could tell which tests assert the old ones."""
    outcome = fix("plugins", "--tests", "plugins", "--tests", "gone")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: --tests: gone: does not exist")
    assert outcome.err.endswith("nothing was changed\n")
    assert read("plugins/bad.py") == CODE


def test_where_nothing_is_plugin_code_it_is_said(
    fix: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fix("--stateid-plugin-paths", "src/*", ".").err.startswith(
        "warning: none of the 2 files is plugin code: stateid-plugin-paths (src/*) matches nothing"
    )
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(CODE.encode())))
    outcome = fix("-")
    assert (outcome.code, outcome.out) == (0, CODE)
    assert outcome.err.endswith("; for stdin, --stdin-filename says where the text belongs\n")


def test_mistake_of_the_codemod_is_a_refusal(
    fix: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("flake8_stateid.codemod.fixing.fix_bytes", fail)
    outcome = fix("plugins")
    assert outcome.code == 1
    assert "not fixed: the codemod failed: unexpected KeyError" in outcome.out
    assert read("plugins/bad.py") == CODE


def test_libcst_is_imported_for_findings_only(fix: Callable[..., Outcome]) -> None:
    """LibCST takes longer to import than checking a clean project."""
    program = (
        "import sys; from flake8_stateid.cli import main; code = main(['fix', sys.argv[1]]); "
        "sys.exit(10 * code + ('libcst' in sys.modules))"
    )
    codes = [
        subprocess.run([sys.executable, "-c", program, path], check=False).returncode
        for path in ("plugins/good.py", "plugins/bad.py")
    ]
    assert codes == [0, 1]
