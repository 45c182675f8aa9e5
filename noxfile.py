"""Sessions over every supported Python that is installed: ``pip install nox && nox``.

A version that is not found is named and skipped; with ``--error-on-missing-interpreters`` it is an
error.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")

nox.options.sessions = ["pythons", "tests", "lint", "types"]
nox.options.error_on_missing_interpreters = False
nox.options.default_venv_backend = "venv"


def _interpreter(version: str) -> str:
    """The interpreter of a version: on PATH, or kept by pyenv; "" if there is none."""
    found = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    kept = sorted(pyenv.glob(f"{version}.*/bin/python"))
    # A shim of pyenv's is on PATH even where its version is not chosen.
    if found and "shims" not in Path(found).parts:
        return found
    return str(kept[-1]) if kept else ""


FOUND = {version: _interpreter(version) for version in PYTHONS}


@nox.session(python=False)
def pythons(session: nox.Session) -> None:
    """Say which Pythons the tests will run on."""
    for version, path in FOUND.items():
        session.log(f"{version}: {path or 'not found, so not tested here'}")
    if not any(FOUND.values()):
        session.error(f"none of {', '.join(PYTHONS)} is installed")


@nox.session(python=[path for path in FOUND.values() if path])
def tests(session: nox.Session) -> None:
    """The tests, fuzzing and packaging included."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session(python=sys.executable)
def lint(session: nox.Session) -> None:
    """Style, the project's own rule, and the generated documents."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("flake8", "flake8_stateid", "tests", "docs")
    session.run("python", "docs/generate.py", "--check")


@nox.session(python=sys.executable)
def types(session: nox.Session) -> None:
    """The types, strictly."""
    session.install("-e", ".[lint]")
    session.run("mypy", "--strict")
