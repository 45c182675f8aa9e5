"""Where a state id goes, from the place it is made to the last function it is handed to.

Every use of the id must be of a known kind: handed on to a function that can be seen, key of a
client cache, argument of a client's constructor, part of a log line. Any other use is refused,
because after the fix all rows share one id.
"""

from __future__ import annotations

import ast

from flake8_stateid.analysis.tree import FUNCTIONS, arguments_of
from flake8_stateid.codemod.ids.bases import FORMATTING, is_formatting
from flake8_stateid.codemod.ids.logs import is_logged
from flake8_stateid.codemod.ids.rebinding import collected
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.deferral import is_named_later
from flake8_stateid.codemod.reading.mutators import COLLECTING, LISTING
from flake8_stateid.codemod.reading.nodes import is_none
from flake8_stateid.codemod.reading.signatures import Function, defaults, dotted
from flake8_stateid.codemod.tracing.allocation import allocates
from flake8_stateid.codemod.tracing.carriers import Carriers, Held
from flake8_stateid.codemod.tracing.copies import ON_ITS_OWN, follow_copy, remakes, updated_by
from flake8_stateid.codemod.tracing.traced import UNNAMED, Creation, refusal, short, unseen
from flake8_stateid.codemod.tracing.uses import is_dict, is_output, makes_text, slot_of, warns
from flake8_stateid.codemod.tracing.walked import Walked

# Builtin functions that tell something of a text, or the same of any, and keep nothing.
_TELLING = frozenset({"hash", "len", "repr"})
_TELLING_NOTHING = frozenset({"bool", "isinstance", "type"})
WARNED = (
    "the id is part of a warning, which Python shows once for each text",
    "name the row in the warning instead of the id, or use a logger",
)
_IN_TUPLE = (
    "the id is part of a tuple",
    "hand the id on by itself, or key by something that differs from row to row",
)
_IN_CONTAINER = (
    "the id is stored in a container",
    "store the row's index, which differs from row to row, beside the id",
)
RETURNED = ("the id is returned", "build it where it is used, or return what the caller needs")


class Trace(Walked):
    """The uses of one id, collected by :meth:`follow`."""

    def carry(self, function: Function, name: str) -> None:
        """Follow all uses of the variable ``name`` of ``function``, which holds the id.

        Raises:
            RefusalError: One of them is of no known kind.
        """
        if (function, name) in self._carriers:
            return
        self._carriers.add((function, name))
        for node in self.module.own_names(function, name):
            if isinstance(node.ctx, ast.Store):
                raise refusal(node, f"'{name}' is bound again", "give the new value a new name")
            self.follow(node)

    def carry_rest(self, function: Function, name: str, slot: str | int) -> None:
        """Follow ``*name`` or ``**name``, where the id has the place ``slot``."""
        if (function, name, slot) not in self._rests:
            self._rests.add((function, name, slot))
            Carriers(self, Held(slot, frozenset(), *UNNAMED)).carry(function, name)

    def follow(self, node: ast.expr) -> None:
        """Classify the use of the expression ``node``, which evaluates to the id.

        Raises:
            RefusalError: The use is of no known kind.
        """
        parent = self.module.parents[node]
        function = self._function(node)
        if is_logged(self.module, node) or self._is_part(parent, node):
            return
        self.defer(node)
        match parent:
            case ast.keyword(arg=name):
                call = self.module.parents[parent]
                if isinstance(call, ast.Call):
                    self._argument(call, node, None, name)
                    return
            case ast.Call(args=args) if node in args:
                self._argument(parent, node, args.index(node), None)
                return
            case ast.Subscript(value=cache, slice=key) if key is node and dotted(cache):
                self._key(dotted(cache), node, function)
                if isinstance(parent.ctx, ast.Del):
                    self.releases.append((node, function))
                return
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                if left is node and isinstance(operator, (ast.In, ast.NotIn)) and dotted(right):
                    self._key(dotted(right), node, function)
                    return
                if isinstance(operator, (ast.Is, ast.IsNot)) and is_none(right):
                    return
                self._shows(
                    node,
                    "the id is compared with another value",
                    "compare the row's index or another value that differs from row to row",
                )
                return
            case ast.BoolOp(op=ast.Or(), values=[first, ast.Constant(value="")]) if first is node:
                self.follow(parent)
                return
            case (
                ast.UnaryOp(op=ast.Not(), operand=test)
                | ast.If(test=test)
                | ast.IfExp(test=test)
                | ast.Assert(test=test)
            ) if test is node:
                return
            case ast.IfExp():
                raise refusal(
                    node,
                    "the id depends on a condition that may raise or act, or on another id",
                    "use the context's state id whatever the condition",
                )
            case (
                ast.ListComp(elt=made) | ast.GeneratorExp(elt=made) | ast.DictComp(value=made)
            ) if made is node:
                self.walk_along(parent)
                return
            case ast.FormattedValue() | ast.BinOp():
                self._build_upon(node)
                return
            case ast.Attribute(attr=attribute) if attribute in FORMATTING:
                self._build_upon(node)
                return
            case ast.Assign(targets=[ast.Name(id=name)]):
                self._alias(function, name, parent)
                return
            case ast.Return() | ast.Yield():
                self._returned(node)
                return
            case ast.YieldFrom() | ast.Lambda():
                raise refusal(node, *RETURNED)
            case ast.Tuple() if self._is_key(parent):
                self.compound.append((parent, function))
                self.follow(parent)
                return
            case ast.Tuple() | ast.Dict() | ast.List() | ast.Set():
                self._displayed(parent, node)
                return
            case ast.arguments():
                self._default(parent, node)
                return
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id=holder), attr=name) as target]
            ) if holder not in {"self", "cls"} and self.is_state_id(name):
                follow_copy(self, target)
                return
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._stored(node, parent)
                return
        raise refusal(
            node,
            f"the id is used in '{short(parent)}', which is not understood",
            "rewrite this use, or use the context's state id here by hand",
        )

    def _is_part(self, part: ast.AST, node: ast.expr) -> bool:
        """Whether ``part`` is some of the text of an id that stays: ``id[:8]``, ``id.upper``."""
        if not (self.unchanged and isinstance(part, (ast.Subscript, ast.Attribute))):
            return False
        if part.value is node:
            self.escaped.append(part)
        return part.value is node

    def _shows(self, node: ast.AST, reason: str, remedy: str) -> None:
        """Refuse a use that shows the id, unless that stays what it was."""
        if not self.unchanged:
            raise refusal(node, reason, remedy)

    def _returned(self, node: ast.expr) -> None:
        self._shows(node, *RETURNED)
        self.escaped.append(node)

    def _stored(self, node: ast.expr, statement: ast.stmt) -> None:
        """Refuse an id that is kept; one that stays what it was may be, in a local or its item."""
        if not self.unchanged and self.put(statement):
            return
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        if not self.unchanged or not all(
            isinstance(target, ast.Name)
            or (isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name))
            for target in targets
        ):
            raise refusal(node, "the id is stored", _IN_CONTAINER[1])
        self.escaped.append(node)

    def _displayed(self, made: ast.expr, node: ast.expr) -> None:
        """Follow a tuple, or a dictionary with a constant key, that the id is put in."""
        if makes_text(self.module, made):
            self._build_upon(node)
            return
        if not isinstance(made, ast.Set) and self.tupled(made, node, self.carry):
            return
        call = updated_by(self.module, made)
        if call is not None:
            holder = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
            self.remade.append(call)
            why = f"'{dotted(call.func)}' makes a context for each row"
            fields = self.fields_of(holder, model=True)
            self._held_in(call, slot_of(made, node), fields, why, ON_ITS_OWN)
            return
        reason = _IN_TUPLE if isinstance(made, ast.Tuple) else _IN_CONTAINER
        self._held_in(made, slot_of(made, node), (), *reason)

    def _held_in(
        self,
        made: ast.expr,
        slot: object,
        fields: tuple[str, ...],
        reason: str,
        remedy: str,
    ) -> None:
        """Follow an object that holds the id; ``reason`` is why it is refused otherwise."""
        if not isinstance(slot, (str, int)):
            self._shows(made, reason, remedy)
            self.escaped.append(made)
            return
        try:
            Carriers(self, Held(slot, frozenset(fields), reason, remedy)).follow(made)
        except RefusalError:
            if not (self.unchanged and is_output(self.module, made)):
                raise
            self.escaped.append(made)

    def _is_key(self, node: ast.expr) -> bool:
        """Whether a value is nothing but a key, by itself or by the name it is given."""
        match self.module.parents[node]:
            case ast.Subscript(slice=key):
                return key is node
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]):
                return left is node
            case ast.Call(func=ast.Attribute(attr="pop" | "get" | "setdefault"), args=[key, *_]):
                return key is node
            case ast.Assign(targets=[ast.Name(id=name)]):
                uses = self.module.own_names(self._function(node), name)
                return all(not isinstance(use.ctx, ast.Load) or self._is_key(use) for use in uses)
        return False

    def _alias(self, function: Function, name: str, statement: ast.stmt) -> None:
        stores = self.module.own_stores(function, name)
        if len(stores) != 1 or isinstance(function, ast.Lambda):
            raise refusal(statement, f"'{name}' holds the id and is bound again", "use two names")
        if (function, name) not in self._carriers:
            self._carriers.add((function, name))
            for node in self.module.own_names(function, name):
                if node not in stores:
                    self.follow(node)

    def _default(self, arguments: ast.arguments, node: ast.expr) -> None:
        """Follow ``def ask(text, sid=sid)``, which keeps the id of the round it is made in."""
        function = self.module.parents[arguments]
        assert isinstance(function, FUNCTIONS)
        if is_named_later(self.module, function):
            self.deferred.append(node)
        for argument, default in defaults(function):
            if default is node:
                self.carry(function, argument.arg)

    def _build_upon(self, node: ast.expr) -> None:
        """Refuse a text that is made of the id, unless that stays what it was."""
        if not self.unchanged:
            raise self._built_upon(node)

    def _built_upon(self, node: ast.expr) -> RefusalError:
        for ancestor in self.module.ancestors(node):
            if isinstance(ancestor, ast.Raise):
                return refusal(
                    node,
                    "the id is part of an exception's message",
                    "name the row in the message instead of the id",
                )
            if isinstance(ancestor, ast.Call) and warns(ancestor):
                return refusal(node, *WARNED)
        return refusal(
            node, "another text is built from the id", "build it from the row's index instead"
        )

    def _argument(
        self, call: ast.Call, node: ast.expr, index: int | None, keyword: str | None
    ) -> None:
        function = self._function(call)
        name = dotted(call.func)
        method = name.rpartition(".")[2] or (
            call.func.attr if isinstance(call.func, ast.Attribute) else ""
        )
        if isinstance(call.func, ast.Attribute) and index == 0:
            cache = dotted(call.func.value)
            of_dict = method in {"pop", "get", "setdefault"}
            if cache and of_dict and not self.module.resolve(call.func):
                self._key(cache, node, function)
                if method == "pop":
                    self.releases.append((node, function))
                return
        if self.left_to_exit(call, node, function, self.carry):
            return
        if method == "repeat" and index == 0:
            self.walk_along(call)
            return
        if allocates(self.module, call):
            self.allocations.append(call)
            return
        if method == "record_call":
            self.recorded.append((call, function))
            return
        if name in {"str", "cast", "typing.cast"}:
            self._wrapped(node, call)
            return
        if keyword and is_dict(self.module, call):
            self._displayed(call, node)
            return
        if self.dispatched(call, node, index, keyword, function, self.carry):
            return
        shows = is_formatting(call) or isinstance(self.module.parents[call], ast.Raise)
        if name in _TELLING_NOTHING or (self.unchanged and (warns(call) or shows)):
            return
        if name in _TELLING:
            self._shows(node, f"'{name}' tells something of the id", "ask it of the row's index")
            return
        if warns(call):
            raise refusal(node, *WARNED)
        if shows:
            raise self._built_upon(node)
        if any(isinstance(argument, ast.Starred) for argument in call.args[: (index or 0) + 1]):
            raise refusal(node, "the id is passed after '*'", "pass it by keyword")
        if self._is_in_record(call, name, index, keyword):
            return
        if self._is_construction(call, name, keyword):
            self.creations.append(Creation(call, function, keyword or index or 0))
            return
        callees = self.module.resolve(call.func)
        if not callees:
            if keyword and index is None and remakes(self.module, call):
                self.remade.append(call)
                self._held_in(
                    call,
                    keyword,
                    self.fields_of(dotted(call.args[0])) if len(call.args) == 1 else (),
                    f"'{name}' makes a context for each row",
                    ON_ITS_OWN,
                )
                return
            if method == "replace" or method.endswith("Context"):
                raise refusal(node, f"'{name}' makes a context for each row", ON_ITS_OWN)
            if method in COLLECTING and dotted(call.func):
                if self.unchanged and method in LISTING:
                    self.escaped.append(node)
                    return
                if self.collect(call):
                    return
                raise collected(node)
            raise refusal(node, *unseen(call.func))
        for callee in callees:
            self.enter(
                callee,
                call,
                arguments_of(call),
                index or 0,
                keyword,
                function,
                self.carry,
            )

    def _wrapped(self, node: ast.expr, call: ast.Call) -> None:
        """Follow ``str(ctx.state_id)``, which is the id as what it wraps is."""
        if node in self.read:
            self.read.add(call)
        self.follow(call)

    def _is_construction(self, call: ast.Call, name: str, keyword: str | None) -> bool:
        last = name.rpartition(".")[2]
        if not last.lstrip("_")[:1].isupper():
            return bool(last) and self._is_class(name, call)
        if last in self.module.classes or self._is_class(name, call):
            return True
        return "Client" in last or (keyword is not None and self.is_state_id(keyword))

    def _is_in_record(
        self, call: ast.Call, name: str, index: int | None, keyword: str | None
    ) -> bool:
        """Follow a dataclass or a NamedTuple that takes the id as a field."""
        fields = self._records(name, call)
        if fields is None:
            return False
        slot = keyword or (fields[index] if index is not None and index < len(fields) else None)
        self._held_in(
            call,
            slot if slot in fields else None,
            (*fields, *self._asides(name, call, slot)) if slot in fields else fields,
            f"the id is stored in '{name}'",
            "store the row's index beside the id",
        )
        return True
