"""Arrays: what numpy and its kin make adds up as the numbers in it do, and so makes no string."""

from __future__ import annotations

from flake8_stateid.analysis.modelled import Models
from flake8_stateid.analysis.numeric_models import numbers_by_name

_MAKE_ARRAYS = (
    "arange linspace zeros ones empty full eye zeros_like ones_like empty_like full_like stack "
    "concatenate"
)
_NAMES = {
    "numpy": "int8 int16 int32 int64 uint8 uint16 uint32 uint64 intp uintp float16 float32 "
    "float64 longdouble complex64 complex128 datetime64 timedelta64 sum prod mean median std var "
    "argmax argmin count_nonzero abs sqrt exp log dot matmul maximum minimum where clip cumsum "
    f"{_MAKE_ARRAYS} array asarray ndarray",
    "numpy.typing": "NDArray",
    "torch": f"{_MAKE_ARRAYS} tensor as_tensor from_numpy rand randn randint Tensor LongTensor "
    "FloatTensor cat sum mean where clamp",
    "jax": "Array",
    "jax.numpy": f"{_MAKE_ARRAYS} array asarray ndarray sum mean where clip",
}
# What an array is asked for that gives another, or a number; some of it numbers and dates as well.
GIVE_NUMBERS = frozenset(
    (
        *("argmax", "argmin", "astype", "clip", "copy", "cpu", "cumsum", "detach", "dot"),
        *("expand", "flatten", "item", "long", "max", "mean", "min", "numpy", "prod", "ravel"),
        *("reshape", "round", "size", "squeeze", "std", "sum", "to", "transpose", "unsqueeze"),
        *("var", "view"),
    )
)
MODELS = Models(numbers_by_name(_NAMES), {})
