"""The lint follows values into other modules of a package; each package says what it must find.

A folder of ``fixtures/lint_packages`` is a project of its own, with its configuration. Its plugin
files announce findings as the fixtures of one module do; its other modules announce none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.checking import Checker
from flake8_stateid.configuration import ConfigurationSource, load_configuration
from flake8_stateid.scope import Place
from tests.fixtures_support import Expected, labelled_cases, load

if TYPE_CHECKING:
    from flake8_stateid.checking import FileResult

PACKAGES = Path(__file__).resolve().parent.parent / "fixtures" / "lint_packages"
PROJECTS = sorted(path for path in PACKAGES.iterdir() if path.is_dir())


def plugin_files(project: Path) -> list[Path]:
    """The plugin code of a project that holds cases."""
    files = sorted(project.rglob("plugins/**/*.py"))
    return [path for path in files if path.name != "__init__.py"]


FILES = [(project, path) for project in PROJECTS for path in plugin_files(project)]
IDS = [path.relative_to(PACKAGES).as_posix() for _, path in FILES]


def checker(project: Path) -> Checker:
    """A checker under the configuration of the project."""
    return Checker(load_configuration(ConfigurationSource(str(project / ".flake8")), {}))


def reported(result: FileResult) -> list[Expected]:
    """The findings of a result, as a fixture would announce them."""
    assert result.place is Place.PLUGIN
    assert result.problem is None
    return sorted(Expected(f.span.row, f.span.column, f.code) for f in result.findings)


def test_every_project_has_plugin_code() -> None:
    assert PROJECTS
    assert {project for project, _ in FILES} == set(PROJECTS)


@pytest.mark.parametrize(("project", "path"), FILES, ids=IDS)
def test_a_file_checked_alone(project: Path, path: Path) -> None:
    assert reported(checker(project).check_file(str(path))) == list(load(path).expected)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
@pytest.mark.parametrize("step", [1, -1], ids=["forward", "backward"])
def test_files_checked_together(project: Path, step: int) -> None:
    together = checker(project)
    files = plugin_files(project)[::step]
    found = {path: reported(together.check_file(str(path))) for path in files}
    assert found == {path: list(load(path).expected) for path in files}


@pytest.mark.parametrize(("project", "path"), FILES, ids=IDS)
def test_cases_are_labelled_truly(project: Path, path: Path) -> None:
    fixture = load(path)
    assert "alarm" in fixture.docstring
    cases = labelled_cases(fixture.text)
    assert cases
    for case in cases:
        assert case.harmful == bool(case.findings), f"{project.name}: {path.name}:{case.row}"
    assert sum(case.findings for case in cases) == len(fixture.expected)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
@pytest.mark.parametrize("below", [False, True], ids=["from the project", "from a folder in it"])
def test_the_command_line_says_the_same_from_any_folder(project: Path, below: bool) -> None:
    folders: dict[Path, list[Path]] = {}
    for path in plugin_files(project):
        folders.setdefault(path.parent if below else project, []).append(path)
    for folder, paths in folders.items():
        process = subprocess.run(
            [
                *[sys.executable, "-m", "flake8_stateid", "lint"],
                *(os.path.relpath(path, folder) for path in paths),
            ],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NO_COLOR": "1"},
            capture_output=True,
            check=False,
            text=True,
        )
        assert process.stderr == ""
        found: dict[str, list[Expected]] = {os.path.relpath(path, folder): [] for path in paths}
        for line in process.stdout.splitlines():
            name, row, column, text = line.split(":", 3)
            found[name].append(Expected(int(row), int(column), text.split()[0]))
        assert {name: sorted(each) for name, each in found.items()} == {
            os.path.relpath(path, folder): list(load(path).expected) for path in paths
        }
