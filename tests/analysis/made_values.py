"""Values that tests of the analysis put in: a string that was built, and what a caller gives.

All are of one empty module.
"""

from __future__ import annotations

import ast

from flake8_stateid.analysis.values import STRING, UNKNOWN, Hop, Origin, Symbol, Value
from tests.analysis.running import engine, expression

ENGINE = engine("")
MODULE = ENGINE.module
ORIGIN = Origin(MODULE, expression("f'{x}'"), "SID001")
OTHER = Origin(MODULE, expression("f'{y}'"), "SID001")
SYMBOL = Symbol(("parameter", "key"))
BUILT = Value({ORIGIN: ()}, types=STRING.types)
PUT_IN = Value({SYMBOL: ()}, types=UNKNOWN.types)
NONE_REGISTERED: frozenset[object] = frozenset()


def hop(text: str, target: str = "") -> Hop:
    """A step of an id, as a trace holds it."""
    return Hop(MODULE, ast.Pass(), text, target)
