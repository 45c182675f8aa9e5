"""Functions without a body, cut out of a text."""

from __future__ import annotations

import textwrap

import pytest

from flake8_stateid.analysis.stubs import without_stubs


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("def send(self, key: Context) -> Result: ...\n", "self key\n"),
        ("def send(self, key: Context) -> Result: ...", "self key\n"),
        ("async def send(key): pass\n", "key\n"),
        ("def send(): ...\n", "\n"),
        ("def send[T](key: T): ...\n", "key\n"),
        (
            "def send(key, /, *keys: Context, name: str = 'a', **more): ...\n",
            "key keys name more\n",
        ),
        ("def send(key: dict[str, Context] = {'(': ')'}, name=f(1, 2)): ...\n", "key name\n"),
        ("def send(key: 'Context, Name') -> 'Map[int, int]': ...\n", "key\n"),
        ("def send(key='it\\'s (', other=\"(\"): ...\n", "key other\n"),
        ("def send(\n    key: Context,\n    name: str,\n) -> Result:\n\n    ...\n", "key name\n"),
        ("def send(key: Context):\n    raise NotImplementedError\n", "key\n"),
        ("def send(key: Context):\n    raise NotImplementedError('by heirs')\n", "key\n"),
        (
            "class Made(Protocol):\n    name: str\n    def send(key: C): ...\n    size: int\n",
            "class Made(Protocol):\n    name: str\n    key\n    size: int\n",
        ),
        (
            "class Made:\n    def a(self, b: C): ...\n    def d(self, e: C):\n        pass\n",
            "class Made:\n    self b\n    self e\n",
        ),
    ],
)
def test_leaves_the_names_of_parameters(text: str, left: str) -> None:
    assert without_stubs(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key = 1\n",
        "def send(key: Context): return key\n",
        "def send(key: Context):\n    key.send()\n",
        "def send(key: Context):\n    pass\n    key.send()\n",
        "def send(key: Context):\n    ...\n\n    key.send()\n",
        "def send(key: Context):\n\tpass\n        key.send()\n",
        "def send(key: Context): ...; key.send()\n",
        "def send(key: Context): passed(key)\n",
        "def send(key: Context): raise NotImplementedErrors(key)\n",
        "def send(key: Context): raise NotImplementedError from key.send()\n",
        "def send(key: Context): raise NotImplementedError(key.send())\n",
        "def send(key: Context, other: ...\n",
        "def send(key: Context]: ...): ...\n",
        "def send[T: (int, str)](key: T): ...\n",
        "lambda key: ...\n",
    ],
)
def test_leaves_what_has_a_body_or_is_not_understood(text: str) -> None:
    assert without_stubs(text) == text


def test_leaves_what_surrounds_them() -> None:
    text = textwrap.dedent(
        """\
        class Made:
            size: Size = 1
            def a(self, key: Context): ...
            def b(self, key: Context):
                return key.c()
            @property
            def c(self) -> Name: ...
            last: Last
        """
    )
    assert without_stubs(text) == textwrap.dedent(
        """\
        class Made:
            size: Size = 1
            self key
            def b(self, key: Context):
                return key.c()
            @property
            self
            last: Last
        """
    )
