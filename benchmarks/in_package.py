"""Plugin files of a repository, where they stand and each as a project of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def plugin_files(source: Path) -> list[Path]:
    """The plugin files below a folder that mention a state id."""
    return [
        path
        for path in sorted(source.rglob("*.py"))
        if "plugins" in path.parts and b"state_id" in path.read_bytes()
    ]


def by_themselves(files: list[Path], folder: Path) -> dict[Path, Path]:
    """Copies of files, each in a project below ``folder`` in which its imports lead nowhere."""
    found = {}
    for number, path in enumerate(files):
        project = folder / f"project{number}"
        (project / "plugins").mkdir(parents=True)
        (project / "pyproject.toml").touch()
        found[path] = project
        shutil.copyfile(path, project / "plugins" / path.name)
    return found
