"""Where an import leads on the source tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis.locating import Locator
from flake8_stateid.analysis.program import Import
from flake8_stateid.scope import Scope
from flake8_stateid.settings import Settings
from tests.samples import project

if TYPE_CHECKING:
    from pathlib import Path

FILES: dict[str, str | bytes] = {
    "src/app/__init__.py": "",
    "src/app/ids.py": "",
    "src/app/plugins/batch.py": "",
    "src/space/ids.py": "",
    "src/space/part/ids.py": "",
    "src/space/data/ids.txt": "",
    "space.txt": "",
}


def located(root: Path, bound: Import, defines: bool = False) -> str | None:
    """Where the plugin's import leads, from the project's root on, and to what there."""
    settings = Settings()
    locator = Locator(settings, Scope(settings), lambda package, name: defines)
    folder = str(project(root, FILES))
    found = locator.locate(f"{folder}/src/app/plugins/batch.py", bound)
    if found is None:
        return None
    return f"{found.path.removeprefix(folder)} {found.name}".strip().replace("\\", "/")


@pytest.mark.parametrize(
    ("bound", "place"),
    [
        (Import("app.ids", "f", 0), "/src/app/ids.py f"),
        (Import("app", "ids", 0), "/src/app/ids.py"),
        (Import("app", "f", 0), "/src/app/__init__.py f"),
        (Import("app", "", 0), "/src/app/__init__.py"),
        (Import("app", "", 0, "app.plugins.batch"), "/src/app/__init__.py"),
        (Import("ids", "f", 2), "/src/app/ids.py f"),
        (Import("space.part", "ids", 0), "/src/space/part/ids.py"),
        (Import("space", "", 0, "space.ids"), "/src/space/"),
        (Import("space", "", 0, "space.part.ids"), "/src/space/"),
    ],
)
def test_of_the_project(tmp_path: Path, bound: Import, place: str) -> None:
    assert located(tmp_path, bound) == place


@pytest.mark.parametrize(
    "bound",
    [
        Import("space", "", 0),
        Import("space", "part", 0),
        Import("space", "", 0, "space.nothing"),
        Import("space", "", 0, "space.data"),
        Import("json", "", 0),
        Import("outside", "", 0, "outside.ids"),
        Import("nothing", "f", 1),
        Import("", "", 0),
    ],
)
def test_of_others(tmp_path: Path, bound: Import) -> None:
    assert located(tmp_path, bound) is None


def test_what_a_package_binds_itself_hides_its_module(tmp_path: Path) -> None:
    assert located(tmp_path, Import("app", "ids", 0), defines=True) == "/src/app/__init__.py ids"


def test_within_a_folder(tmp_path: Path) -> None:
    settings = Settings()
    locator = Locator(settings, Scope(settings), lambda package, name: False)
    folder = str(project(tmp_path, FILES) / "src" / "space")
    for _ in range(2):
        module, package = locator.within(folder, "ids"), locator.within(folder, "part")
        assert module is not None
        assert module.path.endswith("ids.py")
        assert package is not None
        assert package.path.endswith("part/")
        assert locator.within(folder, "nothing") is None


MANY: dict[str, str | bytes] = {
    "pyproject.toml": "",
    "packages/llm/pyproject.toml": "",
    "packages/llm/src/llm/plugins/batch.py": "",
    "packages/llm/src/own/ids.py": "",
    "packages/core/pyproject.toml": "",
    "packages/core/src/core/ids.py": "",
    "packages/core/src/space/ids.py": "",
    "packages/core/src/own/__init__.py": "",
    "packages/core/inner/pyproject.toml": "",
    "packages/core/inner/within/ids.py": "",
    "flat/pyproject.toml": "",
    "flat/flat.py": "",
    ".hidden/pyproject.toml": "",
    ".hidden/hidden.py": "",
    "loose/loose.py": "",
}


@pytest.mark.parametrize(
    ("bound", "place"),
    [
        (Import("core.ids", "f", 0), "packages/core/src/core/ids.py f"),
        (Import("core", "ids", 0), "packages/core/src/core/ids.py"),
        (Import("space", "", 0, "space.ids"), "packages/core/src/space/"),
        (Import("flat", "f", 0), "flat/flat.py f"),
        (Import("own.ids", "f", 0), "packages/llm/src/own/ids.py f"),
        (Import("within.ids", "f", 0), None),
        (Import("hidden", "f", 0), None),
        (Import("loose", "f", 0), None),
        (Import("outside", "f", 0), None),
    ],
)
def test_of_another_project_of_the_repository(
    tmp_path: Path, bound: Import, place: str | None
) -> None:
    settings = Settings()
    locator = Locator(settings, Scope(settings), lambda package, name: False)
    folder = str(project(tmp_path, MANY))
    found = locator.locate(f"{folder}/packages/llm/src/llm/plugins/batch.py", bound)
    shown = "" if found is None else f"{found.path.removeprefix(folder)} {found.name}".strip()
    assert shown.replace("\\", "/").lstrip("/") == (place or "")


def test_a_checkout_within_another_folder_has_no_neighbours(tmp_path: Path) -> None:
    settings = Settings()
    locator = Locator(settings, Scope(settings), lambda package, name: False)
    folder = str(project(tmp_path, {**MANY, "packages/llm/.git": "gitdir: elsewhere"}))
    batch = f"{folder}/packages/llm/src/llm/plugins/batch.py"
    assert locator.locate(batch, Import("core.ids", "f", 0)) is None


def test_where_a_package_has_the_name_of_a_module(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {**FILES, "src/app/ids/__init__.py": ""}
    settings = Settings()
    locator = Locator(settings, Scope(settings), lambda package, name: False)
    folder = str(project(tmp_path, files))
    found = locator.locate(f"{folder}/src/app/plugins/batch.py", Import("app.ids", "f", 0))
    assert found is not None
    assert found.path.endswith("__init__.py")
