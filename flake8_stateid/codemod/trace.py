"""Where a state id goes, from the place it is made to the last function it is handed to.

Every use of the id must be of a known kind: handed on to a function that can be seen, key of a
client cache, argument of a client's constructor, part of a log line. Any other use is refused,
because after the fix all rows share one id.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from flake8_stateid.analysis.program import PLAIN_DECORATORS, plain_name
from flake8_stateid.codemod.allocation import allocates
from flake8_stateid.codemod.bases import FORMATTING, is_formatting
from flake8_stateid.codemod.carriers import Carriers, Held
from flake8_stateid.codemod.deferral import is_consumed, is_kept, is_named_later, runs_later
from flake8_stateid.codemod.exit_stacks import (
    callback_of,
    is_around_rows,
    refuse_closed,
    stack_of,
)
from flake8_stateid.codemod.handing_on import (
    AT_ONCE,
    AWAITED,
    CLOSED_BEHIND,
    DISPATCH,
    RESULTS,
    TASKS,
    handed_call,
    runs_at_once,
)
from flake8_stateid.codemod.logs import is_logged
from flake8_stateid.codemod.modules import FUNCTIONS, Callee, Function, Module, dotted
from flake8_stateid.codemod.mutators import COLLECTING, LISTING
from flake8_stateid.codemod.nodes import walk
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.rebinding import collected
from flake8_stateid.codemod.uses import is_output, is_sweep, warns

_SHORT = 60
# Builtin functions that tell something of a text, and keep nothing.
_TELLING = frozenset({"bool", "hash", "isinstance", "len", "repr", "type"})
_WORKING = ("start", "join")
WARNED = (
    "the id is part of a warning, which Python shows once for each text",
    "name the row in the warning instead of the id, or use a logger",
)
RETURNED = ("the id is returned", "return what the caller needs beside the id")
# Follows a parameter of a function from there on.
Carry = Callable[[Function, str], None]


class Site(NamedTuple):
    """A call that hands the id on to a function."""

    call: ast.Call
    arguments: tuple[ast.expr, ...]
    caller: Function


class Creation(NamedTuple):
    """A client constructed under the id; ``slot`` is the argument's keyword, or its number."""

    call: ast.Call
    function: Function
    slot: str | int


class Dispatch(NamedTuple):
    """A call that hands the id to a thread or task.

    Attributes:
        call: The call.
        function: The function it stands in.
        joined: Whether what is handed on has run before that function returns.
        at_once: Whether it has run before the call's own statement is left.
        task: Whether it runs on the loop that the call stands in, and not in a thread.
    """

    call: ast.Call
    function: Function
    joined: bool
    at_once: bool = False
    task: bool = False


class Trace:
    """The uses of one id, collected by :meth:`follow`.

    Attributes:
        creations: Clients constructed under the id.
        cache_keys: Per cache (as spelled), the keys it is looked up by, each with its function.
        reached: Per function that carries the id, the calls it was reached by.
        dispatches: Where other threads get the id.
        releases: Keys of statements that release from a cache, each with its function.
        recorded: Calls of ``record_call(state_id=...)`` made without a client.
        deferred: Uses that may run later than the statement they stand in.
        swept: Those of the keys that stay: a last loop over all ids releases each.
        allocations: Calls of ``allocate_call_index(...)`` under the id.
        walked: Uses of the variables that hold a collection of the ids, or an object with one.
        compound: Tuples of the id and something else that are keys, each with its function.
        read: Expressions that read the id from an object that holds it.
        remade: Calls that make a context for each row, to hold the id.
        escaped: Where an id that stays what it was is kept, in a list or what is given back.
        exits: Where the client is released by an ``ExitStack`` around all rows.

    Args:
        module: The module.
        is_state_id: Whether an identifier is a state id name.
        fields_of: The fields of the object that a name holds; none where it is not seen.
        records: The fields of a class that only holds values; ``None`` for any other class.
        is_class: Whether a call makes an object of a class of another module that is seen.
        unchanged: Whether the id is what it will be. Then its text may show anywhere, as it did,
            and only what leads to clients matters.
    """

    def __init__(
        self,
        module: Module,
        is_state_id: Callable[[str], bool],
        fields_of: Callable[[str], tuple[str, ...]] = lambda _: (),
        records: Callable[[str, ast.Call], tuple[str, ...] | None] = lambda _name, _call: None,
        is_class: Callable[[str, ast.Call], bool] = lambda _name, _call: False,
        *,
        unchanged: bool = False,
    ) -> None:
        """Start with no use seen."""
        self.unchanged = unchanged
        self._fields_of = fields_of
        self._records = records
        self._is_class = is_class
        self.read: set[ast.expr] = set()
        self.remade: list[ast.Call] = []
        self.escaped: list[ast.expr] = []
        self.exits: list[ast.With | ast.AsyncWith] = []
        self.module = module
        self.is_state_id = is_state_id
        self.creations: list[Creation] = []
        self.cache_keys: dict[str, list[tuple[ast.expr, Function]]] = {}
        self.reached: dict[Function, list[Site]] = {}
        self.dispatches: list[Dispatch] = []
        self.releases: list[tuple[ast.expr, Function]] = []
        self.recorded: list[tuple[ast.Call, Function]] = []
        self.allocations: list[ast.Call] = []
        self.deferred: list[ast.expr] = []
        self.swept: set[ast.expr] = set()
        self.walked: list[ast.Name] = []
        self.compound: list[tuple[ast.Tuple, Function]] = []
        self._carriers: set[tuple[Function, str]] = set()

    def hold(self, function: Function, name: str) -> None:
        """Note that ``name`` holds the id; its uses are followed one by one by the caller."""
        self._carriers.add((function, name))

    def carries(self, function: Function, name: str) -> bool:
        """Whether the variable ``name`` of ``function`` holds the id."""
        return (function, name) in self._carriers

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
                raise _refuse(node, f"'{name}' is bound again", "give the new value a new name")
            self.follow(node)

    def follow(self, node: ast.expr) -> None:
        """Classify the use of the expression ``node``, which evaluates to the id.

        Raises:
            RefusalError: The use is of no known kind.
        """
        parent = self.module.parents[node]
        function = self._function(node)
        if is_logged(self.module, node) or self._is_part(parent, node):
            return
        if runs_later(self.module, node):
            self.deferred.append(node)
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
                if isinstance(operator, (ast.Is, ast.IsNot)) and _is_none(right):
                    return
                self._shows(
                    node,
                    "the id is compared with another value",
                    "compare the row's index or another value that differs from row to row",
                )
                return
            case ast.UnaryOp(op=ast.Not()):
                return
            case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test) if test is node:
                return
            case ast.IfExp():
                raise _refuse(
                    node,
                    "the id depends on a condition that may raise or act, or on another id",
                    "use the context's state id whatever the condition",
                )
            case ast.ListComp(elt=made) | ast.GeneratorExp(elt=made) if made is node:
                self._collected(parent)
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
                raise _refuse(node, *RETURNED)
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
                raise _refuse(
                    node,
                    f"the id is stored as '{ast.unparse(target)}'",
                    "hand on the context itself, with one client",
                )
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._stored(node, parent)
                return
        raise _refuse(
            node,
            f"the id is used in '{_short(parent)}', which is not understood",
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
        """Refuse a use that shows the id's value, unless that stays what it was."""
        if not self.unchanged:
            raise _refuse(node, reason, remedy)

    def _returned(self, node: ast.expr) -> None:
        self._shows(node, *RETURNED)
        self.escaped.append(node)

    def _stored(self, node: ast.expr, statement: ast.stmt) -> None:
        """Refuse an id that is kept; one that stays what it was may be, in a local or its item."""
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        if not self.unchanged or not all(
            isinstance(target, ast.Name)
            or (isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name))
            for target in targets
        ):
            raise _refuse(
                node,
                "the id is stored",
                "store the row's index, which differs from row to row, beside the id",
            )
        self.escaped.append(node)

    def _function(self, node: ast.AST) -> Function:
        function = self.module.function_of(node)
        if function is None:
            raise _refuse(node, "the id is used outside a function", "move it into one")
        return function

    def _displayed(self, made: ast.expr, node: ast.expr) -> None:
        """Follow a tuple, or a dictionary with a constant key, that the id is put in."""
        if isinstance(made, (ast.Tuple, ast.List)) and self._tupled(made, node, self.carry):
            return
        slot: object = None
        if isinstance(made, ast.Dict) and node in made.values:
            key = made.keys[made.values.index(node)]
            slot = key.value if isinstance(key, ast.Constant) else None
        if isinstance(made, ast.Tuple):
            self._held_in(
                made,
                made.elts.index(node),
                (),
                "the id is part of a tuple",
                "hand the id on by itself, or key by something that differs from row to row",
            )
        else:
            self._held_in(
                made,
                slot,
                (),
                "the id is stored in a container",
                "store the row's index, which differs from row to row, beside the id",
            )

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

    def _key(self, cache: str, node: ast.expr, function: Function) -> None:
        self.cache_keys.setdefault(cache, []).append((node, function))

    def _alias(self, function: Function, name: str, statement: ast.stmt) -> None:
        stores = [
            node
            for node in self.module.own_names(function, name)
            if not isinstance(node.ctx, ast.Load)
        ]
        if len(stores) != 1 or isinstance(function, ast.Lambda):
            raise _refuse(statement, f"'{name}' holds the id and is bound again", "use two names")
        if (function, name) not in self._carriers:
            self._carriers.add((function, name))
            for node in self.module.own_names(function, name):
                if node not in stores:
                    self.follow(node)

    def _default(self, arguments: ast.arguments, node: ast.expr) -> None:
        """Follow ``def ask(text, sid=sid)``, which keeps the id of the round it is made in."""
        function = self.module.parents[arguments]
        assert isinstance(function, FUNCTIONS)
        named = [*arguments.posonlyargs, *arguments.args]
        pairs = [
            *zip(reversed(named), reversed(arguments.defaults), strict=False),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        if is_named_later(self.module, function):
            self.deferred.append(node)
        for argument, default in pairs:
            if default is node:
                self.carry(function, argument.arg)

    def _collected(self, ids: ast.expr) -> None:
        """Follow a collection of nothing but the id, beside the rows it was made for."""
        parent = self.module.parents[ids]
        match parent:
            case ast.Assign(targets=[ast.Name(id=name)]):
                function = self._function(ids)
                uses = self.module.own_names(function, name)
                if sum(not isinstance(node.ctx, ast.Load) for node in uses) > 1:
                    raise _refuse(
                        ids, f"'{name}' holds the ids and is bound again", "use two names"
                    )
                for node in uses:
                    if isinstance(node.ctx, ast.Load):
                        self.walked.append(node)
                        self._collected(node)
                return
            case ast.Call(func=called, args=args) if ids in args:
                self._walked(parent, called, args.index(ids))
                return
            case ast.Subscript(value=value, ctx=ast.Load()) if value is ids:
                self.follow(parent)
                return
            case (
                ast.For(iter=iterated)
                | ast.AsyncFor(iter=iterated)
                | ast.comprehension(iter=iterated)
            ) if iterated is ids:
                self._each(parent, parent.target)
                return
        raise collected(ids)

    def _walked(self, call: ast.Call, called: ast.expr, index: int) -> None:
        """Follow ``zip(rows, ids)``, ``executor.map(answer, rows, ids)``, ``len(ids)``."""
        name = plain_name(called)
        parent = self.module.parents[call]
        if name in {"list", "tuple", "iter"}:
            self._collected(call)
        elif name == "map" and index > 0:
            self.mapped(call, index, self.carry)
        elif name in {"zip", "enumerate"}:
            number = 1 if name == "enumerate" else index
            target = getattr(parent, "target", None)
            if getattr(parent, "iter", None) is not call or not isinstance(target, ast.Tuple):
                raise collected(call)
            self._each(parent, target.elts[number])
        elif name != "len":
            raise collected(call)

    def mapped(self, call: ast.Call, index: int, carry: Carry) -> None:
        """Follow ``map(f, ids)`` and ``executor.map(f, ids)`` into ``f``.

        Args:
            call: The call.
            index: The number of ``ids`` among its arguments.
            carry: What follows the parameter of ``f``.
        """
        callees = self.module.resolve(call.args[0])
        if not callees:
            raise _refuse(call, *_unseen(call.args[0]))
        function = self._function(call)
        if isinstance(call.func, ast.Attribute):
            self.dispatches.append(self._dispatch(call, function))
        elif not is_consumed(self.module, call):
            self.deferred.append(call)
        for callee in callees:
            self.enter(callee, call, tuple(call.args[1:]), index - 1, None, function, carry)

    def _each(self, loop: ast.AST, target: ast.expr) -> None:
        """Follow the variable that takes one id after the other."""
        function = self._function(target)
        if not isinstance(target, ast.Name):
            raise collected(target)
        scope = self.module.parents[loop] if isinstance(loop, ast.comprehension) else loop
        self._carriers.add((function, target.id))
        for node in walk(scope):
            if isinstance(node, ast.Name) and node.id == target.id and node is not target:
                if not isinstance(node.ctx, ast.Load):
                    raise _refuse(node, f"'{target.id}' is bound again", "use two names")
                self.follow(node)
                if isinstance(loop, ast.For) and is_sweep(loop, target.id):
                    self.swept.add(node)

    def _build_upon(self, node: ast.expr) -> None:
        """Refuse a text that is made of the id, unless that stays what it was."""
        if not self.unchanged:
            raise self._built_upon(node)

    def _built_upon(self, node: ast.expr) -> RefusalError:
        for ancestor in self.module.ancestors(node):
            if isinstance(ancestor, ast.Raise):
                return _refuse(
                    node,
                    "the id is part of an exception's message",
                    "name the row in the message instead of the id",
                )
            if isinstance(ancestor, ast.Call) and warns(ancestor):
                return _refuse(node, *WARNED)
        return _refuse(
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
        if self._left_to_exit(call, node, function):
            return
        if method == "repeat" and index == 0:
            self._collected(call)
            return
        if allocates(self.module, call):
            self.allocations.append(call)
            return
        if method == "record_call":
            self.recorded.append((call, function))
            return
        if name in {"str", "cast", "typing.cast"}:
            self.follow(call)
            return
        if self.dispatched(call, node, index, keyword, function, self.carry):
            return
        if self.unchanged and (name in _TELLING or warns(call) or is_formatting(call)):
            return
        if warns(call):
            raise _refuse(node, *WARNED)
        if is_formatting(call):
            raise self._built_upon(node)
        if any(isinstance(argument, ast.Starred) for argument in call.args[: (index or 0) + 1]):
            raise _refuse(node, "the id is passed after '*'", "pass it by keyword")
        if self._is_in_record(call, name, index, keyword):
            return
        if self._is_construction(call, name, keyword):
            self.creations.append(Creation(call, function, keyword or index or 0))
            return
        callees = self.module.resolve(call.func)
        if not callees:
            if name in {"replace", "dataclasses.replace"} and keyword and index is None:
                self.remade.append(call)
                self._held_in(
                    call,
                    keyword,
                    self._fields_of(dotted(call.args[0])) if len(call.args) == 1 else (),
                    f"'{name}' makes a context for each row",
                    "hand on the context itself, with one client",
                )
                return
            if method == "replace" or method.endswith("Context"):
                raise _refuse(
                    node,
                    f"'{name}' makes a context for each row",
                    "hand on the context itself, with one client",
                )
            if method in COLLECTING and dotted(call.func):
                if self.unchanged and method in LISTING:
                    self.escaped.append(node)
                    return
                raise collected(node)
            raise _refuse(node, *_unseen(call.func))
        for callee in callees:
            self.enter(
                callee,
                call,
                (*call.args, *(k.value for k in call.keywords)),
                index or 0,
                keyword,
                function,
                self.carry,
            )

    def _left_to_exit(self, call: ast.Call, node: ast.expr, function: Function) -> bool:
        """Follow ``stack.callback(clients.pop, id, None)``; whether the call is that."""
        left = callback_of(call)
        opening = stack_of(self.module, call) if left is not None and left.key is node else None
        if left is None or opening is None:
            return False
        self._key(left.cache, node, function)
        self.releases.append((node, function))
        if is_around_rows(self.module, opening, call):
            refuse_closed(self.module, opening)
            self.swept.add(node)
            self.exits.append(opening)
        return True

    def _is_construction(self, call: ast.Call, name: str, keyword: str | None) -> bool:
        last = name.rpartition(".")[2]
        if not last or not last.lstrip("_")[:1].isupper():
            return False
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
            fields,
            f"the id is stored in '{name}'",
            "store the row's index beside the id",
        )
        return True

    def dispatched(
        self,
        call: ast.Call,
        node: ast.expr,
        index: int | None,
        keyword: str | None,
        function: Function,
        carry: Carry,
    ) -> bool:
        """Follow ``submit(f, ..., id)`` and its kin; whether the call is one of them."""
        if not isinstance(call.func, (ast.Attribute, ast.Name)):
            return False
        method = plain_name(call.func)
        offset = DISPATCH.get(method)
        if offset is None or len(call.args) <= offset or (index is not None and index <= offset):
            return False
        callees = self.module.resolve(call.args[offset])
        if self.module.resolve(call.func) or (
            method in AT_ONCE and not runs_at_once(self.module, call)
        ):
            return False  # another function of that name
        if not callees:
            raise _refuse(node, *_unseen(call.args[offset]))
        if method == "partial":
            self.deferred.append(call)
        else:
            self.dispatches.append(self._dispatch(call, function))
        for callee in callees:
            arguments = (*call.args[offset + 1 :], *(each.value for each in call.keywords))
            number = 0 if index is None else index - offset - 1
            self.enter(callee, call, arguments, number, keyword, function, carry)
        return True

    def _tupled(self, arguments: ast.Tuple | ast.List, node: ast.expr, carry: Carry) -> bool:
        """Follow ``Thread(target=f, args=(row, id))`` and ``pool.apply(f, (row, id))``."""
        parent = self.module.parents[arguments]
        call = self.module.parents[parent] if isinstance(parent, ast.keyword) else parent
        made = handed_call(call) if isinstance(call, ast.Call) else None
        if not isinstance(call, ast.Call) or made is None or node not in made.args:
            return False
        callees = self.module.resolve(made.func)
        if not callees:
            raise _refuse(node, *_unseen(made.func))
        function = self._function(call)
        self.dispatches.append(self._dispatch(call, function))
        for callee in callees:
            number = made.args.index(node)
            if not callee.takes(len(made.args)):
                raise _refuse(node, *_unseen(call.func))
            self.enter(callee, call, tuple(made.args), number, None, function, carry)
        return True

    def _dispatch(self, call: ast.Call, function: Function) -> Dispatch:
        """What is known of when that has run which ``call`` hands on."""
        method = plain_name(call.func)
        parent = self.module.parents[call]
        if method in AWAITED:
            awaited = isinstance(parent, ast.Await)
            return Dispatch(call, function, awaited, at_once=awaited)
        if method in AT_ONCE or _is_waited_for(self.module, call):
            return Dispatch(call, function, joined=True, at_once=True)
        executor = dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        task = method in TASKS
        closed = method in CLOSED_BEHIND and any(
            isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == executor
            for ancestor in self.module.ancestors(call)
            if isinstance(ancestor, ast.AsyncWith if task else ast.With)
            for item in ancestor.items
        )
        return Dispatch(call, function, closed, task=task)

    def enter(
        self,
        callee: Callee,
        call: ast.Call,
        arguments: tuple[ast.expr, ...],
        index: int,
        keyword: str | None,
        caller: Function,
        carry: Carry,
    ) -> None:
        """Follow an argument into the function that a call reaches; ``carry`` follows it there."""
        function = callee.function
        parameter = callee.parameter(index, keyword)
        if parameter is None:
            raise _refuse(call, "the id is passed through '*args' or '**kwargs'", "name it")
        if not isinstance(function, ast.Lambda):
            for decorator in function.decorator_list:
                if plain_name(decorator) not in PLAIN_DECORATORS:
                    raise _refuse(
                        call,
                        f"'{function.name}' is decorated with '{ast.unparse(decorator)}'",
                        "check by hand what the decorator does with the id",
                    )
        if self.module.resolve(call.func) and is_kept(self.module, call, function):
            self.deferred.append(call)
        self.reached.setdefault(function, []).append(Site(call, arguments, caller))
        carry(function, parameter)


def _unseen(function: ast.expr) -> tuple[str, str]:
    return (
        f"the id is handed to '{ast.unparse(function)}', which cannot be seen",
        "check by hand that the client it is used for lives as long as the batch",
    )


def _is_waited_for(module: Module, call: ast.Call) -> bool:
    """``submit(...).result()``; ``worker = Thread(...)`` and its ``start()`` and ``join()``."""
    parent = module.parents[call]
    match parent:
        case ast.Attribute(attr=attr):
            taken = module.parents[parent]
            return (
                attr in RESULTS
                and isinstance(taken, ast.Call)
                and taken.func is parent
                and not taken.args
                and not taken.keywords
            )
        case ast.Assign(targets=[ast.Name(id=name)]):
            block = module.block_of(parent)
            after = block[block.index(parent) + 1 :][:2]
            wanted = [ast.dump(ast.parse(f"{name}.{each}()").body[0]) for each in _WORKING]
            return [ast.dump(each) for each in after] == wanted
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).partition("\n")[0]
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


def _refuse(node: ast.AST, reason: str, remedy: str) -> RefusalError:
    return RefusalError(reason, remedy, getattr(node, "lineno", 0))
