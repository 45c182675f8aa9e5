"""Which files are plugin code, and that nothing around the project changes the answer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.scope import Place, Scope, is_project_root
from flake8_stateid.settings import Settings
from tests.samples import project, write

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN, TEST, OUTSIDE = Place.PLUGIN, Place.TEST, Place.OUTSIDE


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("src/app/plugins/batch.py", PLUGIN),
        ("plugins/batch.py", PLUGIN),
        ("src/plugins/deep/er/batch.py", PLUGIN),
        ("src/plugins", OUTSIDE),
        ("src/app/engine.py", OUTSIDE),
        ("src/Plugins/batch.py", OUTSIDE),
        ("src/my_plugins/batch.py", OUTSIDE),
        ("src/plugins_old/batch.py", OUTSIDE),
        ("tests/unit/plugins/batch.py", TEST),
        ("tests_v2/unit/plugins/batch.py", TEST),
        ("test/plugins/batch.py", TEST),
        ("src/plugins/tests/batch.py", TEST),
        ("src/plugins/test_batch.py", TEST),
        ("src/plugins/batch_test.py", TEST),
        ("src/plugins/conftest.py", TEST),
        ("src/plugins/testing/batch.py", PLUGIN),
        ("src/test_data/plugins/batch.py", PLUGIN),
        ("src/latest/plugins/batch.py", PLUGIN),
        ("src/plugins/tests_of_wisdom.py", PLUGIN),
        ("src/plugins/contest.py", PLUGIN),
        ("src/Tests/plugins/batch.py", PLUGIN),
    ],
)
@pytest.mark.parametrize("checkout", ["repo", "plugins", "tests", "tests/plugins", "conftest.py"])
def test_default_scope_wherever_the_checkout_lies(
    tmp_path: Path, checkout: str, path: str, place: Place
) -> None:
    root = project(tmp_path / checkout, {})
    assert Scope(Settings()).place_of(str(root / path)) is place


def test_working_directory_and_spelling_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project(tmp_path / "tests", {"src/plugins/a.py": ""})
    scope = Scope(Settings())
    for folder, spelling in [
        (root, "src/plugins/a.py"),
        (root, "./src/plugins/a.py"),
        (root, "src/../src//plugins/./a.py"),
        (root / "src/plugins", "a.py"),
        (root / "src/plugins", "../plugins/a.py"),
        (tmp_path, "tests/src/plugins/a.py"),
    ]:
        monkeypatch.chdir(folder)
        assert scope.place_of(spelling) is PLUGIN
        assert scope.relative_path(spelling) == "src/plugins/a.py"
        assert scope.root_of(spelling) == str(root)


@pytest.mark.parametrize(
    ("patterns", "matching", "other"),
    [
        (["plugins"], ["plugins/a.py", "x/plugins/a.py", "plugins"], ["plugins2/a.py", "a.py"]),
        (["plugins/"], ["plugins/a.py", "x/plugins/a/b.py"], ["plugins", "x/plugins"]),
        (["src/plugins"], ["src/plugins/a.py"], ["x/src/plugins/a.py", "src/plugins2/a.py"]),
        (["src/plugins/"], ["src/plugins/a/b.py"], ["src/plugins"]),
        (["src/*/plugins"], ["src/a/plugins/b.py", "src/a/c/plugins/b.py"], ["src/plugins/b.py"]),
        (["**/plugins/**"], ["plugins/a.py", "x/y/plugins/a.py"], ["a.py"]),
        (["*_plugin.py"], ["a_plugin.py", "x/a_plugin.py"], ["x_plugin.py.txt/a.py", "plugin.py"]),
        (["src/?.py"], ["src/a.py"], ["src/ab.py"]),
        (["[ab].py"], ["x/a.py", "b.py"], ["c.py"]),
        (["src/[!a-c].py"], ["src/d.py"], ["src/b.py"]),
        (["a[.py"], ["a[.py"], ["a.py"]),
        (["a.b"], ["a.b"], ["acb"]),
        (["*"], ["a.py", "x/y.py"], []),
        (["one/*", "two/*"], ["one/a.py", "two/a.py"], ["three/a.py"]),
    ],
)
def test_patterns(
    tmp_path: Path, patterns: list[str], matching: list[str], other: list[str]
) -> None:
    root = project(tmp_path, {})
    scope = Scope(Settings(plugin_paths=tuple(patterns), exclude_paths=()))
    for path in matching:
        assert scope.place_of(str(root / path)) is PLUGIN, path
    for path in other:
        assert scope.place_of(str(root / path)) is OUTSIDE, path


def test_excluded_paths_replace_the_default(tmp_path: Path) -> None:
    root = project(tmp_path, {})
    scope = Scope(Settings(exclude_paths=("*/fakes/*",)))
    assert scope.place_of(str(root / "plugins/fakes/a.py")) is TEST
    assert scope.place_of(str(root / "tests/plugins/a.py")) is PLUGIN


@pytest.mark.parametrize(
    ("files", "is_root"),
    [
        ({"pyproject.toml": ""}, True),
        ({".git/HEAD": ""}, True),
        ({".git": "gitdir: elsewhere"}, True),
        ({"setup.cfg": "[metadata]\nname = x\n[flake8]\nselect = E\n"}, True),
        ({"tox.ini": "[flake8]\n"}, True),
        ({".flake8": "[flake8:local-plugins]\n"}, True),
        ({"setup.cfg": "[metadata]\nname = flake8\n"}, False),
        ({"setup.py": ""}, False),
        ({}, False),
    ],
)
def test_what_marks_a_project(
    tmp_path: Path, files: dict[str, str | bytes], is_root: bool
) -> None:
    assert is_project_root(str(write(tmp_path, files))) is is_root


def test_the_nearest_project_counts(tmp_path: Path) -> None:
    project(tmp_path / "plugins", {"inner/pyproject.toml": "", "inner/src/a.py": ""})
    scope = Scope(Settings())
    assert scope.root_of(str(tmp_path / "plugins/inner/src/a.py")) == str(
        tmp_path / "plugins/inner"
    )
    assert scope.place_of(str(tmp_path / "plugins/inner/src/a.py")) is OUTSIDE


def test_outside_any_project_the_whole_path_counts() -> None:
    scope = Scope(Settings())
    root = os.path.abspath(os.sep)
    assert scope.root_of("/nowhere/at/all/plugins/a.py") == root
    assert scope.place_of("/nowhere/at/all/plugins/a.py") is PLUGIN


def test_links_are_not_resolved(tmp_path: Path) -> None:
    root = project(tmp_path, {"real/a.py": ""})
    (root / "plugins").symlink_to(root / "real")
    assert Scope(Settings()).place_of(str(root / "plugins/a.py")) is PLUGIN
    assert Scope(Settings()).place_of(str(root / "real/a.py")) is OUTSIDE


@pytest.mark.parametrize(
    ("path", "relative"),
    [
        ("src/plugins/a.py", "src/plugins/a.py"),
        ("src/plugins/b.py", "src/plugins/b.py"),
        ("./src//plugins/../c.py", "src/c.py"),
        ("d.py", "d.py"),
        ("src/plugins/..", "src"),
        ("src/plugins/.", "src/plugins"),
        ("src/plugins/", "src/plugins"),
    ],
)
def test_what_is_remembered_of_a_folder_is_the_same_for_all_in_it(
    path: str, relative: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, {"src/plugins/a.py": ""})
    monkeypatch.chdir(tmp_path)
    scope = Scope(Settings())
    for each in ("src/plugins/first.py", "first.py", path, path):
        found = scope.relative_path(each)
    assert found == relative
    assert Scope(Settings()).relative_path(str(tmp_path / path)) == relative
