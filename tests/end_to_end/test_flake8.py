"""The plugin inside real flake8 runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.processes import flake8, run
from tests.samples import BAD, FOUND, GOOD, Outcome, project, write

if TYPE_CHECKING:
    from pathlib import Path

SELECT = "--select=SID,E9,F"
# Names are bound first, so that other plugins have nothing to say.
BAD_FILE = f"parent = ''\n{BAD}"
FOUND_BELOW = FOUND.replace(":1:", ":2:", 1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of a good and a bad plugin file, and other code."""
    good = "ctx = None\n" + GOOD
    return project(
        tmp_path, {"plugins/good.py": good, "plugins/bad.py": BAD_FILE, "a.py": BAD_FILE}
    )


def test_findings(root: Path) -> None:
    assert flake8(root, SELECT) == Outcome(1, f"./{FOUND_BELOW}", "")


def test_the_version_names_the_plugin(root: Path) -> None:
    assert "flake8-stateid: 1." in flake8(root, "--version").out


def test_columns_count_characters(root: Path) -> None:
    write(root, {"plugins/bad.py": f"parent = 'é'; {BAD}"})
    assert flake8(root, "plugins", SELECT).out == FOUND.replace(":16:", ":30:")


@pytest.mark.parametrize("typed", ["plugins/bad.py", "./plugins/bad.py", "plugins", "."])
def test_paths_as_typed(root: Path, typed: str) -> None:
    assert flake8(root, typed, SELECT).out.endswith(FOUND_BELOW)


def test_from_another_folder_and_by_absolute_path(root: Path) -> None:
    expected = FOUND_BELOW.removeprefix("plugins/")
    assert flake8(root / "plugins", "bad.py", SELECT).out == expected
    path = root / "plugins/bad.py"
    assert flake8(root / "plugins", str(path), SELECT).out == f"{path.parent}/{expected}"


@pytest.mark.parametrize("checkout", ["plugins", "tests"])
def test_in_a_checkout_below_a_folder_with_a_telling_name(tmp_path: Path, checkout: str) -> None:
    root = project(tmp_path / checkout, {"a.py": BAD_FILE, "plugins/bad.py": BAD_FILE})
    assert flake8(root, SELECT).out == f"./{FOUND_BELOW}"


def test_stdin(root: Path) -> None:
    stdin = BAD_FILE.encode()
    named = flake8(root, "-", SELECT, "--stdin-display-name=plugins/new.py", stdin=stdin)
    assert named.out == FOUND_BELOW.replace("bad", "new")
    assert flake8(root, "-", SELECT, stdin=stdin) == Outcome(0, "", "")


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: SID001", "# noqa: E501,SID0"])
def test_noqa(root: Path, comment: str) -> None:
    write(root, {"plugins/bad.py": f"{BAD_FILE.rstrip()}  {comment}\n"})
    assert flake8(root, SELECT) == Outcome(0, "", "")


def test_configuration(root: Path) -> None:
    config = "[flake8]\nselect = SID\nstateid-plugin-paths =\n    own/*\n    a.py\n"
    write(root, {"setup.cfg": config})
    assert flake8(root).out == FOUND_BELOW.replace("plugins/bad", "./a")
    write(root, {"setup.cfg": "[flake8]\nselect = SID\nper-file-ignores = plugins/*: SID001\n"})
    assert flake8(root) == Outcome(0, "", "")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("stateid-names = state_id  # the id", "stateid-names: '#' is no value"),
        ("stateid-plugin-paths = /src/*", "stateid-plugin-paths: '/src/*' is absolute"),
        ("stateid_minting = a.b", "stateid-minting: 'a.b' is not an identifier"),
        ("stateid-mint = a", "{root}/setup.cfg: stateid-mint is no option; there are stateid-na"),
    ],
)
def test_a_bad_option_ends_the_run_by_name(root: Path, option: str, message: str) -> None:
    write(root, {"setup.cfg": f"[flake8]\n{option}\n"})
    outcome = flake8(root)
    assert outcome.code == 1
    assert f"flake8-stateid: {message.format(root=root)}" in outcome.out
    assert "Traceback" not in outcome.out + outcome.err


@pytest.mark.parametrize("option", ["--isolated", "--config=other.cfg"])
def test_a_misspelt_option_in_a_file_that_is_not_read_is_no_error(root: Path, option: str) -> None:
    write(root, {"setup.cfg": "[flake8]\nstateid-mint = a\n", "other.cfg": "[flake8]\n"})
    assert flake8(root, SELECT, option) == Outcome(1, f"./{FOUND_BELOW}", "")


def many(root: Path) -> str:
    write(root, {f"own/m{number:02}.py": BAD_FILE for number in range(20)})
    write(root, {"setup.cfg": "[flake8]\nselect = SID\nstateid-plugin-paths = own/*\n"})
    lines = [FOUND_BELOW.replace("plugins/bad", f"./own/m{number:02}") for number in range(20)]
    return "".join(lines)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_jobs(root: Path, jobs: str) -> None:
    expected = many(root)
    assert flake8(root, "--jobs", jobs) == Outcome(1, expected, "")


@pytest.mark.skipif(sys.platform == "win32", reason="flake8 uses one process there")
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_that_inherit_nothing_know_the_options(root: Path, method: str) -> None:
    expected = many(root)
    script = (
        "import multiprocessing, sys\n"
        "from flake8.main.cli import main\n"
        "if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method({method!r})\n"
        "    sys.exit(main(['--jobs=2', '--require-plugins=flake8-stateid']))\n"
    )
    write(root, {"run_flake8.txt": script})
    assert run([sys.executable, "run_flake8.txt"], root) == Outcome(1, expected, "")


def test_a_defeated_analysis_does_not_end_the_run(root: Path) -> None:
    script = (
        "import sys\n"
        "from flake8.main.cli import main\n"
        "from flake8_stateid import analysis\n"
        "def analyse(*arguments): raise ZeroDivisionError('oops')\n"
        "analysis.analyse = analyse\n"
        "sys.exit(main(['--jobs=1', '--select=SID,F', 'plugins']))\n"
    )
    write(root, {"plugins/good.py": "import os\n" + GOOD})
    outcome = run([sys.executable, "-c", script], root)
    assert outcome.code == 1
    assert outcome.err == ""
    for name in ("good", "bad"):
        expected = (
            f"plugins/{name}.py:1:1: SID900 file cannot be analysed: unexpected ZeroDivision"
        )
        assert expected in outcome.out
    assert "plugins/good.py:1:1: F401 'os' imported but unused" in outcome.out


def test_help_names_the_options_and_their_defaults(root: Path) -> None:
    outcome = flake8(root, "--help")
    assert "--stateid-plugin-paths PATTERNS" in outcome.out
    assert "(default: */plugins/*)" in " ".join(outcome.out.split())
