"""Which files are searched for a name, and how often they are read."""

from __future__ import annotations

import builtins
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from flake8_stateid.analysis.source_tree import SourceTree
from flake8_stateid.cli import main
from flake8_stateid.codemod.fixer import Fixer
from flake8_stateid.codemod.outcome import Fixed, RefusalError, Refused
from flake8_stateid.codemod.reading import source_texts
from flake8_stateid.codemod.reading.ancestry import Ancestors
from flake8_stateid.codemod.reading.source_texts import SourceTexts
from flake8_stateid.configuration import Configuration
from flake8_stateid.scope import Scope
from flake8_stateid.settings import Settings
from tests.codemod.project import BATCH, Project
from tests.codemod.sources import Choices, batch_source

if TYPE_CHECKING:
    import pathlib

    from flake8_stateid.analysis.program import ModuleInfo
    from flake8_stateid.codemod.reading.modules import Module

MENTION = "from acme.plugins.batch import Transform\n"


def texts(settings: Settings) -> SourceTexts:
    return SourceTexts(SourceTree(settings, Scope(settings)))


def found(root: pathlib.Path, path: str = BATCH, source_roots: tuple[str, ...] = ()) -> set[str]:
    """The files below ``root`` that mention the class of the file at ``path``."""
    settings = Settings()._replace(source_roots=source_roots)
    return {
        path.removeprefix(f"{root}/")
        for path, _ in texts(settings).mentioning("Transform", str(root / path))
    }


def write(root: pathlib.Path, *paths: str, text: str = MENTION) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def test_where(tmp_path: pathlib.Path) -> None:
    """The whole project, less what is no source of it, tests, and the file itself."""
    (tmp_path / "pyproject.toml").touch()
    own = ("acme/core/engine.py", "acme/plugins/other.py", "scripts/run.py", "setup.py")
    others = (
        BATCH,
        ".venv/lib/hidden.py",
        "env/lib/installed.py",
        "node_modules/x.py",
        "acme/__pycache__/x.py",
        "tests/test_batch.py",
        "acme/plugins/test_batch.py",
        "acme/readme.txt",
    )
    write(tmp_path, *own, *others)
    write(tmp_path, "acme/unlike.py", text="class Transformer: my_Transform = Transform2 = 1\n")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert found(tmp_path) == set(own)


def test_without_a_project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The topmost package, or the folder of a module that is in none; nothing above them."""
    monkeypatch.setattr(source_texts, "is_project_root", lambda _: False)
    write(tmp_path, "above.py", "acme/core/engine.py", BATCH, "acme/plugins/b/c.py")
    assert found(tmp_path) == set()
    write(tmp_path, "acme/plugins/beside.py")
    assert found(tmp_path) == {"acme/plugins/beside.py"}
    write(tmp_path, "acme/__init__.py", "acme/plugins/__init__.py", text="")
    assert found(tmp_path) == {
        "acme/core/engine.py",
        "acme/plugins/b/c.py",
        "acme/plugins/beside.py",
    }


def test_source_roots(tmp_path: pathlib.Path) -> None:
    """Those outside of the project as well, those in it once."""
    write(tmp_path, "project/pyproject.toml", text="")
    write(tmp_path, f"project/{BATCH}", "project/src/a.py", "shared/b.py", "strange/c.py")
    roots = ("src", "../shared")
    assert found(tmp_path, f"project/{BATCH}", roots) == {"project/src/a.py", "shared/b.py"}


def test_each_file_is_read_once(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files are fixed, and whatever their classes are called."""
    code = batch_source(Choices())
    unrelated = {f"acme/core/m{number}.py": MENTION for number in range(5)}
    other = {"acme/plugins/other.py": code.replace("class Transform", "class Other")}
    project = Project(tmp_path, code, unrelated | other)
    opened: Counter[str] = Counter()
    real = builtins.open

    def counting(path: Any, *arguments: Any, **options: Any) -> Any:
        opened[str(path)] += 1
        return real(path, *arguments, **options)

    fixer = Fixer(Configuration())
    monkeypatch.setattr(builtins, "open", counting)
    for path in (project.batch, tmp_path / "acme/plugins/other.py"):
        assert isinstance(fixer.fix_file(str(path)).outcomes[0], Fixed)
    monkeypatch.undo()
    assert {opened[str(tmp_path / path)] for path in unrelated} == {1}


def test_each_name_and_each_file_has_an_answer_of_its_own(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "pyproject.toml", text="")
    write(tmp_path, "a.py", "b.py")
    write(tmp_path, "other.py", text="from acme.plugins.other import Other\n")
    known = texts(Settings())
    paths = {name: str(tmp_path / name) for name in ("a.py", "b.py", "other.py", "none.py")}

    def mentioning(name: str, path: str) -> list[str]:
        return [each for each, _ in known.mentioning(name, paths[path])]

    for _ in range(2):
        assert mentioning("Transform", "none.py") == [paths["a.py"], paths["b.py"]]
        assert mentioning("Transform", "a.py") == [paths["b.py"]]
        assert mentioning("Other", "a.py") == [paths["other.py"]]
        assert mentioning("Nobody", "a.py") == []


TAKING = {
    "imported": MENTION,
    "under another name": "from acme.plugins.batch import Other, Transform as Each\n",
    "another one under the name": "from acme.plugins.other import Other as Transform\n",
    "in brackets": "from acme.plugins.batch import (\n    Other,  # :)\n    Transform,\n)\n",
    "behind a backslash": "from acme.plugins.batch import \\\n    Transform\n",
    "behind a semicolon": "import os; from acme.plugins.batch import Transform\n",
    "in a function": "def f():\n    from acme.plugins.batch import Transform\n",
    "all of it": "from acme.plugins.batch import *\nTransform()\n",
    "of a module": "from acme.plugins import batch\nbatch.Transform()\n",
    "of a module, in a text": "def f(plugin: 'batch.Transform'): ...\n",
    "beside its own": f"try:\n    {MENTION}except ImportError:\n    class Transform: ...\n",
}
OWN = {
    "a class": "class Transform:\n    pass\n",
    "its uses": "import x\nclass Transform: ...\nx.run(Transform('Transform'), Transform)\n",
    "a text": '"""Transform, as others do."""\nimport acme.plugins.batch\n',
    "what is no Python": "class Transform(\n",
}


@pytest.mark.parametrize("name", [*TAKING, *OWN])
def test_which_take_it_from_elsewhere(name: str, tmp_path: pathlib.Path) -> None:
    """A class of their own that has the name is nobody else's."""
    write(tmp_path, "pyproject.toml", text="")
    write(tmp_path, "a.py", text={**TAKING, **OWN}[name])
    found = texts(Settings()).taking("Transform", str(tmp_path / BATCH))
    assert [path for path, _ in found] == [str(tmp_path / "a.py")] * (name in TAKING)


def test_classes_of_the_same_name_are_not_looked_at(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many plugins that have a 'Transform' each take no longer than with other names."""
    code = batch_source(Choices())
    copies = {f"acme/plugins/m{number}.py": code for number in range(3)}
    taking = {"acme/core/run.py": f"{MENTION}Transform().process_batch([], None)\n"}
    project = Project(tmp_path, code, copies | taking)
    looked_at: list[str] = []
    real = Ancestors.module

    def noting(self: Ancestors, info: ModuleInfo) -> Module:
        if info is not self.own:
            looked_at.append(info.file.removeprefix(f"{tmp_path}/"))
        return real(self, info)

    monkeypatch.setattr(Ancestors, "module", noting)
    fixer = Fixer(Configuration())
    for path in (BATCH, *copies):
        assert isinstance(fixer.fix_file(str(project.root / path)).outcomes[0], Fixed)
    # The one that takes it from elsewhere, and where it leads to.
    found = {each for each in looked_at if not each.startswith("fixtures/")}
    assert found == {"acme/core/run.py", BATCH}


@pytest.mark.parametrize("option", ["--check", "--jobs=1"])
def test_a_run_reads_each_file_once(
    option: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that no fix is for: the lint and the fix of each file read what others have read."""
    code = batch_source(Choices())
    copies = {
        f"acme/plugins/m{number}.py": code.replace("class Transform", f"class T{number}")
        for number in range(3)
    }
    project = Project(tmp_path, code, copies | {"acme/core/run.py": MENTION})
    opened: Counter[str] = Counter()
    real = builtins.open

    def counting(path: Any, *arguments: Any, **options: Any) -> Any:
        opened[str(path)] += 1
        return real(path, *arguments, **options)

    written: list[str] = []
    monkeypatch.setattr(Fixer, "forget", lambda _, path: written.append(path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(builtins, "open", counting)
    assert main(["fix", option, str(project.root / "acme")]) == (option == "--check")
    monkeypatch.undo()
    assert opened[str(tmp_path / "acme/core/run.py")] == 1
    fixed = {str(tmp_path / path) for path in (BATCH, *copies)}
    assert set(written) == (set() if option == "--check" else fixed)


def test_what_was_written_is_read_again(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "pyproject.toml", text="")
    write(tmp_path, "a.py", "b.py")
    known = texts(Settings())
    paths = [str(tmp_path / each) for each in ("a.py", "b.py")]

    def answers(name: str) -> list[tuple[list[str], list[bytes]]]:
        return [
            ([path for path, _ in found], [data for _, data in found])
            for found in (
                [*known.mentioning(name, str(tmp_path / BATCH))],
                [*known.taking(name, str(tmp_path / BATCH))],
            )
        ]

    text = MENTION.encode()
    assert answers("Transform") == [(paths, [text, text])] * 2
    assert answers("Other") == [([], [])] * 2
    write(tmp_path, "a.py", text="class Other: ...\n")
    known.read_again(paths[0])
    known.read_again(str(tmp_path / "unknown.py"))
    assert answers("Transform") == [(paths[1:], [text])] * 2
    assert answers("Other") == [(paths[:1], [b"class Other: ...\n"]), ([], [])]


def test_what_is_not_kept_is_read_again(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_texts, "_MAX_KEPT", 0)
    write(tmp_path, "pyproject.toml", text="")
    write(tmp_path, "a.py")
    assert found(tmp_path) == {"a.py"}


def test_what_cannot_be_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large, a link that leads nowhere: neither holds what can be shown."""
    monkeypatch.setattr(source_texts, "MAX_BYTES", len(MENTION))
    write(tmp_path, "pyproject.toml", text="")
    write(tmp_path, "a.py")
    write(tmp_path, "large.py", text=MENTION * 2)
    (tmp_path / "link.py").symlink_to(tmp_path / "nowhere.py")
    assert found(tmp_path) == {"a.py"}
    settings = Settings()
    assert list(texts(settings).mentioning("x", str(tmp_path / "gone" / "x.py"))) == []


def test_too_many(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subclass might be in any of those that are left out."""
    project = Project(tmp_path, batch_source(Choices()), {})
    assert isinstance(project.fix().outcomes[0], Fixed)
    monkeypatch.setattr(source_texts, "MAX_FILES", 3)
    outcome = project.fix().outcomes[0]
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("more than 3 files or folders may hold subclasses")


@pytest.mark.parametrize("name", ["a{}.py", "folder{}/data.json"])
def test_too_many_of_either(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A root that was not meant to be one, such as a home folder, may hold anything."""
    monkeypatch.setattr(source_texts, "MAX_FILES", 3)
    write(tmp_path, "pyproject.toml", text="")
    write(tmp_path, name.format(0), name.format(1))
    assert found(tmp_path) <= {"a0.py", "a1.py"}
    write(tmp_path, name.format(2), name.format(3))
    with pytest.raises(RefusalError, match="more than 3 files or folders"):
        found(tmp_path)
