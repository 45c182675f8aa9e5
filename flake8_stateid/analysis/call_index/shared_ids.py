"""Whether an expression has the same value in every round of a loop, and which.

Expressions are compared by where their value comes from: :class:`Term`, a variable of the function
around the loop and a way of attributes from it. Inside functions that the loop calls, parameters
are what the call passes. What is not understood has no term, so that nothing is claimed of it.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import (
    Activation,
    Bound,
    Callee,
    Folder,
    Instance,
    Referent,
    Term,
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
else:
    Protocol = object

CHOICE, TUPLE = "choice", "tuple"  # roots of terms that are made of others
_MAX_DEPTH = 24  # variables and calls followed for one expression
_MAX_CHOICES = 4  # assignments of one variable that are looked at
# Of a string, what these return is the string itself or depends on nothing else.
_SAME = frozenset(("str", "cast", "strip", "NewType", "intern"))


class Known(Protocol):
    """What is known of the program beyond one loop."""

    engine: Engine

    def sites_of(self, module: ModuleInfo) -> ModuleSites:
        """The sites of a module."""


class SharedIds:
    """Reads expressions relative to one loop.

    Args:
        program: Finds what names, methods and attributes stand for, and the sites of a module.
    """

    def __init__(self, program: Known) -> None:
        self._engine = program.engine
        self.sites_of = program.sites_of
        self._busy: set[tuple[str, int]] = set()

    def _in(self, at: Activation) -> Sites:
        return self.sites_of(at.module).of(at.function)

    # --- terms ---------------------------------------------------------------------------------

    def term(self, node: ast.expr, at: Activation, depth: int = 0) -> Term | None:
        """Where the value comes from; None where it may differ between rounds."""
        if depth > _MAX_DEPTH:
            return None
        if isinstance(node, ast.Name):
            return self._name(node.id, at, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, at, depth)
        if isinstance(node, ast.Subscript):
            key = node.slice
            if not isinstance(key, ast.Constant):
                return None
            holder = self.term(node.value, at, depth + 1)
            return (
                None if holder is None else Term(holder.root, (*holder.path, f"[{key.value!r}]"))
            )
        if isinstance(node, ast.Constant):
            return None if node.value is None else Term(("constant", repr(node.value)))
        if isinstance(node, ast.NamedExpr | ast.Await):
            return self.term(node.value, at, depth + 1)
        if isinstance(node, ast.Tuple):
            return self._tuple(node, at, depth)
        if isinstance(node, ast.BoolOp):
            return self._any_of(node.values, at, depth)
        if isinstance(node, ast.IfExp):
            return self._any_of([node.body, node.orelse], at, depth)
        if isinstance(node, ast.Call):
            return self._call(node, at, depth)
        return None

    def _tuple(self, node: ast.Tuple, at: Activation, depth: int) -> Term | None:
        terms = [self.term(item, at, depth + 1) for item in node.elts]
        known = tuple(term for term in terms if term is not None)
        if len(known) < len(terms):
            return None
        return Term((TUPLE, known, f"({', '.join(term.text for term in known)})"))

    def _any_of(self, nodes: list[ast.expr], at: Activation, depth: int) -> Term | None:
        """A choice between values that are the same in each round is so itself."""
        terms = [self.term(node, at, depth + 1) for node in nodes]
        found = [term for term in terms if term is not None]
        if not found or len(found) < len(terms):
            return None
        if all(term == found[0] for term in found):
            return found[0]
        return Term((CHOICE, tuple(found), found[0].text))

    def _call(self, node: ast.Call, at: Activation, depth: int) -> Term | None:
        name = last_name(node.func)
        if name in _SAME:
            if isinstance(node.func, ast.Attribute) and name == "strip":
                return self.term(node.func.value, at, depth + 1)
            return self.term(node.args[-1], at, depth + 1) if node.args else None
        for found in self.referents(node.func, at, depth + 1):
            if not isinstance(found, Callee) or isinstance(found.function.node, ast.Lambda):
                return None
            entered = self.entered(found, node, at)
            returned = self._in(entered).returned
            return self.term(returned[0], entered, depth + 1) if len(returned) == 1 else None
        return None

    def _attribute(self, node: ast.Attribute, at: Activation, depth: int) -> Term | None:
        holder = self.term(node.value, at, depth + 1)
        if holder is None:
            return None
        if isinstance(node.value, ast.Name) and node.value.id == at.own and at.receiver:
            method = self._engine.classes.method(at.receiver, node.attr)
            if method is not None:
                return None  # a property may give another value each time
        return Term(holder.root, (*holder.path, "." + node.attr))

    def _name(self, name: str, here: Activation, depth: int) -> Term | None:
        at: Activation | None = here
        while at is not None and at.function is not None:
            bindings = self._in(at).bindings.get(name, [])
            parameter = next((p for p in at.function.parameters if p.name == name), None)
            if name in at.function.names.globals:
                break
            if parameter is not None and not bindings:
                bound = at.bindings.get(name)
                if bound is not None:
                    return self.given(at, name, bound, depth + 1)
                if at.loop is None:
                    return self._default(parameter.default)
                return Term((at.function, name))
            if bindings or parameter is not None:
                return self._variable(name, bindings, at, depth)
            at = at.outer
        if at is not None and at.function is None and at.loop is not None:
            return self._variable(name, self._in(at).bindings.get(name, []), at, depth)
        return Term((here.module, name))

    def given(self, at: Activation, name: str, bound: Bound, depth: int = 0) -> Term | None:
        """Where what a parameter is given comes from; asked for at each use of it."""
        known = at.terms.get(name)
        if known is None:
            known = self.term(bound.expression, bound.at, depth)
            if known is not None:
                at.terms[name] = known
        return known

    def _default(self, default: ast.expr | None) -> Term | None:
        if isinstance(default, ast.Constant) and default.value is not None:
            return Term(("constant", repr(default.value)))
        return None

    def _variable(
        self,
        name: str,
        bindings: list[tuple[ast.AST, ast.expr | None]],
        at: Activation,
        depth: int,
    ) -> Term | None:
        """A variable that is assigned to: the same in each round if nothing in the loop does."""
        parents = self.sites_of(at.module).parents
        if at.loop is not None:
            inside = [item for item in bindings if _is_within(item[0], at.loop, parents)]
        else:
            inside = bindings
        key = (name, id(at))
        if key in self._busy or len(inside) > _MAX_CHOICES:
            return None
        self._busy.add(key)
        try:
            if not inside:
                if len(bindings) == 1 and bindings[0][1] is not None:
                    of_value = self.term(bindings[0][1], at, depth + 1)
                    if of_value is not None:
                        return of_value
                return Term((at.function or at.module, name))
            terms = [
                self.term(value, at, depth + 1) if value is not None else None
                for _, value in inside
            ]
        finally:
            self._busy.discard(key)
        first = terms[0]
        return first if all(term == first for term in terms) else None

    # --- what is called ------------------------------------------------------------------------

    def entered(self, callee: Callee, call: ast.Call, at: Activation) -> Activation:
        """The function as a call enters it."""
        return self.handed(callee, call.args, call.keywords, at)

    def handed(
        self,
        callee: Callee,
        arguments: list[ast.expr],
        keywords: list[ast.keyword],
        at: Activation,
    ) -> Activation:
        """The function as it is entered with these arguments by whoever it was handed to."""
        function = callee.function
        bindings = bound_arguments(function, arguments, keywords, at, callee.self_)
        return Activation(function.module, function, callee.receiver, bindings, callee.outer)

    def referents(self, node: ast.expr, at: Activation, depth: int = 0) -> list[Referent]:
        """What an expression may be, as far as it can be called or has methods."""
        if depth > _MAX_DEPTH:
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
                return self.referents(node.args[0], at, depth + 1)
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
            if parameter is not None:
                if parameter.annotation is None:
                    return []
                return self._annotated(at.module, parameter.annotation)
            sites = self._in(at)
            local = self.sites_of(at.module).local(at.function).get(name)
            if isinstance(local, FunctionInfo):
                return [Callee(local, outer=at)]
            if local is not None:
                return [local]
            if name in sites.imported:
                return self._from(self._engine.modules.imported(module, sites.imported[name]))
            if name in sites.bindings:
                found: list[Referent] = []
                for _, value in sites.bindings[name][:_MAX_CHOICES]:
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
                found += self._from(shape) or self._annotated_attribute(item.cls, name)
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

    def _annotated_attribute(self, cls: ClassInfo, name: str) -> list[Referent]:
        """What an attribute may be by its annotation, or by that of the parameter it is given."""
        for owner in self._engine.classes.order(cls):
            annotation = owner.attribute_annotation(name)
            for function, value in owner.writes().get(name, ()):
                for parameter in function.parameters:
                    if isinstance(value, ast.Name) and value.id == parameter.name:
                        annotation = annotation or parameter.annotation
            if annotation is not None:
                return self._annotated(owner.module, annotation)
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
                found.append(target if ref.kind == "class" else Instance(target))
            elif ref.kind == "module":
                found.append(Folder(ref))
        found += [atom for atom in value.atoms if isinstance(atom, Pending)]
        return found


def _is_within(node: ast.AST, loop: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    current: ast.AST | None = node
    while current is not None:
        if current is loop:
            return True
        current = parents.get(current)
    return False
