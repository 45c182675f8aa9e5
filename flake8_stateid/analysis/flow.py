"""How values move through the statements of a function: paths, joins, loops to a fixed point."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis import contents, entries
from flake8_stateid.analysis.binding import Argument, Arguments
from flake8_stateid.analysis.endings import swallows
from flake8_stateid.analysis.expressions import CALCULATING, ExpressionFrame
from flake8_stateid.analysis.narrowing import narrow, widen
from flake8_stateid.analysis.places import OBJECT, is_whole, place_of, slice_of, subscript_key
from flake8_stateid.analysis.program import ClassInfo, FunctionInfo, imports, plain_name
from flake8_stateid.analysis.registering import given_back, in_new_round, without
from flake8_stateid.analysis.state import State, merge, merge_all, same
from flake8_stateid.analysis.substitution import hopped
from flake8_stateid.analysis.tree import exposed_names, is_inert, names_in, suppresses, walk
from flake8_stateid.analysis.values import (
    DICT,
    ELEMENT,
    ENTERED,
    LIST,
    NONE,
    NOTHING,
    PAYLOAD,
    RECEIVER,
    SUBSCRIPTED,
    TUPLE,
    UNKNOWN,
    UNREAD_OBJECT,
    Hop,
    Reference,
    Value,
    as_number,
    container,
    items,
    join,
    join_all,
    part,
    reference,
)
from flake8_stateid.names import MANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from flake8_stateid.analysis.engine import Engine
    from flake8_stateid.analysis.program import ModuleInfo

# A loop's state grows with every round and is finite; this only bounds a mistake of ours.
_MAX_ROUNDS = 12

_MAY_RAISE = (
    ast.Call,
    ast.Await,
    ast.Raise,
    ast.Subscript,
    ast.Assert,
    ast.Yield,
    ast.YieldFrom,
    ast.Import,
    ast.ImportFrom,
    ast.With,
    ast.AsyncWith,
    ast.For,
    ast.AsyncFor,
)


class _Loop:
    """Where ``break`` and ``continue`` of one loop arrive."""

    __slots__ = ("breaks", "continues")

    def __init__(self) -> None:
        self.breaks: State | None = None
        self.continues: State | None = None


class FlowFrame(ExpressionFrame):
    """A function's statements, run on abstract values."""

    def __init__(self, engine: Engine, module: ModuleInfo, function: FunctionInfo | None) -> None:
        super().__init__(engine, module, function)
        self._loops: list[_Loop] = []

    def run(self, body: list[ast.stmt]) -> None:
        """Analyse a body from its first statement to every way out of it."""
        self.execute(body)
        self.leave()

    def run_lambda(self, body: ast.expr) -> None:
        """Analyse a lambda's only expression."""
        value = self.evaluate(body)
        self.returned = join(self.returned, without(value, self.here.registered))
        self.leave()

    def execute(self, body: list[ast.stmt]) -> None:
        """Run statements in order until none can be reached."""
        for statement in body:
            if self.state is None:
                return
            if self.raising is not None and _may_raise(statement):
                self.raising.append(self.state.copy())
                self._statement(statement)
                self.raising.append(self.state.copy() if self.state is not None else None)
            else:
                self._statement(statement)

    def _abandon(self) -> None:
        """An exception is raised here, or the program ends: what follows is not reached."""
        self._throw(self.here.copy())
        self.state = None

    def _throw(self, state: State | None) -> None:
        """An exception goes to whoever catches it."""
        if self.raising is not None:
            self.raising.append(state)
        else:
            self.abandoned = merge(self.abandoned, state)

    def _statement(self, statement: ast.stmt) -> None:
        method = _EXECUTORS.get(type(statement))
        if method is not None:
            method(self, statement)

    # --- simple statements -------------------------------------------------------------------

    def _expression(self, statement: ast.Expr) -> None:
        if type(statement.value) is not ast.Constant:
            value = self.evaluate(statement.value)
            if self._is_end(statement.value):
                self._abandon()
            elif value.refs:
                # Made for what it does: nobody here can say with what it goes on.
                self.escape(value, statement)

    def _is_end(self, value: ast.expr | None) -> bool:
        """Whether what a statement has just evaluated is a call that never returns."""
        awaited = isinstance(value, ast.Await)
        call = value.value if isinstance(value, ast.Await) else value
        node, callee = self.called
        return call is node is not None and self.engine.endings.is_end(callee, awaited=awaited)

    def _assignment(self, statement: ast.Assign) -> None:
        value = self.evaluate(statement.value)
        if self._is_end(statement.value):
            self._abandon()
            return
        for target in statement.targets:
            self.assign(target, value, statement)

    def _annotated(self, statement: ast.AnnAssign) -> None:
        if statement.value is None:
            return
        value = self.evaluate(statement.value)
        if self._is_end(statement.value):
            self._abandon()
            return
        if not value.refs and value.types <= UNKNOWN.types:
            declared = self.engine.annotated(self.module, statement.annotation)
            value = Value(
                value.atoms,
                declared.refs,
                value.fields,
                declared.types,
                value.const,
                value.tags,
            )
        elif value.types == DICT.types and not value.fields:
            declared = self.engine.annotated(self.module, statement.annotation)
            if declared.fields:
                value = Value(
                    value.atoms, value.refs, declared.fields, value.types, None, value.tags
                )
        if value.atoms:
            value = self.engine.as_declared(self.module, statement.annotation, value)
        self.assign(statement.target, value, statement)

    def _augmented(self, statement: ast.AugAssign) -> None:
        target = statement.target
        old = self.evaluate(target)
        added = self.evaluate(statement.value)
        if isinstance(statement.op, ast.Add):
            value = self.added(statement, [old, added])
        elif isinstance(statement.op, ast.Mod):
            value = self.remainder(statement, old, added)
        elif isinstance(statement.op, ast.BitOr):
            value = join(old, added)
        else:
            value = as_number(old) if type(statement.op) in CALCULATING else old
        if isinstance(statement.op, ast.BitOr) and old.types == DICT.types:
            place = place_of(target)
            for key, field in added.fields.items():
                key = SUBSCRIPTED if key == ELEMENT else key  # noqa: PLW2901 - whatever keys these are
                self.store(place, old, key, field, strong=str(key)[0] == "'")
            return
        name = plain_name(target)
        both = items(value)
        if both is not None and isinstance(statement.op, ast.Add):
            self._extend(statement, old, both[len(items(old) or ()) :], both)
            return
        if value.types and value.types <= {"list", "set", "dict", "tuple", "generator"}:
            element = self.iterate(added, statement)
            element = self.become_element(name, element, statement, f"added to '{name}'")
            self.store(place_of(target), old, ELEMENT, element, strong=False)
            return
        if self.names.kind(name) == MANY and added.types <= {"list", "set", "tuple", "generator"}:
            self.become_element(
                name, self.iterate(added, statement), statement, f"added to '{name}'"
            )
            return
        self.assign(target, value, statement)

    def _extend(
        self, statement: ast.AugAssign, old: Value, more: list[Value], both: list[Value]
    ) -> None:
        """``items += more``, where both are known: a list is changed, a tuple made anew."""
        target = statement.target
        name = plain_name(target)
        text = f"added to '{name}'"
        added = [self.become_element(name, item, statement, text) for item in more]
        after = contents.holding(old, [*both[: len(both) - len(more)], *added])
        if old.types == LIST.types:
            self.replace(place_of(target), old, after)
        else:
            self.assign(target, container(TUPLE, after.fields, statement), statement)

    def _return(self, statement: ast.Return) -> None:
        if statement.value is not None:
            value = self.evaluate(statement.value)
            if self._is_end(statement.value):
                self._abandon()
                return
            value = self.given_back(value, statement.value, "returned by")
            registered = self.here.registered
            if registered:
                value = without(value, given_back(value, registered))
            self.returned = join(self.returned, value)
        self.leave()
        self.state = None

    def _raise(self, statement: ast.Raise) -> None:
        for expression in (statement.exc, statement.cause):
            if expression is not None:
                # Whoever catches it may read what it holds.
                raised = self.evaluate(expression)
                self.escape(raised, statement)
                self.settle_in(raised)
        self._abandon()

    def _assert(self, statement: ast.Assert) -> None:
        self._test(statement.test)
        if _truth(statement.test) is False:
            self._abandon()
        else:
            narrow(self, statement.test, holds=True)

    def _delete(self, statement: ast.Delete) -> None:
        for target in statement.targets:
            if isinstance(target, ast.Name):
                self.here.env.unbind(target.id)
            elif isinstance(target, ast.Subscript):
                self._delete_item(target)
            elif isinstance(target, ast.Attribute):
                holder, place = self.evaluate(target.value), place_of(target.value)
                self.store(place, holder, "." + target.attr, UNKNOWN, strong=True)

    def _delete_item(self, target: ast.Subscript) -> None:
        holder = self.evaluate(target.value)
        place = place_of(target.value)
        if isinstance(target.slice, ast.Slice):
            self.evaluate(target.slice)
            taken, known = slice_of(target.slice), items(holder)
            after = contents.unplaced(holder)
            if taken is not None and known is not None:
                del known[taken]
                after = contents.holding(holder, known)
            elif is_whole(target.slice):
                after = contents.emptied(holder)
            self.replace(place, holder, after)
            return
        name = self.evaluate(target.slice).const
        if holder.plain:
            return
        if name is not None:
            self.store(place, holder, "'" + name, UNKNOWN, strong=True)
            return
        index = subscript_key(target.slice)
        shorter = contents.without(holder, index)
        if shorter is not None:
            self.replace(place, holder, shorter)
        elif "dict" not in holder.types:
            self.replace(place, holder, contents.unplaced(holder))
        elif isinstance(index, int):
            self.store(place, holder, index, UNKNOWN, strong=True)

    def _break(self, statement: ast.Break) -> None:
        if self._loops:
            self._loops[-1].breaks = merge(self._loops[-1].breaks, self.state)
        self.state = None

    def _continue(self, statement: ast.Continue) -> None:
        if self._loops:
            self._loops[-1].continues = merge(self._loops[-1].continues, self.state)
        self.state = None

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        for name, bound in imports(statement):
            if name != "*":
                self.bind(name, self.engine.modules.imported(self.module, bound))

    # --- branches ----------------------------------------------------------------------------

    def _if(self, statement: ast.If) -> None:
        self._test(statement.test)
        certain = _truth(statement.test)
        before = self.here
        after: State | None = None
        narrowed: dict[str, Value] = {}
        if certain is not False:
            self.state = before.copy()
            narrowed = narrow(self, statement.test, holds=True)
            self.execute(statement.body)
            after = self.state
        if certain is True:
            self.state = after
            return
        self.state = before.copy()
        widened = narrow(self, statement.test, holds=False)
        self.execute(statement.orelse)
        if after is not None and self.state is not None:
            # Behind both branches, neither tells.
            widen(after, before, narrowed)
            widen(self.state, before, widened)
        self.state = merge(after, self.state)

    def _test(self, test: ast.expr) -> None:
        """Evaluate a condition, where doing so can have any effect."""
        if not is_inert(test):
            self.evaluate(test)

    def _match(self, statement: ast.Match) -> None:
        # Imported here: few files have one.
        from flake8_stateid.analysis.matching import run_match

        run_match(self, statement)

    # --- loops -------------------------------------------------------------------------------

    def _for(self, statement: ast.For | ast.AsyncFor) -> None:
        source = self.evaluate(statement.iter)
        element = self.iterate(source, statement.iter)
        element = element if element is not NOTHING else UNKNOWN
        each = entries.rounds(statement, source, self.mapping_of(statement.iter))
        to_come = iter(each)

        def enter() -> None:
            self.assign(statement.target, next(to_come, element), statement.iter)

        if not self.mints:
            self._loop(statement, enter, lambda: None, endless=False, rounds=len(each))
            return
        outer = self.around
        passed = self.go_through(element, statement.iter)
        self._loop(statement, enter, lambda: None, endless=False, passed=passed, rounds=len(each))
        self.around = outer

    def _while(self, statement: ast.While) -> None:
        def test() -> None:
            self._test(statement.test)

        certain = _truth(statement.test)
        if certain is False:
            self.execute(statement.orelse)
            return
        self._loop(statement, lambda: None, test, endless=certain is True)

    def _loop(
        self,
        statement: ast.For | ast.AsyncFor | ast.While,
        enter: Callable[[], None],
        test: Callable[[], None],
        *,
        endless: bool,
        passed: frozenset[object] = frozenset(),
        rounds: int = 0,
    ) -> None:
        """Run a loop's body until another round would bring nothing new, or ``rounds`` times."""
        loop = _Loop()
        self._loops.append(loop)
        head = self.here
        end: State | None = None
        for _ in range(rounds or _MAX_ROUNDS):
            self.state = head.copy()
            test()
            if passed and self.here.registered:
                self.here.registered = in_new_round(self.here.registered, passed)
            enter()
            self.execute(statement.body)
            end = merge(self.state, loop.continues)
            if endless and end is not None:
                self.settle(end.stored)  # the next round stores other ids
            again = merge(head, end) or head
            # A jump out of the loop takes along what no round reads, but what follows it may.
            leaps = loop.breaks is not None and (endless or bool(statement.orelse))
            if leaps or (self.raising is not None and isinstance(statement, ast.While)):
                done = same(again, head)
            else:
                done = self._nothing_carried(statement, head, again)
            head = again
            if done and not rounds:
                break
        self._loops.pop()
        if endless:
            if loop.breaks is None:
                self.abandoned = merge(self.abandoned, head)
            self.state = loop.breaks
            return
        self.state = head.copy()
        test()
        if passed and end is not None and not isinstance(statement, ast.While):
            self.went_through(statement, statement.iter, passed, end)
        self.execute(statement.orelse)
        self.state = merge(self.state, loop.breaks)

    def _nothing_carried(
        self, loop: ast.For | ast.AsyncFor | ast.While, before: State, after: State
    ) -> bool:
        """Whether a round has left nothing that the next one would read."""
        if same(after, before):
            return True
        if not (
            after.stored == before.stored
            and after.many == before.many
            and after.registered >= before.registered
        ):
            return False
        exposed = self.engine.exposed.get(loop)
        if exposed is None:
            bound = set()
            if not isinstance(loop, ast.While):
                bound = names_in(loop.target)
            exposed = exposed_names(loop.body, bound)
            if isinstance(loop, ast.While):
                exposed |= names_in(loop.test)
            if self.function is not None:
                # A function inside this one may be called in any round and read what it sees;
                # a variable of an outer one is read by whoever is there when this one returns.
                for inner in self.function.names.inner:
                    exposed |= self.module.names_below(inner)
                exposed |= self.function.names.outer
            self.engine.exposed[loop] = exposed
        return not any(
            (name in exposed or name.startswith(OBJECT))
            and name in after.env
            and after.env[name] is not before.env.get(name)
            for name in before.env.apart(after.env)
        )

    # --- try and with ------------------------------------------------------------------------

    def _try(self, statement: ast.Try) -> None:
        outer_raising = self.raising
        outer_loops = self._loops
        outer_exits, self.exits = self.exits, None
        returned_before = self.returned
        before = self.here.copy()
        # What jumps out of the statement passes its `finally` first.
        inner_loops = [_Loop() for _ in outer_loops] if statement.finalbody else outer_loops
        self._loops = inner_loops
        thrown: list[State | None] = []
        self.raising = thrown
        self.execute(statement.body)
        normal = self.state
        # Where nothing in the body can be seen to raise, somebody expects that it does.
        caught = merge_all(thrown) or (before if statement.handlers else None)
        escaping: list[State | None] = []
        self.raising = escaping
        if normal is not None and statement.orelse:
            self.state = normal
            self.execute(statement.orelse)
            normal = self.state
        result = normal
        for handler in statement.handlers:
            assert caught is not None
            self.state = caught.copy()
            kinds = self.evaluate(handler.type) if handler.type is not None else NOTHING
            if handler.name:
                self.bind(handler.name, _object_of(join(kinds, part(kinds, SUBSCRIPTED))))
            self.execute(handler.body)
            result = merge(result, self.state)
        self.raising = outer_raising
        self._loops = outer_loops
        uncaught = merge_all([*escaping, caught])
        inner_exits, self.exits = self.exits, outer_exits
        if not statement.finalbody:
            self._throw(uncaught)
            self.exits = merge(self.exits, inner_exits)
            self.state = result
            return
        self._finally(
            statement.finalbody, result, uncaught, inner_exits, inner_loops, returned_before
        )

    def _finally(
        self,
        body: list[ast.stmt],
        result: State | None,
        uncaught: State | None,
        exits: State | None,
        loops: list[_Loop],
        before: Value,
    ) -> None:
        """Run a ``finally`` on each way that leads through it."""

        def passed(state: State | None) -> State | None:
            if state is None:
                return None
            self.state = state.copy()
            self.execute(body)
            return self.state

        returned, self.returned = self.returned, before
        self._throw(passed(uncaught))
        left = passed(exits)
        if left is not None:  # else the `finally` returns something else, or does not return
            self.returned = join(returned, self.returned)
        self.exits = merge(self.exits, left)
        for inner, outer in zip(loops, self._loops, strict=True):
            outer.breaks = merge(outer.breaks, passed(inner.breaks))
            outer.continues = merge(outer.continues, passed(inner.continues))
        self.state = passed(result)

    def _with(self, statement: ast.With | ast.AsyncWith) -> None:
        swallowed = False
        for item in statement.items:
            manager = self.evaluate(item.context_expr)
            swallowed = swallowed or self._swallows(item.context_expr, manager)
            entered = part(manager, ENTERED)
            for name in ("__enter__", "__aenter__"):
                entered = join(entered, self.call_method(manager, name, item.context_expr))
            for ref in manager.refs.values():
                if ref.kind == UNREAD_OBJECT:
                    made = self.engine.modules.external_attribute(ref, "__enter__")
                    entered = join(entered, made)
            if item.optional_vars is not None:
                value = entered if entered is not NOTHING else UNKNOWN
                value = hopped(value, Hop(self.module, item.context_expr, "entered by 'with'"))
                self.assign(item.optional_vars, value, statement)
        if not swallowed:
            self.execute(statement.body)
            return
        outer, self.raising = self.raising, []
        before = self.here.copy()
        self.execute(statement.body)
        thrown = merge_all(self.raising)
        self.raising = outer
        self.state = merge(self.state, merge(before, thrown))

    def _swallows(self, expression: ast.expr, manager: Value) -> bool:
        """Whether a context manager may end an exception that is raised in its block."""
        if suppresses(expression):
            return True
        node, callee = self.called
        managers = list(callee.refs.values()) if node is expression else []
        for ref in managers:
            target = ref.target
            if isinstance(target, FunctionInfo) and target.is_context_manager and swallows(target):
                return True
        for ref in manager.refs.values():
            if ref.kind == "instance" and isinstance(ref.target, ClassInfo):
                for name in ("__exit__", "__aexit__"):
                    method = self.engine.classes.method(ref.target, name)
                    if method is not None and swallows(method):
                        return True
        return False

    # --- definitions -------------------------------------------------------------------------

    def _function(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        function = self.module.function(statement, self.class_body, self.function)
        defaults = self.defaults(function)
        if self.function is not None or (self.class_body is None and function.decorators):
            self.engine.note_nested(function)  # a decorator may keep it, whatever its name means
        self.inner[function] = self.class_body
        ref = self.closure(function, defaults)
        value = Value(refs={ref.key: ref})
        for decorator in reversed(statement.decorator_list):
            made = self.call_with(self.evaluate(decorator), [value], decorator)
            if any(isinstance(item.target, FunctionInfo) for item in made.refs.values()):
                value = made
        if self.class_body is None:
            self.bind(statement.name, value)
        else:
            self.here.env[statement.name] = value

    def _class(self, statement: ast.ClassDef) -> None:
        cls = self.module.klass(statement, self.function)
        for base in statement.bases:
            self.evaluate(base)
        given: dict[str, Argument] = {}
        for keyword in statement.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None and not value.plain:
                text = f"passed as '{keyword.arg}' to class '{statement.name}'"
                value = self.become(keyword.arg, value, keyword, text)
                given[keyword.arg] = Argument(value, None, keyword)
        hook = self.engine.classes.method_after(cls, cls, "__init_subclass__") if given else None
        if hook is not None:
            called = Reference("function", hook, {RECEIVER: reference("class", cls)})
            self.apply(called, Arguments(keywords=given), statement)
        outer_env = self.here.env.copy()
        outer_class, self.class_body = self.class_body, cls
        self.execute(statement.body)
        self.class_body = outer_class
        after = self.state.env if self.state is not None else {}
        registered = self.state.registered if self.state is not None else frozenset()
        own = {
            name: without(value, registered)
            for name, value in after.items()
            if outer_env.get(name) is not value
        }
        self.engine.keep_class_body(cls, own)
        if self.state is None:
            self.state = State(outer_env, frozenset())
        else:
            self.state = self.state.copy()
            self.state.env = outer_env
        self.engine.note_class(cls)
        made = reference("class", cls)
        for decorator in reversed(statement.decorator_list):
            self.call_with(self.evaluate(decorator), [made], decorator)
        self.bind(statement.name, made)

    def _become_by_call(self, name: str, value: Value, node: ast.AST, text: str) -> None:
        for ref in value.refs.values():
            target = ref.target
            if (
                isinstance(target, FunctionInfo)
                and isinstance(target.node, ast.Lambda)
                and ref.kind == "function"
            ):
                made = self.apply(Reference("function", target, ref.parts), Arguments(), node)
                self.sink(made, node, text, name)
            elif ref.kind == "method" and PAYLOAD in ref.parts:
                self.sink(ref.parts[PAYLOAD], node, text, name)
            elif ref.kind == "instance" and self.class_body is not None:
                # A descriptor: what it gives for the attribute.
                self.sink(self.call_method(value, "__get__", node, NONE, NONE), node, text, name)


def _object_of(classes: Value) -> Value:
    """An object of one of some classes."""
    made = [
        reference("instance", ref.target)
        for ref in classes.refs.values()
        if ref.kind == "class" and isinstance(ref.target, ClassInfo)
    ]
    return join_all(made) if made else UNKNOWN


def _may_raise(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Try | ast.If | ast.While | ast.Match):
        return False  # its own statements are looked at one by one
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return any(isinstance(node, _MAY_RAISE) for node in walk(statement))


def _truth(test: ast.expr) -> bool | None:
    """What a condition always is; None where it depends."""
    if isinstance(test, ast.Constant):
        return bool(test.value)
    return None


# Each method takes the kind of node it stands beside, which a type cannot say.
_EXECUTORS: dict[type[ast.AST], Callable[[FlowFrame, Any], None]] = {
    ast.Expr: FlowFrame._expression,
    ast.Assign: FlowFrame._assignment,
    ast.AnnAssign: FlowFrame._annotated,
    ast.AugAssign: FlowFrame._augmented,
    ast.Return: FlowFrame._return,
    ast.Raise: FlowFrame._raise,
    ast.Assert: FlowFrame._assert,
    ast.Delete: FlowFrame._delete,
    ast.Break: FlowFrame._break,
    ast.Continue: FlowFrame._continue,
    ast.Import: FlowFrame._import,
    ast.ImportFrom: FlowFrame._import,
    ast.If: FlowFrame._if,
    ast.Match: FlowFrame._match,
    ast.For: FlowFrame._for,
    ast.AsyncFor: FlowFrame._for,
    ast.While: FlowFrame._while,
    ast.Try: FlowFrame._try,
    ast.TryStar: FlowFrame._try,
    ast.With: FlowFrame._with,
    ast.AsyncWith: FlowFrame._with,
    ast.FunctionDef: FlowFrame._function,
    ast.AsyncFunctionDef: FlowFrame._function,
    ast.ClassDef: FlowFrame._class,
}
