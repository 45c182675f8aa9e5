"""Other modules of the package: where imports lead, and what is read of them."""

from __future__ import annotations

import ast
import os
import textwrap
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.analysis import analyse, engine, module_names, summarising
from flake8_stateid.analysis import source_tree as source_trees
from flake8_stateid.analysis.program import Import
from flake8_stateid.analysis.source_tree import SourceTree, source_tree
from flake8_stateid.scope import Scope
from flake8_stateid.settings import Settings
from flake8_stateid.source import SourceText
from tests.analysis.running import marked
from tests.samples import project

if TYPE_CHECKING:
    from pathlib import Path

    from flake8_stateid.analysis.program import FunctionInfo, ModuleInfo
    from flake8_stateid.analysis.summaries import Summary
    from flake8_stateid.analysis.values import Value

PLUGIN = "app/plugins/batch.py"
SINKS = """\
def sink(key): Client(state_id=key)
def show(key): print(key)
class Sink:
    def send(self, key): Client(state_id=key)
NAMES = {"a": 1}
"""
LAZY = """\
def __getattr__(name):
    if name == "sink":
        from app.sinks import sink
        return sink
    if name == "show":
        from .sinks import show
        return show
    raise AttributeError(name)
"""


def tree(**settings: tuple[str, ...]) -> SourceTree:
    """A source tree of its own, nothing read yet."""
    made = Settings()._replace(**settings)  # type: ignore[arg-type]
    return SourceTree(made, Scope(made))


def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of functions, each as often as its body is gone through from now on."""
    names: list[str] = []
    run = summarising.Summaries._run

    def run_and_note(
        self: summarising.Summaries,
        function: FunctionInfo,
        inputs: dict[str, Value],
        captured: dict[str, Value],
    ) -> Summary:
        names.append(function.name)
        return run(self, function, inputs, captured)

    monkeypatch.setattr(summarising.Summaries, "_run", run_and_note)
    return names


def check(
    root: Path, files: dict[str, str], text: str, using: SourceTree | None = None
) -> SourceTree:
    """The plugin of this text, in a project with these modules, has the findings it marks."""
    text = textwrap.dedent(text) + 'KEY = "state_id"  # a file without one is not looked at\n'
    project(root, {"app/__init__.py": "", "app/plugins/__init__.py": "", **files, PLUGIN: text})
    using = using or tree()
    source = SourceText.from_text(str(root / PLUGIN), text)
    found = analyse(ast.parse(text), source, using.settings, using)
    assert [finding.span.row for finding in found] == marked(text), found
    return using


def test_no_more_modules_are_opened_once_enough_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a pass, and with it the whole budget, for each module of a long chain."""
    files = {
        f"app/step{number}.py": f"from app.step{number + 1} import step as following\n"
        "def step(key): following(key)\n"
        for number in range(19)
    }
    files["app/step19.py"] = "def step(key): Client(state_id=key)\n"
    text = """
    from app.step0 import step
    def f(ctx): step(f"{ctx}_row")"""
    followed = check(tmp_path / "followed", files, f"{text}  # +\n")
    monkeypatch.setattr(engine, "_BUDGET", -100)
    given_up = check(tmp_path / "given up", files, f"{text}\n")
    assert len(given_up._modules) < 10 < len(followed._modules)


@pytest.mark.parametrize(
    ("does", "reported", "is_read"),
    [
        ("self.rows.append(state_id)", "+", False),
        ("self.begin_node_state(state_id)", "-", True),
        ("begin = self.begin_node_state; begin(state_id)", "-", True),
    ],
)
def test_what_is_found_is_followed_to_where_it_may_be_registered(
    tmp_path: Path, does: str, reported: str, is_read: bool
) -> None:
    """Not to where a minting call is defined: others call it."""
    recorder = f"""\
class Recorder:
    def begin_node_state(self, state_id): self.states.append(state_id)
    def record(self, state_id): {does}
"""
    read = check(
        tmp_path,
        {"app/recorder.py": recorder},
        f"""
        from app.recorder import Recorder
        def f(ctx, recorder: Recorder):
            recorder.record(state_id=f"{{ctx}}_row")  # {reported}
        """,
    )
    assert (str(tmp_path / "app" / "recorder.py") in read._modules) is is_read


def test_what_an_attribute_was_known_to_hold_is_not_analysed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a method makes state ids is of interest where the object was not known."""
    understood = noted(monkeypatch)
    client = """\
class Client:
    def send(self, key): print(key)
    def show(self, state_id, key): print(key)
"""
    check(
        tmp_path,
        {"app/client.py": client},
        """
        from app.client import Client
        class Plugin:
            client: Client
            def start(self): self.client = Client()
            def f(self, ctx): self.client.show("", f"{ctx}_row")
        """,
    )
    assert "show" in understood
    assert "send" not in understood


@pytest.mark.parametrize(("does", "reported"), [("rec.call(state_id=job.key)", True), ("", False)])
def test_what_is_handed_an_object_is_read_where_it_takes_a_field(
    tmp_path: Path, does: str, reported: bool
) -> None:
    """Of two modules that are not read, one says what is built, and the other what for."""
    read = check(
        tmp_path,
        {
            "app/jobs.py": "class Job:\n    def __init__(self, key): self.key = key\n",
            "app/store.py": f"""\
def keep(rec, job, state_id=None):
    rec.jobs.append(job)
    {does}
""",
        },
        f"""
        from app.jobs import Job
        from app.store import keep
        def f(rec, ctx): keep(rec, Job(f"{{ctx}}_row"))  # {"+" if reported else "-"}
        """,
    )
    names = {os.path.basename(path) for path in read._modules}
    assert names >= {"jobs.py", "store.py"} if reported else "jobs.py" not in names


def test_a_table_of_another_module_is_read_once_for_all_its_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    variable = module_names.ModuleNames.variable

    def variable_and_note(self: module_names.ModuleNames, module: ModuleInfo, name: str) -> Value:
        read.append(name)
        return variable(self, module, name)

    monkeypatch.setattr(module_names.ModuleNames, "variable", variable_and_note)
    uses = "".join(f"def f{n}(rec, ctx): rec.call(state_id=names(ctx)[{n}])\n" for n in range(9))
    check(
        tmp_path,
        {"app/table.py": "TABLE = {}\ndef names(row): return TABLE  # state_id\n"},
        f"from app.table import names\n{uses}",
    )
    assert len(read) == 1


class TestImports:
    @pytest.mark.parametrize(
        ("statement", "name"),
        [
            ("from app.sinks import sink", "sink"),
            ("from app.sinks import sink as send", "send"),
            ("from ..sinks import sink", "sink"),
            ("from .. import sinks", "sinks.sink"),
            ("from app import sinks as s", "s.sink"),
            ("import app.sinks", "app.sinks.sink"),
            ("import app.sinks as s", "s.sink"),
            ("from app.sinks import *", "sink"),
            ("from app.again import sink", "sink"),
            ("from app.star import sink", "sink"),
            ("from app.star import *", "sink"),
            ("from app.star_of_star import sink", "sink"),
            ("from app import again", "again.sinks.sink"),
            ("from app import exported", "exported"),
            ("from app.sinks import Sink", "Sink().send"),
            ("from app.either import sink", "sink"),
            ("from app.assigned import sink", "sink"),
            ("from app.lazy import sink", "sink"),
            ("from app import lazy", "lazy.sink"),
            ("import importlib", "importlib.import_module('app.sinks').sink"),
            ("from importlib import import_module as load", "load('..sinks', __package__).sink"),
            ("from importlib import import_module", "import_module('.sinks', 'app').sink"),
        ],
    )
    def test_lead_to_the_function(self, tmp_path: Path, statement: str, name: str) -> None:
        check(
            tmp_path,
            {
                "app/sinks.py": SINKS,
                "app/again.py": "from app.sinks import sink\nfrom app import sinks\n",
                "app/star.py": "from app.nothing import *\nfrom app.sinks import *\n",
                "app/star_of_star.py": "from outside import *\nfrom .star import *\n",
                "app/either.py": "try:\n    from outside import sink\nexcept ImportError:\n"
                "    from app.sinks import sink\n",
                "app/assigned.py": "from app.sinks import sink as first\nsink = first\n",
                "app/__init__.py": "from app.sinks import sink as exported\n",
                "app/lazy.py": LAZY,
            },
            f"""
            {statement}
            def f(ctx):
                {name}(f"{{ctx}}")  # +
            """,
        )

    @pytest.mark.parametrize(
        ("statement", "name"),
        [
            ("from app.sinks import show", "show"),
            ("from app.sinks import nothing", "nothing"),
            ("from app import sinks", "sinks.show"),
            ("from app import sinks", "sinks.nothing"),
            ("from app.nowhere import sink", "sink"),
            ("from outside import sink", "sink"),
            ("from app.broken import sink", "sink"),
            ("from app.latin import sink", "sink"),
            ("from app import broken", "broken.sink"),
            ("from json import dumps as sink", "sink"),
            ("from . import sink", "sink"),
            ("from app.round import sink", "sink"),
            ("from app.star_round import *", "sink"),
            ("from app.nowhere import *", "sink"),
            ("from app.logs import sink", "sink"),
            ("import app", "app.sinks.sink"),
            ("from app.lazy import show", "show"),
            ("from app.lazy import nothing", "nothing"),
            ("import importlib", "importlib.import_module('app.' + ctx).sink"),
            ("import importlib", "importlib.import_module('app.nowhere').sink"),
            ("import importlib", "importlib.import_module('app.sinks').show"),
        ],
    )
    def test_lead_to_nothing_that_makes_a_state_id(
        self, tmp_path: Path, statement: str, name: str
    ) -> None:
        check(
            tmp_path,
            {
                "app/sinks.py": SINKS,
                "app/broken.py": "def sink(state_id:\n",
                "app/latin.py": "# coding: nonsense\ndef sink(state_id): ...\n",
                "app/round.py": "from app.round_again import sink\n",
                "app/round_again.py": "from app.round import sink\nstate_id = 1\n",
                "app/star_round.py": "from app.star_round import *\nstate_id = 1\n",
                "app/logs.py": "import logging\nsink = logging.info\nstate_id = 1\n",
                "app/lazy.py": LAZY,
                **({"app/__init__.py": "sinks = None\n"} if statement == "import app" else {}),
            },
            f"""
            {statement}
            def f(ctx):
                {name}(f"{{ctx}}")
            """,
        )

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("def sink(key): Client(state_id=key)\n__all__ = ['sink']\n", "sink"),
            ("def sink(key): Client(state_id=key)\n__all__ = []\n__all__ += ['sink']\n", "sink"),
            ("def _sink(key): Client(state_id=key)\n__all__ = ('_sink',)\n", "_sink"),
            ("def sink(key): Client(state_id=key)\n__all__ = [*OTHERS]\n", "sink"),
            ("def sink(key): Client(state_id=key)\n__all__ = others()\n", "sink"),
        ],
    )
    def test_a_star_takes_what_is_exported(self, tmp_path: Path, module: str, name: str) -> None:
        call = f'def f(ctx): {name}(f"{{ctx}}")  # +\n'
        files = {"app/sinks.py": module, "app/star.py": "from app.sinks import *\n"}
        check(tmp_path, files, f"from app.sinks import *\n{call}")
        if name == "sink":
            check(tmp_path, files, f"from app.star import *\n{call}")

    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("def sink(key): Client(state_id=key)\n__all__ = ['other']\n", "sink"),
            ("def sink(key): Client(state_id=key)\n__all__ = ()\n", "sink"),
            ("def _sink(key): Client(state_id=key)\n", "_sink"),
        ],
    )
    def test_a_star_takes_nothing_else(self, tmp_path: Path, module: str, name: str) -> None:
        hidden = {"app/sinks.py": module, "app/star.py": "from app.sinks import *\n"}
        files = {**hidden, "app/plain.py": f"def {name}(key): print(key)\n__all__ = ['{name}']\n"}
        call = f'def f(ctx): {name}(f"{{ctx}}")\n'
        check(tmp_path, files, f"from app.sinks import *\nfrom app.plain import *\n{call}")
        check(tmp_path, files, f"from app.star import *\nfrom app.plain import *\n{call}")

    def test_a_name_of_the_package_hides_a_module(self, tmp_path: Path) -> None:
        files = {"app/sinks.py": SINKS, "app/__init__.py": "class sinks:\n    sink = print\n"}
        check(tmp_path, files, 'from app import sinks\ndef f(ctx): sinks.sink(f"{ctx}")\n')

    @pytest.mark.parametrize(
        ("statement", "name"),
        [
            ("import space.sinks", "space.sinks.sink"),
            ("import space.inner.sinks", "space.inner.sinks.sink"),
            ("import space.sinks, space.inner.sinks", "space.inner.sinks.sink"),
            ("import nested.deep.sinks", "nested.deep.sinks.sink"),
            ("import space.inner.sinks as s", "s.sink"),
            ("from space import sinks", "sinks.sink"),
        ],
    )
    def test_namespace_packages(self, tmp_path: Path, statement: str, name: str) -> None:
        sinks = ("space/sinks.py", "space/inner/sinks.py")
        files = dict.fromkeys((*sinks, "src/nested/deep/sinks.py"), SINKS)
        check(tmp_path, files, f'{statement}\ndef f(ctx): {name}(f"{{ctx}}")  # +\n')

    @pytest.mark.parametrize(
        ("statement", "name"),
        [
            ("import space", "space.sinks.sink"),
            ("import space.nothing", "space.sinks.sink"),
            ("import space.sinks", "space.sinks.show"),
            ("import space.sinks", "space.sink"),
            ("import space.sinks", "space.nothing.sink"),
            ("import space.sinks", "space.data.sink"),
            ("import space.data", "space.sinks.sink"),
            ("import json.sinks", "json.sinks.sink"),
            ("import app.hidden.sinks", "app.hidden.sink"),
        ],
    )
    def test_folders_that_are_no_namespace_packages(
        self, tmp_path: Path, statement: str, name: str
    ) -> None:
        sinks = dict.fromkeys(("space/sinks.py", "json/sinks.py", "app/hidden/sinks.py"), SINKS)
        files = {**sinks, "space/data/sink.txt": "state_id"}
        check(tmp_path, files, f'{statement}\ndef f(ctx): {name}(f"{{ctx}}")\n')

    def test_source_roots(self, tmp_path: Path) -> None:
        text = 'from core.sinks import sink\ndef f(ctx): sink(f"{ctx}")'
        files = {"libs/core/sinks.py": SINKS}
        check(tmp_path, files, text + "\n")
        check(tmp_path, files, text + "  # +\n", tree(source_roots=("libs",)))

    @pytest.mark.parametrize(
        ("kept", "call"),
        [
            ("from app.sinks import Sink\n        self.kept = Sink()", "kept.send"),
            ("kept = sinks.Sink()\n        self.kept = kept", "kept.send"),
            ("kept = sinks.Sink()\n        self.kept = kept.send", "kept"),
            ("from app.sinks import sink\n        self.kept = sink", "kept"),
            ("module = import_module('app.sinks')\n        self.kept = module.sink", "kept"),
            ("kept = sinks.Sink()\n        self.kept = {}; self.kept[1] = kept", "kept[1].send"),
        ],
    )
    def test_what_a_method_keeps_by_its_own_name_for_it(
        self, tmp_path: Path, kept: str, call: str
    ) -> None:
        plugin = """
from importlib import import_module
from app import sinks
class Plugin:
    def __init__(self):
        {}
    def run(self, ctx):
        self.{}(f"{{ctx}}")  # +
"""
        check(tmp_path, {"app/sinks.py": SINKS}, plugin.format(kept, call))
        quiet = SINKS.replace("Client(state_id=key)", "print(key)")
        quiet += "def other(key): Client(state_id=key)\n"
        check(tmp_path, {"app/sinks.py": quiet}, plugin.format(kept, call).replace("  # +", ""))

    @pytest.mark.parametrize(
        ("base", "call"),
        [
            ("class Base:\n    kept: Sink", "kept.send"),
            ("class Base:\n    def __init__(self): self.kept = Sink()", "kept.send"),
            ("class Base:\n    def __init__(self, kept: Sink): self.kept = kept", "kept.send"),
            (
                "class Base:\n    def start(self):\n        from app.sinks import Sink as S\n"
                "        kept = S()\n        self.kept = kept",
                "kept.send",
            ),
            (
                "class Base:\n    @property\n    def kept(self): return self._made()\n"
                "    def _made(self): return Sink()",
                "kept.send",
            ),
            ("class Base:\n    def made(self): return Sink()", "made().send"),
            ("class First:\n    kept = Sink()\nclass Base(First): ...", "kept.send"),
            ("from app.first import First\nclass Base(First): ...", "kept.send"),
            ("from app.first import Base", "kept.send"),
            ("from app.first import *", "kept.send"),
        ],
    )
    def test_what_a_base_of_another_module_keeps(
        self, tmp_path: Path, base: str, call: str
    ) -> None:
        plugin = f"""
        from app.base import Base
        class Plugin(Base):
            def run(self, ctx):
                self.{call}(f"{{ctx}}")  # +
                self.label = f"{{ctx}}"
                self.log.info(f"{{ctx}}")
        """
        first = "from app.sinks import Sink\nclass First:\n    kept = Sink()\nBase = First\n"
        files = {"app/first.py": first, "app/base.py": f"from app.sinks import Sink\n{base}\n"}
        check(tmp_path, {**files, "app/sinks.py": SINKS}, plugin)
        quiet = SINKS.replace("    def send(self, key): Client(state_id=key)", "")
        check(tmp_path, {**files, "app/sinks.py": quiet}, plugin.replace("  # +", ""))

    @pytest.mark.parametrize(
        ("member", "matters"),
        [
            ("sink", True),
            ("made", True),
            ("log", False),
            ("label", False),
            ("inherited", True),
            ("nowhere", False),
        ],
    )
    def test_which_attributes_of_a_base_matter(
        self, tmp_path: Path, member: str, matters: bool
    ) -> None:
        base = """\
from app.sinks import Sink
from app.first import First
class Base(First):
    log = get_logger()
    def start(self):
        sink = Sink()
        self.sink = sink
    def made(self):
        self.label = ""
        return self.sink
"""
        first = "from app.sinks import Sink\nclass First:\n    inherited: Sink\n"
        root = project(
            tmp_path, {"app/sinks.py": SINKS, "app/base.py": base, "app/first.py": first}
        )
        using = tree()
        for _ in range(2):
            assert using.can_matter_by(str(root / "app/base.py"), "Base", member) is matters
        assert using.can_matter_by(str(root / "app/base.py"), "Other", member)
        assert not using.can_matter_by(str(root / "app/nowhere.py"), "Base", member)

    def test_constants_of_other_modules(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {"app/sinks.py": 'import os\nSTEP = 1\nNAME = "a"\nKEYS = {"state_id": 1}\n'},
            """
            from app.sinks import STEP, NAME, KEYS
            def f(rec, ctx):
                rec.call(state_id=ctx.base + STEP)
                rec.call(state_id=ctx.base + NAME)  # +
                rec.call(state_id=ctx.base + KEYS)  # +
            """.replace("ctx.base + KEYS)  # +", "KEYS)"),
        )

    @pytest.mark.parametrize(
        ("term", "mark"),
        [
            ("STEP", ""),
            ("NAME", "  # +"),
            ("limits.STEP", ""),
            ("limits.NAME", "  # +"),
            ("Limits.STEP", ""),
            ("limits.Limits().named", "  # +"),
            ("Kind.FIRST.value", ""),
            ("step(ctx)", ""),
            ("name(ctx)", "  # +"),
            ("self.step", ""),
            ("self.name", "  # +"),
        ],
    )
    def test_whether_a_sum_is_a_number_another_module_tells(
        self, tmp_path: Path, term: str, mark: str
    ) -> None:
        limits = """
        from enum import IntEnum
        STEP = 1
        NAME = "a"
        class Kind(IntEnum):
            FIRST = 1
        class Limits:
            STEP: int = 2
            named = "b"
        class Base:
            step = 1
            name = "c"
        def step(of) -> int: return of.step
        def name(of) -> str: return of.name
        """
        check(
            tmp_path,
            {"app/limits.py": textwrap.dedent(limits)},
            f"""
            from app import limits
            from app.limits import STEP, NAME, Limits, Kind, Base, step, name
            class Plugin(Base):
                def sums(self, rec, ctx):
                    rec.call(state_id=ctx.base + {term}){mark}
                def remainders(self, rec, ctx):
                    rec.call(state_id=ctx.base % {term}){mark}
                def grown(self, rec, ctx):
                    state_id = ctx.base
                    state_id += {term}{mark}
            """,
        )

    def test_fields_stand_behind_those_of_a_base_in_another_module(self, tmp_path: Path) -> None:
        base = "from dataclasses import dataclass\n@dataclass\nclass Base:\n    label: str\n"
        check(
            tmp_path,
            {"app/base.py": base},
            """
            from dataclasses import dataclass
            from app.base import Base
            @dataclass
            class Job(Base):
                state_id: str
                row: int = 0
            def f(ctx):
                Job("a", f"{ctx}")  # +
                Job(f"{ctx}", ctx.state_id)
            """,
        )


class TestReading:
    def test_a_module_is_read_once_while_it_stays_as_it_is(self, tmp_path: Path) -> None:
        path = str(project(tmp_path, {"app/sinks.py": SINKS}) / "app" / "sinks.py")
        using = tree()
        first = using.module(path)
        assert first is not None
        assert using.module(path) is first
        os.utime(path, ns=(1, 1))
        again = using.module(path)
        assert again is not None
        assert again is not first

    def test_what_cannot_be_read(self, tmp_path: Path) -> None:
        root = project(tmp_path, {"broken.py": "def", "large.py": "#" * 2_000_001})
        using = tree()
        assert using.module(str(root / "missing.py")) is None
        assert using.module(str(root / "broken.py")) is None
        assert using.module(str(root / "large.py")) is None
        assert not using.can_matter(str(root / "missing.py"), "f")

    def test_what_was_used_longest_ago_is_forgotten_between_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(source_trees, "_MAX_PARSED", 10)
        monkeypatch.setattr(source_trees, "_MAX_TEXT", 10)
        root = project(tmp_path, {"a.py": "x = 1", "b.py": "y = 2", "c.py": "z = 3"})
        using = tree()
        paths = [str(root / name) for name in ("a.py", "b.py", "c.py")]
        before = [using.module(path) for path in paths]
        assert [using.module(path) for path in paths] == before
        assert using.module(paths[0]) is before[0]
        using.make_room()
        assert using.module(paths[0]) is before[0]
        assert using.module(paths[1]) is not before[1]
        assert using.module(paths[2]) is before[2]

    def test_answers_are_forgotten_between_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = project(tmp_path, {"a.py": "from b import f", "b.py": "def f(state_id): ..."})
        using = tree()
        path, bound = str(root / "a.py"), Import("b", "f", 0)
        assert using.can_matter(path, "f")
        first = using.locate(path, bound)
        using.make_room()
        assert using.locate(path, bound) is first
        monkeypatch.setattr(source_trees, "_MAX_ANSWERS", 0)
        using.make_room()
        again = using.locate(path, bound)
        assert again == first
        assert again is not first
        assert using.can_matter(path, "f")

    def test_an_import_is_looked_for_once(self, tmp_path: Path) -> None:
        path = str(project(tmp_path, {"app/__init__.py": "", "app/a.py": ""}) / "app" / "x.py")
        using = tree()
        located = using.locate(path, Import("app.a", "f", 0))
        assert located is not None
        assert located.name == "f"
        assert using.locate(path, Import("app.a", "f", 0)) is located
        assert using.locate(path, Import("", "os", 0)) is None

    def test_one_tree_under_one_configuration(self) -> None:
        settings = Settings()
        scope = Scope(settings)
        first = source_tree(settings, scope)
        assert source_tree(settings, scope) is first
        other = source_tree(Settings(names=("edge_id",)), scope)
        assert other is not first
        assert source_tree(settings, scope) is not first

    def test_paths_are_shown_from_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = project(tmp_path, {"app/sinks.py": SINKS}) / "app" / "sinks.py"
        monkeypatch.chdir(tmp_path)
        inside = tree().module(str(path))
        assert inside is not None
        assert inside.source.path == os.path.join("app", "sinks.py")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        outside = tree().module(str(path))
        assert outside is not None
        assert outside.source.path == str(path)

    def test_a_path_on_another_drive_is_shown_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str) -> str:
            raise ValueError(path)

        path = str(project(tmp_path, {"a.py": ""}) / "a.py")
        monkeypatch.setattr(os.path, "relpath", refuse)
        made = tree().module(path)
        assert made is not None
        assert made.source.path == path


JOBS = """
from dataclasses import dataclass
@dataclass
class Job:
    key: str
    title: str = ""
"""


class TestRecords:
    """A builder in a field of one unread module's class, which another module makes an id of."""

    @pytest.mark.parametrize(
        "use",
        [
            "run(Job(f'{ctx}'))",
            "run_all([Job(f'{ctx}')])",
            "run_all([job for job in [Job(f'{ctx}') for _ in ctx]])",
            "Runner().run_all([Job(f'{ctx}')])",
            "Runner().run_all((Job(f'{ctx}'), None))",
            "run_pairs([(1, Job(f'{ctx}'))])",
        ],
    )
    @pytest.mark.parametrize(
        "send",
        [
            "def send(job): Client(state_id=job.key)",
            "from app.deep import deeper\ndef send(job): deeper(job)",
        ],
    )
    @pytest.mark.parametrize("harmful", [True, False])
    def test_are_read_where_one_leads_on(
        self, tmp_path: Path, use: str, send: str, harmful: bool
    ) -> None:
        run = f"""
{send}
def run(job): send(job)
def run_all(jobs):
    for job in jobs: send(job)
def run_pairs(pairs):
    for number, job in pairs: send(job)
class Runner:
    def run_all(self, jobs): [run(job) for job in jobs]
"""
        modules = {
            "app/jobs.py": JOBS,
            "app/run.py": run,
            "app/deep.py": "def deeper(job): Client(state_id=job.key)",
        }
        if not harmful:
            use = use.replace("Job(", "Job('', ")
        check(
            tmp_path,
            modules,
            f"""
            from app.jobs import Job
            from app.run import Runner, run, run_all, run_pairs
            def f(ctx):
                {use}{"  # +" if harmful else ""}
            """,
        )

    def test_arguments_in_tuples_for_a_function_that_is_handed_on(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {"app/pool.py": "def run_all(fn, jobs): [fn(*job) for job in jobs]"},
            """
            from app.pool import run_all
            class Plugin:
                def f(self, ctx):
                    run_all(self.one, [(1, f"{ctx}")])  # +
                    run_all(self.other, [(1, f"{ctx}")])
                def one(self, number, key): self.rec.call(state_id=key)
                def other(self, number, key): self.rec.show(key)
            """,
        )


class TestBases:
    def test_what_a_base_makes_of_an_attribute(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {
                "app/base.py": """
class Base:
    def run(self, rec):
        rec.call(state_id=self.key)
        rec.call(state_id=self.make())
"""
            },
            """
            from app.base import Base
            class Derived(Base):
                def build(self, ctx): self.key = f"{ctx}"  # +
                def make(self): return f"{self}"  # +
                def label(self): return f"{self}"
            """,
        )

    def test_a_file_that_brings_builder_and_target_together(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {
                "app/names.py": 'def named(row): return f"{row}_key"  # state_id\n',
                "app/sinks.py": SINKS,
            },
            """
            from app.names import named
            from app.sinks import sink, show
            def f(ctx):
                sink(f"{ctx}")  # +
                sink(named(ctx))  # +
                show(named(ctx))
            """,
        )

    def test_builders_elsewhere_are_reported_where_they_enter(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {"app/names.py": 'def named(row): return f"{row}_key"  # state_id\n'},
            """
            from app.names import named
            def f(rec, ctx):
                rec.call(state_id=named(ctx))  # +
                rec.call(label=named(ctx))
            """,
        )

    def test_what_needs_another_module_is_understood_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was understood before a module is opened is thrown away."""
        understood = noted(monkeypatch)
        check(
            tmp_path,
            {
                "app/base.py": """\
class Base:
    def send(self, rec):
        rec.call(state_id=self.key)
"""
            },
            """
            from app.base import Base
            def first(rec, ctx): rec.call(title=f"{ctx}")
            class Other:
                def second(self, rec, ctx): rec.call(title=f"{ctx}")
            class Derived(Base):
                def third(self, ctx): self.key = f"{ctx}"  # +
            """,
        )
        assert sorted(understood) == ["first", "second", "send", "third", "third"]

    BUFFER = """\
class Buffer:
    def __init__(self): self.items = []
    def put(self, item): self.items.append(item)
    def take(self): return self.items.pop()
    def label(self): return f"{self.items}"
"""
    MIXIN = """\
from app.buffer import Buffer
class Mixin:
    def __init__(self): self.buffer = Buffer()
    def accept(self, rec, row):
        self.buffer = Buffer()
        rec.call(title=row, state_id=row.state_id)
    def hold(self, key): self.buffer.put(key)
    def release(self, rec): rec.call(state_id=self.buffer.take())
    def name(self, rec): rec.call(state_id=self.buffer.label())
"""

    def test_what_others_make_of_others_is_theirs(self, tmp_path: Path) -> None:
        """No module is read to tell what is found where another file is looked at."""
        read = check(
            tmp_path,
            {"app/buffer.py": self.BUFFER, "app/mixin.py": self.MIXIN},
            """
            from app.mixin import Mixin
            class Plugin(Mixin):
                def process(self, rec, ctx): self.accept(rec, f"{ctx}")
            """,
        )
        assert str(tmp_path / "app" / "mixin.py") in read._modules
        assert str(tmp_path / "app" / "buffer.py") not in read._modules

    def test_what_others_make_of_others_is_read_where_much_is_done(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is needed as a rule, and a pass that finds so at its end is done once more."""
        monkeypatch.setattr(engine, "_MUCH", 1 << 30)
        read = check(
            tmp_path,
            {"app/buffer.py": self.BUFFER, "app/mixin.py": self.MIXIN},
            """
            from app.mixin import Mixin
            class Plugin(Mixin):
                def process(self, rec, ctx): self.accept(rec, f"{ctx}")
            """,
        )
        assert str(tmp_path / "app" / "buffer.py") in read._modules

    def test_what_goes_through_others_is_followed(self, tmp_path: Path) -> None:
        """In by one method of theirs, out by another, which makes a state id of it."""
        check(
            tmp_path,
            {"app/buffer.py": self.BUFFER, "app/mixin.py": self.MIXIN},
            """
            from app.mixin import Mixin
            class Plugin(Mixin):
                def process(self, ctx): self.hold(f"{ctx}")  # +
                def show(self, ctx): print(f"{ctx}")
            """,
        )

    def test_what_others_build_is_followed_through_a_hook(self, tmp_path: Path) -> None:
        """Their base class gives it to a method of this module, which hands it on."""
        check(
            tmp_path,
            {
                "app/sinks.py": SINKS,
                "app/base.py": """\
class Base:
    def process(self, ctx):
        self.send(f"{ctx.state_id}_row")
        self.show(f"{ctx.state_id}_row")
    def keep(self, key): self.state_id = key
    def send(self, key): raise NotImplementedError
    def show(self, key): raise NotImplementedError
""",
            },
            """
            from app.base import Base
            from app.sinks import show, sink
            class Plugin(Base):
                def send(self, key): sink(key)  # +
                def show(self, key): show(key)
                def other(self, ctx): self.keep(f"{ctx}")  # +
            """,
        )

    def test_what_a_client_is_put_into_needs_no_second_look(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Annotated as anything, and imported where it is needed."""
        understood = noted(monkeypatch)
        check(
            tmp_path,
            {"app/sinks.py": SINKS},
            """
            class Plugin:
                def __init__(self): self.sinks: dict[str, Any] = {}
                def sink_for(self, key):
                    from app.sinks import Sink
                    if key not in self.sinks: self.sinks[key] = Sink()
                    return self.sinks[key]
                def process(self, ctx): self.sink_for(ctx.row).send(f"{ctx}")  # +
            """,
        )
        assert understood.count("process") == 2  # the first until the other module is needed

    @pytest.mark.parametrize(("base", "begun"), [("Base", 2), ("generic.Base", 3)])
    def test_a_module_comes_with_the_bases_of_its_classes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, begun: int
    ) -> None:
        """As far as they are named outright and can matter; others take another pass."""
        understood = noted(monkeypatch)
        using = check(
            tmp_path,
            {
                "app/quiet.py": "class Quiet:\n    pass\n",
                "app/generic.py": """\
class Base:
    def send(self, key): Client(state_id=key)
""",
                "app/client.py": f"""\
from app import generic
from app.generic import Base
from app.quiet import Quiet
class Derived({base}, Quiet): pass
""",
            },
            """
            from app.client import Derived
            def first(ctx): Derived().send(f"{ctx}_row")  # +
            """,
        )
        assert understood.count("first") == begun
        assert str(tmp_path / "app" / "quiet.py") not in using._modules

    def test_an_unread_objects_text_is_plain_to_a_parameter_that_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A function is not understood anew for what cannot matter to it."""
        understood = noted(monkeypatch)
        check(
            tmp_path,
            {"app/context.py": "class Context:\n    state_id: str\n    name: str\n"},
            """
            from app.context import Context
            def send(rec, name: str | None): rec.call(state_id=f"{name}")  # +
            def show(rec, name): rec.call(title=f"{name}")
            def go(rec, ctx: Context):
                send(rec, ctx.name)
                show(rec, ctx.name)
            """,
        )
        assert understood.count("send") == 1
        assert understood.count("show") == 2  # else such calls are no longer told apart at all

    def test_a_protocol_is_read_for_the_names_of_its_parameters_alone(
        self, tmp_path: Path
    ) -> None:
        """What it does with them is done by whoever has the method."""
        read = check(
            tmp_path,
            {
                "app/context.py": "class Context:\n    state_id: str\n",
                "app/transform.py": """\
from typing import Protocol
from app.context import Context
class Transform(Protocol):
    def process(self, row, ctx: Context): ...
""",
                "app/recording.py": """\
from typing import Protocol
class Recording(Protocol):
    def record(self, state_id: str, title: str): ...
""",
            },
            """
            from app.recording import Recording
            from app.transform import Transform
            def go(ctx, transform: Transform, recording: Recording):
                transform.process(f"{ctx}", ctx)
                recording.record(f"{ctx}", "")  # +
                recording.record("", f"{ctx}")
            """,
        )
        assert {os.path.basename(path) for path in read._modules} == {"recording.py"}

    @pytest.mark.parametrize(
        "imported",
        [
            "from app.ids import make, Ids",
            "from app import ids",
            "import app.ids as ids",
            "import app.ids",
            "import app",
        ],
    )
    def test_a_builder_of_one_unread_module_that_is_passed_to_another(
        self, tmp_path: Path, imported: str
    ) -> None:
        holders = {"from app.ids": "", "import app": "app.ids.", "import app.ids": "app.ids."}
        holder = holders.get(imported.partition(" import ")[0], holders.get(imported, "ids."))
        check(
            tmp_path,
            {
                "app/ids.py": """\
def make(ctx): return _with(ctx, "b")
def _with(ctx, end): return f"{ctx}_{end}"
class Ids:
    def __init__(self, ctx): self.ctx = ctx
    @staticmethod
    def of(ctx): return "%s_b" % ctx
    def next(self): return self._with("c")
    def _with(self, end): return self.ctx.state_id + end
    def given(self): return self.ctx.state_id
""",
                "app/sinks.py": SINKS,
                "app/plain.py": "def given(ctx): return ctx.state_id\n",
                "app/shown.py": "def shown(ctx):\n    print(f'{ctx}')\n    return ctx\n",
            },
            f"""
            {imported}
            from app.plain import given
            from app.shown import shown
            from app.sinks import sink, show, Sink
            def f(ctx):
                sink({holder}make(ctx))  # +
                key = {holder}make(ctx).strip()  # +
                Sink().send(key)
                Sink().send(key={holder}Ids.of(ctx))  # +
                made = {holder}Ids(ctx)
                sink(made.given())
                sink(made.next())  # +
                sink(given(ctx))
                sink(shown(ctx))
                show({holder}make(ctx))
            """,
        )

    def test_what_builds_nothing_is_not_read_for_where_it_is_passed(self, tmp_path: Path) -> None:
        read = check(
            tmp_path,
            {
                "app/plain.py": "def given(ctx): return ctx.state_id\n",
                "app/shown.py": "def shown(ctx):\n    print(f'{ctx}')\n    return ctx\n",
                "app/sinks.py": SINKS,
            },
            """
            from app.plain import given
            from app.shown import shown
            from app.sinks import sink
            def f(ctx):
                sink(given(ctx))
                sink(shown(ctx))
            """,
        )
        assert read._modules == {}

    @pytest.mark.parametrize(
        "call",
        [
            'Sink(rec, f"{ctx}_a")  # +',
            'Sink(rec, ctx.state_id, f"{ctx}_b")',
            'Sink(label="", key=f"{ctx}_c", rec=rec)  # +',
            'Passing(1, rec, f"{ctx}_d")  # +',
            'Passing(1, rec, key=f"{ctx}_e")  # +',
            'Passing(1, rec, ctx.state_id, label=f"{ctx}_f")',
            "Keeping(rec, ctx)",
            'Sink.made(rec, f"{ctx}_g")  # +',
        ],
    )
    def test_a_constructor_that_a_base_has(self, tmp_path: Path, call: str) -> None:
        """One call a file: another may be why the base is read."""
        check(
            tmp_path,
            {
                "app/base.py": """\
class Base:
    def __init__(self, rec, key, label=""):
        self.state_id = key
        self.label = label
    @classmethod
    def made(cls, rec, key): return cls(rec, key)
"""
            },
            f"""
            from app.base import Base
            class Sink(Base):
                pass
            class Passing(Base):
                def __init__(self, size, *args, **kwargs):
                    super().__init__(*args, **kwargs)
            class Keeping(Base):
                def __init__(self, rec, given):
                    super().__init__(rec, given.state_id, label=str(given))
            def go(ctx, rec):
                {call}
            """,
        )

    @pytest.mark.parametrize("base", ["base", "middle"])
    def test_an_id_that_a_base_builds_for_a_method_it_calls(
        self, tmp_path: Path, base: str
    ) -> None:
        files = {
            "app/base.py": """
            class Base:
                def process(self, rows, ctx):
                    for i, row in enumerate(rows):
                        self.one(row, f"{ctx.state_id}_row{i}", f"{ctx.state_id}: {i}")
                def one(self, row, key, label): raise NotImplementedError
                def other(self, row, sid): ...
            """,
            "app/middle.py": """
            from app.base import Base as First
            class Base(First):
                def helper(self): return 1
            """,
        }
        text = f"""
        from app.{base} import Base
        class Harmful(Base):
            def one(self, row, sid, label):
                self.client.call(row, state_id=sid)  # +
        class Harmless(Base):
            def one(self, row, sid, label): self.client.call(row, label=label)
            def other(self, row, sid): self.client.call(row, state_id=sid)
        """
        check(tmp_path, {name: textwrap.dedent(each) for name, each in files.items()}, text)

    @pytest.mark.parametrize("folder", ["app", "app/plugins"])
    def test_an_id_that_enters_by_a_parameter(self, tmp_path: Path, folder: str) -> None:
        """The other module calls what it cannot know to want a state id."""
        given = """
        class Base:
            def process(self, rows, ctx):
                for i, row in enumerate(rows):
                    self.one(row, f"{ctx.state_id}_row{i}")
                    self.known(row, f"{ctx.state_id}_row{i}")
            def one(self, row, key): ...
            def known(self, row, state_id): ...
        def each(fn, rows, ctx):
            for i, row in enumerate(rows): fn(row, f"{ctx.state_id}_row{i}")
        """
        text = f"""
        from {folder.replace("/", ".")}.given import Base, each
        class T(Base):
            def one(self, row, state_id):  # +
                send(row, state_id)
            def known(self, row, state_id):
                send(row, state_id)
        def two(row, state_id): send(row, state_id)  # +
        def run(rows, ctx):
            each(two, rows, ctx)
            each(three, rows, ctx)
        def three(row, label): send(row, label)
        """
        check(tmp_path, {f"{folder}/given.py": textwrap.dedent(given)}, text)

    def test_an_object_that_its_own_module_uses(self, tmp_path: Path) -> None:
        jobs = """
        from dataclasses import dataclass
        @dataclass
        class Job:
            row: dict
            sid: str
            label: str
        def send(job): Client(job.row, state_id=job.sid)
        def show(job): print(job.sid, "state_id")
        """
        text = """
        from app.jobs import Job, send, show
        def harmful(row, ctx): send(Job(row, f"{ctx}_row", "x"))  # +
        def shown(row, ctx): show(Job(row, f"{ctx}_row", "x"))
        def harmless(row, ctx): send(Job(row, ctx.state_id, f"{ctx}_row"))
        """
        check(tmp_path, {"app/jobs.py": textwrap.dedent(jobs)}, text)

    def test_fields_that_a_base_has(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {
                "app/base.py": """\
from dataclasses import dataclass
@dataclass
class Base:
    row: dict
    state_id: str
"""
            },
            """
            from dataclasses import dataclass
            from app.base import Base
            @dataclass
            class Job(Base):
                title: str = ""
            def go(ctx, row):
                Job(row, f"{ctx}_a", "x")  # +
                Job(row, ctx.state_id, f"{ctx}_b")
            """,
        )


class TestObjects:
    """An object of another module's class may be used wherever it goes from this one."""

    CLIENT = """
class Client:
    def __init__(self, rec, name, ident):
        self.rec, self.name, self.ident = rec, name, ident
    def call(self, payload):
        self.rec.call(state_id=self.ident, name=self.name, payload=payload)
"""

    @pytest.mark.parametrize(
        "statement",
        [
            "return {}",
            "return [{}]",
            "self.pool.take({})",
            "self.pool.run({})",
            "self.known[ctx.run] = {}",
        ],
    )
    def test_that_goes_out_of_sight(self, tmp_path: Path, statement: str) -> None:
        check(
            tmp_path,
            {"app/client.py": self.CLIENT},
            f"""
            from app.client import Client
            class Plugin:
                def f(self, ctx):
                    {statement.format('Client(1, "name", f"{ctx}")')}  # +
                def g(self, ctx, sid):
                    {statement.format('Client(1, f"{ctx}", sid)')}
            """,
        )

    def test_whose_methods_are_inherited(self, tmp_path: Path) -> None:
        base = """
class Base:
    def __init__(self, key):
        self.key = key
    def name(self, key, label):
        self.key, self.label = key, label
    def run(self, rec):
        rec.call(state_id=self.key, label=self.label)
"""
        check(
            tmp_path,
            {"app/base.py": base},
            """
            from app.base import Base
            class Begun(Base):
                def __init__(self, ctx):
                    super().__init__(f"{ctx}_a")  # +
            class Named(Base):
                def begin(self, ctx, sid):
                    self.name(f"{ctx}_b", "label")  # +
                def begin_again(self, ctx, sid):
                    self.name(sid, f"{ctx}_c")
            class Quiet(Base):
                def __init__(self, ctx):
                    super().__init__(f"{ctx}_d")
                def run(self, rec):
                    print(self.key)
            """,
        )


class TestEndings:
    """Whether a call returns, where that is for another module to say."""

    def test_helpers_of_another_module(self, tmp_path: Path) -> None:
        helpers = """\
def fail(row_state_id):
    raise ValueError(row_state_id)
def warn(row_state_id):
    print(row_state_id)
"""
        check(
            tmp_path,
            {"app/helpers.py": helpers},
            """
            from app.helpers import fail, warn
            import app.helpers as helpers
            def f(rec, ctx, sid):
                if ctx.a:
                    sid = f"{ctx}_a"
                    fail(ctx.error)
                if ctx.b:
                    sid = f"{ctx}_b"
                    helpers.fail(ctx.error)
                if ctx.c:
                    sid = f"{ctx}_c"  # +
                    warn(ctx.error)
                sink(sid)
            def sink(key): Client(state_id=key, other=fail(f"{key}"))  # +
            """,
        )

    def test_a_base_that_is_not_read_may_override(self, tmp_path: Path) -> None:
        check(
            tmp_path,
            {"app/quiet.py": "class Quiet:\n    def fail(self, x): print(x)\n"},
            """
            from app.quiet import Quiet
            class Plugin:
                def fail(self, x):
                    raise Error(x)
            class Mixed(Quiet, Plugin): ...
            def f(plugin: Plugin, rec, ctx, sid):
                if ctx.a:
                    sid = f"{ctx}"  # +
                    plugin.fail(1)
                rec.call(state_id=sid)
            """,
        )


MINTING = """
from contextlib import contextmanager
def begin(rec, sid):
    rec.begin_node_state(sid)
@contextmanager
def begun(rec, sid):
    rec.begin_node_state(sid)
    yield
class Base:
    def begin(self, sid):
        self.rec.begin_node_state(sid)
def end(rec, sid):
    print(sid)
"""


@pytest.mark.parametrize(
    "call", ["begin(rec, sid)", "minting.begin(rec, sid)", "self.begin(sid)", "{begun(rec, sid)}"]
)
def test_another_module_may_register_an_id(tmp_path: Path, call: str) -> None:
    use = "rec.call(state_id=sid)"
    called = f"with {call[1:-1]}: " if call[0] == "{" else f"{call}; "
    for line, mark in (
        (called + use, ""),
        (f"{use}; {call.strip('{}')}", "  # +"),
        (called.replace("begin(rec", "end(rec").replace("begun(rec, sid)", "rec") + use, "  # +"),
        (called.replace("sid)", "ctx)") + use, "  # +"),
    ):
        if line.startswith("self") and mark and "ctx)" not in line:
            line = f"self.ending(sid); {use}"  # noqa: PLW2901 - there is no such method
        check(
            tmp_path,
            {"app/minting.py": MINTING},
            f"""
            from app import minting
            from app.minting import Base, begin, begun, end
            class Plugin(Base):
                def f(self, rec, ctx, rows):
                    for row in rows:
                        sid = f"{{ctx}}_{{row}}"{mark}
                        {line}
            """,
        )


def test_another_module_registers_one_of_many(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"app/minting.py": MINTING},
        """
        from app.minting import begin
        def f(rec, ctx, rows):
            for row in rows:
                sid = f"{ctx}_{row}"  # +
                if row.first:
                    begin(rec, sid)
                rec.call(state_id=sid)
        """,
    )


DECORATORS = """\
def cached(ttl=0):
    def outer(fn):
        def inner(*args, **kwargs):
            return fn(*args, **kwargs)
        return inner
    return outer
def stored(ttl=0):
    def outer(fn):
        def inner(*args, **kwargs):
            return lookup(fn(*args, **kwargs))
        return inner
    return outer
def named(fn):
    def inner(self, row):
        return REGISTRY[fn(self, row)]
    return inner
class Task:
    def __init__(self, fn): self.fn = fn
    def __call__(self, *args): return lookup(self.fn(*args))
class Traced:
    def __init__(self, fn): self.fn = fn
    def __call__(self, *args): return self.fn(*args)
"""


@pytest.mark.parametrize(
    ("decorator", "mark"),
    [
        ("cached(ttl=3)", "  # +"),
        ("stored(ttl=3)", ""),
        ("decorators.stored()", ""),
        ("Task", ""),
        ("Traced", "  # +"),
        ("nowhere", "  # +"),
        ("Traced\n        @stored()", ""),
    ],
)
def test_a_decorator_of_another_module_may_return_something_else(
    tmp_path: Path, decorator: str, mark: str
) -> None:
    check(
        tmp_path,
        {"app/decorators.py": DECORATORS},
        f"""
        from app import decorators
        from app.decorators import cached, stored, Task, Traced
        from outside import nowhere
        @{decorator}
        def key_of(ctx, row):
            return f"{{ctx}}_{{row}}"{mark}
        def f(rec, ctx):
            rec.call(state_id=key_of(ctx, 1))
        """,
    )


def test_a_decorator_of_another_module_in_a_class(tmp_path: Path) -> None:
    check(
        tmp_path,
        {"app/decorators.py": DECORATORS},
        """
        from app.decorators import cached, named
        class Plugin:
            @named
            def found(self, row):
                return f"{row}"
            @cached()
            def made(self, row):
                return f"{row}"  # +
            def run(self, rec, row):
                rec.call(state_id=self.found(row))
                rec.call(state_id=self.made(row))
        """,
    )
