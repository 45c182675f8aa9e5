"""The hooks, tried by pre-commit itself on a repository with good and bad plugin files."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.end_to_end.processes import environment, run
from tests.samples import BAD, BAD_MESSAGE, GOOD, Outcome, project

ROOT = Path(__file__).resolve().parents[2]
PACKAGE_FILES = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
NO_NETWORK = ("No matching distribution", "Could not find a version", "Connection", "Network is")


def git(cwd: Path, *arguments: str) -> Outcome:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    outcome = run(["git", *identity, *arguments], cwd)
    assert outcome.code == 0, outcome.err
    return outcome


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the package as it is now, committed or not."""
    copy = tmp_path_factory.mktemp("hooks")
    for name in PACKAGE_FILES:
        shutil.copy(ROOT / name, copy)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "flake8_stateid", copy / "flake8_stateid", ignore=ignored)
    git(copy, "init", "-q")
    git(copy, "add", ".")
    git(copy, "commit", "-q", "-m", "package")
    return copy


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit builds the hook's environment, once for this module."""
    return tmp_path_factory.mktemp("home")


def try_hook(hooks: Path, home: Path, root: Path, *files: str) -> Outcome:
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "flake8-stateid"]
    env = environment(PRE_COMMIT_HOME=str(home), PRE_COMMIT_COLOR="never")
    outcome = run([*command, "--files", *files], root, env=env)
    if "An unexpected error" in outcome.out and any(word in outcome.out for word in NO_NETWORK):
        message = "pre-commit could not install the hook: no package index can be reached"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return outcome


def test_lint_hook(hooks: Path, pre_commit_home: Path, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "plugins/good.py": GOOD,
        "plugins/bad.py": BAD,
        "plugins/notes.txt": BAD,
        "tests/plugins/test_bad.py": BAD,
    }
    root = project(tmp_path, files)
    git(root, "init", "-q")
    git(root, "add", ".")
    failed = try_hook(hooks, pre_commit_home, root, *files)
    assert failed.code == 1
    assert f"\nplugins/bad.py:1:16: {BAD_MESSAGE}\n" in failed.out
    assert failed.out.count("SID001") == 1
    assert "- exit code: 1\n" in failed.out
    passed = try_hook(hooks, pre_commit_home, root, "plugins/good.py")
    assert passed.code == 0
    assert "flake8-stateid" in passed.out
    assert "Passed" in passed.out
