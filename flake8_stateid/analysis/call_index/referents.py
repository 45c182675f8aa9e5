"""What an expression may be where a loop reaches it, as far as it can be called or has methods."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import (
    OF_SELF,
    Activation,
    Bound,
    Callee,
    Folder,
    Instance,
    Referent,
    bound_arguments,
)
from flake8_stateid.analysis.program import (
    ClassInfo,
    FunctionInfo,
    ModuleInfo,
    last_name,
    nested_class,
)
from flake8_stateid.analysis.tree import walk
from flake8_stateid.analysis.values import ELEMENT, UNKNOWN, Pending, Value, part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from flake8_stateid.analysis.call_index.sites import ModuleSites, Sites
    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import Parameter
else:
    Protocol = object

MAX_DEPTH = 24  # variables and calls followed for one expression
MAX_CHOICES = 4  # assignments of one variable that are looked at


class Known(Protocol):
    """What is known of the program beyond one loop."""

    engine: Engine

    def sites_of(self, module: ModuleInfo) -> ModuleSites:
        """The sites of a module."""


class Referents:
    """Finds whom a call reaches.

    Args:
        program: Finds what names, methods and attributes stand for, and the sites of a module.
    """

    def __init__(self, program: Known) -> None:
        self._engine = program.engine
        self.sites_of = program.sites_of
        self._busy: set[tuple[str, int]] = set()

    def _in(self, at: Activation) -> Sites:
        return self.sites_of(at.module).of(at.function)

    def entered(self, callee: Callee, call: ast.Call, at: Activation) -> Activation:
        """The function as a call enters it."""
        return self.handed(callee, call.args, call.keywords, at)

    def constructed(self, cls: ClassInfo, call: ast.Call, at: Activation) -> Activation | None:
        """The constructor of a class as a call enters it; of a record, what follows it."""
        init = self._engine.classes.method(cls, "__init__")
        if init is not None:
            return self.entered(Callee(init, cls), call, at)
        after = self._engine.classes.method(cls, "__post_init__")
        if after is None:
            return None
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        for field in self._engine.classes.fields(cls):
            if field.positional is not None and field.positional < len(call.args):
                given[field.name] = call.args[field.positional]
        bindings = {OF_SELF + name: Bound(value, at) for name, value in given.items()}
        return Activation(after.module, after, cls, bindings)

    def handed(
        self,
        callee: Callee,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
        at: Activation,
    ) -> Activation:
        """The function as it is entered with these arguments by whoever it was handed to."""
        function = callee.function
        bindings = bound_arguments(callee, arguments, keywords, at)
        return Activation(function.module, function, callee.receiver, bindings, callee.outer)

    def referents(self, node: ast.expr, at: Activation, depth: int = 0) -> list[Referent]:
        """What an expression may be, as far as it can be called or has methods."""
        if depth > MAX_DEPTH:
            return []
        if isinstance(node, ast.Name):
            return self._named(node.id, at, depth)
        if isinstance(node, ast.Attribute):
            return self._member(node, at, depth)
        if isinstance(node, ast.Lambda):
            return [Callee(at.module.function(node, None, at.function), outer=at)]
        if isinstance(node, ast.NamedExpr | ast.Await):
            return self.referents(node.value, at, depth + 1)
        if isinstance(node, ast.IfExp):
            return [
                *self.referents(node.body, at, depth + 1),
                *self.referents(node.orelse, at, depth + 1),
            ]
        if isinstance(node, ast.Call):
            if last_name(node.func) == "partial" and node.args:
                return [
                    found._replace(partials=(*found.partials, Bound(node, at)))
                    if isinstance(found, Callee)
                    else found
                    for found in self.referents(node.args[0], at, depth + 1)
                ]
            return [
                Instance(found) if isinstance(found, ClassInfo) else found
                for found in self.referents(node.func, at, depth + 1)
                if isinstance(found, ClassInfo)
            ]
        return []

    def _named(self, name: str, here: Activation, depth: int) -> list[Referent]:
        module = here.module
        at: Activation | None = here
        while at is not None and at.function is not None:
            if name == at.own:
                assert at.receiver is not None
                if at.function.is_class_method:
                    return [at.receiver]
                return [Instance(at.receiver)]
            parameter = next((p for p in at.function.parameters if p.name == name), None)
            bound = at.bindings.get(name)
            if bound is not None:
                return self.referents(bound.expression, bound.at, depth + 1)
            if parameter is not None and name not in self._in(at).bindings:
                return self._declared(at.function, parameter, depth)
            sites = self._in(at)
            local = self.sites_of(at.module).local(at.function).get(name)
            if isinstance(local, FunctionInfo):
                return [Callee(local, outer=at)]
            if local is not None:
                return [local]
            if name in sites.imported:
                return self._from(self._engine.modules.imported(module, sites.imported[name]))
            if name in sites.bindings:
                found = [] if parameter is None else self._declared(at.function, parameter, depth)
                for _, value in sites.bindings[name][:MAX_CHOICES]:
                    if value is not None and (name, id(at)) not in self._busy:
                        self._busy.add((name, id(at)))
                        found += self.referents(value, at, depth + 1)
                        self._busy.discard((name, id(at)))
                return found
            at = at.outer
        return self._from(self._engine.modules.value(module, name))

    def _member(self, node: ast.Attribute, at: Activation, depth: int) -> list[Referent]:
        engine = self._engine
        name = node.attr
        holder = node.value
        if (
            isinstance(holder, ast.Call)
            and isinstance(holder.func, ast.Name)
            and (holder.func.id == "super")
        ):
            return self._super(name, at)
        found: list[Referent] = []
        for item in self.referents(holder, at, depth + 1):
            if isinstance(item, Instance):
                method = engine.classes.method(item.cls, name)
                if method is not None:
                    if not method.is_property:
                        bound = None if method.is_static else Bound(holder, at)
                        found.append(Callee(method, item.cls, bound))
                    continue
                shape = engine.attribute_shape(item.cls, name)
                if shape is UNKNOWN:
                    shape = engine.unread_bases(item.cls)
                found += self._from(shape) or self._annotated_attribute(item.cls, name, depth)
            elif isinstance(item, ClassInfo):
                method = engine.classes.method(item, name)
                inner = nested_class(item, name)
                if method is not None:
                    bound = Bound(holder, at) if method.is_class_method else None
                    found.append(Callee(method, item, bound))
                elif inner is not None:
                    found.append(inner)
            elif isinstance(item, Folder):
                found += self._from(engine.modules.external_attribute(item.reference, name))
            elif isinstance(item, Pending) and not item.is_base:
                found.append(item)
        return found

    def _declared(
        self, function: FunctionInfo, parameter: Parameter, depth: int
    ) -> list[Referent]:
        """What a parameter may be that is given something out of sight, or nothing."""
        found: list[Referent] = []
        if parameter.annotation is not None:
            found = self._annotated(function.module, parameter.annotation)
        if not found and isinstance(parameter.default, ast.Name | ast.Attribute):
            around = Activation(function.module, None, None, {})
            found = self.referents(parameter.default, around, depth + 1)
        return found

    def _annotated(self, module: ModuleInfo, annotation: ast.expr) -> list[Referent]:
        """Objects of the class that an annotation names, also where that has not been read."""
        known = self._from(self._engine.annotated(module, annotation))
        if known:
            return known
        return [
            atom
            for node in walk(annotation)
            if isinstance(node, ast.Name)
            for atom in self._engine.modules.value(module, node.id).atoms
            if isinstance(atom, Pending)
        ]

    def _annotated_attribute(self, cls: ClassInfo, name: str, depth: int) -> list[Referent]:
        """What an attribute may be by its annotation, or by the parameter it is given."""
        for owner in self._engine.classes.order(cls):
            annotation = owner.attribute_annotation(name)
            if annotation is not None:
                return self._annotated(owner.module, annotation)
            for function, value in owner.writes().get(name, ()):
                is_given = isinstance(value, ast.Name) and any(
                    parameter.name == value.id for parameter in function.parameters
                )
                if is_given or (isinstance(value, ast.Call) and last_name(value) == "partial"):
                    inside = Activation(owner.module, function, cls, {})
                    found = self.referents(value, inside, depth + 1)
                    if found:
                        return found
        return []

    def _super(self, name: str, at: Activation) -> list[Referent]:
        if at.function is None or at.function.cls is None or at.receiver is None:
            return []
        method = self._engine.classes.method_after(at.function.cls, at.receiver, name)
        if method is None:
            return self._from(self._engine.unread_bases(at.receiver))
        own = ast.Name(at.own, ast.Load())
        return [Callee(method, at.receiver, Bound(own, at))]

    def elements(self, node: ast.expr, at: Activation) -> list[ClassInfo]:
        """The classes of what a cache holds, where its annotation says so."""
        if not isinstance(node, ast.Attribute):
            return []
        found = []
        for item in self.referents(node.value, at):
            if isinstance(item, Instance):
                shape = part(self._engine.attribute_shape(item.cls, node.attr), ELEMENT)
                found += [each.cls for each in self._from(shape) if isinstance(each, Instance)]
        return found

    def _from(self, value: Value) -> list[Referent]:
        found: list[Referent] = []
        for ref in value.refs.values():
            target = ref.target
            if isinstance(target, FunctionInfo):
                found.append(Callee(target))
            elif isinstance(target, ClassInfo):
                found.append(Instance(target) if ref.kind == "instance" else target)
            elif ref.kind == "module":
                found.append(Folder(ref))
        found += [atom for atom in value.atoms if isinstance(atom, Pending)]
        return found
