"""Which calls may construct or release a client, by their names."""

from __future__ import annotations

import ast
import textwrap

import pytest

from flake8_stateid.analysis.call_index.candidates import acts
from flake8_stateid.analysis.program import ClassInfo, ModuleInfo
from flake8_stateid.source import SourceText


def made(text: str) -> ClassInfo:
    """The class ``C`` of a module."""
    text = textwrap.dedent(text)
    module = ModuleInfo(SourceText.from_text("m.py", text), ast.parse(text), "m.py")
    (cls,) = (item for item in module.definitions["C"] if isinstance(item, ClassInfo))
    return cls


@pytest.mark.parametrize(
    "text",
    [
        "@dataclass(frozen=True)\nclass C:\n    rows: list = field(default_factory=list)",
        "@dataclasses.dataclass\nclass C:\n    size: int = -1\n    pair: tuple = (1, 2)",
        "class C(NamedTuple):\n    state_id: str\n    def shown(self): return self.state_id",
        "class C(Exception):\n    '''Raised.'''",
        "class C(TypedDict): state_id: str",
    ],
)
def test_what_only_holds_things(text: str) -> None:
    assert not acts(made(text))


@pytest.mark.parametrize(
    "text",
    [
        "class C:\n    def __init__(self, rec, state_id): self.client = Client(rec, state_id)",
        "@dataclass\nclass C:\n    rec: object\n    def __post_init__(self): self.c = C(self.rec)",
        "@dataclass\nclass C:\n    client: Client = field(default_factory=Client)",
        "@dataclass\nclass C:\n    client: Client = field(default_factory=lambda: Client())",
        "@dataclass\nclass C:\n    client: Client = Client()",
        "@dataclass\nclass C:\n    rec: object\n    def ask(self): self.rec.record_call(1)",
        "class C(Base):\n    state_id: str",
        "class C(models.Base):\n    state_id: str",
        "class NamedTuple: ...\nclass C(NamedTuple):\n    state_id: str",
        "class C(metaclass=Meta):\n    state_id: str",
        "@register\nclass C:\n    state_id: str",
    ],
)
def test_what_may_count_or_make_a_client(text: str) -> None:
    assert acts(made(text))
