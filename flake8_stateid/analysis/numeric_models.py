"""Functions of the library that give numbers, or dates, which are added up like them."""

from __future__ import annotations

from flake8_stateid.analysis.basic_models import number
from flake8_stateid.analysis.modelled import Models

_NAMES = {
    "os": "getpid getppid getuid getgid geteuid getegid cpu_count process_cpu_count",
    "os.path": "getsize getmtime getctime getatime",
    "threading": "get_ident get_native_id active_count",
    "random": "random randint randrange uniform getrandbits gauss normalvariate triangular "
    "betavariate expovariate gammavariate lognormvariate paretovariate weibullvariate",
    "secrets": "randbelow randbits",
    "statistics": "mean fmean geometric_mean harmonic_mean median median_low median_high "
    "median_grouped pstdev pvariance stdev variance covariance correlation",
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


MODELS = Models(
    {f"{module}.{name}": number for module, names in _NAMES.items() for name in names.split()}, {}
)
