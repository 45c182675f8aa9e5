"""Classes whose metaclass says what calling them does."""

from __future__ import annotations

from flake8_stateid.analysis.program import ClassInfo
from flake8_stateid.analysis.values import RECEIVER, Reference, join, reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast

    from flake8_stateid.analysis.binding import Arguments
    from flake8_stateid.analysis.constructing import ConstructingFrame
    from flake8_stateid.analysis.program import FunctionInfo
    from flake8_stateid.analysis.values import Value


def called(
    frame: ConstructingFrame, cls: ClassInfo, owner: ClassInfo, arguments: Arguments, node: ast.AST
) -> Value | None:
    """What a call of a class gives whose metaclass has a ``__call__``; None where it has none.

    Args:
        frame: Where the call is.
        cls: The class.
        owner: The class itself, or a base, that may name a metaclass.
        arguments: What the class is called with.
        node: The call.
    """
    calling = _calling(frame, owner)
    if calling is None:
        return None
    ref = Reference("function", calling, {RECEIVER: reference("class", cls)})
    given = frame.apply(ref, arguments, node)
    if given.refs or not any(each.kind == "args" for each in calling.parameters):
        return given
    # Handed on, most likely to the constructor, which then made what is kept somewhere.
    return join(given, frame.make(cls, arguments, node))


def _calling(frame: ConstructingFrame, owner: ClassInfo) -> FunctionInfo | None:
    """The ``__call__`` of the metaclass that a class names, where its source is known."""
    engine = frame.engine
    for keyword in owner.node.keywords:
        if keyword.arg == "metaclass":
            for ref in engine.annotations.named(owner.module, keyword.value).refs.values():
                if ref.kind == "class" and isinstance(ref.target, ClassInfo):
                    return engine.classes.method(ref.target, "__call__")
    return None
