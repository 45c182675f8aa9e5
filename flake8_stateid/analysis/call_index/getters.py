"""Properties that a loop reads: their getters are called as functions are, in each round."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.call_index.activations import Bound, Callee, Instance
from flake8_stateid.analysis.tree import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from flake8_stateid.analysis.call_index.activations import Activation
    from flake8_stateid.analysis.call_index.reach import Loop
    from flake8_stateid.analysis.call_index.sites import Sites


def getters(
    loop: Loop, sites: Sites, at: Activation, names: Set[str]
) -> Iterator[tuple[ast.Attribute, Callee]]:
    """The places where some properties are read, each with the function that is run then.

    Args:
        loop: The loop.
        sites: Where to look.
        at: The function that is.
        names: What the properties are called.
    """
    for root in sites.roots:
        for node in walk(root):
            if not (isinstance(node, ast.Attribute) and node.attr in names):
                continue
            for holder in loop.ids.referents(node.value, at):
                if isinstance(holder, Instance) and isinstance(node.ctx, ast.Load):
                    method = loop.engine.classes.method(holder.cls, node.attr)
                    if method is not None and method.is_property:
                        yield node, Callee(method, holder.cls, Bound(node.value, at))
