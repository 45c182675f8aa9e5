"""What the text of a function says of the strings it gives."""

from __future__ import annotations

import textwrap

import pytest

from flake8_stateid.analysis.building import can_build
from flake8_stateid.analysis.module_text import ModuleText, Origin


def builds(files: dict[str, str], name: str, member: str = "") -> bool:
    """Whether a definition of ``m`` can build, among modules that import each other by name."""
    texts = {file: ModuleText(textwrap.dedent(text)) for file, text in files.items()}

    def locate(_: str, origin: Origin) -> tuple[str, str] | None:
        return (origin.module, origin.name) if origin.module in texts else None

    return can_build(texts.get, locate, "m", name, member)


@pytest.mark.parametrize(
    "body",
    [
        "return f'{a}_b'",
        "return rf'{a}_b'",
        "return a + '_b'",
        "return '_b' + a",
        "return '%s_b' % a",
        "return '{}_b'.format(a)",
        "return '_'.join((a, 'b'))",
        "return Template('$a').substitute(a=a)",
        "return [\n        f'{a}_b'\n    ]",
        "yield f'{a}_b'",
        "key = f'{a}_b'\n    return key",
        "key: str = f'{a}_b'\n    return key",
        "key = a\n    key += '_b'\n    return key",
        "other = f'{a}_b'\n    key, size = other, 1\n    return key",
        "keys = []\n    keys.append(f'{a}_b')\n    return keys",
        "keys = {}\n    keys['a'] = f'{a}_b'\n    return keys",
        "for key in (f'{a}_b',):\n        return key",
        "with opened(f'{a}_b') as key:\n        return key",
        "if (key := f'{a}_b'):\n        return key",
        "return _joined(a)",
        "return [_joined(each) for each in a]",
    ],
)
def test_a_function_that_gives_what_it_builds(body: str) -> None:
    text = f"def make(a):\n    {body}\n\ndef _joined(a):\n    return f'{{a}}_b'\n"
    assert builds({"m": text}, "make")


@pytest.mark.parametrize(
    "body",
    [
        "return a",
        "return a + 1",
        "raise Wrong(f'{a} is wrong')",
        "if not a:\n        raise Wrong(\n            f'{a} is wrong'\n        )\n    return a",
        "log.info(f'{a} is made')\n    return a",
        "title = f'{a}_b'\n    show(title)\n    return a",
        "return other(a)",
        "assert a == f'{a}', a\n    return a",
    ],
)
def test_a_function_that_does_not(body: str) -> None:
    text = f"def make(a):\n    {body}\n\ndef _joined(a):\n    return f'{{a}}_b'\n"
    assert not builds({"m": text}, "make")


CLASS = """
    class Ids:
        def __init__(self, a): self.a = a
        @staticmethod
        def of(a): return f"{a}_b"
        def shown(self): return self._text()
        def _text(self): return "%s" % self.a
        def size(self): return len(self.a)
"""


def test_methods() -> None:
    assert builds({"m": CLASS}, "Ids", "of")
    assert builds({"m": CLASS}, "Ids", "shown")
    assert not builds({"m": CLASS}, "Ids", "size")
    assert not builds({"m": CLASS}, "Ids", "missing")


def test_an_object_is_no_string() -> None:
    assert not builds({"m": CLASS}, "Ids")


def test_a_function_of_a_module() -> None:
    files = {"m": "def make(a): return f'{a}_b'\ndef get(a): return a\n"}
    assert builds(files, "", "make")
    assert not builds(files, "", "get")
    assert not builds(files, "", "missing")
    assert not builds(files, "")


def test_a_class_of_a_module() -> None:
    assert builds({"m": CLASS}, "", "Ids.of")
    assert builds({"m": CLASS}, "", "Ids.of.strip")
    assert not builds({"m": CLASS}, "", "Ids.size")
    assert not builds({"m": CLASS}, "", "Ids")


def test_a_name_that_is_assigned() -> None:
    assert builds({"m": "make = lambda a: f'{a}_b'\n"}, "make")
    assert not builds({"m": "make = str\n"}, "make")


def test_re_exports() -> None:
    made = "def make(a): return f'{a}_b'\n"
    assert builds({"m": "from n import make as make\n", "n": made}, "make")
    assert builds({"m": "from n import *\n", "n": made}, "make")
    assert builds(
        {"m": "from n import made as make\n", "n": "from o import make as made\n", "o": made},
        "make",
    )
    assert not builds({"m": "from elsewhere import make\n"}, "make")
    assert not builds({"m": "from n import make\n", "n": "from m import make\n"}, "make")


def test_a_module_that_cannot_be_read() -> None:
    assert not builds({"n": ""}, "make")


def test_more_functions_than_are_looked_at() -> None:
    text = "".join(f"def f{index}(a): return f{index + 1}(a)\n" for index in range(20))
    assert builds({"m": text}, "f0")
    assert not builds({"m": text}, "f12")


HANDS_BACK = {
    "def each(fn, a):\n    fn(f'{a}_b')\n": True,
    "def each(fn: Run, a: dict[str, int]) -> None:\n    key = f'{a}_b'\n    fn(key)\n": True,
    "@timed\nasync def each(a, *, fn=None):\n    await fn(a + '_b')\n": True,
    "def each(fn, a):\n    inner(fn, a)\ndef inner(run, a):\n    run(f'{a}_b')\n": True,
    "def each(fn, a):\n    keep(state_id=f'{a}_b')\n": True,
    "def each(fn, a):\n    fn(a)\n": False,
    "def each(fn, a):\n    fn(a)\n    print(f'{a} done')\n": False,
    "def each(fn, a):\n    keep(f'{a}_b')\n": False,
    "def each(a: str):\n    keep(str(a), f'{a}_b')\n": False,
    "def each(fn, a):\n    self.fn(f'{a}_b')\n": False,
}


@pytest.mark.parametrize(("text", "expected"), HANDS_BACK.items())
def test_what_may_give_it_to_what_it_is_handed(text: str, expected: bool) -> None:
    modules = {"m": ModuleText(text)}
    found = can_build(
        modules.get, lambda *_: None, "m", "each", "", lambda text: "state_id" in text
    )
    assert found is expected
