"""The context's own state id: where else it is used, since the fixed batch shares it."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS
from flake8_stateid.codemod.ids.logs import is_log
from flake8_stateid.codemod.reading.handing_on import handed_call
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from flake8_stateid.codemod.reading.modules import Module

RECORDING = ("record", "call", "client", "allocate", "audit")


class ContextUses:
    """Finds uses of a state id, or of the context that holds it, that record calls.

    Such a use is *live*: it shares ``call_index`` with the batch once the batch uses the same id.
    """

    def __init__(
        self,
        module: Module,
        is_state_id: Callable[[str], bool],
        rounds: Collection[ast.AST],
        holder: str = "",
    ) -> None:
        """Look in ``module``.

        Args:
            module: The module.
            is_state_id: Whether a name is a state id name.
            rounds: What runs more than once under the id. A release elsewhere is right.
            holder: A local that holds the id under another name.
        """
        self._module = module
        self._is_state_id = is_state_id
        self._rounds = rounds
        self._holder = holder
        self._found: dict[tuple[Function | ast.ClassDef, str], list[ast.expr]] = {}
        self._known: set[ast.AST] = set()

    def live(self, function: Function, root: str, known: Iterable[ast.AST]) -> list[ast.expr]:
        """The live uses of variable ``root`` in ``function`` and in what it is handed to.

        Args:
            function: Where to look.
            root: ``ctx``, or the state id itself where it is a plain parameter.
            known: Nodes that are rewritten, with all that stands in them.
        """
        if (function, root) in self._found:
            return self._found[function, root]
        found = self._found[function, root] = []
        self._known |= set(known)
        for node in self._module.own_names(function, root):
            if not isinstance(node.ctx, ast.Load) or any(
                inner in self._known for inner in [node, *self._module.ancestors(node)]
            ):
                continue
            found.extend(self._of(node))
        return found

    def is_live(self, node: ast.expr) -> bool:
        """Whether ``node``, the state id itself, does more than guard, log or release."""
        return not (self._inert(node) or self._released_after(node) or self._only_checked(node))

    def _of(self, node: ast.expr) -> list[ast.expr]:
        parent = self._module.parents[node]
        name = dotted(node).rpartition(".")[2]
        if isinstance(parent, ast.Attribute):
            if isinstance(parent.ctx, ast.Store):
                return []
            if self._is_state_id(parent.attr):
                kept = self._kept_at(self._module.parents[parent])
                if kept is not None:
                    return kept
                return [parent] if self.is_live(parent) else []
            if "client" in parent.attr.lower():
                return [] if self._inert(parent) else [parent]
            called = self._module.parents[parent]
            if isinstance(called, ast.Call) and called.func is parent:
                recording = any(word in parent.attr.lower() for word in RECORDING)
                return [parent] if recording else []
            return []
        if self._inert(node) or self._released_after(node):
            return []
        if self._is_state_id(name) or name == self._holder:
            return [node]
        call = self._module.parents[parent] if isinstance(parent, ast.keyword) else parent
        if isinstance(call, ast.Call) and node is not call.func:
            return self._handed(call, node, parent)
        kept = self._kept_at(parent)
        if kept is None:
            kept = self._named_at(parent)
        return [node] if kept is None else kept

    def _named_at(self, statement: ast.AST) -> list[ast.expr] | None:
        """The live uses of a local that ``ctx = self._ctx`` binds, and nothing else does."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                function = self._module.function_of(statement)
            case _:
                return None
        if function is None or self._module.binding(function, name) is not statement:
            return None
        return self.live(function, name, ())

    def _kept_at(self, statement: ast.AST) -> list[ast.expr] | None:
        """The live uses of what ``self._ctx = ctx`` keeps; ``None`` for any other statement.

        Other methods find it there.
        """
        match statement:
            case (
                ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name) as target])
                | ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=name) as target
                )
            ):
                owner = self._module.class_of(target)
            case _:
                return None
        if owner is None:
            return None
        if (owner, name) not in self._found:
            found = self._found[owner, name] = []
            for read in _reads_of(self._module, owner, name):
                if self._known.isdisjoint([read, *self._module.ancestors(read)]):
                    found.extend(self._of(read))
        return self._found[owner, name]

    def _handed(self, call: ast.Call, node: ast.expr, parent: ast.AST) -> list[ast.expr]:
        handed = call
        if dotted(call.func) in {"isinstance", "getattr", "hasattr", "type", "id", "repr", "str"}:
            return []
        callees = self._module.resolve(call.func)
        if not callees and (made := handed_call(call)) is not None and node in made.args:
            # 'submit(answer, row, ctx)': it is used by what is handed on.
            handed, callees = made, self._module.resolve(made.func)
        if not callees:
            return [node]
        found: list[ast.expr] = []
        dropped = isinstance(self._module.parents[call], ast.Expr)
        for callee in callees:
            if isinstance(parent, ast.keyword):
                parameter = callee.parameter(0, parent.arg)
            else:
                parameter = callee.parameter(handed.args.index(node), None)
            rounds = self._rounds
            if any(inner in rounds for inner in self._module.ancestors(call)):
                self._rounds = [callee.function]
            if parameter is None or any(
                not (dropped and isinstance(self._module.parents[live], ast.Return))
                for live in self.live(callee.function, parameter, ())
            ):
                found.append(node)
            self._rounds = rounds
        return found

    def _released_after(self, node: ast.expr) -> bool:
        """Whether the use releases a client, outside what runs for each row."""
        if self._is_in_round(node):
            return False
        match self._module.parents[node]:
            case ast.Call(func=ast.Attribute(attr="pop"), args=[key, *_]):
                return key is node
            case ast.Subscript(ctx=ast.Del()):
                return True
            case ast.Compare(left=left, ops=[ast.In()]):
                return left is node
        return False

    def _is_in_round(self, node: ast.expr) -> bool:
        """Whether it stands in what runs for each row."""
        return any(inner in self._rounds for inner in self._module.ancestors(node))

    def _only_checked(self, node: ast.expr) -> bool:
        """Whether a local takes the state id, and nothing but guards and log lines use it then.

        What builds ids from it is known, and goes.
        """
        function = self._module.function_of(node)
        match self._module.parents[node]:
            case ast.Assign(targets=[ast.Name(id=name)]) if function is not None:
                pass
            case _:
                return False
        uses = self._module.own_names(function, name)
        loads = [use for use in uses if isinstance(use.ctx, ast.Load)]
        return len(uses) == len(loads) + 1 and all(
            self._inert(use)
            or any(inner in self._known for inner in [use, *self._module.ancestors(use)])
            for use in loads
        )

    def _inert(self, node: ast.expr) -> bool:
        """Whether the use is a guard, a log line or a message."""
        current: ast.AST = node
        for parent in self._module.ancestors(node):
            match parent:
                case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()]):
                    return True
                case ast.Compare(left=left) if left is node and self._is_in_round(node):
                    return False  # `ctx.state_id not in self._clients` looks a client up
                case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                    pass
                case ast.If(test=test) | ast.While(test=test) | ast.Assert(test=test):
                    return test is current
                case ast.IfExp(test=test):
                    return test is current
                case ast.Raise():
                    return True
                case ast.Call() if is_log(parent):
                    return True
                case ast.stmt():
                    return False
                case ast.Call() if not any(
                    isinstance(above, ast.Raise) or (isinstance(above, ast.Call) and is_log(above))
                    for above in self._module.ancestors(parent)
                ):
                    return False
            current = parent
        return False


def _reads_of(module: Module, owner: ast.ClassDef, name: str) -> list[ast.Attribute]:
    """Where an attribute may be read that an object of a class keeps, by whatever name it has.

    Other classes that are known, and have nothing to do with it, mean their own by ``self``.
    """
    family = {each for one in (owner, *module.below(owner)) for each in module.bases(one)}
    return [
        node
        for tree in module.trees
        for node in walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.ctx, ast.Load)
        and (dotted(node.value) != "self" or module.class_of(node) in {None, *family})
    ]


def exclusive(module: Module, one: ast.AST, other: ast.AST) -> bool:
    """Whether only one of two nodes can run: two branches of an ``if``, or one leaves before."""
    above_one = [one, *module.ancestors(one)]
    above_other = [other, *module.ancestors(other)]
    shared = [node for node in above_one if node in above_other]
    if any(isinstance(node, LOOPS) for node in shared):
        return False
    nearest = shared[0]
    inner_one = above_one[above_one.index(nearest) - 1]
    inner_other = above_other[above_other.index(nearest) - 1]
    if isinstance(nearest, (ast.If, ast.IfExp)):
        bodies = [nearest.body, nearest.orelse]
        branches = [each if isinstance(each, list) else [each] for each in bodies]
        sides = [[each in branch for branch in branches] for each in (inner_one, inner_other)]
        if all(map(any, sides)) and sides[0] != sides[1]:
            return True
    if isinstance(inner_one, ast.match_case) and isinstance(inner_other, ast.match_case):
        return inner_one is not inner_other
    for field in ("body", "orelse", "finalbody"):
        block = getattr(nearest, field, None)
        if isinstance(block, list) and inner_one in block and inner_other in block:
            early = min(inner_one, inner_other, key=block.index)
            chain = above_one if early is inner_one else above_other
            return _leaves(chain[: chain.index(early) + 1])
    return False


def _leaves(chain: list[ast.AST]) -> bool:
    """Whether what begins at the first node of ``chain`` never gets past the last one."""
    for inner, outer in itertools.pairwise(chain):
        if isinstance(outer, (*LOOPS, *FUNCTIONS)):
            return False
        if isinstance(outer, ast.Try) and not all(map(_ends, [h.body for h in outer.handlers])):
            return False
        for field in ("body", "orelse"):
            block = getattr(outer, field, None)
            if isinstance(block, list) and inner in block and _ends(block[block.index(inner) :]):
                return True
    return isinstance(chain[-1], ast.Return)


def _ends(block: list[ast.stmt]) -> bool:
    """Whether a block cannot be left by its end."""
    match block[-1]:
        case ast.Return() | ast.Raise():
            return True
        case ast.If(body=body, orelse=[_, *_] as orelse):
            return _ends(body) and _ends(orelse)
        case ast.With(body=body) | ast.AsyncWith(body=body):
            return _ends(body)
        case ast.Try(body=body, handlers=handlers, orelse=[]):
            return _ends(body) and all(_ends(handler.body) for handler in handlers)
    return False
