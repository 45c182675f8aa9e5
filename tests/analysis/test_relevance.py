"""What the words of a definition say of it, before its module is parsed."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.module_text import ModuleText, Origin
from flake8_stateid.analysis.relevance import can_lead_to_name

FILES: dict[str, str] = {}


def can_matter(files: dict[str, str], name: str, path: str = "m") -> bool:
    """Whether a definition can matter, among modules that import each other by file name."""
    texts = {file: ModuleText(text) for file, text in files.items()}

    def locate(_: str, origin: Origin) -> tuple[str, str] | None:
        return (origin.module, origin.name) if origin.module in texts else None

    return can_lead_to_name(texts.get, locate, lambda text: "state_id" in text, path, name)


class TestCanLeadToName:
    def test_a_definition_that_mentions_one(self) -> None:
        assert can_matter({"m": "def f(state_id): pass"}, "f")

    def test_a_definition_that_does_not(self) -> None:
        assert not can_matter({"m": "def f(a): pass\ndef g(state_id): pass"}, "f")

    def test_a_definition_that_names_one_that_does(self) -> None:
        assert can_matter({"m": "def f(a): g(a)\ndef g(a): h(a)\ndef h(state_id): f()"}, "f")

    def test_one_in_another_module(self) -> None:
        files = {"m": "from n import g\ndef f(a): g(a)", "n": "def g(state_id): pass"}
        assert can_matter(files, "f")
        assert not can_matter({**files, "n": "def g(a): pass"}, "f")

    def test_a_re_export(self) -> None:
        files = {"m": "from n import f", "n": "def f(state_id): pass"}
        assert can_matter(files, "f")
        assert not can_matter({**files, "n": "def f(a): pass"}, "f")

    def test_what_lies_outside_of_the_package_does_not_matter(self) -> None:
        assert not can_matter({"m": "import logging\ndef f(a): logging.info(a)"}, "f")

    def test_a_package_may_matter_for_any_of_its_modules(self) -> None:
        assert can_matter({"m/__init__.py": ""}, "", "m/__init__.py")
        assert not can_matter({"m": "def f(): pass"}, "")
        assert can_matter({"m": "def f(state_id): pass"}, "")

    @pytest.mark.parametrize(
        "text",
        [
            "if X:\n    def f(state_id): pass",
            "if X:\n    f = g\ndef g(state_id): pass",
            "try:\n    from n import f\nexcept ImportError:\n    f = None",
            "from n import *",
            "from n import f as g\nf, h = g, g",
        ],
    )
    def test_a_name_that_is_bound_out_of_sight(self, text: str) -> None:
        assert can_matter({"m": text, "n": "def f(a): state_id = a"}, "f")

    def test_a_name_that_is_bound_nowhere(self) -> None:
        assert not can_matter({"m": "exec('f = 1')", "n": "def f(state_id): pass"}, "f")

    @pytest.mark.parametrize(
        ("text", "files", "matters"),
        [
            ("import n\ndef f(): n.g()", {"n": "def g(): h()\ndef h(state_id): pass"}, True),
            ("import n\ndef f(): n.g()", {"n": "def g(): pass\nfrom k import h"}, False),
            ("import n\ndef f(): n.g()", {"n": "from k import g", "k": "g = state_id"}, True),
            ("import n\ndef f(): n.g()", {"n": "from k import *", "k": "g = state_id"}, True),
            ("from n import k\ndef f(): k.g()", {"n": "import k", "k": "g = state_id"}, True),
            ("from n import k\ndef f(): k.g()", {"n": "import k", "k": "g = 1"}, False),
        ],
    )
    def test_what_is_used_of_a_module(
        self, text: str, files: dict[str, str], matters: bool
    ) -> None:
        assert can_matter({"m": text, **files}, "f") is matters

    def test_a_module_that_cannot_be_read_does_not_matter(self) -> None:
        assert not can_matter({}, "f")

    def test_modules_that_name_each_other(self) -> None:
        files = {"m": "from n import g\ndef f(): g()", "n": "from m import f\ndef g(): f()"}
        assert not can_matter(files, "f")

    def test_more_definitions_than_are_looked_at(self) -> None:
        lines = [f"def f{n}(a): f{n + 1}(a)" for n in range(1000)]
        assert can_matter({"m": "\n".join(lines)}, "f0")

    def test_a_protocol_does_nothing_with_what_it_is_given(self) -> None:
        files = {
            "m": (
                "from c import Context\n"
                "class Transform(Protocol):\n"
                "    def process(self, row: Row, ctx: Context) -> Result:\n"
                '        """Process."""\n'
                "        ...\n"
                "class Recording(Protocol):\n"
                "    def record(self, state_id: str) -> None: ...\n"
                "class Base:\n"
                "    def process(self, row: Row, ctx: Context) -> Result:\n"
                "        return ctx.send(row)\n"
            ),
            "c": "class Context:\n    state_id: str\n",
        }
        assert not can_matter(files, "Transform")
        assert can_matter(files, "Recording")
        assert can_matter(files, "Base")

    @pytest.mark.parametrize(
        "variable",
        ["TABLE = {}", "TABLE: dict[str, str] = {}", "TABLE = []", "TABLE = c.ContextVar('t')"],
    )
    def test_a_variable_that_others_read_what_is_put_into_it(self, variable: str) -> None:
        reader = "def send(): Client(state_id=TABLE['key'])\n"
        assert can_matter({"m": f"{variable}\n{reader}"}, "TABLE")
        assert not can_matter({"m": f"{variable}\n{reader.replace('TABLE', 'TABLES')}"}, "TABLE")
        assert not can_matter({"m": f"TABLE = made()\n{reader}"}, "TABLE")
