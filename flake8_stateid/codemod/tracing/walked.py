"""Collections of nothing but the id, made beforehand and walked beside the rows."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.analysis.tree import FUNCTIONS, LOOPS
from flake8_stateid.codemod.ids.rebinding import collected
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.tracing.dispatching import Dispatching
from flake8_stateid.codemod.tracing.releases import ReleaseFinder
from flake8_stateid.codemod.tracing.traced import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.codemod.reading.signatures import Function


class Walked(Dispatching):
    """Follows a collection of ids to each of them."""

    def walk_along(self, ids: ast.expr) -> None:
        """Follow a collection of nothing but the id, beside the rows it was made for."""
        if isinstance(ids, ast.DictComp):
            self._look_up(ids)
            return
        parent = self.module.parents[ids]
        match parent:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                for node in self._held_by(name, ids):
                    self.walk_along(node)
                return
            case ast.Call(func=called, args=args) if ids in args:
                self._handed_to(parent, called, args.index(ids))
                return
            case ast.keyword(arg=str() as keyword):
                call = self.module.parents[parent]
                if isinstance(call, ast.Call) and self.handed_all(
                    call, None, keyword, self._carry_all
                ):
                    return
            case ast.Subscript(value=value, ctx=ast.Load()) if value is ids:
                self.read.add(parent)
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

    def _look_up(self, ids: ast.DictComp) -> None:
        """Follow a dictionary of nothing but the id, by what is looked up in it."""
        match self.module.parents[ids]:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                for node in self._held_by(name, ids):
                    self._asked(node)
                return
        raise collected(ids)

    def _asked(self, node: ast.Name) -> None:
        """Follow ``state_ids[key]``, and a loop over ``state_ids.values()``."""
        read = self.module.parents[node]
        match read:
            case ast.Subscript(value=value, ctx=ast.Load()) if value is node:
                self.read.add(read)
                self.follow(read)
                return
            case ast.Attribute(attr="values"):
                call = self.module.parents[read]
                loop = self.module.parents[call]
                if isinstance(call, ast.Call) and getattr(loop, "iter", None) is call:
                    self._each(loop, getattr(loop, "target", node))
                    return
        raise collected(node)

    def put(self, statement: ast.stmt) -> bool:
        """Follow a dictionary that is filled with the id, and asked for it; whether it is one.

        ``state_ids[row["id"]] = id`` stays, and so does what raises where a key is missing.
        """
        match statement:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name) as place, slice=key)]
            ) if not any(isinstance(each, ast.NamedExpr) for each in walk(key)):
                pass
            case _:
                return False
        uses = self.module.own_names(self._function(statement), name)
        stores = [node for node in uses if not isinstance(node.ctx, ast.Load)]
        bound = self.module.parents[stores[0]] if len(stores) == 1 else None
        made = bound.value if isinstance(bound, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(made, ast.Dict) or made.keys:
            return False
        for node in uses:
            if node not in {place, *stores}:
                self.walked.append(node)
                self._asked(node)
        return True

    def collect(self, call: ast.Call) -> bool:
        """Follow a list that ``call`` adds the id to, and nothing else; whether it is one.

        A set may only be walked to release each: it would hold one id where there were many.
        """
        match call.func:
            case ast.Attribute(value=ast.Name(id=name) as place, attr="append" | "add" as method):
                pass
            case _:
                return False
        function = self._function(call)
        uses = self.module.own_names(function, name)
        stores = [node for node in uses if not isinstance(node.ctx, ast.Load)]
        value = getattr(self.module.parents[stores[0]], "value", None) if stores else None
        added = [each for each in uses if isinstance(self.module.parents[each], ast.Attribute)]
        if len(stores) != 1 or added != [place]:
            return False
        others = [node for node in uses if node not in {place, *stores}]
        match method, value:
            case "append", ast.List(elts=[]):
                pass
            case "add", ast.Call(func=ast.Name(id="set"), args=[], keywords=[]):
                if not all(map(self._is_swept, others)):
                    return False
            case _:
                return False
        for node in others:
            self.walked.append(node)
            self.walk_along(node)
        return True

    def _is_swept(self, ids: ast.Name) -> bool:
        """Whether a loop walks a collection of ids to release each, and does nothing else."""
        loop = self.module.parents[ids]
        return (
            isinstance(loop, ast.For)
            and loop.iter is ids
            and isinstance(loop.target, ast.Name)
            and self.is_sweep(loop, _named(loop.target.id))
        )

    def _held_by(self, name: str, ids: ast.expr) -> list[ast.Name]:
        """The uses of the one variable that holds a collection of ids."""
        uses = self.module.own_names(self._function(ids), name)
        loads = [node for node in uses if isinstance(node.ctx, ast.Load)]
        if len(uses) - len(loads) > 1:
            raise refusal(ids, f"'{name}' holds the ids and is bound again", "use two names")
        self.walked.extend(loads)
        return loads

    def _handed_to(self, call: ast.Call, called: ast.expr, index: int) -> None:
        """Follow ``zip(rows, ids)``, ``executor.map(answer, rows, ids)``, ``len(ids)``."""
        name = plain_name(called)
        parent = self.module.parents[call]
        if name in {"list", "tuple", "iter"}:
            self.walk_along(call)
        elif name == "map" and index > 0:
            self.mapped(call, index, self.carry)
        elif name in {"zip", "enumerate"}:
            numbers = [1 if name == "enumerate" else index]
            match parent:
                case ast.Call(func=ast.Name(id="enumerate"), args=[walked, *_]) if walked is call:
                    numbers.insert(0, 1)
                    call, parent = parent, self.module.parents[parent]
            if getattr(parent, "iter", None) is not call:
                raise collected(call)
            target: ast.expr = getattr(parent, "target", call)
            for number in numbers:
                if not isinstance(target, ast.Tuple):
                    raise collected(call)
                target = target.elts[number]
            self._each(parent, target)
        elif name != "len" and not self.handed_all(call, index, None, self._carry_all):
            raise collected(call)

    def _carry_all(self, function: Function, name: str) -> None:
        """Follow all uses of a parameter that takes a collection of ids."""
        self.hold(function, name)
        for use in self.module.own_names(function, name):
            if not isinstance(use.ctx, ast.Load):
                raise collected(use)
            self.walked.append(use)
            self.walk_along(use)

    def _each(self, loop: ast.AST, target: ast.expr) -> None:
        """Follow the variable that takes one id after the other."""
        if not isinstance(target, ast.Name):
            raise collected(target)
        function = self._function(target)
        scope = self.module.parents[loop] if isinstance(loop, ast.comprehension) else loop
        self._carriers.add((function, target.id))
        for node in walk(scope):
            if isinstance(node, ast.Name) and node.id == target.id and node is not target:
                if not isinstance(node.ctx, ast.Load):
                    raise refusal(node, f"'{target.id}' is bound again", "use two names")
                self.follow(node)
                if isinstance(loop, ast.For) and self.is_sweep(loop, _named(target.id)):
                    self.swept.add(node)
                else:
                    self.read.add(node)

    def is_sweep(self, loop: ast.For, is_key: Callable[[ast.expr], bool]) -> bool:
        """Whether a loop over ids only releases each, where there is a client, and runs once.

        Args:
            loop: The loop.
            is_key: Whether an expression is the id of its round.
        """
        if self.module.enclosing(loop, *LOOPS, *FUNCTIONS) is not self.module.function_of(loop):
            return False  # the next rows would begin to count anew
        finder = ReleaseFinder(self.module, is_key)
        found = finder.in_block(loop.body)
        sweeps = (
            sum(len(release.statements) for release in found) == len(loop.body)
            and not any(release.strict for release in found)
            and not loop.orelse
        )
        if sweeps:
            self.sweeping.update(loop.body)
        return sweeps


def _named(name: str) -> Callable[[ast.expr], bool]:
    return lambda key: isinstance(key, ast.Name) and key.id == name
