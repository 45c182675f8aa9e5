"""From paths on the command line to files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.configuration import Configuration
from flake8_stateid.discovery import Discovery, EmptyArgument
from flake8_stateid.problems import Problem
from tests.samples import write

if TYPE_CHECKING:
    from pathlib import Path


def walk(*paths: str, configuration: Configuration | None = None) -> list[str]:
    discovery = Discovery(configuration or Configuration())
    return [
        f"{found.path}: {found.reason}" if isinstance(found, Problem) else found
        for found in discovery.walk(paths)
    ]


@pytest.fixture(autouse=True)
def _tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "b.py", "a.py", "a/z.py", "a/y.py", "a/notes.txt", "a/x.pyi", "a/.hidden.py",
        ".git/hook.py", ".venv/lib.py", "env/pyvenv.cfg", "env/lib/l.py", "node_modules/n.py",
        "__pycache__/p.py", "CVS/c.py", "x.egg/e.py", "build/lib/g.py",
    ]  # fmt: skip
    monkeypatch.chdir(write(tmp_path, dict.fromkeys(names, "")))


OWN = ["./a.py", "./b.py", "./a/.hidden.py", "./a/y.py", "./a/z.py"]


def test_walks_in_order_past_what_is_no_source() -> None:
    assert walk(".") == [*OWN, "./build/lib/g.py"]


def test_paths_are_shown_as_typed() -> None:
    assert walk("a") == ["a/.hidden.py", "a/y.py", "a/z.py"]
    assert walk(os.path.abspath("a")) == [
        os.path.abspath(f"a/{name}") for name in (".hidden.py", "y.py", "z.py")
    ]


def test_a_named_file_is_taken_whatever_it_is_called() -> None:
    assert walk("a/notes.txt", "env/lib/l.py") == ["a/notes.txt", "env/lib/l.py"]
    assert walk("env") == ["env/lib/l.py"]


def test_each_file_once() -> None:
    assert walk("a.py", "./a.py", os.path.abspath("a.py"), ".") == ["a.py", *OWN[1:], *[
        "./build/lib/g.py"
    ]]  # fmt: skip


def test_each_file_once_whatever_came_before() -> None:
    assert walk("a", "a/y.py", "a/notes.txt", "a", "a/notes.txt") == [
        "a/.hidden.py", "a/y.py", "a/z.py", "a/notes.txt"
    ]  # fmt: skip
    assert walk("a.py", "a/y.py", ".", "a") == [
        "a.py", "a/y.py", "./b.py", "./a/.hidden.py", "./a/z.py", "./build/lib/g.py"
    ]  # fmt: skip
    # What the first walk did not want under its name, a later one may under another.
    wanted = Configuration(filename=("a/*.py",))
    assert walk(".", "a/y.py", "a", "a", configuration=wanted) == [
        "a/y.py", "a/.hidden.py", "a/z.py"
    ]  # fmt: skip


def test_no_walked_file_is_kept() -> None:
    discovery = Discovery(Configuration())
    assert len(list(discovery.walk(["a.py", "."]))) == 6
    kept = [part for value in vars(discovery).values() if isinstance(value, (set, dict, list))
            for part in value]  # fmt: skip
    assert [path for path in kept if path.endswith(".py")] == [os.path.abspath("a.py")]


@pytest.mark.parametrize(
    "configuration",
    [
        Configuration(exclude=("build",)),
        Configuration(extend_exclude=("buil?",)),
        Configuration(extend_exclude=("*/lib",)),
    ],
)
def test_excluded(configuration: Configuration) -> None:
    expected = [*OWN] if configuration.exclude is None else [*OWN, "./x.egg/e.py"]
    assert walk(".", configuration=configuration) == expected


def test_excluded_by_absolute_path() -> None:
    configuration = Configuration(extend_exclude=(os.path.abspath("build"), "a"))
    assert walk(".", configuration=configuration) == ["./a.py", "./b.py"]


def test_excluded_even_if_named() -> None:
    discovery = Discovery(Configuration(extend_exclude=("a.py",)))
    assert list(discovery.walk(["a.py", "b.py"])) == ["b.py"]
    assert discovery.empty == [EmptyArgument("a.py", "is excluded by the configuration")]
    assert discovery.takes("x/b.py")
    assert not discovery.takes("x/a.py")
    assert [argument.path for argument in discovery.empty] == ["a.py", "x/a.py"]


def test_file_names_to_take_from_folders() -> None:
    assert walk("a", configuration=Configuration(filename=("*.pyi", "*/y*"))) == [
        "a/x.pyi",
        "a/y.py",
    ]


def test_a_folder_without_python() -> None:
    os.mkdir("empty")
    for configuration, names in (
        (Configuration(), "*.py"),
        (Configuration(filename=("*.pyi", "*.pyw")), "*.pyi or *.pyw"),
    ):
        discovery = Discovery(configuration)
        assert list(discovery.walk(["empty"])) == []
        reason = f"holds no {names} file that is not excluded"
        assert discovery.empty == [EmptyArgument("empty", reason)]


def test_missing_paths_and_broken_links() -> None:
    os.symlink("gone", "a/link.py")
    assert walk("nothing", "a/link.py") == [
        "nothing: does not exist",
        "a/link.py: is a broken link to gone",
    ]
    assert "a/link.py" in walk("a")


def test_loops_of_links_end() -> None:
    os.symlink("..", "a/up")
    os.symlink("self.py", "a/self.py")
    assert walk("a") == ["a/.hidden.py", "a/self.py", "a/y.py", "a/z.py"]
    assert walk("a/self.py") == ["a/self.py: is a broken link to self.py"]


def test_links_to_files_are_taken_and_links_to_folders_only_if_named() -> None:
    os.symlink("../b.py", "a/w.py")
    os.symlink("a", "other")
    assert walk("a") == ["a/.hidden.py", "a/w.py", "a/y.py", "a/z.py"]
    assert "./other/y.py" not in walk(".")
    assert "other/y.py" in walk("other")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipes_in_folders_are_passed_over() -> None:
    os.mkfifo("a/pipe.py")
    assert "a/pipe.py" not in walk("a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_that_is_named_is_a_problem() -> None:
    """It would block, and be empty when the codemod reads it again."""
    os.mkfifo("pipe.py")
    assert walk("pipe.py", "a.py") == ["pipe.py: is a pipe or a device, not a file", "a.py"]


def test_an_unreadable_folder_is_a_problem_and_the_rest_is_walked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == "./a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert walk(".") == [
        "./a.py",
        "./b.py",
        "./a: cannot be read: Permission denied",
        "./build/lib/g.py",
    ]
