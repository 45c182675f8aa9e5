"""The wheel and the sdist, built, looked into, and installed into an environment of their own.

They need a package index for the build's and the package's dependencies. Where pip cannot reach
one they are skipped, but for CI, where they fail.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from flake8_stateid import __version__
from tests.codemod.sources import Choices, batch_source
from tests.end_to_end.processes import environment, run
from tests.samples import BAD, BAD_MESSAGE, Outcome, project

SOURCE = Path(__file__).resolve().parent.parent.parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


class Installed(NamedTuple):
    """An environment with the wheel in it, and what it was made from."""

    folder: Path
    wheel: Path
    sdist: Path

    def run(self, cwd: Path, program: str, *arguments: str) -> Outcome:
        """Run one of the environment's programs."""
        env = environment()
        env.pop("PYTHONPATH", None)
        return run([str(self.folder / SCRIPTS / program), *arguments], cwd, env=env)


def _pip(folder: Path, *arguments: str) -> None:
    python = folder / SCRIPTS / "python"
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        if not os.environ.get("CI") and _unreachable(done.stderr):
            pytest.skip("pip cannot reach a package index, so nothing could be built or installed")
        raise AssertionError(done.stdout + done.stderr)


def _unreachable(errors: str) -> bool:
    return "(from versions: none)" in errors or "Failed to establish a new connection" in errors


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    root = tmp_path_factory.mktemp("packaging")
    builder, folder, dist = root / "builder", root / "installed", root / "dist"
    for each in (builder, folder):
        venv.create(each, with_pip=True)
    _pip(builder, "install", "-q", "hatchling")
    subprocess.run(
        [builder / SCRIPTS / "python", "-m", "hatchling", "build", "-d", dist],
        cwd=SOURCE,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = dist.glob("*.whl")
    (sdist,) = dist.glob("*.tar.gz")
    _pip(folder, "install", "-q", str(wheel))
    return Installed(folder, wheel, sdist)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path, {"plugins/bad.py": BAD})


def test_the_wheel_holds_the_package_only(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names} == {
        "flake8_stateid",
        f"flake8_stateid-{__version__}.dist-info",
    }
    package = {name for name in names if name.startswith("flake8_stateid/")}
    kept = ("*.py", "*.json", "py.typed")
    assert package == {
        path.relative_to(SOURCE).as_posix()
        for pattern in kept
        for path in (SOURCE / "flake8_stateid").rglob(pattern)
    }


def test_the_sdist_holds_what_its_tests_need_and_nothing_private(installed: Installed) -> None:
    with tarfile.open(installed.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    tops = {name.split("/")[0] for name in names}
    assert {"flake8_stateid", "tests", "fixtures", "docs", "pyproject.toml", "LICENSE"} <= tops
    assert not {top for top in tops if top.startswith((".venv", ".git/", ".mypy", ".ruff"))}
    tracked = SOURCE / ".git"
    if tracked.exists():
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=SOURCE, check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert names - {"PKG-INFO"} <= set(listed.stdout.splitlines())


def test_the_sdist_builds_the_same_wheel(installed: Installed, tmp_path: Path) -> None:
    _pip(installed.folder, "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(installed.sdist))
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as again, zipfile.ZipFile(installed.wheel) as first:
        package = [name for name in first.namelist() if "RECORD" not in name]
        assert [name for name in again.namelist() if "RECORD" not in name] == package
        assert all(again.read(name) == first.read(name) for name in package)


def test_flake8_sees_the_plugin(installed: Installed, root: Path) -> None:
    assert f"flake8-stateid: {__version__}" in installed.run(root, "flake8", "--version").out
    outcome = installed.run(root, "flake8", "--select", "SID", "plugins")
    assert outcome == (1, f"plugins/bad.py:1:16: {BAD_MESSAGE}\n", "")


def test_the_command_runs(installed: Installed, root: Path) -> None:
    version = installed.run(root, "flake8-stateid", "--version")
    assert version == (0, f"flake8-stateid {__version__}\n", "")
    outcome = installed.run(root, "flake8-stateid", "lint")
    assert (outcome.code, outcome.err) == (1, "")
    assert BAD_MESSAGE in outcome.out


def test_the_fix_runs(installed: Installed, tmp_path: Path) -> None:
    root = project(tmp_path, {"plugins/bad.py": batch_source(Choices())})
    outcome = installed.run(root, "flake8-stateid", "fix", "plugins")
    assert (outcome.code, outcome.err) == (0, "1 finding fixed in 1 file, 0 refused\n")
    codemod = ["-m", "libcst.tool", "codemod", "--no-format", "-x"]
    command = [*codemod, "flake8_stateid.codemod.UseContextStateId", "plugins"]
    assert installed.run(root, "python", *command).code == 0


def test_the_audit_says_what_it_lacks(installed: Installed, root: Path) -> None:
    outcome = installed.run(root, "flake8-stateid", "audit", "sqlite:///audit.db")
    assert outcome.code == 2
    assert outcome.out == ""
    assert 'pip install "flake8-stateid[audit]"' in outcome.err
    assert "Traceback" not in outcome.err


def test_the_fix_says_what_it_lacks(installed: Installed, tmp_path: Path) -> None:
    """LibCST is always installed with the package, but may be broken or removed."""
    root = project(tmp_path, {"plugins/bad.py": batch_source(Choices())})
    hidden = "import sys; sys.modules['libcst'] = None; from flake8_stateid.cli import main"
    outcome = installed.run(root, "python", "-c", f"{hidden}; sys.exit(main(['fix', 'plugins']))")
    assert outcome == (
        2, "", "error: fix needs LibCST, which is not installed: pip install libcst\n"
    )  # fmt: skip
