"""The programs that are compared, and the corpus, each in an environment of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

RULES = Path(__file__).resolve().parent / "rules"
PROJECT = RULES.parent.parent

TOOLS = {
    "flake8": ("flake8",),
    "bugbear": ("flake8", "flake8-bugbear"),
    "ruff": ("ruff",),
    "ast-grep": ("ast-grep-cli",),
    "semgrep": ("semgrep",),
    "fixit": ("fixit",),
}
# Large and unlike each other. Nothing is run of them.
CORPUS = (
    "ansible django jedi kubernetes matplotlib mypy networkx nltk numpy pandas pylint "
    "scikit-learn scipy sphinx sqlalchemy statsmodels sympy transformers twisted"
)


class Tools(NamedTuple):
    """What is installed.

    Attributes:
        folder: Holds an environment for each tool, by its name.
        missing: Tools that could not be installed.
    """

    folder: Path
    missing: tuple[str, ...]

    def program(self, tool: str, name: str) -> str:
        """A program of a tool's environment."""
        return str(self.folder / tool / "bin" / name)

    def has(self, tool: str) -> bool:
        """Whether the tool is there to be measured."""
        return tool not in self.missing

    @property
    def corpus(self) -> Path:
        """The folder of the corpus' packages."""
        (found,) = (self.folder / "corpus").glob("lib/python*/site-packages")
        return found

    def versions(self) -> dict[str, list[str]]:
        """``name version`` of what was asked for, by tool."""
        asked = {"ours": ("flake8", "flake8-stateid", "libcst"), **TOOLS, "corpus": CORPUS.split()}
        found = {}
        for tool, packages in asked.items():
            listing = (self.folder / tool).glob("lib/python*/site-packages/*.dist-info")
            names = (re.fullmatch(r"(.+?)-(\d.*)\.dist-info", path.name) for path in listing)
            present = {m[1].lower().replace("_", "-"): m[2] for m in names if m}
            found[tool] = [f"{each} {present[each]}" for each in packages if each in present]
        return found


def installed(folder: Path, *, full: bool) -> Tools:
    """Install what is not there yet below ``folder``; this project anew each time."""
    missing = []
    for tool, packages in TOOLS.items():
        if not _install(folder / tool, packages):
            missing.append(tool)
    if not _install(folder / "corpus", CORPUS.split() if full else ["sympy", "pandas"]):
        raise SystemExit("the corpus could not be installed: is there a package index?")
    ours = folder / "ours"
    _make(ours)
    python = str(ours / "bin" / "python")
    # Never editable: an installed copy has its bytecode, and so has a user's.
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "flake8", str(PROJECT)], check=True)
    subprocess.run(
        [*pip, "--force-reinstall", "--no-deps", str(PROJECT)], check=True, capture_output=True
    )
    return Tools(folder, tuple(missing))


def _install(folder: Path, packages: tuple[str, ...] | list[str]) -> bool:
    if folder.exists():
        return True
    _make(folder)
    python = str(folder / "bin" / "python")
    print(f"installing {', '.join(packages)}", file=sys.stderr)
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0


def _make(folder: Path) -> None:
    if not folder.exists():
        # With the newest pip: the programs that older ones write import more than they need.
        venv.create(folder, with_pip=True, upgrade_deps=True)
