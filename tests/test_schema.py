"""Foreign keys read from the source of SQLAlchemy tables, in each of their spellings."""

from __future__ import annotations

import ast

import pytest

from flake8_stateid.schema import ForeignKeyColumn, UnnamedKey, foreign_keys


def keys(text: str) -> list[tuple[str, ...]]:
    """The columns with their targets, a key without a name as its row."""
    return [
        (*key.names, key.target) if isinstance(key, ForeignKeyColumn) else (f"row {key.row}",)
        for key in foreign_keys(ast.parse(text))
    ]


STATE = [("state_id", "state_id")]

SPELLINGS = {
    "core": 'Table("calls", m, Column("state_id", ForeignKey("node_states.state_id")))',
    "core, type first": 'Column("state_id", String(64), ForeignKey("node_states.state_id"))',
    "core, by name": 'Column(name="state_id", type_=ForeignKey(column="node_states.state_id"))',
    "qualified": 'sa.Column("state_id", sa.ForeignKey("node_states.state_id"))',
    "aliased": "from sqlalchemy import ForeignKey as FK, Column as C\n"
    'C("state_id", FK("node_states.state_id"))',
    "with a schema": 'Column("state_id", ForeignKey("audit.node_states.state_id"))',
    "with a schema put in": 'Column("state_id", ForeignKey(f"{schema}.node_states.state_id"))',
    "with a schema before": 'Column("state_id", ForeignKey(schema + ".node_states.state_id"))',
    "target as a column": 'Column("state_id", ForeignKey(node_states.c.state_id))',
    "target as an attribute": 'Column("state_id", ForeignKey(NodeState.state_id))',
    "target as an item": 'Column("state_id", ForeignKey(node_states.c["state_id"]))',
    "target as a constant": 'KEY = "node_states.state_id"\nColumn("state_id", ForeignKey(KEY))',
    "key as a constant": 'key = ForeignKey("node_states.state_id")\nColumn("state_id", key)',
    "name as a constant": 'NAME = "state_id"\nColumn(NAME, ForeignKey("node_states.state_id"))',
    "declarative": "class Call(Base):\n"
    '    state_id: Mapped[str] = mapped_column(ForeignKey("node_states.state_id"))',
    "declarative, qualified": "class Call(Base):\n"
    '    state_id = orm.mapped_column(sa.String, sa.ForeignKey("node_states.state_id"))',
    "classic": 'class Call(Base):\n    state_id = Column(ForeignKey("node_states.state_id"))',
    "of a mixin": "class Audited:\n    @declared_attr\n    def state_id(cls):\n"
    '        return mapped_column(ForeignKey("node_states.state_id"))',
    "of a mixin, for each subclass": "class Audited:\n    @orm.declared_attr.cascading\n"
    '    def state_id(cls):\n        return Column(ForeignKey("node_states.state_id"))',
    "annotated type": "StateKey = Annotated[str, mapped_column(ForeignKey("
    '"node_states.state_id"))]\nclass Call(Base):\n    state_id: Mapped[StateKey]',
    "annotated in place": "class Call(Base):\n    state_id: "
    'Mapped[Annotated[str, mapped_column(ForeignKey("node_states.state_id"))]]',
    "constraint": 'ForeignKeyConstraint(["state_id"], ["node_states.state_id"])',
    "constraint, by name": "ForeignKeyConstraint(refcolumns=[NodeState.state_id], "
    'columns=["state_id"])',
    "constraint of constants": 'C = ("state_id",)\nT = ["node_states.state_id"]\n'
    "ForeignKeyConstraint(C, T)",
    "constraint of columns": "ForeignKeyConstraint([calls.c.state_id], [states.c.state_id])",
    "sqlmodel": "class Call(SQLModel):\n"
    '    state_id: str = Field(foreign_key="node_states.state_id")',
    "migration": 'op.create_foreign_key("fk", "calls", "states", ["state_id"], ["state_id"])',
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_spellings(text: str) -> None:
    assert keys(text) == STATE


def test_another_name_in_python() -> None:
    text = 'class Call:\n    state = mapped_column("state_id", ForeignKey("s.state_id"))\n'
    assert keys(text) == [("state_id", "state", "state_id")]
    text = 'class Call:\n    state = Column("state_id", ForeignKey("s.state_id"))\n'
    assert keys(text) == [("state_id", "state", "state_id")]
    assert keys('c = Column("state_id", ForeignKey("s.state_id"), key="state")') == [
        ("state_id", "state", "state_id")
    ]


def test_a_variable_is_no_name() -> None:
    assert keys('column = Column("state_id", ForeignKey("s.state_id"))') == STATE


def test_composite_keys_and_unknown_targets() -> None:
    assert keys('ForeignKeyConstraint(["run_id", "node_id"], ["n.run_id", "n.node_id"])') == [
        ("run_id", "run_id"),
        ("node_id", "node_id"),
    ]
    assert keys('ForeignKeyConstraint(["run_id"], targets())') == [("run_id", "")]
    assert keys('Column("run_id", ForeignKey(target()))') == [("run_id", "")]
    assert keys('Column("run_id", ForeignKey())') == [("run_id", "")]


@pytest.mark.parametrize(
    "text",
    [
        'Column(name(), ForeignKey("s.state_id"))',
        'columns.append(ForeignKey("s.state_id"))',
        'ForeignKeyConstraint(names(), ["s.state_id"])',
        'ForeignKeyConstraint([name()], ["s.state_id"])',
        "ForeignKeyConstraint(*both)",
    ],
)
def test_keys_without_a_name(text: str) -> None:
    assert foreign_keys(ast.parse("\n" + text)) == [UnnamedKey(2)]


@pytest.mark.parametrize(
    "text",
    [
        'Column("state_id", String)',
        "state_id = mapped_column(String)",
        'state: Mapped["State"] = relationship(foreign_keys=[state_id])',
        "class A:\n    x: Mapped[str]\n    y: Mapped[Annotated[str, 1]]",
        "A = A\nColumn(A)",
    ],
)
def test_no_keys(text: str) -> None:
    assert keys(text) == []


def test_order_is_that_of_the_source() -> None:
    text = "\n".join(f'Column("{name}_id", ForeignKey("t.{name}_id"))' for name in "cab")
    assert [key[0] for key in keys(text)] == ["c_id", "a_id", "b_id"]
