"""Methods whose decorator puts a function in their place that is called with something else."""

from __future__ import annotations

from flake8_stateid.analysis.program import FunctionInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.values import Reference, Value


class Wrappers:
    """Finds, once for each method, what stands in its place.

    Args:
        decorated: What a function is, as its decorators leave it.
    """

    def __init__(self, decorated: Callable[[FunctionInfo], Value]) -> None:
        self._decorated = decorated
        self._known: dict[FunctionInfo, Reference | None] = {}

    def of(self, method: FunctionInfo) -> Reference | None:
        """The function that is called for a method; None where that is the method itself.

        A wrapper that hands on whatever it is given is looked through.
        """
        if not method.decorators:
            return None
        if method not in self._known:
            self._known[method] = None  # for what asks meanwhile
            for ref in self._decorated(method).refs.values():
                function = ref.target
                if (
                    isinstance(function, FunctionInfo)
                    and function is not method
                    and any(
                        each.kind not in ("args", "kwargs") for each in function.parameters[1:]
                    )
                ):
                    self._known[method] = ref
        return self._known[method]
