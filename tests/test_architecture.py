"""The shape of the package: which module may import which, what a lint run loads, sizes."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "flake8_stateid"

# From the bottom to the top. A module or package imports only from those below its own layer;
# in a package, whatever order its modules need, as long as there is one.
LAYERS = (
    ("records",),
    ("problems", "findings", "escaping", "wording", "terminal", "whole_files", "globs"),
    ("settings", "source", "rules"),
    ("names", "scope", "noqa", "selection", "baseline"),
    ("analysis", "configuration"),
    ("checking", "command_options", "report", "linkage", "schema"),
    ("running", "discovery", "codemod", "plugin"),
    ("unchecked", "unread_configuration"),
    ("inspection",),
    ("lint_command", "fix_command", "audit_command", "explain_command", "names_command"),
    ("arguments", "paths_only"),
    ("cli",),
    ("__main__",),
)

# Who may import a package that is slow to load, or that need not be installed.
GUESTS = {
    "libcst": ("codemod",),
    "sqlalchemy": ("linkage", "audit_command"),
    "psycopg": ("linkage",),
    "rich": ("linkage", "audit_command"),
    "flake8": ("plugin", "configuration", "noqa", "selection", "discovery"),
}

# A module that fills more than a few screens usually holds two ideas. These hold one.
MOST_LINES = 400
LARGE = {
    "analysis/expressions.py": "one case for each kind of expression",
    "analysis/flow.py": "one case for each kind of statement",
    "analysis/program.py": "functions, classes and scopes, which name each other",
    "analysis/values.py": "the abstract value and all that is done with one",
}


class Import(NamedTuple):
    """One import: the module that holds it, what it names, where it stands, what it is for."""

    importer: str
    imported: str
    row: int
    for_types: bool


def module_name(path: Path) -> str:
    parts = ("flake8_stateid", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
# Those whose modules stand in folders of their own.
PACKAGES = sorted(
    module_name(folder)
    for folder in PACKAGE.iterdir()
    if folder.is_dir() and any(folder.glob("*/__init__.py"))
)


def imports(module: str) -> list[Import]:
    """Every import of ``module``, those inside functions and for types included."""
    found = []
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    for_types = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        typing = node in for_types
        if isinstance(node, ast.Import):
            found += [Import(module, alias.name, node.lineno, typing) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative path"
            name = node.module or ""
            inner = [f"{name}.{alias.name}" for alias in node.names]
            found += [
                Import(module, each if each in MODULES else name, node.lineno, typing)
                for each in inner
            ]
    return found


ALL = [each for module in MODULES for each in imports(module)]


def unit(module: str) -> str:
    """The part of the package that a module belongs to: a module or a package at its top."""
    return module.split(".")[1] if "." in module else ""


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_every_module_has_a_layer() -> None:
    units = {unit(module) for module in MODULES} - {""}
    known = {name for names in LAYERS for name in names}
    assert units <= known, "say in LAYERS where the new module belongs"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_arrows_point_down(module: str) -> None:
    for each in imports(module):
        above = unit(each.imported)
        if each.imported in MODULES and above and above != unit(module):
            assert layer(above) < layer(unit(module)), f"{module} imports {each.imported}"


def test_modules_load_in_some_order() -> None:
    """What a module needs when it is loaded never needs that module in turn."""
    graph = {module: {each.imported for each in on_loading(module)} for module in MODULES}
    TopologicalSorter(graph).prepare()


def on_loading(module: str) -> list[Import]:
    """The imports at the top of a module, of other modules of the package."""
    top = ast.parse(MODULES[module].read_text("utf-8")).body
    lines = {node.lineno for node in top if isinstance(node, ast.Import | ast.ImportFrom)}
    return [each for each in imports(module) if each.row in lines and each.imported in MODULES]


@pytest.mark.parametrize("package", PACKAGES)
def test_parts_of_a_package_point_one_way(package: str) -> None:
    """A folder of a package is one part of it: what it needs never needs it in turn."""
    prefix = package + "."
    graph: dict[str, set[str]] = {}
    for each in ALL:
        if each.for_types or not (
            each.importer.startswith(prefix) and each.imported.startswith(prefix)
        ):
            continue
        above, below = (
            name.removeprefix(prefix).partition(".")[0] for name in (each.importer, each.imported)
        )
        if above != below:
            graph.setdefault(above, set()).add(below)
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("guest", sorted(GUESTS))
def test_guests_stay_in_their_rooms(guest: str) -> None:
    hosts = {unit(each.importer) for each in ALL if each.imported.split(".")[0] == guest}
    assert hosts <= set(GUESTS[guest])


def test_the_lint_loads_nothing_slow() -> None:
    """Neither flake8's adapter nor the command, with the whole analysis."""
    wanted = [
        name for name in MODULES if unit(name) in {"plugin", "lint_command", "analysis", "noqa"}
    ]
    guests = ("libcst", "sqlalchemy", "rich", "flake8")
    slow = (*guests, "ast", "dataclasses", "inspect", "logging", "json", "typing")
    code = (
        f"import sys\nbefore = set(sys.modules)\nimport {', '.join(wanted)}\n"
        f"print(*sorted(set({slow!r}) & (set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []


def test_no_module_grows_unseen() -> None:
    lengths = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in MODULES.values()
    }
    large = {name for name, length in lengths.items() if length > MOST_LINES}
    assert large <= set(LARGE), "split it, or say in LARGE why it is one idea"
    assert large >= set(LARGE), "LARGE names a module that is gone, or large no more"
    assert max(lengths.values()) < 1000
