"""Whether what is handed an object takes fields of it, before any module is parsed."""

from __future__ import annotations

import pytest

from flake8_stateid.analysis.fields_taken import takes_fields_of
from flake8_stateid.analysis.module_text import ModuleText, Origin

JOBS = """
from .base import Base
class Job(Base):
    key: str
    row: dict = field(default_factory=dict)
    def __init__(self, title): self.title = title
class Pair(NamedTuple):
    key: str
Made = make_dataclass("Made", ["stamp"])
"""
FILES = {
    "jobs": JOBS,
    "base": "class Base:\n    number: int\n",
    "package": "from .jobs import Job\n",
}


def takes(text: str, name: str = "Job", path: str = "jobs") -> bool:
    """Whether a text takes the objects of a class apart."""
    texts = {file: ModuleText(each) for file, each in FILES.items()}

    def locate(_: str, origin: Origin) -> tuple[str, str] | None:
        return origin.module.lstrip("."), origin.name

    return takes_fields_of(texts.get, locate, path, name)(text)


@pytest.mark.parametrize(
    "text",
    [
        "send(job.key)",
        "send(job.title)",
        "send(job.number)",  # inherited
        'getattr(job, "row")',
        "send(**asdict(job))",
        "vars(job)",
        "match job:\n    case Job(key=k): send(k)",
    ],
)
def test_by_name_or_all_of_them(text: str) -> None:
    assert takes(text)
    assert takes(text, path="package")


@pytest.mark.parametrize(
    "text", ["jobs.append(job)", "job.keys()", "keyed.monkey = key", "def key(): ...", ""]
)
def test_only_handed_on(text: str) -> None:
    assert not takes(text)


def test_tuples_are_taken_apart_by_position() -> None:
    assert takes("a, b = pair", name="Pair")


def test_classes_that_are_made_by_a_call() -> None:
    assert takes("made.stamp", name="Made")
    assert not takes("made.other", name="Made")
