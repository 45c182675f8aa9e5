"""The text of a module, cut into what it defines and imports."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.module_text import ModuleText, Origin


class TestModuleText:
    @pytest.mark.parametrize(
        ("text", "imports"),
        [
            ("import a", {"a": Origin("a", "")}),
            ("import a.b", {"a": Origin("a", "")}),
            ("import a.b as c, d", {"c": Origin("a.b", ""), "d": Origin("d", "")}),
            ("from a import b, c as d", {"b": Origin("a", "b"), "d": Origin("a", "c")}),
            ("from . import b", {"b": Origin(".", "b")}),
            ("lazy from a import b", {"b": Origin("a", "b")}),
            ("lazy import a.b as c", {"c": Origin("a.b", "")}),
            (
                "from ..a import (\n    b,  # why\n    c,\n)",
                {
                    "b": Origin("..a", "b"),
                    "c": Origin("..a", "c"),
                },
            ),
            ("def f():\n    from a import b", {"b": Origin("a", "b")}),
            ("x = 'import a'", {}),
        ],
    )
    def test_imports(self, text: str, imports: dict[str, Origin]) -> None:
        assert ModuleText(text).imports == imports

    def test_star_imports(self) -> None:
        text = ModuleText("from a import *")
        assert text.imports == {}
        assert text.starred == ["a"]

    def test_definitions_end_where_the_next_begins(self) -> None:
        text = ModuleText("def f(\n    a,\n):\n    b\n\n\nclass C:\n    c\n\nx: int = 1\n")
        assert text.definitions("f") == ["def f(\n    a,\n):\n    b\n\n\n"]
        assert text.definitions("C") == ["class C:\n    c\n\n"]
        assert text.definitions("x") == ["x: int = 1\n"]
        assert text.definitions("y") == []

    def test_every_definition_of_a_name(self) -> None:
        text = ModuleText("def f(): a\nasync def f(): b\nf = c")
        assert text.definitions("f") == ["def f(): a\n", "async def f(): b\n", "f = c"]

    def test_prose_is_no_definition(self) -> None:
        text = ModuleText('def f():\n    """The state_id."""\n    # state_id\n    return 1\n')
        assert "state_id" not in text.definitions("f")[0]
