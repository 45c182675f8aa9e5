"""Foreign keys of a module of SQLAlchemy tables, read from its syntax; the module is not imported.

Understood are Core tables (``Column("state_id", ForeignKey("node_states.state_id"))``),
declarative classes (``state_id = mapped_column(ForeignKey(...))``, also through ``Annotated``
types and in the ``declared_attr`` of a mixin), ``ForeignKeyConstraint([...], [...])``, SQLModel's
``Field(foreign_key=...)`` and migrations that use the same calls.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of, walk

_COLUMNS = frozenset(("Column", "mapped_column", "Field", "MappedColumn"))


class ForeignKeyColumn(NamedTuple):
    """A column that points at another table.

    Attributes:
        names: What it is called: in the database and, where that differs, in Python.
        target: The column it points at; "" where the source does not say.
        row: Where it stands.
    """

    names: tuple[str, ...]
    target: str
    row: int


class UnnamedKey(NamedTuple):
    """A foreign key whose column's name cannot be read from the source."""

    row: int


def foreign_keys(tree: ast.Module) -> list[ForeignKeyColumn | UnnamedKey]:
    """The columns of a module that are foreign keys, in order of appearance."""
    found = _Reader(tree).read()
    return sorted(found, key=lambda key: key.row)


class _Reader:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._original: dict[str, str] = {}
        self._values: dict[str, ast.expr] = {}
        self._owners: dict[ast.AST, str] = {}
        self._attributes: set[ast.AST | None] = set()
        self._used: set[ast.AST] = set()
        for node in walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if alias.asname:
                        self._original[alias.asname] = alias.name
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._assigned(node.targets[0], node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._assigned(node.target, node.value)
            elif isinstance(node, ast.ClassDef):
                self._attributes |= {getattr(below, "value", None) for below in node.body}
            elif isinstance(node, ast.FunctionDef) and _is_declared_attribute(node):
                for below in walk(node):
                    if isinstance(below, ast.Return) and below.value is not None:
                        self._owners[below.value] = node.name
                        self._attributes.add(below.value)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._values.setdefault(target.id, value)
            self._owners[value] = target.id

    def read(self) -> list[ForeignKeyColumn | UnnamedKey]:
        found: list[ForeignKeyColumn | UnnamedKey] = []
        for node in walk(self._tree):
            if isinstance(node, ast.Call):
                name = self._called(node)
                if name in _COLUMNS:
                    found += self._column(node)
                elif name == "ForeignKeyConstraint":
                    found += self._constraint(
                        node, _argument(node, 0, "columns"), _argument(node, 1, "refcolumns")
                    )
                elif name == "create_foreign_key":
                    found += self._constraint(
                        node, _argument(node, 3, "local_cols"), _argument(node, 4, "remote_cols")
                    )
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found += self._annotated(node.target.id, node)
        for node in walk(self._tree):
            if (
                isinstance(node, ast.Call)
                and self._called(node) == "ForeignKey"
                and node not in self._used
            ):
                found.append(UnnamedKey(node.lineno))
        return found

    def _called(self, call: ast.Call) -> str:
        name = last_name(call.func)
        return self._original.get(name, name) if isinstance(call.func, ast.Name) else name

    # --- columns -------------------------------------------------------------------------------

    def _column(self, call: ast.Call) -> list[ForeignKeyColumn | UnnamedKey]:
        targets = self._targets(call)
        if not targets:
            return []
        owner = self._owners.get(call)
        if owner is not None and self._is_type(call):
            return []
        written = [_argument(call, 0, ""), _argument(call, -1, "name"), _argument(call, -1, "key")]
        names = [text for node in written if node is not None and (text := self._text(node))]
        if self._called(call) == "Column" and names and owner is not None:
            # `state_column = Column("state_id", ...)`: the variable need not be an attribute.
            owner = owner if call in self._attributes else None
        if owner is not None:
            names.append(owner)
        if not names:
            return [] if self._is_type(call) else [UnnamedKey(call.lineno)]
        return [ForeignKeyColumn(tuple(dict.fromkeys(names)), targets[0], call.lineno)]

    def _is_type(self, call: ast.Call) -> bool:
        """Whether a column stands in a type: ``Annotated[str, mapped_column(...)]``."""
        return any(
            isinstance(node, ast.Subscript)
            and last_name(node.value) == "Annotated"
            and any(below is call for below in walk(node))
            for node in walk(self._tree)
        )

    def _targets(self, call: ast.Call) -> list[str]:
        """What the foreign keys among the arguments of a column point at."""
        found = []
        for argument in arguments_of(call):
            value = self._resolved(argument)
            if isinstance(value, ast.Call) and self._called(value) == "ForeignKey":
                self._used.add(value)
                found.append(self._target(_argument(value, 0, "column")))
        keys = (keyword.value for keyword in call.keywords if keyword.arg == "foreign_key")
        return [*found, *map(self._target, keys)]

    def _annotated(
        self, name: str, statement: ast.AnnAssign
    ) -> list[ForeignKeyColumn | UnnamedKey]:
        """A column whose key is in its type: ``state_id: Mapped[StateKey]``."""
        for node in walk(statement.annotation):
            candidates = [node]
            if isinstance(node, ast.Name):
                value = self._values.get(node.id)
                if value is None or last_name(getattr(value, "value", value)) != "Annotated":
                    continue
                candidates = list(walk(value))
            for below in candidates:
                if isinstance(below, ast.Call) and self._called(below) in _COLUMNS:
                    targets = self._targets(below)
                    if targets:
                        return [ForeignKeyColumn((name,), targets[0], statement.lineno)]
        return []

    def _constraint(
        self, call: ast.Call, columns: ast.expr | None, targets: ast.expr | None
    ) -> list[ForeignKeyColumn | UnnamedKey]:
        own, theirs = self._items(columns), self._items(targets)
        if not own:
            return [UnnamedKey(call.lineno)]
        found: list[ForeignKeyColumn | UnnamedKey] = []
        for index, column in enumerate(own):
            name = self._target(column)
            target = self._target(theirs[index]) if index < len(theirs) else ""
            found.append(
                ForeignKeyColumn((name,), target, column.lineno)
                if name
                else UnnamedKey(column.lineno)
            )
        return found

    # --- expressions ---------------------------------------------------------------------------

    def _resolved(self, node: ast.expr) -> ast.expr:
        """What a variable of the module stands for."""
        for _ in range(8):
            if not isinstance(node, ast.Name) or node.id not in self._values:
                break
            node = self._values[node.id]
        return node

    def _items(self, node: ast.expr | None) -> list[ast.expr]:
        value = self._resolved(node) if node is not None else None
        return value.elts if isinstance(value, ast.List | ast.Tuple) else []

    def _text(self, node: ast.expr) -> str:
        value = self._resolved(node)
        return (
            value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
        )

    def _target(self, node: ast.expr | None) -> str:
        """The column at the end of ``"schema.table.column"``, ``table.c.column`` or the like."""
        if node is None:
            return ""
        value = self._resolved(node)
        if isinstance(value, ast.JoinedStr) and value.values:
            value = value.values[-1]
        if isinstance(value, ast.BinOp):
            value = value.right
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value.rpartition(".")[2]
        if isinstance(value, ast.Attribute):
            return value.attr
        if isinstance(value, ast.Subscript):
            return self._text(value.slice)
        return ""


def _is_declared_attribute(function: ast.FunctionDef) -> bool:
    """Whether it gives a mixin's column its name: ``@declared_attr``, ``.cascading`` and such."""
    return any(
        isinstance(node, ast.Name | ast.Attribute) and last_name(node) == "declared_attr"
        for decorator in function.decorator_list
        for node in walk(decorator)
    )


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if name and keyword.arg == name:
            return keyword.value
    if 0 <= position < len(call.args) and not isinstance(call.args[position], ast.Starred):
        return call.args[position]
    return None
