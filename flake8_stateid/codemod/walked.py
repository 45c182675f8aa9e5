"""Collections of nothing but the id, made beforehand and walked beside the rows."""

from __future__ import annotations

import ast

from flake8_stateid.analysis.program import plain_name
from flake8_stateid.codemod.dispatching import Dispatching
from flake8_stateid.codemod.modules import FUNCTIONS, LOOPS
from flake8_stateid.codemod.nodes import walk
from flake8_stateid.codemod.rebinding import collected
from flake8_stateid.codemod.releases import ReleaseFinder
from flake8_stateid.codemod.traced import refusal


class Walked(Dispatching):
    """Follows a collection of ids to each of them."""

    def walk_along(self, ids: ast.expr) -> None:
        """Follow a collection of nothing but the id, beside the rows it was made for."""
        parent = self.module.parents[ids]
        match parent:
            case ast.Assign(targets=[ast.Name(id=name)]):
                function = self._function(ids)
                uses = self.module.own_names(function, name)
                if sum(not isinstance(node.ctx, ast.Load) for node in uses) > 1:
                    raise refusal(
                        ids, f"'{name}' holds the ids and is bound again", "use two names"
                    )
                for node in uses:
                    if isinstance(node.ctx, ast.Load):
                        self.walked.append(node)
                        self.walk_along(node)
                return
            case ast.Call(func=called, args=args) if ids in args:
                self._handed_to(parent, called, args.index(ids))
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

    def _handed_to(self, call: ast.Call, called: ast.expr, index: int) -> None:
        """Follow ``zip(rows, ids)``, ``executor.map(answer, rows, ids)``, ``len(ids)``."""
        name = plain_name(called)
        parent = self.module.parents[call]
        if name in {"list", "tuple", "iter"}:
            self.walk_along(call)
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
                    raise refusal(node, f"'{target.id}' is bound again", "use two names")
                self.follow(node)
                if isinstance(loop, ast.For) and self._is_sweep(loop, target.id):
                    self.swept.add(node)

    def _is_sweep(self, loop: ast.For, name: str) -> bool:
        """Whether a loop over ids only releases each, where there is a client, and runs once."""
        if self.module.enclosing(loop, *LOOPS, *FUNCTIONS) is not self.module.function_of(loop):
            return False  # the next rows would begin to count anew
        finder = ReleaseFinder(
            self.module, lambda key: isinstance(key, ast.Name) and key.id == name
        )
        found = finder.in_block(loop.body)
        return (
            sum(len(release.statements) for release in found) == len(loop.body)
            and not any(release.strict for release in found)
            and not loop.orelse
        )
