"""Whether an expression has the same value in every round of a loop, and which.

Expressions are compared by where their value comes from: :class:`Term`, a variable of the function
around the loop and a way of attributes from it. Inside functions that the loop calls, parameters
are what the call passes. What is not understood has no term, so that nothing is claimed of it.
"""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import OF_SELF, Activation, Bound, Callee, Term
from flake8_stateid.analysis.call_index.keeping import is_cached
from flake8_stateid.analysis.call_index.referents import MAX_CHOICES, MAX_DEPTH, Referents
from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import arguments_of
from flake8_stateid.names import ONE

CHOICE, TUPLE = "choice", "tuple"  # roots of terms that are made of others
CACHED = "cached"  # root of the term of what a function's decorator keeps
# What these give of an object is like it, but for what their keywords say; methods without an
# argument and functions with one.
_COPYING = frozenset(("copy", "deepcopy", "replace", "evolve", "_replace", "model_copy"))
# Of a string, what these return is the string itself or depends on nothing else.
_SAME = frozenset(("str", "cast", "strip", "NewType", "intern"))


class SharedIds(Referents):
    """Reads expressions relative to one loop."""

    # --- terms ---------------------------------------------------------------------------------

    def term(self, node: ast.expr, at: Activation, depth: int = 0) -> Term | None:
        """Where the value comes from; None where it may differ between rounds."""
        if depth > MAX_DEPTH:
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

    def id_by_origin(self, call: ast.Call, at: Activation) -> Term | None:
        """The state id a call is given under another name: a helper's parameter ``key``."""
        for given in arguments_of(call):
            if isinstance(given, ast.Name):
                term = self.term(given, at)
                if term is not None and self._engine.names.kind(term.name) == ONE:
                    return term
        return None

    def cache_of(self, function: ast.expr, at: Activation) -> Term | None:
        """What keeps the results of a cached function: ``self._client.cache_clear()``."""
        for found in self.referents(function, at):
            if isinstance(found, Callee) and is_cached(found.function.node):
                return Term((CACHED, found.function))
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
        if name in _COPYING:
            copied = self._copied(node)
            return None if copied is None else self.term(copied, at, depth + 1)
        for found in self.referents(node.func, at, depth + 1):
            if not isinstance(found, Callee) or isinstance(found.function.node, ast.Lambda):
                return None
            entered = self.entered(found, node, at)
            returned = self._in(entered).returned
            return self.term(returned[0], entered, depth + 1) if len(returned) == 1 else None
        return None

    def _copied(self, node: ast.Call) -> ast.expr | None:
        """What a call copies that leaves the ids as they are: ``replace(ctx, row=row)``."""
        for keyword in node.keywords:
            if keyword.arg in (None, "update") or self._engine.names.kind(keyword.arg):
                return None
        if len(node.args) == 1:
            return node.args[0]
        return node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None

    def _attribute(self, node: ast.Attribute, at: Activation, depth: int) -> Term | None:
        is_own = isinstance(node.value, ast.Name) and node.value.id == at.own
        if is_own:
            name = OF_SELF + node.attr
            if name in at.bindings:
                return self.given(at, name, at.bindings[name], depth + 1)
            set_before = _set_in_constructor(node.attr, at)
            if set_before is not None:
                return self.term(set_before, at, depth + 1)
        holder = self.term(node.value, at, depth + 1)
        if holder is None:
            return None
        if is_own and at.receiver:
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
            inside = [item for item in bindings if is_within(item[0], at.loop, parents)]
        else:
            inside = bindings
        key = (name, id(at))
        if key in self._busy or len(inside) > MAX_CHOICES:
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


def _set_in_constructor(attribute: str, at: Activation) -> ast.expr | None:
    """What a constructor that is at work gives an attribute of the new object, if only once."""
    function = at.function
    if function is None or function.cls is None or function.name != "__init__":
        return None
    values = [value for by, value in function.cls.writes().get(attribute, ()) if by is function]
    return values[0] if len(values) == 1 else None


def is_within(node: ast.AST, loop: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a node stands in a loop, or is it."""
    current: ast.AST | None = node
    while current is not None:
        if current is loop:
            return True
        current = parents.get(current)
    return False
