"""The rules: their codes and the page of each.

``flake8-stateid explain`` prints the pages, ``docs/generate.py`` writes them to ``docs/rules/``,
and a test runs the lint on every example.
"""

from __future__ import annotations

from flake8_stateid.records import Record


class Rule(Record):
    """One code and its page; the texts are Markdown, wrapped for a terminal.

    Attributes:
        code: What flake8 reports and noqa names.
        title: The defect in a few words.
        on_by_default: Whether it is reported without being selected.
        what: What is reported.
        why: What goes wrong at run time.
        example: Code that is reported; empty where no code can show it.
        fix: The same put right; empty likewise.
        remedy: How to put it right.
        suppress: When to silence it, and how.
    """

    code: str
    title: str
    on_by_default: bool
    what: str
    why: str
    example: str
    fix: str
    remedy: str
    suppress: str


_WHY_BUILT = """\
Every recorded call carries a `state_id` that is a foreign key to `node_states`. The engine mints
these ids and stores their rows; a plugin is handed one as `ctx.state_id`. An id that a plugin
builds has no row. Where the database enforces foreign keys, the first recorded call raises
`IntegrityError` (FOREIGN KEY) and the batch is lost. Where it does not, as in SQLite by default,
the calls are stored under an id that leads nowhere, and the audit trail is broken in silence."""

_REMEDY_BUILT = """\
Record every call under the id the plugin was given. Bind it once, before the loop. If the id was
also the key of a cache of clients, move the release of the client out of the loop, behind all of
its calls: a client that is made anew for the same state id counts `call_index` from 0 again and
breaks UNIQUE (`state_id`, `call_index`) at the second row (SID101, SID102). `flake8-stateid fix`
makes both changes where it can prove them safe."""

_SUPPRESS_BUILT = """\
When the built string is no audit id but merely shares its name (the state of a session, say), or
when the id is registered in a way the rule cannot see. Prefer to name the function that registers
it in `stateid-minting`. For one line, put `# noqa: {code}` behind it, and say why."""


_BUILT_ELSEWHERE = """

A string that another module builds is reported where it comes into this file, and the message
names the place where it is built; not so if that is plugin code which is told of it there."""


def _built(code: str, title: str, what: str, example: str, fix: str) -> Rule:
    suppress = _SUPPRESS_BUILT.format(code=code)
    what += _BUILT_ELSEWHERE
    return Rule(code, title, True, what, _WHY_BUILT, example, fix, _REMEDY_BUILT, suppress)


RULES = (
    _built(
        "SID001",
        "state id built by an f-string",
        """\
An f-string (or a t-string) whose value becomes a state id: it is passed as one, assigned to a
name, attribute or key that holds one, returned from a function named so, or travels there through
locals, containers, attributes, calls and imports. The finding stands at the f-string.""",
        """\
class SummaryTransform:
    def process_batch(self, rows, ctx):
        for index, row in enumerate(rows):
            row_state_id = f"{ctx.state_id}_row{index}"
            self.client.complete(row["text"], state_id=row_state_id)
""",
        """\
class SummaryTransform:
    def process_batch(self, rows, ctx):
        state_id = ctx.state_id
        for row in rows:
            self.client.complete(row["text"], state_id=state_id)
""",
    ),
    _built(
        "SID002",
        "state id built by concatenation",
        """\
A sum of strings (`+` or `+=`) whose value becomes a state id, directly or through locals,
containers, attributes, calls and imports. A sum with a number in it is no string and is not
reported, nor is one that is declared to be a number and in which no text is seen. The finding
stands at the first operand.""",
        """\
class SummaryTransform:
    def process_batch(self, rows, ctx):
        for index, row in enumerate(rows):
            self.client.complete(row["text"], state_id=ctx.state_id + "_row" + str(index))
""",
        """\
class SummaryTransform:
    def process_batch(self, rows, ctx):
        state_id = ctx.state_id
        for row in rows:
            self.client.complete(row["text"], state_id=state_id)
""",
    ),
    _built(
        "SID003",
        "state id built by %, format, join or Template",
        """\
A string formatted by `%`, `str.format`, `str.format_map`, `str.join` or `string.Template` whose
value becomes a state id, directly or through locals, containers, attributes, calls and imports.
The `.join` of a database query takes a table, no iterable of strings, and is not reported.""",
        """\
class SummaryTransform:
    def process_batch(self, rows, ctx):
        for index, row in enumerate(rows):
            row_state_id = "{}_row{}".format(ctx.state_id, index)
            self.client.complete(row["text"], state_id=row_state_id)
""",
        """\
class SummaryTransform:
    def process_batch(self, rows, ctx):
        state_id = ctx.state_id
        for row in rows:
            self.client.complete(row["text"], state_id=state_id)
""",
    ),
    Rule(
        "SID101",
        "client of a shared state id released inside the loop that uses it",
        True,
        """\
A client that counts its own calls is dropped from where it is kept (`pop`, `del`, `clear`, or
`None` in its place) in each round of a loop, while the state id stays the same in all rounds. The
release may stand in a function that the loop calls. Reported only where the client's class, in
this module or another one of the package, can be seen to count calls itself: an attribute such as
`_call_index` that starts with the object and is advanced by its methods, or a counter that each
client is given anew where it is made. Where the recorder allocates `call_index`, a release in the
loop does no harm; nor does one that leads straight out of the loop, or an id that may differ from
round to round. The finding stands at the release.""",
        """\
The next round makes a new client under the same state id, and the new client counts from 0 again:
two calls with `call_index` 0 under one state. UNIQUE (`state_id`, `call_index`) fails with
`IntegrityError` at the second row. This is what is left behind when a built id is replaced by
`ctx.state_id` and nothing else changes; a test with a single row, or with a mocked recorder,
passes all the same.""",
        """\
class LLMClient:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def complete(self, prompt):
        self._recorder.record_call(self._state_id, self._call_index, prompt)
        self._call_index += 1


class SummaryTransform:
    def __init__(self, recorder):
        self._recorder = recorder
        self._clients = {}

    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = LLMClient(self._recorder, state_id)
        return self._clients[state_id]

    def process_batch(self, rows, ctx):
        state_id = ctx.state_id
        for row in rows:
            try:
                self._client(state_id).complete(row["text"])
            finally:
                self._clients.pop(state_id, None)
""",
        """\
class LLMClient:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def complete(self, prompt):
        self._recorder.record_call(self._state_id, self._call_index, prompt)
        self._call_index += 1


class SummaryTransform:
    def __init__(self, recorder):
        self._recorder = recorder
        self._clients = {}

    def _client(self, state_id):
        if state_id not in self._clients:
            self._clients[state_id] = LLMClient(self._recorder, state_id)
        return self._clients[state_id]

    def process_batch(self, rows, ctx):
        state_id = ctx.state_id
        try:
            for row in rows:
                self._client(state_id).complete(row["text"])
        finally:
            self._clients.pop(state_id, None)
""",
        """\
Release the client once, in a `finally` around the whole loop. This rests on the engine opening a
new node state for each batch and each attempt. Where one state id serves two batches and the
client counts, no place of release helps: let the recorder allocate `call_index`.
`flake8-stateid fix` moves the release where it can prove that safe, and binds the id before the
loop.""",
        """\
When something the rule cannot see keeps `call_index` apart, such as a client that takes up the
count it finds in the database. Put `# noqa: SID101` behind the line, and say why.""",
    ),
    Rule(
        "SID102",
        "client constructed anew for each round under one shared state id",
        True,
        """\
A client that counts its own calls is constructed in each round of a loop, directly or by a
function that the loop calls, or a property that it reads, under a state id that stays the same in
all rounds; also where it is given the whole context, and records under the id of that. Reported
only where the client's class, in this module or another one of the package, can be seen to count
calls itself, also by a counter that each is given for its own, and where no cache or condition
keeps the client for the next round. The finding stands at the construction.""",
        """\
Every new client counts from 0, so the second round records `call_index` 0 under the same state
again. UNIQUE (`state_id`, `call_index`) fails with `IntegrityError` at the second row; a test
with a single row, or with a mocked recorder, passes all the same.""",
        """\
class LLMClient:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def complete(self, prompt):
        self._recorder.record_call(self._state_id, self._call_index, prompt)
        self._call_index += 1


class SummaryTransform:
    def __init__(self, recorder):
        self._recorder = recorder

    def process_batch(self, rows, ctx):
        for row in rows:
            client = LLMClient(self._recorder, ctx.state_id)
            client.complete(row["text"])
""",
        """\
class LLMClient:
    def __init__(self, recorder, state_id):
        self._recorder = recorder
        self._state_id = state_id
        self._call_index = 0

    def complete(self, prompt):
        self._recorder.record_call(self._state_id, self._call_index, prompt)
        self._call_index += 1


class SummaryTransform:
    def __init__(self, recorder):
        self._recorder = recorder

    def process_batch(self, rows, ctx):
        client = LLMClient(self._recorder, ctx.state_id)
        for row in rows:
            client.complete(row["text"])
""",
        """\
Construct the client once for the state id, before the loop, or keep it in a cache by state id
that lives as long as the batch. Or let the recorder allocate `call_index`.
`flake8-stateid fix` moves the construction before the loop where it can prove that safe, and
hands the client to the private function that made one, if one did; otherwise it says why not.""",
        """\
When something the rule cannot see keeps `call_index` apart, such as a client that takes up the
count it finds in the database. Put `# noqa: SID102` behind the line, and say why.""",
    ),
    Rule(
        "SID201",
        "state id minted in plugin code",
        False,
        """\
A fresh id (`uuid.uuid4()`, a hash, a counter, a literal) becomes a state id in plugin code. Empty
strings and strings without letter or digit are taken for placeholders, prose and the names of
columns or types for what they are. Off by default: select `SID201` to have it reported.""",
        """\
An id the plugin invents has no row in `node_states`, however unique it is: the foreign key fails,
or the calls are orphaned in silence, just as for a built one. It is off by default because some
plugins do mint ids and register them in ways no analysis of source can see.""",
        """\
import uuid


class SummaryTransform:
    def process(self, row, ctx):
        self.client.complete(row["text"], state_id=str(uuid.uuid4()))
""",
        """\
class SummaryTransform:
    def process(self, row, ctx):
        self.client.complete(row["text"], state_id=ctx.state_id)
""",
        """\
Use the id the plugin was given. If the plugin must open a state of its own, register the id by
the engine's call before its first use, and name that call in `stateid-minting` (default:
`begin_node_state`).""",
        """\
Where plugin code rightly mints ids: leave the code off, or name the registering function in
`stateid-minting`. For one line, put `# noqa: SID201` behind it, and say why.""",
    ),
    Rule(
        "SID900",
        "file could not be analysed",
        True,
        """\
The file mentions a state id, but the analysis gave up on it: code nested deeper than it can
follow, a file too large, or a mistake in flake8-stateid itself. The message says which. The
command line reports it as an error, with exit code 2.""",
        """\
Nothing is known about this file: it may hold any of the other defects. It is a finding rather
than a crash, so that the other files of the run are still checked.""",
        "",
        "",
        """\
Split the expression or the file that the message speaks of. If the message speaks of an
unexpected error, please report it together with the file.""",
        """\
For generated files nobody edits: leave them out by `stateid-exclude-paths`, or put
`# flake8: noqa` on a line of its own.""",
    ),
)

OFF_BY_DEFAULT = tuple(rule.code for rule in RULES if not rule.on_by_default)

_RULES_BY_CODE = {rule.code: rule for rule in RULES}


def rule_of(code: str) -> Rule | None:
    """The rule of ``code``, in any letter case, or ``None`` if there is none."""
    return _RULES_BY_CODE.get(code.upper())


def page(rule: Rule) -> str:
    """The rule's page as Markdown."""
    default = "on" if rule.on_by_default else "off"
    parts = [
        f"# {rule.code}: {rule.title}",
        f"Default: {default}.",
        f"## What is reported\n\n{rule.what}",
        f"## Why it is a defect\n\n{rule.why}",
    ]
    if rule.example:
        parts.append(f"## Example\n\n```python\n{rule.example}```")
    parts.append(f"## How to fix it\n\n{rule.remedy}")
    if rule.fix:
        parts.append(f"```python\n{rule.fix}```")
    parts.append(f"## When to suppress it\n\n{rule.suppress}")
    return "\n\n".join(parts) + "\n"
