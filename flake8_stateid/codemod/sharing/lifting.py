"""A client that each round makes anew, and that may as well be made once, before the loop.

``client = Client(self._recorder, state_id=...)`` moves where nothing but the number of clients
differs then: it only stores what it is given, that is the same in each round and is there before
the first, and rows do nothing with it but call its methods, one after the other.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import arguments_of, assigned
from flake8_stateid.codemod.clients.storing import only_stores
from flake8_stateid.codemod.ids.given import precedes
from flake8_stateid.codemod.reading.nodes import unawaited, walk
from flake8_stateid.codemod.reading.optionals import Optionals
from flake8_stateid.codemod.reading.signatures import (
    defaults,
    dotted,
    is_docstring,
    is_generator,
    is_static,
    parameters,
)
from flake8_stateid.codemod.reading.variables import unused_name
from flake8_stateid.codemod.sharing.ending import closing_of
from flake8_stateid.codemod.sharing.rounds import is_in_rounds
from flake8_stateid.codemod.tracing.effects import CLOSING
from flake8_stateid.codemod.tracing.traced import Lifted, short

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from flake8_stateid.codemod.ids.regions import Extent
    from flake8_stateid.codemod.reading.ancestry import Ancestors, Ancestry
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Callee, Function
    from flake8_stateid.codemod.tracing.counters import Method
    from flake8_stateid.codemod.tracing.trace import Trace
    from flake8_stateid.codemod.tracing.traced import Creation


class Lifting:
    """Tells which clients may be made before the loop of a batch path.

    Args:
        module: The module.
        ancestors: Finds the clients' classes.
        trace: The uses of the id.
        function: The batch path.
        extent: Its statements that use the id.
        gone: The id's own expressions and definitions.
    """

    def __init__(
        self,
        module: Module,
        ancestors: Ancestors,
        trace: Trace,
        function: Function,
        extent: Extent,
        gone: Collection[ast.AST],
    ) -> None:
        """Keep what is looked at."""
        self._module = module
        self._ancestors = ancestors
        self._trace = trace
        self._function = function
        self._extent = extent
        self._gone = gone
        self._optionals = Optionals(module, ancestors, function)

    def of(self, creation: Creation) -> Lifted | str:
        """How a client may be made before the loop; why not, where it must be made in it.

        Args:
            creation: A client that no cache holds.

        Returns:
            That, or the reason; empty where a function makes it that rows call.
        """
        if len(self._trace.creations) > 1:
            return "several clients are made under the id"
        if self._trace.dispatches or self._trace.above:
            return "rows run in threads or tasks"
        made = creation.call
        seen = self._ancestors.of(dotted(made.func), made)
        call = made if creation.function is self._function else self._asked_for(creation)
        if call is None:
            return ""
        # Whether the id may be read before the loop is asked for all ids.
        given = [
            each for each in (*arguments_of(call), *arguments_of(made)) if each not in self._gone
        ]
        if not is_in_rounds(self._module, self._extent, call, given):
            return "it is made under a condition, or behind one that leaves"
        for called in (call.func, made.func):
            if not self._is_named_before(called):
                return f"'{dotted(called)}' is bound there"
        if not only_stores(seen, made):
            return f"'{dotted(made.func)}' may do more than keep what it is given when one is made"
        statement = self._module.statement_of(call)
        for each in arguments_of(call):
            if not all(self._is_there_before(part, statement) for part in self._parts(each)):
                return (
                    f"it is made with '{short(each)}', which may differ, or fail, before the loop"
                )
        parts = [part for each in arguments_of(call) for part in self._parts(each)]
        ways = tuple(dotted(each) for each in parts if each not in self._gone)
        if call is not made:
            more = [self._way_within(each, creation.function, call) for each in arguments_of(made)]
            if None in more or not all(
                self._is_path_before(each, statement) for each in more if each
            ):
                return "what it is made with may differ, or fail, before the loop"
            ways += tuple(each for each in more if each)
        if self._is_asked(call, self._function, seen, set()):
            name = unused_name("client", self._module.bound_names(self._function))
            return Lifted(name, None, call, ways)
        target = _only_target(statement, call)
        if target is not None:
            closed = closing_of(self._module, self._function, statement, target, seen)
            if self._is_only_asked_behind(statement, target, seen, closed):
                return Lifted(target.id, statement, call, ways, closed)
        return "rows do more with it than call its methods in turn"

    def _asked_for(self, creation: Creation) -> ast.Call | None:
        """The one call, in the batch path, of a function that only makes and returns a client."""
        function = creation.function
        sites = self._trace.reached.get(function, [])
        if not isinstance(function, ast.FunctionDef) or len(sites) != 1:
            return None
        body = [each for each in function.body if not is_docstring(each)]
        only = body[0] if len(body) == 1 else None
        call = sites[0].call
        if not isinstance(only, ast.Return) or only.value is not creation.call:
            return None
        if sites[0].caller is not self._function or (
            function.decorator_list and not is_static(function)
        ):
            return None
        callees = self._module.resolve(call.func)
        return call if [each.function for each in callees] == [function] else None

    def _way_within(self, value: ast.expr, function: Function, call: ast.Call) -> str | None:
        """What a function that ``call`` calls gives a client, as the batch path would spell it.

        Empty for what needs no look: the id, a constant; ``None`` for what cannot be told.
        """
        root, dot, rest = dotted(value).partition(".")
        if isinstance(value, ast.Constant) or (
            not dot and root and self._trace.carries(function, root)
        ):
            return ""
        if not root or root in self._module.bound_otherwise(function) - {*parameters(function)}:
            return None
        if self._module.own_stores(function, root):
            return None
        if root not in parameters(function):
            # A name of the module, as it is: its attributes may be anything.
            return None if dot else ""
        (callee,) = self._module.resolve(call.func)
        if callee.skip and root == parameters(function)[0]:
            given: ast.expr | None = getattr(call.func, "value", None)
        else:
            given = callee.argument(call, root)
        held = dotted(given) if given is not None else ""
        if given is None:
            constant = any(
                each.arg == root and isinstance(default, ast.Constant)
                for each, default in defaults(function)
            )
            return "" if not dot and constant else None
        if not dot and (isinstance(given, ast.Constant) or given in self._gone):
            return ""
        return f"{held}{dot}{rest}" if held else None

    # --- where it is made ------------------------------------------------------------------------

    def _is_named_before(self, called: ast.expr) -> bool:
        root = dotted(called).partition(".")[0]
        return root in {"self", "cls"} or self._module.binder(self._function, root) is None

    def _is_there_before(self, value: ast.expr, statement: ast.stmt) -> bool:
        """Whether an argument can be evaluated before the loop as it is in each round of it."""
        if value in self._gone or value in self._trace.read or isinstance(value, ast.Constant):
            return True
        return bool(dotted(value)) and self._is_path_before(dotted(value), statement)

    def _parts(self, value: ast.expr) -> list[ast.expr]:
        """What an argument is made of, where making it does nothing but to look at its parts.

        ``{"Authorization": f"Bearer {self._key}"}`` is made of ``self._key`` and constants.
        """
        parts = [value]
        match value:
            case _ if value in self._gone:
                return parts
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.JoinedStr(values=parts):
                pass
            case ast.Dict(keys=keys, values=parts) if all(
                isinstance(key, ast.Constant) for key in keys
            ):
                pass
            case ast.FormattedValue(value=formatted, format_spec=None):
                parts = [formatted]
            case _:
                return parts
        return [each for part in parts for each in self._parts(part)]

    def _is_path_before(self, name: str, statement: ast.stmt) -> bool:
        """Whether ``ctx.landscape`` is there before the loop, as ``statement`` has it."""
        root = name.partition(".")[0]
        if self._trace.carries(self._function, root):
            return name == root
        if name == root and self._module.binder(self._function, root) is None:
            return True
        first = self._extent.first
        if self._optionals.is_optional(name, first) and not self._optionals.is_optional(
            name, statement
        ):
            return False  # only the rows show that it is not None
        if root == "self":
            return name.count(".") == 1 and self._is_set(name)
        if name.count(".") > 1:
            return False
        stores = self._module.own_stores(self._function, root)
        if root in parameters(self._function):
            return not stores
        if root in self._module.bound_otherwise(self._function):
            return False
        return len(stores) == 1 and precedes(
            self._module, self._module.statement_of(stores[0]), first
        )

    def _is_set(self, name: str) -> bool:
        """Whether something gives the plugin's objects an attribute: ``self._recorder``.

        Or their class does, as a constant.
        """
        attribute = name.rpartition(".")[2]
        return any(
            isinstance(node, ast.Attribute)
            and node.attr == attribute
            and isinstance(node.ctx, ast.Store)
            for tree in self._module.trees
            for node in walk(tree)
        ) or any(
            isinstance(value, ast.Constant) and dotted(target) == attribute
            for tree in self._module.trees
            for owner in walk(tree)
            if isinstance(owner, ast.ClassDef)
            for item in owner.body
            for target, value in assigned(item)
        )

    # --- what is done with it --------------------------------------------------------------------

    def _is_only_asked_behind(
        self,
        statement: ast.stmt,
        target: ast.Name,
        seen: Ancestry,
        closed: Sequence[ast.Expr],
    ) -> bool:
        """Whether a local is bound once, and only asked behind that, in the same round.

        And then ``closed``, perhaps.
        """
        names = self._module.own_names(self._function, target.id)
        block = self._module.block_of(statement)
        behind = {*block[block.index(statement) + 1 :]}
        closing = {node for each in closed for node in walk(each)}
        uses = [each for each in names if each is not target and each not in closing]
        if not uses or target.id in self._module.bound_otherwise(self._function):
            return False
        return all(
            isinstance(each.ctx, ast.Load)
            and behind.intersection(self._module.ancestors(each))
            and self._is_asked(each, self._function, seen, set())
            for each in uses
        )

    def _is_asked(
        self, use: ast.expr, function: Function, seen: Ancestry, done: set[tuple[Function, str]]
    ) -> bool:
        """Whether a client is asked something there and then, also by what it is handed to."""
        if self._module.function_of(use) is not function or self._is_put_off(use):
            return False
        parent = self._module.parents[use]
        if isinstance(parent, ast.Attribute):
            call = self._module.parents[parent]
            asked = [method for _, method in seen.methods if method.name == parent.attr]
            return (
                isinstance(call, ast.Call)
                and call.func is parent
                and bool(asked)
                and parent.attr not in CLOSING
                and all(self._runs_there(method, call) for method in asked)
                and not any(map(_gives_itself, asked))
            )
        call = self._module.parents[parent] if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call) or use is call.func:
            return False
        callees = self._module.resolve(call.func)
        number = call.args.index(use) if use in call.args else 0
        keyword = parent.arg if isinstance(parent, ast.keyword) else None
        return bool(callees) and all(
            self._asks(callee, callee.parameter(number, keyword), call, seen, done)
            for callee in callees
        )

    def _asks(
        self,
        callee: Callee,
        parameter: str | None,
        call: ast.Call,
        seen: Ancestry,
        done: set[tuple[Function, str]],
    ) -> bool:
        """Whether a function only asks the client that it is handed."""
        function = callee.function
        if parameter is None or not self._runs_there(function, call):
            return False
        if any(isinstance(each, ast.Starred) for each in call.args):
            return False
        if (function, parameter) in done:
            return True
        done.add((function, parameter))
        return all(
            isinstance(each.ctx, ast.Load) and self._is_asked(each, function, seen, done)
            for each in self._module.own_names(function, parameter)
        )

    def _runs_there(self, function: Function, call: ast.Call) -> bool:
        """Whether a function is done when the expression that calls it is."""
        if is_generator(function) or isinstance(function, ast.Lambda):
            return False
        around = self._module.parents[call]
        return isinstance(function, ast.FunctionDef) or unawaited(around) is call

    def _is_put_off(self, use: ast.expr) -> bool:
        """Whether a use is evaluated when a generator expression is walked."""
        return any(isinstance(each, ast.GeneratorExp) for each in self._module.ancestors(use))


def _only_target(statement: ast.stmt, call: ast.Call) -> ast.Name | None:
    """The local that a statement binds to what ``call`` makes, and does nothing else."""
    match statement:
        case (
            ast.Assign(targets=[ast.Name() as target], value=value)
            | ast.AnnAssign(target=ast.Name() as target, value=value)
        ) if value is call:
            return target
    return None


def _gives_itself(method: Method) -> bool:
    """Whether a method gives back the object that it is called on: ``return self``."""
    return any(
        isinstance(node, ast.Return) and dotted(node.value or node) == "self"
        for node in walk(method)
    )
