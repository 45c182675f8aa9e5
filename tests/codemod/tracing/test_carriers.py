"""Ids that jobs, tuples, dictionaries and contexts of rows carry from where they are built."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.codemod.cases import Case, check_fixed, check_refused
from tests.codemod.fixing import fixed, refused
from tests.codemod.harness import shared
from tests.codemod.project import BATCH, Project
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

JOB = """
class Job(NamedTuple):
    row: dict[str, Any]
    state_id: str
    index: int = 0


"""
WORK = """
def _work(self, job):
    return self._answer(job.row, job.state_id)
"""
BY_CONTEXT = """
def _row(self, row, ctx):
    return self._answer(row, ctx.state_id)
"""
BUILT = 'f"{ctx.state_id}_row{i}"'
JOBS = f"jobs = [Job(row, {BUILT}) for i, row in enumerate(rows)]\noutput = []\n"
PAIRS = f"pairs = [(row, {BUILT}) for i, row in enumerate(rows)]\noutput = []\n"
LOOP = "output = []\nfor i, row in enumerate(rows):\n"
POP = "self._clients.pop(job.state_id, None)"


def each_job(body: str, *, by: str = "for job in jobs") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{JOBS}{by}:\n{lines}\nself._clients.clear()\nreturn output"


def each_row(made: str, body: str) -> str:
    lines = "\n".join(f"    {line}" for line in [made, *body.splitlines()])
    return f"{LOOP}{lines}\nreturn output"


def released(held: str, use: str, key: str) -> str:
    """A row whose id an object holds; the release reads it from there."""
    return each_row(
        held,
        f"try:\n    output.append({use})\nfinally:\n"
        f"    with self._lock:\n        self._clients.pop({key}, None)",
    )


ADD = "output.append(self._work(job))"
REPLACED = f"row_ctx = replace(ctx, state_id={BUILT})"
FIXED = (
    Case("jobs", each_job(ADD), WORK),
    Case("jobs by keyword", each_job(ADD).replace("Job(row, f", "Job(row=row, state_id=f"), WORK),
    Case("jobs in place", each_job("output.append(self._answer(job.row, job.state_id))")),
    Case("jobs by number", each_job("output.append({**self._work(job), 'i': job.index})"), WORK),
    Case(
        "jobs, numbered",
        each_job("output.append({**self._work(job), 'n': n})", by="for n, job in enumerate(jobs)"),
        WORK,
    ),
    Case(
        "jobs beside rows",
        each_job(
            "output.append(self._answer(row, job.state_id))", by="for row, job in zip(rows, jobs)"
        ),
    ),
    Case(
        "jobs by index",
        each_job("output.append(self._work(jobs[n]))", by="for n in range(len(jobs))"),
        WORK,
    ),
    Case("jobs in a comprehension", f"{JOBS}return [self._work(job) for job in jobs]", WORK),
    Case("jobs logged", each_job(f"logger.info('%s', job)\n{ADD}"), WORK),
    Case(
        "jobs appended",
        f"jobs = []\n{LOOP}    jobs.append(Job(row, {BUILT}))\n"
        f"for job in jobs:\n    {ADD}\nself._clients.clear()\nreturn output",
        WORK,
    ),
    Case("jobs, released at the end", each_job(f"{ADD}\n{POP}"), WORK),
    Case("jobs, released", each_job(f"try:\n    {ADD}\nfinally:\n    {POP}"), WORK),
    Case(
        "a job, annotated",
        released(f"job: Job = Job(row, {BUILT})", "self._work(job)", "job.state_id"),
        WORK,
    ),
    Case(
        "a job, released",
        released(f"job = Job(row, {BUILT})", "self._work(job)", "job.state_id"),
        WORK,
    ),
    Case(
        "a job named",
        released(
            f"job = Job(row, {BUILT})\n    same = job", "self._work(job=same)", "job.state_id"
        ),
        WORK,
    ),
    Case(
        "jobs mapped to threads",
        f"{JOBS}with ThreadPoolExecutor(2) as pool:\n    return list(pool.map(self._work, jobs))",
        WORK,
        ordered=False,
        rows=("none", "one", "five"),
    ),
    Case(
        "jobs submitted",
        f"with ThreadPoolExecutor(2) as pool:\n    futures = [\n"
        f"        pool.submit(self._work, Job(row, {BUILT}))\n"
        "        for i, row in enumerate(rows)\n    ]\n"
        "return [future.result() for future in futures]",
        WORK,
        ordered=False,
        rows=("none", "one", "five"),
    ),
    Case(
        "a tuple walked",
        f"{PAIRS}for row, sid in pairs:\n    output.append(self._answer(row, sid))\n"
        "    self._clients.pop(sid, None)\nreturn output",
    ),
    Case(
        "a tuple walked by number",
        f"{PAIRS}for n, (row, sid) in enumerate(pairs):\n"
        "    output.append((n, self._answer(row, sid)))\nreturn output",
    ),
    Case(
        "a tuple in a comprehension",
        f"{PAIRS}return [self._answer(row, sid) for row, sid in pairs]",
    ),
    Case("a tuple asked", f"{PAIRS}return [self._answer(pair[0], pair[1]) for pair in pairs]"),
    Case(
        "a tuple taken apart in a helper",
        f"{PAIRS}return [self._pair(pair) for pair in pairs]",
        "def _pair(self, pair):\n    row, sid = pair\n    return self._answer(row, sid)",
    ),
    Case(
        "a dictionary",
        released(
            f"job = {{'row': row, 'state_id': {BUILT}}}",
            "self._answer(job['row'], job['state_id'])",
            "job['state_id']",
        ),
    ),
    Case(
        "a dictionary for the log",
        each_row(
            f"sid = {BUILT}\n    extra = {{'state_id': sid, 'row': i}}",
            "logger.info('row', extra=extra)\noutput.append(self._answer(row, sid))\n"
            "self._clients.pop(sid, None)",
        ),
    ),
    Case(
        "a context of the row",
        released(REPLACED, "self._row(row, row_ctx)", "row_ctx.state_id"),
        BY_CONTEXT,
    ),
    Case(
        "a context made by its class",
        f"""
        held = [
            PluginContext(landscape=ctx.landscape, state_id={BUILT}, run_id="x")
            for i, row in enumerate(rows)
        ]
        return [self._answer(row, each.state_id) for row, each in zip(rows, held)]
        """,
    ),
    Case(
        "a context of the row, in place",
        f"return [self._row(row, replace(ctx, state_id={BUILT})) for i, row in enumerate(rows)]",
        BY_CONTEXT,
    ),
    Case(
        "a client made from the context of the row",
        each_row(
            REPLACED,
            "output.append(self._made(row, row_ctx))\nself._clients.pop(row_ctx.state_id, None)",
        ),
        """
        def _made(self, row, ctx):
            client = self._clients.get(ctx.state_id)
            if client is None:
                client = self._clients[ctx.state_id] = AuditedClient(ctx.landscape, ctx.state_id)
            return client.ask(row["prompt"])
        """,
    ),
)
STORED = "the id is stored in 'Job'"
REMADE = "'replace' makes a context for each row"
TUPLE = "the id is part of a tuple"
DICTIONARY = "the id is stored in a container"
REFUSED = (
    Case("compared", each_job(f"output.append(job == jobs[0])\n{ADD}"), WORK, STORED),
    Case("looked for", each_job(f"output.append(jobs.index(job))\n{ADD}"), WORK, STORED),
    Case("in a set", each_job(ADD).replace("in jobs", "in {*jobs}"), WORK, STORED),
    Case("sorted", each_job(ADD).replace("in jobs", "in sorted(jobs, key=str)"), WORK, STORED),
    Case("as a key", each_job(f"self.done = {{job: 1}}\n{ADD}"), WORK, STORED),
    Case("handed out", each_job(f"{ADD}\noutput.append(job)"), WORK, STORED),
    Case("returned", f"{JOBS}return jobs", WORK, STORED),
    Case("kept", each_job(f"{ADD}\nself.done = job"), WORK, STORED),
    Case("popped", each_job(ADD) + "\njobs.pop()", WORK, STORED),
    Case(
        "beside others in a list",
        f"jobs = []\n{LOOP}    jobs.append(Job(row, {BUILT}))\n"
        "    jobs.append(Job(row, self.done))\n"
        f"for job in jobs:\n    {ADD}\n    {POP}\nreturn output",
        WORK,
        STORED,
    ),
    Case(
        "added to others",
        f"jobs = [*self.done]\n{LOOP}    jobs.append(Job(row, {BUILT}))\n"
        f"for job in jobs:\n    {ADD}\n    {POP}\nreturn output",
        WORK,
        STORED,
    ),
    Case("added to", each_job(f"jobs.append(1)\n{ADD}"), WORK, STORED),
    Case("bound again", each_job(f"{ADD}\njob = None"), WORK, STORED),
    Case("a list bound again", each_job(ADD) + "\njobs = []", WORK, STORED),
    Case("a method", each_job("output.append(job.told())"), WORK, STORED),
    Case("an unseen function", each_job("output.append(len(str(job)))"), WORK, STORED),
    Case("after a star", each_job("output.append(self._work(*[], job))"), WORK, STORED),
    Case(
        "the id compared",
        each_job("output.append(job.state_id == 'x')"),
        WORK,
        "the id is compared",
    ),
    Case(
        "emptied by rows",
        each_job(f"{ADD}\nself._clients.clear()"),
        WORK,
        "'self._clients' is used in another way while rows run",
    ),
    Case(
        "a client made with something of the row",
        each_job("output.append(self._own(job))"),
        """
        def _own(self, job):
            if job.state_id not in self._clients:
                self._clients[job.state_id] = AuditedClient(self._recorder, job.state_id, job.row)
            return self._clients[job.state_id].ask("x")
        """,
        "the client is made with 'job', which differs from row to row",
    ),
    Case(
        "a tuple handed out",
        f"{PAIRS}output = [self._answer(row, sid) for row, sid in pairs]\nreturn [output, *pairs]",
        reason=TUPLE,
    ),
    Case(
        "a tuple with a star",
        f"{PAIRS}for row, *rest in pairs:\n"
        "    output.append(self._answer(row, rest[0]))\nreturn output",
        reason=TUPLE,
    ),
    Case(
        "a dictionary that is set",
        each_row(
            f"job = {{'state_id': {BUILT}}}",
            "job['x'] = i\noutput.append(self._answer(row, job['state_id']))",
        ),
        reason=DICTIONARY,
    ),
    Case(
        "a key",
        each_row(
            f"state_id = {BUILT}\n    job = {{state_id: row}}",
            "output.append(self._answer(job[state_id], state_id))",
        ),
        reason="the id is stored in a container",
    ),
    Case(
        "a context kept",
        each_row(
            f"self._ctx = replace(ctx, state_id={BUILT})",
            "output.append(self._row(row, self._ctx))",
        ),
        BY_CONTEXT,
        REMADE,
    ),
    Case(
        "a context compared",
        each_row(REPLACED, "output.append(row_ctx == ctx)"),
        BY_CONTEXT,
        REMADE,
    ),
    Case(
        "a context handed to what is not seen",
        each_row(REPLACED, "output.append(row['go'](row_ctx))"),
        BY_CONTEXT,
        REMADE,
    ),
    Case(
        "a context of an unseen class",
        each_row(
            REPLACED.replace("ctx,", "other,").replace("ctx.", "other."),
            "output.append(self._row(row, row_ctx))",
        ).replace("output = []", "output = []\nother = self.done"),
        BY_CONTEXT,
        REMADE,
    ),
    Case(
        "a context beside its own",
        each_row(
            REPLACED, "output.append(self._row(row, row_ctx))\noutput.append(self._row(row, ctx))"
        ),
        BY_CONTEXT,
        "'ctx' is used beside the built ids",
    ),
)
# What a class may hold besides its fields, and whether it may carry an id then.
BODIES = {
    "a property": ("@property\n    def told(self):\n        return self.state_id", True),
    "a method": ("def told(self):\n        return self.state_id", True),
    "what runs when it is made": ("def __post_init__(self):\n        SEEN.append(self)", False),
    "what answers for it": ("def __getattr__(self, name):\n        return SEEN", False),
    "what takes no argument": ("number: int = field(init=False)", False),
    "what its class holds": ("number: ClassVar[int] = 0", False),
}


DEFINE = """
def define(cls):
    def made(self, row, state_id):
        self.row, self.state_id = row, state_id

    cls.__init__ = made
    return cls


"""
# Of attrs and msgspec, which need not be installed: what they are called is what is seen.
FOREIGN = {
    "attrs": (f"{DEFINE}@define\nclass Job:", True),
    "attrs, with a converter": (f"{DEFINE}@define\nclass Job:", False),
    "attrs, acting": (
        "@attrs.define\nclass Job:\n"
        "    def __attrs_post_init__(self):\n        SEEN.append(self)\n",
        False,
    ),
    "msgspec": ("class Job(msgspec.Struct):", False),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_records_of_other_packages(name: str, databases: tuple[Engine, ...]) -> None:
    head, plain = FOREIGN[name]
    job = JOB.replace("class Job(NamedTuple):", head)
    if "converter" in name:
        job = job.replace("index: int = 0", "index: int = field(default=0, converter=int)")
    code = code_of(Case("", each_job(ADD), WORK), job)
    if plain:
        check(code, fixed(code), databases, ("none", "one", "five"))
    else:
        assert refused(code).reason == STORED


def code_of(case: Case, job: str = JOB) -> str:
    code = module(case.method, case.beside)
    needed = "from dataclasses import dataclass, field, replace\nfrom typing import NamedTuple\n"
    code = code.replace("import logging\n", f"{needed}import logging\n", 1)
    return code.replace("class Transform", f"{job.lstrip()}class Transform", 1)


@pytest.mark.parametrize("case", FIXED, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    check_fixed(case, databases, code_of(case), ("none", "one", "five", "raising"))


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case: Case) -> None:
    check_refused(case, code_of(case), whole=False)


@pytest.mark.parametrize("name", BODIES)
def test_class(name: str) -> None:
    body, plain = BODIES[name]
    job = JOB.rstrip() + f"\n    {body}\n\n\n"
    job = job.replace("class Job(NamedTuple)", "@dataclass\nclass Job")
    code = code_of(Case("", each_job(ADD), WORK), job)
    if plain:
        fixed(code)
        assert refused(code.replace(ADD, "output.append(job.told)")).reason == STORED
    else:
        assert refused(code).reason == STORED


@pytest.mark.parametrize("beside", ["", "class Job(NamedTuple):\n        state_id: str"])
def test_class_in_the_plugins(beside: str, databases: tuple[Engine, ...]) -> None:
    """It is found by ``self``, unless a subclass may have another one."""
    code = code_of(Case("", each_job(ADD).replace("Job(", "self.Job("), WORK), "")
    inner = textwrap.indent(JOB.strip(), "    ")
    code = code.replace('rows of a batch."""\n', f'rows of a batch."""\n\n{inner}\n', 1)
    if beside:
        code += f"\n\nclass Other(Transform):\n    {beside}\n"
        assert refused(code).reason == "the id is handed to 'self.Job', which cannot be seen"
    else:
        check(code, fixed(code), databases, ("none", "one", "five"))


@pytest.mark.parametrize("base", ["", "(Base)"])
def test_class_of_another_module(base: str, tmp_path: pathlib.Path) -> None:
    """A class with a base takes more arguments than are seen."""
    code = code_of(Case("", each_job(ADD), WORK), "")
    code = code.replace("import logging\n", "import logging\n\nfrom acme.jobs import Job\n", 1)
    job = f"""
    from dataclasses import dataclass
    from typing import Any

    @dataclass
    class Base:
        pass

    @dataclass
    class Job{base}:
        row: dict[str, Any]
        state_id: str
    """
    project = Project(tmp_path, code, {"acme/jobs.py": job})
    fix = project.fix()
    if base:
        assert fix.after == fix.before
        return
    assert not project.differs(
        BATCH[:-3].replace("/", "."), fix.after, shared(keys=True), ("five",)
    )
