"""What is assigned to: names, attributes, items and slices, and what is unpacked into several."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import contents, entries
from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.calls import CallFrame
from flake8_stateid.analysis.places import Place, is_whole, place_of, slice_of, subscript_key
from flake8_stateid.analysis.program import ClassInfo, plain_name
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    LIST,
    MAP_KEY,
    NOTHING,
    RECEIVER,
    SUBSCRIPTED,
    UNKNOWN,
    Key,
    Reference,
    Value,
    container,
    items,
    join_all,
    part,
)


class AssigningFrame(CallFrame):
    """The part of the analysis that assigns values to targets."""

    def assign(self, target: ast.expr, value: Value, node: ast.AST) -> None:
        """A value is assigned to a target; what the target's name makes of it is recorded."""
        kind = type(target)
        if kind is ast.Name:
            assert isinstance(target, ast.Name)
            if value.atoms or value.fields or value.refs:
                text = f"assigned to '{target.id}'"
                value = self.become(target.id, value, target, text, used=False)
            self.bind(target.id, value)
        elif isinstance(target, ast.Attribute):
            holder = self.evaluate(target.value)
            if value.atoms or value.fields or value.refs:
                for ref in holder.refs.values() if value.atoms else ():
                    if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                        value = self.engine.as_field(ref.target, target.attr, value)
                text = f"assigned to attribute '{target.attr}'"
                value = self.become(target.attr, value, target, text, stored=True)
            place = place_of(target.value)
            if not self._call_setter(holder, target.attr, value, target, place):
                self.store(place, holder, "." + target.attr, value, strong=True)
            for ref in holder.refs.values():
                if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                    self.keep(ref.target, target.attr, value)
        elif isinstance(target, ast.Subscript):
            self._assign_item(target, value)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, value, node)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value, node)

    def _call_setter(
        self, holder: Value, name: str, value: Value, node: ast.AST, place: Place | None
    ) -> bool:
        """Run what sets an attribute; whether nothing else does, whatever the object's class."""
        alone = bool(holder.refs)
        for ref in holder.refs.values():
            setter = None
            if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                setter = self.engine.classes.setter(ref.target, name)
            if setter is None:
                set_by_object = self.describing(ref, name, "__set__")
                for object_of_class in set_by_object:
                    called = Reference("function", object_of_class[0], object_of_class[1])
                    given = Argument(holder, place, node), Argument(value, None, node)
                    self.apply(called, Arguments(given), node)
                alone = alone and bool(set_by_object)
                continue
            called = Reference("function", setter, {RECEIVER: holder})
            self.apply(called, Arguments((Argument(value, None, node),)), node, place)
        return alone

    def _assign_item(self, target: ast.Subscript, value: Value) -> None:
        holder = self.evaluate(target.value)
        if isinstance(target.slice, ast.Slice):
            self._assign_slice(target, target.slice, holder, value)
            return
        key = subscript_key(target.slice)
        key_value = self.evaluate(target.slice)
        if key_value.const is not None:
            name = key_value.const
            text = f"stored under the key '{name}'"
            value = self.become(name, value, target, text, stored=True)
            key = "'" + name
        elif holder.types != DICT.types:
            name = plain_name(target.value)
            if name:
                value = self.become_element(name, value, target, f"stored in '{name}'")
        if holder.refs:
            self.call_method(holder, "__setitem__", target, key_value, value)
        place = place_of(target.value)
        if isinstance(key, int) or key[0] == "'":
            self.store(place, holder, key, value, strong=True)
            return
        if key_value.atoms and entries.is_made_here(holder):
            wholes, value = entries.copied(key_value, value)
            if wholes:
                atoms = {**wholes, **holder.atoms}
                after = Value(atoms, holder.refs, holder.fields, holder.types, tags=holder.tags)
                self.replace(place, holder, after)
                holder = after
        self.store(place, holder, SUBSCRIPTED, value, strong=False)
        self.store(place, holder, MAP_KEY, key_value, strong=False)

    def _assign_slice(
        self, target: ast.Subscript, index: ast.Slice, holder: Value, value: Value
    ) -> None:
        """``items[:] = others``: all of it is replaced, or some at places that are not known."""
        self.evaluate(index)
        name = plain_name(target.value)
        place = place_of(target.value)
        element = self.iterate(value, target)
        if name:
            element = self.become_element(name, element, target, f"stored in '{name}'")
        taken, before, known = slice_of(index), items(holder), items(value)
        if is_whole(index):
            before = []
        if taken is not None and before is not None and known is not None and not index.step:
            before[taken] = known
            self.replace(place, holder, contents.holding(holder, before))
            return
        after = contents.emptied(holder) if is_whole(index) else contents.unplaced(holder)
        if after is not holder:
            self.replace(place, holder, after)
            holder = after
        self.store(place, holder, ELEMENT, element, strong=False)

    def _unpack(self, targets: list[ast.expr], value: Value, node: ast.AST) -> None:
        star = next(
            (index for index, item in enumerate(targets) if isinstance(item, ast.Starred)), None
        )
        if value.types == DICT.types:
            value = container(LIST, {ELEMENT: self.iterate(value, node)})
        known = items(value)
        after = len(targets) - 1 - star if star is not None else 0
        for index, target in enumerate(targets):
            if star is None or index < star:
                item = part(value, index)
                if value.refs and item is NOTHING:
                    item = self.iterate(value, node)
            elif index == star:
                rest: dict[Key, Value] = {ELEMENT: self._from(value, star)}
                if known is not None:
                    rest = dict(enumerate(known[star : len(known) - after]))
                self.assign(target, container(LIST, rest), node)
                continue
            elif known is not None and len(known) + 1 >= len(targets):
                item = known[len(known) - len(targets) + index]
            else:
                item = self._from(value, star)
            self.assign(target, item if item is not NOTHING else UNKNOWN, node)

    def _from(self, value: Value, start: int) -> Value:
        """Any item from a position on."""
        fixed = [field for key, field in value.fields.items() if type(key) is int and key >= start]
        loose = Value(
            value.atoms,
            {},
            {key: field for key, field in value.fields.items() if type(key) is not int},
        )
        return join_all([*fixed, part(loose, SUBSCRIPTED)])
