"""What is a number by its name, by its class or by what it was taken off."""

from __future__ import annotations

from tests.analysis.running import check


def test_constants() -> None:
    check("""
    import cmath, errno, math, stat, sys, time
    from math import pi as turn, tau
    from sys import maxsize
    def f(rec, base):
        for number in (math.pi, math.inf, cmath.nanj, turn, maxsize, time.timezone):
            rec.call(state_id=base + number)
        rec.call(state_id=base + math.pi)
        rec.call(state_id=base + tau)
        rec.call(state_id=base % maxsize)
        rec.call(state_id=base + sys.maxunicode)
        rec.call(state_id=base + errno.ENOENT)
        rec.call(state_id=base + stat.S_IFDIR)
        rec.call(state_id=base + sys.byteorder)  # +
        rec.call(state_id=base + stat.filemode(base))  # +
        rec.call(state_id=base + errno.errorcode[base])  # +
    """)


def test_attributes_that_have_no_other_meaning() -> None:
    check("""
    import os, uuid
    class Scan:
        def __init__(self, parent): self.lineno = parent
    def f(rec, base, path, info):
        rec.call(state_id=base + os.stat(path).st_size)
        rec.call(state_id=base + path.stat().st_mtime_ns)
        rec.call(state_id=base + info.st_ino)
        rec.call(state_id=base + uuid.uuid4().int)
        rec.call(state_id=base + info.lineno)
        rec.call(state_id=base + info.st_name)  # +
        rec.call(state_id=base + uuid.uuid4().hex)  # +
        rec.call(state_id=Scan(f"{base}_row").lineno)  # +
    """)


def test_dates_and_numbers_by_their_class() -> None:
    check("""
    import datetime as dt
    from datetime import datetime
    from collections import Counter
    from fractions import Fraction
    import numpy as np
    def f(rec, base, when: datetime, gap: dt.timedelta, part: Fraction, index: np.int64,
          seen: Counter[str], name: dt.tzinfo):
        rec.call(state_id=base + gap)
        rec.call(state_id=when + base)
        rec.call(state_id=base % part)
        rec.call(state_id=base + index)
        rec.call(state_id=base + when.microsecond)
        rec.call(state_id=base + datetime.now().year)
        rec.call(state_id=base + seen["x"])
        for word, count in seen.items():
            rec.call(state_id=base + count)
            rec.call(state_id=base + word)  # +
        rec.call(state_id=base + name)  # +
        rec.call(state_id=base + when.isoformat())  # +
        rec.call(state_id=base + base.year)  # +
    """)


def test_records_of_struct() -> None:
    check("""
    import struct
    HEAD = struct.Struct("<IH")
    class Reader:
        def __init__(self): self._form = struct.Struct("<I")
        def read(self, rec, base, data):
            (n,) = self._form.unpack(data)
            rec.call(state_id=base + n)
    def f(rec, base, data):
        size, kind = HEAD.unpack_from(data, 2)
        rec.call(state_id=base + kind)
        rec.call(state_id=base + HEAD.size)
        rec.call(state_id=base + HEAD.format)  # +
        rec.call(state_id=base + struct.unpack("4s", data)[0].decode())  # +
    """)


def test_members_of_enums() -> None:
    check("""
    import enum
    class Kind(enum.IntEnum):
        A = enum.auto()
        B = 2
    class Flags(enum.IntFlag):
        X = 1
        Y = 2
    class Word(enum.Enum):
        A = "a"
        B = "b"
    class Text(enum.StrEnum):
        A = enum.auto()
    class Key(enum.Enum):
        A = f"{PREFIX}_row"  # +
        B = "b"
    def f(rec, base, x, kind: Kind):
        rec.call(state_id=base + Kind.A)
        rec.call(state_id=base + Kind[x])
        rec.call(state_id=base + Kind[x].value)
        rec.call(state_id=base + Kind(x).value)
        rec.call(state_id=base + kind.value)
        rec.call(state_id=base + Flags.X.value)
        rec.call(state_id=base + Kind.A.name)  # +
        rec.call(state_id=base + Kind(x).name)  # +
        rec.call(state_id=base + Word(x).value)  # +
        rec.call(state_id=base + Text.A)  # +
        rec.call(state_id=Key(x).value)
    """)


def test_the_version_of_the_interpreter() -> None:
    check("""
    import sys
    from sys import version_info as python
    def f(rec, base):
        rec.call(state_id=base + sys.version_info.major)
        rec.call(state_id=base + sys.version_info[1])
        rec.call(state_id=base + python.minor)
        rec.call(state_id=base + sys.version_info[3])  # +
        rec.call(state_id=base + sys.version_info.releaselevel)  # +
        rec.call(state_id=base + sys.version)  # +
    """)


def test_arrays() -> None:
    check("""
    import numpy as np
    import numpy.typing as npt
    import torch
    from numpy import zeros
    class Layer:
        def __init__(self, n): self.places = torch.arange(n)
        def forward(self, rec, base): rec.call(state_id=self.places[:, 2] + base)
    def f(rec, base, a: np.ndarray, b: npt.NDArray[np.int64], c: torch.Tensor):
        rec.call(state_id=np.arange(3) + base)
        rec.call(state_id=base + zeros(3)[0])
        rec.call(state_id=np.asarray(base).reshape(2, 2) + base)
        rec.call(state_id=base + a)
        rec.call(state_id=base + b.sum())
        rec.call(state_id=base % c.T)
        rec.call(state_id=base + a.shape[0])
        rec.call(state_id=base + np.load(base))  # +
        rec.call(state_id=base + base.sum())  # +
        rec.call(state_id=base + a.dtype.name)  # +
    """)


def test_what_is_said_to_be_one() -> None:
    check("""
    from typing import Any, Protocol, cast
    class Clock(Protocol):
        def now(self) -> int: ...
        def name(self) -> str: ...
        def parts(self) -> list[int]: raise NotImplementedError
        def other(self): ...
    def f(rec, base, clock: Clock, rows):
        rec.call(state_id=base + clock.now())
        rec.call(state_id=base + clock.parts())
        rec.call(state_id=base + cast(int, base.n))
        rec.call(state_id=cast("list[str]", base) + base.more)
        rec.call(state_id=base + max((row.n for row in rows), default=0))
        rec.call(state_id=base + clock.name())  # +
        rec.call(state_id=base + clock.other())  # +
        rec.call(state_id=base + cast(str, base.n))  # +
        rec.call(state_id=base + cast(Any, base.n))  # +
        rec.call(state_id=cast(int, f"{base}"))  # +
        rec.call(state_id=base + max((row.n for row in rows), default=""))  # +
    """)
