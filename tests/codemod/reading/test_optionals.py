"""Contexts and ids that may be ``None``, or raise, where the loop begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import load
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

GIVEN = """        if ctx.landscape is None or ctx.state_id is None:
            raise RuntimeError("a recorder and a state id are required")
        self._recorder = ctx.landscape
"""
LOOP = """
BEFORE
output = []
for i, row in enumerate(rows):
    INSIDE
    sid = f"{PATH}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
"""
OPTIONAL = "ctx: PluginContext | None"
# Every client needs it; what an annotation may forbid is reached by another name.
RECORDER = "self._recorder = getattr(ctx, 'landscape', None)"
CHECK_ID = "if ctx.state_id is None:\n    raise ValueError"
HELD = "_ctx: PluginContext | None = None\n\ndef noop(self):\n    pass"
PROPERTY = """
_held: Any = None

@property
def ctx(self):
    return self._held or PluginContext(None, "none")
"""
GIVEN_CLASS = "class Given:\n    landscape: Any\n    state_id: str"
RAISING = """
_held: Any = None

@property
def ctx(self):
    return self._needed()

def _needed(self):
    if self._held is None:
        raise LookupError
    return self._held
"""


class Case(NamedTuple):
    """What stands before the loop and in it.

    Attributes:
        name: What is tried.
        before: Statements before the loop.
        inside: A statement before the id is built.
        context: The parameter.
        path: What the ids are built from.
        beside: What else the class has.
        reason: Why a fix is refused.
        bare: Whether the batch path returns nothing for no rows and no context.
    """

    name: str
    before: str = ""
    inside: str = ""
    context: str = OPTIONAL
    path: str = "ctx.state_id"
    beside: str = ""
    reason: str = ""
    bare: bool = True


FIXED = (
    Case("checked before", f"if ctx is None:\n    return []\n{CHECK_ID}"),
    Case("checked before, both at once", "if ctx is None or ctx.state_id is None:\n    return []"),
    Case("checked by its truth", f"if not ctx:\n    return []\n{CHECK_ID}"),
    Case(
        "checked by its class",
        "if not isinstance(ctx, PluginContext):\n    return []",
        context="ctx: Given | None",
        beside=GIVEN_CLASS,
    ),
    Case("asserted", f"assert ctx is not None\n{CHECK_ID}", bare=False),
    Case(
        "checked under a lock",
        "with self._lock:\n    if ctx is None or ctx.state_id is None:\n        return []",
    ),
    Case(
        "replaced by another",
        "if ctx is None:\n    ctx = PluginContext(None, 'none')",
        context="ctx: Given | None",
        beside=GIVEN_CLASS,
    ),
    Case("read before", f"run = ctx.run_id\n{CHECK_ID}", context="ctx=None", bare=False),
    Case("checked again by rows", f"if ctx is None:\n    return []\n{CHECK_ID}", "assert ctx"),
    Case("never None", CHECK_ID, "assert ctx is not None", "ctx: PluginContext", bare=False),
    Case(
        "bound on the object",
        "self._ctx = ctx\nassert self._ctx.state_id is not None",
        context="ctx: PluginContext",
        path="self._ctx.state_id",
        beside=HELD,
        bare=False,
    ),
    Case(
        "a local",
        "self._ctx = ctx\nheld = self._ctx\nif not held or held.state_id is None:\n    return []",
        path="held.state_id",
        beside=HELD,
    ),
    Case(
        "the id, kept checked",
        f"{CHECK_ID}\nself._kept_state_id = ctx.state_id",
        context="ctx: PluginContext",
        path="self._kept_state_id",
        bare=False,
    ),
    Case(
        "checked by a name of the context",
        "self._kept = kept = ctx\nif kept is None or kept.state_id is None:\n    return []",
        path="kept.state_id",
    ),
    Case(
        "a property that raises nothing",
        "self._held = ctx",
        path="self.ctx.state_id",
        beside=PROPERTY,
    ),
    Case(
        "a property that has raised",
        "self._held = ctx\nrun = self.ctx.run_id",
        path="self.ctx.state_id",
        beside=RAISING,
        bare=False,
    ),
    Case(
        "the id, by a local that rows check",
        CHECK_ID,
        "given = ctx.state_id\n    if given is None:\n        raise ValueError",
        context="ctx: PluginContext",
        bare=False,
    ),
    Case(
        "the id, bound and checked at once",
        "if (given_state_id := ctx.state_id) is None:\n    raise ValueError",
        context="ctx: PluginContext",
        path="given_state_id",
        bare=False,
    ),
)
INSIDE = "'ctx' may be None, and is checked only inside the loop"
ID_INSIDE = "'ctx.state_id' may be None, and is checked only inside the loop"
REFUSED = (
    Case("passed over by rows", inside="if ctx is None:\n        continue", reason=INSIDE),
    Case("raised for by rows", inside="if not ctx:\n        raise ValueError", reason=INSIDE),
    Case("asserted by rows", inside="assert ctx is not None", reason=INSIDE),
    Case(
        "by a text", inside="assert ctx", context="ctx: 'Optional[PluginContext]'", reason=INSIDE
    ),
    Case(
        "by default", inside="if ctx is None:\n        continue", context="ctx=None", reason=INSIDE
    ),
    Case("unknown", inside="if ctx is None:\n        continue", context="ctx", reason=INSIDE),
    Case("anything", inside="if not ctx:\n        continue", context="ctx: Any", reason=INSIDE),
    Case(
        "of two types",
        context="ctx: Union[PluginContext, None]",
        reason="'ctx' may be None here, where it was read for each row",
    ),
    Case("not checked", reason="'ctx' may be None here, where it was read for each row"),
    Case(
        "bound again behind the check",
        "if ctx is None:\n    return []\nctx = self._maybe()",
        beside="def _maybe(self) -> PluginContext | None:\n    return None",
        reason="'ctx' may be None here, as it is not checked in all cases",
    ),
    Case(
        "bound again in a branch behind the check",
        "if ctx is None:\n    return []\nif not rows:\n    ctx = self._maybe()",
        beside="def _maybe(self) -> PluginContext | None:\n    return None",
        reason="'ctx' may be None here, as it is not checked in all cases",
    ),
    Case(
        "an attribute, checked by rows",
        "self._ctx = ctx if rows else None",
        "if self._ctx is None:\n        raise ValueError",
        path="self._ctx.state_id",
        beside=HELD,
        reason="'self._ctx' may be None, and is checked only inside the loop",
    ),
    Case(
        "a local, checked by rows",
        "held = self._ctx = ctx if rows else None",
        "if held is None:\n        raise ValueError",
        path="held.state_id",
        reason="'held' may be None, and is checked only inside the loop",
    ),
    Case(
        "a property that raises",
        "self._held = ctx",
        path="self.ctx.state_id",
        beside=RAISING,
        reason="'self.ctx' may raise, and would be read where there is no row, too",
    ),
)
# The id itself: its text goes on being one, unless what it was built by would have raised.
IDS = (
    Case(
        "the id, of two types",
        "if ctx is None:\n    return []",
        context="ctx: Union[PluginContext, None]",
        reason="'ctx.state_id' may be None here, and is not checked",
    ),
    Case(
        "the id, of an optional type",
        "if ctx is None:\n    return []",
        context="ctx: Optional[PluginContext]",
        reason="'ctx.state_id' may be None here, and is not checked",
    ),
    Case(
        "the id, checked by rows",
        inside=CHECK_ID.replace("\n", "\n    "),
        context="ctx: PluginContext",
        reason=ID_INSIDE,
    ),
    Case(
        "the id, by a local that rows check",
        inside="given = ctx.state_id\n    if given is None:\n        raise ValueError",
        context="ctx: PluginContext",
        reason=ID_INSIDE,
    ),
    Case(
        "the id, by a name that rows bind and build from",
        inside="given_state_id = ctx.state_id\n    assert given_state_id is not None",
        context="ctx: PluginContext",
        path="given_state_id",
        reason=ID_INSIDE,
    ),
    Case(
        "the id, where there are rows",
        "if rows and ctx.state_id is None:\n    raise ValueError",
        context="ctx: PluginContext",
        reason="'ctx.state_id' may be None here, as it is not checked in all cases",
    ),
    Case(
        "the id, by another name",
        "if (given := ctx.state_id) is None:\n    raise ValueError",
        context="ctx: PluginContext",
        reason="'ctx.state_id' may be None here, as it is 'given' that is checked",
        bare=False,
    ),
    Case(
        "the id, by another way",
        f"{CHECK_ID}\nself._ctx = ctx",
        context="ctx: PluginContext",
        path="self._ctx.state_id",
        beside=HELD,
        reason="'self._ctx.state_id' may be None here, as it is 'ctx.state_id' that is checked",
        bare=False,
    ),
    Case(
        "the id, by another way that has no annotation",
        f"{CHECK_ID}\nself._kept = ctx",
        context="ctx: PluginContext",
        path="self._kept.state_id",
        reason="'self._kept.state_id' may be None here, as it is 'ctx.state_id' that is checked",
        bare=False,
    ),
    Case(
        "the id, kept unchecked",
        "self._kept_state_id = ctx.state_id",
        context="ctx: PluginContext",
        path="self._kept_state_id",
        reason="'self._kept_state_id' may be None here, and is not checked",
        bare=False,
    ),
    Case(
        "the id, by a local of the context",
        f"{CHECK_ID}\nkept = ctx",
        context="ctx: PluginContext",
        path="kept.state_id",
        reason="'kept.state_id' may be None here, as it is 'ctx.state_id' that is checked",
        bare=False,
    ),
)


def code_of(case: Case) -> str:
    """The module of a case."""
    method = LOOP.replace("BEFORE", f"{RECORDER}\n{case.before}".rstrip()).replace(
        "PATH", case.path
    )
    method = method.replace("    INSIDE\n", f"    {case.inside}\n" if case.inside else "")
    code = module(method.strip("\n"), case.beside)
    assert GIVEN in code
    code = code.replace(GIVEN, "").replace("import Any\n", "import Any, Optional, Union\n")
    return code.replace("ctx: PluginContext)", f"{case.context})")


def added(case: Case) -> str:
    """The module of a case that adds to the id, so that ``None`` raises there."""
    return code_of(case).replace(f'f"{{{case.path}}}_row{{i}}"', f'{case.path} + f"_row{{i}}"')


def answer_to_nothing(code: str | bytes) -> str:
    """What the batch path does with no rows and no context."""
    try:
        return repr(load(code).Transform().process_batch([], None))
    except Exception as error:
        return type(error).__name__


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    """The fixed batch path does what it did, also without rows and without a context."""
    code = code_of(case)
    new = fixed(code)
    check(code, new, databases)
    assert answer_to_nothing(code) == answer_to_nothing(new)
    assert (answer_to_nothing(code) == "[]") is case.bare


@pytest.mark.parametrize("case", IDS, ids=lambda case: case.name)
def test_an_id_that_may_be_none(case: Case, databases: tuple[Engine, ...]) -> None:
    """What was a text whatever the context held stays one, also for a type checker."""
    code = code_of(case)
    new = fixed(code)
    assert f"state_id = str({case.path.replace('given_', 'ctx.')})".encode() in new
    check(code, new, databases)


@pytest.mark.parametrize("case", [*REFUSED, *IDS], ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    """The file is left as it is; a batch without rows went well without a context."""
    code = added(case) if case in IDS else code_of(case)
    refusal = refused(code)
    assert refusal.reason == case.reason
    assert refusal.remedy
    assert (answer_to_nothing(code) == "[]") is case.bare


def test_a_check_moved_before_the_loop_is_enough(databases: tuple[Engine, ...]) -> None:
    """What the refusal says to do leads to a fix."""
    case = next(case for case in IDS if case.name == "the id, checked by rows")
    code = added(case._replace(before=CHECK_ID, inside=""))
    check(code, fixed(code), databases)


def test_the_name_that_was_checked_is_enough(databases: tuple[Engine, ...]) -> None:
    """So does this."""
    case = next(case for case in IDS if case.name == "the id, by another name")
    code = added(case._replace(path="given", before=case.before))
    check(code, fixed(code), databases)
