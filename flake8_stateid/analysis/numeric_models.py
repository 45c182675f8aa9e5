"""Functions of the library that give numbers, or dates, which are added up like them."""

from __future__ import annotations

from flake8_stateid.analysis.basic_models import number
from flake8_stateid.analysis.modelled import Models
from flake8_stateid.analysis.values import (
    ELEMENT,
    LIST,
    NUMBER,
    TUPLE,
    UNKNOWN,
    Key,
    Value,
    container,
    reference,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_stateid.analysis.calls import CallFrame
    from flake8_stateid.analysis.modelled import FunctionModel

_NAMES = {
    "os": "getpid getppid getuid getgid geteuid getegid cpu_count process_cpu_count",
    "os.path": "getsize getmtime getctime getatime",
    "threading": "get_ident get_native_id active_count",
    "random": "random randint randrange uniform getrandbits gauss normalvariate triangular "
    "betavariate expovariate gammavariate lognormvariate paretovariate weibullvariate",
    "secrets": "randbelow randbits",
    "statistics": "mean fmean geometric_mean harmonic_mean median median_low median_high "
    "median_grouped pstdev pvariance stdev variance covariance correlation",
    "enum": "auto",
    "struct": "calcsize",
    "sys": "getsizeof getrefcount getrecursionlimit",
    "zlib": "crc32 adler32",
    "binascii": "crc32 crc_hqx",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "time": "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time "
    "process_time_ns thread_time thread_time_ns mktime",
    "datetime": "timedelta datetime date time",
    "datetime.datetime": "now utcnow today fromisoformat fromtimestamp utcfromtimestamp "
    "fromordinal strptime combine",
    "datetime.date": "today fromisoformat fromtimestamp fromordinal",
}


def numbers_by_name(names: Mapping[str, str]) -> dict[str, FunctionModel]:
    """The models of functions and classes, by module, that give numbers."""
    return {
        f"{module}.{name}": number for module, of_it in names.items() for name in of_it.split()
    }


_CONSTANTS = {
    **dict.fromkeys(
        ("math", "cmath"), frozenset(("pi", "e", "tau", "inf", "nan", "infj", "nanj"))
    ),
    "sys": frozenset(("maxsize", "maxunicode", "hexversion", "api_version")),
    "time": frozenset(("timezone", "altzone", "daylight")),
}
_OF_CONSTANTS = frozenset(("errno", "stat"))  # modules all of whose constants are numbers


def constant(dotted: str) -> Value | None:
    """The constant of that dotted name, if it is a number or holds some."""
    module, _, name = dotted.rpartition(".")
    if name in _CONSTANTS.get(module, ()) or (module in _OF_CONSTANTS and name.isupper()):
        return NUMBER
    return _VERSION if dotted == "sys.version_info" else None


def _unpacked(frame: CallFrame, call: object) -> Value | None:
    """``struct.unpack``: numbers, and bytes, which are no strings either."""
    return _RECORD


def _all_unpacked(frame: CallFrame, call: object) -> Value | None:
    return container(LIST, {ELEMENT: _RECORD})


def _struct(frame: CallFrame, call: object) -> Value | None:
    """``struct.Struct(format)``, whose methods are the module's functions."""
    fields: dict[Key, Value] = {
        "." + name: reference("external", "struct." + name) for name in _UNPACKING
    }
    return Value(fields={**fields, ".size": NUMBER}, types=UNKNOWN.types)


_RECORD = container(TUPLE, {ELEMENT: NUMBER})
_VERSION = Value(
    fields={
        **dict.fromkeys((0, 1, 2, 4, ".major", ".minor", ".micro", ".serial"), NUMBER),
        3: UNKNOWN,  # "final"
    },
    types=TUPLE.types,
)
_UNPACKING: dict[str, FunctionModel] = {
    **dict.fromkeys(("unpack", "unpack_from"), _unpacked),
    "iter_unpack": _all_unpacked,
}
MODELS = Models(
    {
        **numbers_by_name(_NAMES),
        **{"struct." + name: model for name, model in _UNPACKING.items()},
        "struct.Struct": _struct,
    },
    {},
)
