"""Run a batch path on a real database and write down everything that can be observed."""

from __future__ import annotations

import asyncio
import atexit
import gc
import inspect
import io
import logging
import types
import warnings
from collections import Counter
from contextlib import contextmanager, redirect_stdout
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.pool import StaticPool

from fixtures.landscape import PluginContext, Recorder
from fixtures.landscape.schema import calls, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]

ROWS: dict[str, list[Row]] = {
    "none": [],
    "one": [{"id": "a", "prompt": "p0"}],
    "five": [{"id": f"r{n}", "prompt": f"p{n}"} for n in range(5)],
    "raising": [{"id": f"r{n}", "prompt": "fail" if n == 2 else f"p{n}"} for n in range(4)],
    "skipping": [{"id": f"r{n}", "prompt": f"p{n}", "skip": n in {0, 2}} for n in range(4)],
    "stopping": [{"id": f"r{n}", "prompt": f"p{n}", "stop": n == 2} for n in range(5)],
    "broken": [{"id": "r0", "prompt": "p0"}, {"id": "r1"}, {"id": "r2", "prompt": "p2"}],
}


class Call(NamedTuple):
    """One recorded call, in the order of recording."""

    state_id: str
    call_index: int
    request: str


class Observation(NamedTuple):
    """What running a batch path left behind."""

    state_id: str
    calls: tuple[Call, ...]
    output: Any
    error: str
    log_lines: int
    cached: int
    closes: int


@contextmanager
def sqlite(*, keys: bool) -> Iterator[Engine]:
    """A database in memory, with or without foreign keys enforced."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def enforce(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA foreign_keys = {'ON' if keys else 'OFF'}")

    metadata.create_all(engine)
    try:
        yield engine
    finally:
        engine.dispose()


@cache
def shared(*, keys: bool) -> Engine:
    """One database for all batches, which run one after the other; disposed of at the end."""
    context = sqlite(keys=keys)
    engine = context.__enter__()
    atexit.register(context.__exit__, None, None, None)
    return engine


@lru_cache(maxsize=8)
def _compiled(text: bytes) -> types.CodeType:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'return' in a 'finally' block", SyntaxWarning)
        return compile(text, "<batch>", "exec", dont_inherit=True)


def load(code: str | bytes) -> types.ModuleType:
    """A fresh module of ``code``.

    All have one name: a logger, which has its module's name, lives as long as the process, and
    with thousands of them every test takes longer.
    """
    module = types.ModuleType("batch")
    exec(_compiled(code if isinstance(code, bytes) else code.encode()), module.__dict__)
    return module


@cache
def _begun_run(engine: Engine) -> str:
    """The run that all batches of a database belong to."""
    Recorder(engine).begin_run("run")
    return "run"


def run(
    code: str | bytes | types.ModuleType, engine: Engine, rows: list[Row], pool: int = 0
) -> Observation:
    """Run the batch path ``Transform().process_batch(rows, ctx)`` of ``code`` once.

    Before and after it run the hooks ``on_start(ctx)`` and ``on_complete(ctx)``, if there are any.
    """
    recorder = Recorder(engine)
    run_id = _begun_run(engine)
    state_id = recorder.begin_node_state(run_id)
    with engine.connect() as connection:
        last_call = connection.scalar(select(func.max(calls.c.call_id))) or 0
    module = code if isinstance(code, types.ModuleType) else load(code)
    transform = module.Transform(pool)
    awaits = inspect.iscoroutinefunction(transform.process_batch)
    if awaits:
        gc.freeze()
    context = PluginContext(landscape=recorder, state_id=state_id, run_id=run_id)
    output: Any = None
    error = ""
    printed = io.StringIO()
    # Of a package, the lines of all its modules.
    name = module.__name__.partition(".")[0]
    with _log_lines(name) as lines, redirect_stdout(printed):
        try:
            getattr(transform, "on_start", _nothing)(context)
            answer = transform.process_batch([dict(row) for row in rows], context)
            if inspect.iscoroutine(answer):
                answer = asyncio.run(answer)
            output = list(answer) if inspect.isgenerator(answer) else answer
            getattr(transform, "on_complete", _nothing)(context)
        except Exception as exception:
            error = f"{type(exception).__name__}: {exception}".partition("\n")[0]
    # asyncio logs the exception that nobody took when its task is collected. That formats a
    # traceback, which parses; on Python 3.11 another parse that this interrupts fails with
    # SystemError (https://github.com/python/cpython/issues/106905). So the tasks go now; what was
    # there before them, the trees of the whole session, is not looked through each time.
    if awaits:
        gc.collect()
        gc.unfreeze()
    line_count = len(lines) + len(printed.getvalue().splitlines())
    with engine.connect() as connection:
        recorded = connection.execute(
            select(calls.c.state_id, calls.c.call_index, calls.c.request)
            .where(calls.c.call_id > last_call)
            .order_by(calls.c.call_id)
        )
        made = tuple(Call(*row) for row in recorded)
    cached = sum(
        len(value)
        for value in vars(transform).values()
        if isinstance(value, dict) and value and all(hasattr(c, "ask") for c in value.values())
    )
    return Observation(state_id, made, output, error, line_count, cached, recorder.closes)


def _nothing(_context: PluginContext) -> None:
    """Stand in for a hook that the class does not have."""


@contextmanager
def _log_lines(name: str) -> Iterator[list[str]]:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Keep()
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def assert_equivalent(before: Observation, after: Observation, *, ordered: bool = True) -> None:
    """Check the contract of a fix: ``before`` ran with keys off, ``after`` with keys enforced."""
    assert {call.state_id for call in after.calls} <= {after.state_id}
    assert sorted(call.call_index for call in after.calls) == list(range(len(after.calls)))
    requests = [call.request for call in before.calls], [call.request for call in after.calls]
    if ordered:
        assert requests[0] == requests[1]
        assert [call.call_index for call in after.calls] == list(range(len(after.calls)))
    else:
        assert Counter(requests[0]) == Counter(requests[1])
    assert before.output == after.output
    assert before.error == after.error
    assert before.log_lines == after.log_lines
    # One client where there were as many as rows; a row that raised may have left its own.
    assert after.cached <= min(before.cached, 1)
    assert after.closes <= before.closes
    assert bool(after.closes) == bool(before.closes)
