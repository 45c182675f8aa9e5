"""What type a name, an item or a field has, by the annotations that can be seen."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.codemod.reading.declared import is_number, is_text, type_of
from flake8_stateid.codemod.reading.modules import Module

CLASSES = """
class Named:
    label: str = ""
    prefix = "row"

class Job(Named):
    number: int

    def __init__(self, key: str, rows: list[str]):
        self.key = key
        self.tag: str = key
        self.kind = "job"
        self._rows = rows
        self.later = self._rows

    def run(self):
        return {expression}
"""
FUNCTION = """
class Job:
    key: str

def run({parameters}):
    {statements}
    return {expression}
"""


def declared(text: str) -> str | None:
    """The type of the last expression that is returned."""
    tree = ast.parse(text)
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)][-1]
    assert found is not None
    annotation = type_of(Module(tree), found)
    return ast.unparse(annotation) if annotation is not None else None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("self.number", "int"),
        ("self.label", "str"),
        ("self.prefix", "str"),
        ("self.key", "str"),
        ("self.tag", "str"),
        ("self.kind", "str"),
        ("self._rows[0]", "str"),
        ("self.later", None),
        ("self.gone", None),
        ("Job.number", "int"),
        ("Other.number", None),
        ("self.run()", None),
    ],
)
def test_fields(expression: str, expected: str | None) -> None:
    assert declared(CLASSES.replace("{expression}", expression)) == expected


@pytest.mark.parametrize(
    ("parameters", "statements", "expression", "expected"),
    [
        ("key: str", "pass", "key", "str"),
        ("key: str", "key = other()", "key", None),
        ("", "key: str = other()", "key", "str"),
        ("", "key = other()", "key", None),
        ("", "pass", "key", None),
        ("job: Job", "pass", "job.key", "str"),
        ("job: 'Job'", "pass", "job.key", "str"),
        ("names: dict[int, str]", "pass", "names[1]", "str"),
        ("names: Mapping[int, str]", "pass", "names[key]", "str"),
        ("pair: tuple[int, str]", "pass", "pair[0]", None),
        ("names: tuple[str, ...]", "pass", "names[0]", "str"),
        ("names: list", "pass", "names[0]", None),
        ("names: Other[str]", "pass", "names[0]", None),
        ("names: list[str]", "for key in names: pass", "key", "str"),
        ("names: dict[int, str]", "for key in names: pass", "key", "int"),
        ("names: dict[int, str]", "for at, key in names.items(): pass", "key", "str"),
        ("names: dict[int, str]", "for at, key in names.items(): pass", "at", "int"),
        ("names: list[str]", "for at, key in enumerate(names): pass", "key", "str"),
        ("names: list[str]", "for at, key in enumerate(names): pass", "at", None),
        ("names: list[str]", "for key in names: key = other()", "key", None),
        ("jobs: list[Job]", "for job in jobs: pass", "job.key", "str"),
    ],
)
def test_names(parameters: str, statements: str, expression: str, expected: str | None) -> None:
    text = FUNCTION.format(parameters=parameters, statements=statements, expression=expression)
    assert declared(text) == expected


def test_names_of_comprehensions() -> None:
    text = FUNCTION.format(
        parameters="names: list[str]", statements="pass", expression="[key for key in names]"
    )
    tree = ast.parse(text)
    (taken,) = [node.elt for node in ast.walk(tree) if isinstance(node, ast.ListComp)]
    assert is_text(type_of(Module(tree), taken))


@pytest.mark.parametrize(
    ("annotation", "text", "number"),
    [
        ("str", True, False),
        ("' str '", True, False),
        ("int", False, True),
        ("str | None", False, False),
        ("1", False, False),
    ],
)
def test_text_and_numbers(annotation: str, text: bool, number: bool) -> None:
    node = ast.parse(annotation, mode="eval").body
    assert (is_text(node), is_number(node)) == (text, number)
