"""What releases a cached client: the statements that can be moved out of a loop.

A release *tolerates* a missing client when it does nothing where the cache holds none. Only such
a release may run after a loop that made no call; ``del`` and ``pop`` without a default are
made tolerant on the way, which is right where a row always makes a client before it is released.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import FUNCTIONS
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import does_nothing, dotted, is_docstring
from flake8_stateid.codemod.tracing.asking import (
    asked_for,
    is_present,
    nested,
    of_any,
    tested_walrus,
)
from flake8_stateid.codemod.tracing.closings import (
    Closing,
    Holding,
    closed_item,
    closes,
    closing_of,
    forgives,
    held_by_none,
    is_passed_over,
    names_held,
    names_of,
)
from flake8_stateid.codemod.tracing.effects import CLOSING
from flake8_stateid.codemod.tracing.exit_stacks import callback_of, is_around_rows, stack_of

if TYPE_CHECKING:
    from flake8_stateid.codemod.reading.modules import Module

IdTest = Callable[[ast.expr], bool]


class Release(NamedTuple):
    """Adjacent statements of one block that release clients and do nothing else.

    Attributes:
        statements: The statements, in order.
        caches: What they release from, as spelled (``self._clients``).
        keys: The id expressions in them.
        strict: The ``del`` statements and ``pop`` calls that fail where there is no client.
        closing: Whether it closes the client it takes, so that it needs one.
        closings: What of it closes the client by a name that the row has for it.
    """

    statements: tuple[ast.stmt, ...]
    caches: tuple[str, ...]
    keys: tuple[ast.expr, ...]
    strict: tuple[ast.Delete | ast.Call, ...]
    closing: bool = False
    closings: tuple[Closing, ...] = ()


class ReleaseFinder:
    """Recognises releases of the ids that ``is_id`` accepts.

    Args:
        module: The module.
        is_id: Whether an expression is such an id.
        holding: Which cache keeps the client that a local holds.
    """

    def __init__(self, module: Module, is_id: IdTest, holding: Holding = held_by_none) -> None:
        """Recognise releases in ``module``."""
        self._module = module
        self._holding = holding
        # A tuple of the id and something else is a key like it: the trace lets no other through.
        self._is_id: IdTest = lambda key: (
            is_id(key) or (isinstance(key, ast.Tuple) and any(map(is_id, key.elts)))
        )

    def in_block(self, block: Sequence[ast.stmt]) -> list[Release]:
        """All releases among the statements of ``block``, nested blocks left out."""
        found: list[Release] = []
        index = 0
        while index < len(block):
            release = self._pair(block[index : index + 2]) or self.match(block[index])
            if release is not None:
                found.append(release)
            index += len(release.statements) if release is not None else 1
        return self._closed(block, found)

    def _closed(self, block: Sequence[ast.stmt], found: list[Release]) -> list[Release]:
        """The releases with what closes their client by its name, in the same block."""
        released = {statement for release in found for statement in release.statements}
        for statement in block if found else ():
            if statement in released or not (closing := closing_of(statement, self._holding)):
                continue
            for number, release in enumerate(found):
                if {*release.caches} == {closing.cache}:
                    late = block.index(release.statements[0]) < block.index(statement)
                    statements = sorted((*release.statements, statement), key=block.index)
                    found[number] = release._replace(
                        statements=tuple(statements),
                        closing=release.closing or late or closing.test is None,
                        closings=(*release.closings, closing._replace(late=late)),
                    )
                    break
        return found

    def match(self, statement: ast.stmt) -> Release | None:
        """The release that ``statement`` is, if it is nothing else."""
        match statement:
            case ast.Expr(
                value=ast.Await(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Call() as call, attr=method), args=[]
                    )
                )
                | ast.Call(func=ast.Attribute(value=ast.Call() as call, attr=method), args=[])
            ) if method in CLOSING:
                release = self._pop(statement, call)
                if release is None or not release.strict:
                    return None
                return release._replace(closing=True)
            case ast.Expr(value=ast.Await(value=ast.Call() as call)):
                return self._helper(statement, call, ast.AsyncFunctionDef)
            case ast.Assign(targets=[ast.Name(id="_")], value=ast.Call() as call):
                return self._pop(statement, call)
            case ast.Expr(value=ast.Call() as call):
                return (
                    self._pop(statement, call)
                    or self._callback(statement, call)
                    or self._helper(statement, call)
                )
            case ast.Delete(targets=[ast.Subscript(value=cache, slice=key)]) if dotted(
                cache
            ) and self._is_id(key):
                return Release((statement,), (dotted(cache),), (key,), (statement,))
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                others = [item for item in items if not _is_bare_guard(item)]
                if not others:
                    return self._all(statement, body)
                if all(forgives(item.context_expr, {"KeyError"}) for item in others):
                    return self._tolerant(statement, body)
            case ast.If(test=ast.Compare() as test, body=body, orelse=[]) if (
                self._tests_membership(test)
            ):
                release = self._tolerant(statement, body)
                if release is None:
                    return None
                asked = dotted(test.comparators[0])
                if any(closing.cache != asked for closing in release.closings):
                    return None
                return release._replace(keys=(test.left, *release.keys))
            case ast.If(test=test, body=body, orelse=[]) if taken := tested_walrus(test):
                return self._closing(statement, taken.target.id, taken.value, body)
            case ast.If(test=test, body=body, orelse=[]) if held := self._tested(test):
                release = self._tolerant(statement, body)
                if release is None or {*release.caches} != {self._holding(held)}:
                    return None
                names = names_of(test, held.id)
                tested = Closing(statement, names, test, self._holding(held), held.id)
                closings = (
                    each._replace(test=test) if each.local == held.id else each
                    for each in release.closings
                )
                return release._replace(closings=(*closings, tested))
            case ast.If(test=test, body=body, orelse=[]) if (given := asked_for(test)) is not None:
                # Whether there is an id at all: where there is none, no client is kept under it.
                release = self._all(statement, body)
                if release and ast.dump(given) in map(ast.dump, release.keys):
                    return release._replace(keys=(given, *release.keys))
            case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=[_, *_] as final) if (
                all(is_passed_over(each) for handler in handlers for each in handler.body)
            ):
                # What closes the client, and what releases it whatever comes of that.
                release = self._all(statement, [*body, *final])
                return release if release and release.closings else None
            case ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[]) if (
                isinstance(handler.type, ast.Name)
                and handler.type.id == "KeyError"
                and all(isinstance(inner, ast.Pass) for inner in handler.body)
            ):
                return self._tolerant(statement, body)
        return None

    def _pop(self, statement: ast.stmt, call: ast.Call) -> Release | None:
        cache = _popped(call)
        if not cache or not self._is_id(call.args[0]) or self._module.resolve(call.func):
            return None
        strict = () if _has_default(call) else (call,)
        return Release((statement,), (cache,), (call.args[0],), strict)

    def _callback(self, statement: ast.stmt, call: ast.Call) -> Release | None:
        """A release that is left to a stack of the row's own."""
        left = callback_of(call)
        if left is None or not self._is_id(left.key) or isinstance(left.key, ast.Tuple):
            return None
        opening = stack_of(self._module, call)
        if opening is None or is_around_rows(self._module, opening, call):
            return None
        if not left.cache:
            return self._helper(statement, left.done)
        return Release((statement,), (left.cache,), (left.key,), ())

    def _helper(
        self,
        statement: ast.stmt,
        call: ast.Call,
        kind: type[ast.FunctionDef | ast.AsyncFunctionDef] = ast.FunctionDef,
    ) -> Release | None:
        """A call of a function of this module whose body is a tolerant release of its argument.

        It may be given the client as well, to close it.
        """
        given: list[tuple[int, str | None, ast.expr]] = [
            *((number, None, each) for number, each in enumerate(call.args)),
            *((0, each.arg, each.value) for each in call.keywords),
        ]
        clients = [e for e in given if isinstance(e[2], ast.Name) and self._holding(e[2])]
        keys = [each for each in given if each not in clients]
        # What a base leaves to its subclasses does nothing.
        callees = [e for e in self._module.resolve(call.func) if not does_nothing(e.function)]
        if len(clients) > 1 or len(keys) != 1 or len(callees) != 1 or not self._is_id(keys[0][2]):
            return None
        function = callees[0].function
        number, keyword, key = keys[0]
        parameter = callees[0].parameter(number, keyword)
        if not isinstance(function, kind) or parameter is None or function.decorator_list:
            return None
        body = nested(of_any([s for s in function.body if not is_docstring(s)], parameter))
        name = clients[0][2] if clients else None
        cache = self._holding(name) if isinstance(name, ast.Name) else ""
        closed = [callees[0].parameter(place, word) for place, word, _ in clients]
        inner = ReleaseFinder(
            self._module,
            lambda key: isinstance(key, ast.Name) and key.id == parameter,
            lambda name: cache if name.id in closed else "",
        )
        release = inner._all(statement, body)
        if release is None or (release.strict and not clients):
            return None
        if not isinstance(name, ast.Name):
            return Release((statement,), release.caches, (key,), ())
        own = isinstance(call.func, ast.Attribute) and dotted(call.func.value) == "self"
        if not own or {*release.caches} != {cache} or not release.closings:
            return None
        closing = Closing(statement, (name,), None, cache, name.id)
        return Release((statement,), release.caches, (key,), (), True, (closing,))

    def _all(self, statement: ast.stmt, body: Sequence[ast.stmt]) -> Release | None:
        """One release made of a whole body."""
        found = self.in_block(body)
        if not found or sum(len(release.statements) for release in found) != len(body):
            return None
        return Release(
            (statement,),
            tuple(cache for release in found for cache in release.caches),
            tuple(key for release in found for key in release.keys),
            tuple(node for release in found for node in release.strict),
            any(release.closing for release in found),
            tuple(closing for release in found for closing in release.closings),
        )

    def _tolerant(self, statement: ast.stmt, body: Sequence[ast.stmt]) -> Release | None:
        """A release where the cache holds a client, which may be asked to close there."""
        asked = [held for each in body if (held := closed_item(each)) is not None]
        closed = [held for held in asked if self._is_id(held.slice)]
        release = self._all(statement, body[len(closed) :])
        if release is None or not {dotted(each.value) for each in closed} <= {*release.caches}:
            return None
        late = any(closing.late for closing in release.closings)
        keys = (*(each.slice for each in closed), *release.keys)
        return release._replace(keys=keys, strict=(), closing=late)

    def _pair(self, pair: Sequence[ast.stmt]) -> Release | None:
        """``client = cache.pop(id, None)`` and ``if client is not None: client.close()``."""
        if not pair[1:]:
            return None
        taken, closing = pair
        keep = taken
        while isinstance(keep, (ast.With, ast.AsyncWith)) and all(map(_is_bare_guard, keep.items)):
            if len(keep.body) != 1:
                return None
            keep = keep.body[0]
        match keep:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                return None
        release = None
        match closing:
            case ast.If(test=test, body=body, orelse=[]) if is_present(test, name):
                release = self._closing(closing, name, value, body)
            case _ if closes(closing, name):
                release = self._closing(closing, name, value, [closing])
                if release is not None and not release.strict:
                    return None
                release = release and release._replace(closing=True)
        return release and release._replace(statements=(taken, closing))

    def _closing(
        self, statement: ast.stmt, name: str, value: ast.expr, body: Sequence[ast.stmt]
    ) -> Release | None:
        """A client taken from its cache as ``name``, and a ``body`` that closes it."""
        if not isinstance(value, ast.Call):
            return None
        popped, got = _popped(value), _got(value)
        if not (popped or got) or not self._is_id(value.args[0]):
            return None
        if self._module.resolve(value.func):
            return None
        released: list[Release] = []
        for inner in body:
            if closes(inner, name):
                continue
            release = self.match(inner)
            if release is None:
                return None
            released.append(release)
        caches = tuple(each for release in released for each in release.caches)
        if got and got not in caches:
            return None
        keys = (value.args[0], *(key for release in released for key in release.keys))
        strict = (value,) if popped and not _has_default(value) else ()
        return Release((statement,), (popped or got, *caches), keys, strict)

    def _tested(self, test: ast.expr) -> ast.Name | None:
        """The local that holds a client, and that ``test`` asks whether it does."""
        for name in names_held(test, self._holding):
            if is_present(test, name.id):
                return name
        return None

    def _tests_membership(self, test: ast.Compare) -> bool:
        return len(test.ops) == 1 and isinstance(test.ops[0], ast.In) and self._is_id(test.left)


def blocks_of(body: Sequence[ast.stmt]) -> list[Sequence[ast.stmt]]:
    """``body`` and every block of statements in it."""
    blocks: list[Sequence[ast.stmt]] = [body]
    for statement in body:
        for node in walk(statement):
            if isinstance(node, FUNCTIONS):
                continue
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    blocks.append(block)
    return blocks


def _popped(call: ast.Call) -> str:
    """The cache of ``cache.pop(key)`` and ``cache.pop(key, None)``; empty for anything else."""
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "pop"
        and not call.keywords
        and (len(call.args) == 1 or _has_default(call))
    ):
        return dotted(call.func.value)
    return ""


def _has_default(call: ast.Call) -> bool:
    """Whether ``pop`` is given a default; one that is no constant might act."""
    match call.args:
        case [_, ast.Constant()]:
            return True
    return False


def _is_bare_guard(item: ast.withitem) -> bool:
    """Whether a ``with`` holds something by its name and binds nothing, as it does a lock."""
    return item.optional_vars is None and bool(dotted(item.context_expr))


def _got(call: ast.Call) -> str:
    """The cache of ``cache.get(key)``; empty for anything else."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=cache, attr="get"),
            args=[_] | [_, ast.Constant(value=None)],
            keywords=[],
        ):
            return dotted(cache)
    return ""
