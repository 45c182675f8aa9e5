"""What the standard library does with the values it is given, as far as they can be followed.

Whatever has no model is a function that cannot be seen, and its result is clean. Models of what
few files use are read when one does.
"""

from __future__ import annotations

from flake8_stateid.analysis import basic_models
from flake8_stateid.analysis.endings import EXITS
from flake8_stateid.analysis.handing import CALLED_AT
from flake8_stateid.analysis.modelled import Models

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.modelled import FunctionModel, MethodModel
    from flake8_stateid.analysis.values import Value

# Where the models of a module's functions are, built-in ones apart.
_FUNCTIONS = {
    **dict.fromkeys(
        (
            *("attr", "attrs", "contextvars", "copy", "dataclasses", "importlib", "pydantic"),
            *("string", "types", "typing", "typing_extensions"),
        ),
        ("values",),
    ),
    **dict.fromkeys(
        (
            *("binascii", "cmath", "datetime", "decimal", "enum", "errno", "fractions", "math"),
            *("os", "stat", "statistics", "struct", "time", "zlib"),
        ),
        ("numbers",),
    ),
    **dict.fromkeys(("jax", "numpy", "torch"), ("arrays",)),
    "sys": ("values", "numbers"),
    "threading": ("callables", "numbers"),
    "collections": ("collections", "values"),
    "itertools": ("collections", "callables"),
    "heapq": ("collections",),
    **dict.fromkeys(("random", "secrets"), ("collections", "numbers")),
    **dict.fromkeys(
        (
            *("anyio", "asyncio", "atexit", "concurrent", "contextlib", "functools"),
            *("multiprocessing", "operator", "weakref"),
        ),
        ("callables",),
    ),
}
_ADDING_UP = frozenset(("numbers", "arrays"))  # kinds of models for what is or holds numbers
_NUMERIC = ("math.", "cmath.")  # modules whose functions give numbers
# Where that of a method is, those of strings and containers apart.
_METHODS = {
    **dict.fromkeys(CALLED_AT, "callables"),
    **dict.fromkeys(
        ("callback", "create_task", "enter_async_context", "enter_context", "result"), "callables"
    ),
    **dict.fromkeys(("_asdict", "_make", "_replace"), "values"),
}


def read(about: str) -> Models:
    """The models of one kind, as named in the tables above."""
    if about == "values":
        from flake8_stateid.analysis import value_models

        return value_models.MODELS
    if about == "collections":
        from flake8_stateid.analysis import collection_models

        return collection_models.MODELS
    if about == "numbers":
        from flake8_stateid.analysis import numeric_models

        return numeric_models.MODELS
    if about == "arrays":
        from flake8_stateid.analysis import array_models

        return array_models.MODELS
    from flake8_stateid.analysis import callable_models

    return callable_models.MODELS


def _kinds(name: str) -> tuple[str, ...]:
    """The kinds of models that the module of a dotted name has."""
    return _FUNCTIONS.get(name.partition(".")[0], ())


_NONE = Models({}, {})


class Library:
    """The models of functions and methods beyond the package.

    Args:
        special: Models that take the place of others.
    """

    def __init__(self, special: Models = _NONE) -> None:
        self._special = special
        self._known: dict[str, bool] = {}

    def function(self, name: str) -> FunctionModel | None:
        """The model of a function with this dotted name."""
        model = self._special.functions.get(name) or basic_models.MODELS.functions.get(name)
        if name.startswith(_NUMERIC):
            model = model or basic_models.number
        for about in _kinds(name) if model is None else ():
            model = model or read(about).functions.get(name)
        return model

    def makes_number(self, name: str) -> bool:
        """Whether a class with this dotted name has numbers, dates or arrays for its objects."""
        return (
            not _ADDING_UP.isdisjoint(_kinds(name)) and self.function(name) is basic_models.number
        )

    def constant(self, name: str) -> Value | None:
        """What a dotted name stands for that is a number, or holds some; None for all else."""
        if "numbers" not in _kinds(name):
            return None
        from flake8_stateid.analysis import numeric_models

        return numeric_models.constant(name)

    def gives_number(self, method: str) -> bool:
        """Whether a method of an array, or of what adds up like one, gives such again."""
        from flake8_stateid.analysis import array_models

        return method in array_models.GIVE_NUMBERS

    def method(self, name: str) -> MethodModel | None:
        """The model of a method with this name, for objects whose class is not known."""
        model = self._special.methods.get(name) or basic_models.MODELS.methods.get(name)
        if model is None and name in _METHODS:
            model = read(_METHODS[name]).methods[name]
        return model

    def has_method(self, name: str) -> bool:
        """Whether a method with this name has a model."""
        return (
            name in basic_models.MODELS.methods
            or name in _METHODS
            or name in self._special.methods
        )

    def knows(self, dotted: str) -> bool:
        """Whether a dotted name has a model, is on the way to one that has, or never returns."""
        known = self._known.get(dotted)
        if known is None:
            kinds = map(read, _kinds(dotted))
            known = self._known[dotted] = (
                dotted in EXITS
                or f"{dotted}.".startswith(_NUMERIC)
                or any(
                    name == dotted or name.startswith(dotted + ".")
                    for models in (self._special, basic_models.MODELS, *kinds)
                    for name in models.functions
                )
            )
        return known


LIBRARY = Library()
