"""Clients that each row makes anew: one before the loop, where that is shown to do the same."""

# flake8: noqa: E501
# ruff: noqa: E501 - the reasons stand as they are printed

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.codemod.fixing import fix, fixed, refused
from tests.codemod.restarting import check_restart
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine

ANEW = "a client is constructed for each row, so call_index would restart"
LOOP_WORDS = {"for", "while"}
BATCHES = ("none", "one", "five", "raising", "skipping", "stopping")
BUILT = 'f"{ctx.state_id}_row{i}"'
LOOP = """
output = []
for i, row in enumerate(rows):
    client = AuditedClient(self._recorder, state_id=BUILT)
    USE
return output
""".replace("BUILT", BUILT)
ASK = 'output.append(client.ask(row["prompt"]))'
# A client of the plugin's own; MADE is what else its constructor does.
OWN = """

class OwnClient(Base):
    def __init__(self, recorder, state_id, tag="none"):
        self.recorder = recorder
        self.state_id = state_id
        self.count = 0
        MADE

    def ask(self, text):
        index = self.count
        self.count += 1
        self.recorder.record_call(state_id=self.state_id, call_index=index, request=text)
        return text
"""

CHOSEN = LOOP.replace("    client =", "    if i >= 0:\n        client =").replace(
    "    USE", "        USE"
)


def _code(use: str = ASK, loop: str = LOOP, beside: str = "") -> str:
    return module(loop.strip("\n").replace("USE", use.replace("\n", "\n    ")), beside)


def _own(made: str = "pass", base: str = "", head: str = "", given: str = "") -> str:
    """Rows that make clients of a class whose constructor does ``made``."""
    own = OWN.replace("MADE", made.replace("\n", "\n        ")).replace("(Base)", base)
    loop = LOOP.replace("AuditedClient", "OwnClient").replace('row{i}")', f'row{{i}}"{given})')
    return _code(loop=loop).replace("\n\nclass Transform", f"\n{head}\n\nclass Transform", 1) + own


LOOPS = {
    "an argument": LOOP,
    "by a local": LOOP.replace(BUILT, "sid").replace(
        "    client =", f"    sid = {BUILT}\n    client ="
    ),
    "annotated": LOOP.replace("client =", "client: AuditedClient ="),
    "the context's recorder": LOOP.replace("self._recorder", "ctx.landscape"),
    "a local recorder": LOOP.replace("self._recorder", "recorder").replace(
        "output = []", "output = []\nrecorder = ctx.landscape"
    ),
    "what all rows share": LOOP.replace(BUILT, f'{BUILT}, provider="any"'),
    "a global": LOOP.replace(BUILT, f"{BUILT}, provider=__name__"),
    "behind another statement": LOOP.replace(
        "    client", '    if row.get("skip"):\n        continue\n    client'
    ),
    "the row's id": LOOP.replace("_row{i}", "_{row['id']}"),
    "in an inner loop": LOOP.replace(
        "    client =", "    for client_number in range(1):\n        client ="
    ).replace("    USE", "        USE"),
    "in a try": LOOP.replace("    client =", "    try:\n        client =").replace(
        "    USE", "        USE\n    except ProviderError:\n        output.append(i)"
    ),
    "under a condition": CHOSEN,
    "where another does not hold": CHOSEN.replace(
        "if i >= 0", "if i < 0:\n        pass\n    else"
    ),
    "on one line": LOOP.replace("enumerate(rows):\n    ", "enumerate(rows): ").replace(
        "\n    USE", "; USE"
    ),
    "while": """
output = []
i = 0
while i < len(rows):
    row = rows[i]
    client = AuditedClient(self._recorder, f"{ctx.state_id}_row{i}")
    USE
    i += 1
return output
""",
}
USES = {
    "asked": ASK,
    "twice": f"{ASK}\n{ASK}",
    "by a helper": "output.append(self._one(row, client))",
    "by a helper, with a keyword": "output.append(self._one(row, client=client))",
    "in a comprehension": "output.extend([client.ask(row['prompt'] + each) for each in 'ab'])",
    "under a condition": f"if i:\n    {ASK}",
    "logged beside": f"logger.info('row %d', i)\n{ASK}",
    "kept going": f"try:\n    {ASK}\nexcept ProviderError:\n    logger.warning('failed')",
}
HELPER = """
def _one(self, row, client):
    return self._two(client, row["prompt"])

def _two(self, client, text):
    return client.ask(text)
"""
IN_PLACE = {
    "asked": """
    output = []
    for i, row in enumerate(rows):
        output.append(AuditedClient(self._recorder, BUILT).ask(row["prompt"]))
    return output
    """,
    "in a comprehension": """
    return [AuditedClient(self._recorder, BUILT).ask(row["prompt"]) for i, row in enumerate(rows)]
    """,
    "handed on": """
    output = []
    for i, row in enumerate(rows):
        output.append(self._one(row, AuditedClient(
            # each row's
            self._recorder,
            BUILT,
        )))
    return output
    """,
    "beside a client": """
    client = None
    output = [client]
    for i, row in enumerate(rows):
        output.append(AuditedClient(self._recorder, BUILT).ask(row["prompt"]))
    return output
    """,
}
MADE = {
    "nothing else": _own(),
    "parts": _own("self.tags = []\nself.lock = Lock()"),
    "a default": _own('if tag is None:\n    tag_text = None\nself.tag = tag or "none"').replace(
        "if tag is None:\n            tag_text = None\n        ", ""
    ),
    "a default by a condition": _own(
        'if tag is None:\n    self.tag = "none"\nelse:\n    self.tag = tag'
    ),
    "above": _own(
        "super().__init__(tag)",
        "(Above)",
        "class Above:\n    def __init__(self, tag):\n        self.tag = tag\n",
    ),
    "a counter of itertools": _own("self.numbers = itertools.count()", head="import itertools\n")
    .replace("index = self.count\n        self.count += 1", "index = next(self.numbers)")
    .replace("        self.count = 0\n", ""),
}
ACTING = {
    "a check": "if not tag:\n    raise ValueError(tag)",
    "a look into what it is given": "self.engine = recorder.engine",
    "a call": "recorder.hello()",
    "a function": "self.text = str(tag)",
    "an item": "self.tag = {'none': 1}[tag]",
    "a log line": "logger.info('made')",
    "a count of objects": "OwnClient.made = 1",
    "a drawn id": "self.session = uuid4().hex",
    "a property that checks": "self.tag = tag",
    "what is not set yet": "self.other = self.tag",
}
OTHER_USES = {
    "kept": "output.append(client)",
    "kept by the plugin": f"self._now = client\n{ASK}",
    "closed": f"{ASK}\nclient.close()",
    "entered": f"with client:\n    {ASK}",
    "asked later": f"output.append(lambda: client.ask(row['prompt']))\n{ASK}",
    "asked by a generator": "output.extend(client.ask(row['prompt']) for _ in 'a')",
    "in a thread": "with ThreadPoolExecutor(2) as executor:\n    output.append(executor.submit(client.ask, row['prompt']).result())",
    "its counter": f"{ASK}\noutput.append(client._call_index)",
    "its method by itself": "ask = client.ask\noutput.append(ask(row['prompt']))",
    "under another name": "other = client\noutput.append(other.ask(row['prompt']))",
    "set": f"client.note = i\n{ASK}",
    "compared": f"if client == i:\n    break\n{ASK}",
    "a coroutine that is kept": "output.append(client.ask_async(row['prompt']))",
    "bound again": f"{ASK}\nclient = None",
    "deleted": f"{ASK}\ndel client",
    "handed to what is not seen": "output.append(answer(client, row))",
    "handed to what keeps it": "output.append(self._kept(client, row))",
    "an except of that name": f"try:\n    {ASK}\nexcept ProviderError as client:\n    output.append(str(client))",
}
KEPT = """
def _kept(self, client, row):
    self._now = client
    return client.ask(row["prompt"])
"""
OTHER_LOOPS = {
    "asked before": (
        LOOP.replace("    client", "    if i:\n        client.ask('again')\n    client"),
        ANEW,
    ),
    "asked behind the loop": (
        LOOP.replace("return", "output.append(client.ask('x'))\nreturn"),
        ANEW,
    ),
    "under a condition on what it is given": (CHOSEN.replace("i >= 0", "self._recorder"), ANEW),
    "under a condition that may look at it": (CHOSEN.replace("i >= 0", "self.ready()"), ANEW),
    "asked beside the condition": (
        CHOSEN.replace("        USE", "        pass\n    USE"),
        ANEW,
    ),
    "in a handler": (
        LOOP.replace(
            "    client =", "    try:\n        row['x']\n    except KeyError:\n        client ="
        ).replace("    USE", "        USE"),
        ANEW,
    ),
    "of the row": (
        LOOP.replace(BUILT, f"{BUILT}, provider=row['id']"),
        ANEW,
    ),
    "of a local of the row": (
        LOOP.replace(BUILT, f"{BUILT}, provider=name").replace(
            "    client", "    name = 'a'\n    client"
        ),
        ANEW,
    ),
    "of a local that may be missing": (
        LOOP.replace(BUILT, f"{BUILT}, provider=name").replace(
            "output = []", "output = []\nif rows:\n    name = 'a'"
        ),
        ANEW,
    ),
    "of what may raise": (LOOP.replace(BUILT, f"{BUILT}, provider=self._options['x']"), ANEW),
    "of what rows set": (
        LOOP.replace(BUILT, f"{BUILT}, provider=self.done").replace(
            "    USE", "    self.done += 1\n    USE"
        ),
        "the client is made with 'self.done', which rows set",
    ),
    "of what nothing sets": (LOOP.replace(BUILT, f"{BUILT}, provider=self.nothing"), ANEW),
    "of what a property makes": (
        LOOP.replace(BUILT, f"{BUILT}, provider=self.named"),
        ANEW,
    ),
    "with what is unpacked": (LOOP.replace(BUILT, f"{BUILT}, **{{}}"), ANEW),
    "that it does not take": (LOOP.replace(BUILT, f"{BUILT}, colour=1"), ANEW),
    "two of them": (
        LOOP.replace(
            "    USE",
            "    other = AuditedClient(self._recorder, BUILT)\n    USE\n    other.ask('x')".replace(
                "BUILT", BUILT
            ),
        ),
        ANEW,
    ),
    "of a class that rows bind": (
        LOOP.replace("AuditedClient(", "Made(").replace(
            "    client", "    Made = AuditedClient\n    client"
        ),
        "the id is handed to 'Made', which cannot be seen",
    ),
    "in a row's function": (
        LOOP.replace(
            "    client = AuditedClient(self._recorder, state_id=BUILT)\n    USE".replace(
                "BUILT", BUILT
            ),
            f"    output.append(self._row(row, {BUILT}))",
        ),
        ANEW,
    ),
    "in tasks": (
        LOOP.replace(
            "USE", "output.append(asyncio.create_task(client.ask_async(row['prompt'])))"
        ).replace("return output", "return await asyncio.gather(*output)"),
        ANEW,
    ),
}
NAMED = """
def ready(self):
    return self._recorder is not None

@property
def named(self):
    logger.info("asked")
    return "any"

def _row(self, row, state_id):
    client = AuditedClient(self._recorder, state_id)
    return client.ask(row["prompt"])
"""


@pytest.mark.parametrize("name", LOOPS)
def test_made_before_the_loop(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(loop=LOOPS[name])
    new = fixed(code)
    body = new.decode().partition("self._recorder = ctx.landscape")[2]
    assert 0 < body.index("AuditedClient(") < min(map(body.index, LOOP_WORDS & {*body.split()}))
    check(code, new, databases, BATCHES)


@pytest.mark.parametrize("name", USES)
def test_rows_that_ask_it(name: str, databases: tuple[Engine, ...]) -> None:
    code = _code(USES[name], beside=HELPER)
    check(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize("name", IN_PLACE)
def test_made_where_it_is_asked(name: str, databases: tuple[Engine, ...]) -> None:
    """It gets a name."""
    code = module(IN_PLACE[name].replace("BUILT", BUILT), HELPER)
    check(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize("name", MADE)
def test_constructors_that_only_store(name: str, databases: tuple[Engine, ...]) -> None:
    check(MADE[name], fixed(MADE[name]), databases, ("none", "one", "five"))


@pytest.mark.parametrize("name", ACTING)
def test_constructors_that_do_more(name: str) -> None:
    """When it runs, and whether it does, would differ for a batch without rows."""
    code = _own(ACTING[name])
    if "property" in name:
        code += "\n    @property\n    def tag(self):\n        return 1\n\n    @tag.setter\n    def tag(self, tag):\n        assert tag\n"
    assert refused(code).reason == ANEW


BY_FACTORY = LOOP.replace("AuditedClient(self._recorder, state_id=", "self._made(ctx, ")
FACTORY = """
def _made(self, ctx, state_id):
    return AuditedClient(ctx.landscape, state_id)
"""
FACTORIES = {
    "a method": (BY_FACTORY, FACTORY),
    "by keyword": (BY_FACTORY.replace("(ctx, ", "(ctx=ctx, state_id="), FACTORY),
    "with a docstring": (BY_FACTORY, FACTORY.replace("    ret", '    """Make one."""\n    ret')),
    "a static method": (
        BY_FACTORY,
        FACTORY.replace("self, ", "").replace("def", "@staticmethod\ndef"),
    ),
    "of the plugin's recorder": (BY_FACTORY, FACTORY.replace("ctx.landscape", "self._recorder")),
    "in place": (
        BY_FACTORY.replace("    client = ", "    output.append(").replace(
            '")\n    USE', '").ask(row["prompt"]))'
        ),
        FACTORY,
    ),
    "with a default": (
        BY_FACTORY,
        FACTORY.replace("state_id)", "state_id, provider='x')", 1).replace(
            "state_id)", "state_id, provider)"
        ),
    ),
}
NO_FACTORIES = {
    "of the row": (
        BY_FACTORY.replace("(ctx, ", "(row, "),
        FACTORY.replace("ctx", "row").replace("row.landscape", "row['recorder']"),
    ),
    "handed the row": (
        BY_FACTORY.replace("(ctx, ", "(row, "),
        FACTORY.replace("ctx.landscape", "self._recorder").replace("ctx", "row"),
    ),
    "that logs": (BY_FACTORY, FACTORY.replace("    ret", "    logger.info('made')\n    ret")),
    "that may raise": (BY_FACTORY, FACTORY.replace("    ret", "    assert ctx\n    ret")),
    "that looks something up": (
        BY_FACTORY,
        FACTORY.replace("state_id)\n", "state_id, self._options['x'])\n").replace(
            "self, ctx, state_id, self._options['x']", "self, ctx, state_id"
        ),
    ),
    "of what is not set": (
        BY_FACTORY,
        FACTORY.replace("ctx.landscape, ", "self._none, "),
    ),
    "that gives more": (
        BY_FACTORY.replace("client =", "client, _ ="),
        FACTORY.replace("return ", "return (")
        .replace("state_id)\n", "state_id), 1)\n")
        .replace("(self, ctx, state_id), 1)", "(self, ctx, state_id)"),
    ),
    "a coroutine": (
        BY_FACTORY.replace("self._made", "await self._made"),
        FACTORY.replace("def", "async def"),
    ),
    "by way of another": (
        BY_FACTORY,
        FACTORY.replace("_made", "_inner")
        + "def _made(self, ctx, state_id):\n    return self._inner(ctx, state_id)\n",
    ),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_made_by_a_function(name: str, databases: tuple[Engine, ...]) -> None:
    loop, factory = FACTORIES[name]
    code = _code(loop=loop, beside=factory)
    check(code, fixed(code), databases, ("none", "five", "raising"))


@pytest.mark.parametrize("name", NO_FACTORIES)
def test_made_by_a_function_that_does_more(name: str) -> None:
    loop, factory = NO_FACTORIES[name]
    assert refused(_code(loop=loop, beside=factory)).reason.startswith((ANEW, "the id is handed"))


def test_made_by_a_function_that_others_override() -> None:
    code = _code(loop=BY_FACTORY, beside=FACTORY)
    sub = FACTORY.replace("    ret", "    self.done += 1\n    ret").replace("\n", "\n    ")
    assert refused(f"{code}\n\nclass Counting(Transform):{sub}\n").reason == ANEW


def test_made_by_a_function_of_the_context(databases: tuple[Engine, ...]) -> None:
    """SID102, where no name holds the id: none is bound."""
    loop = BY_FACTORY.replace("(ctx, BUILT)".replace("BUILT", BUILT), "(ctx)").replace(
        "i, row in enumerate(rows)", "row in rows"
    )
    factory = FACTORY.replace(", state_id):", "):").replace(", state_id)", ", ctx.state_id)")
    code = _code(loop=loop, beside=factory)
    new = fixed(code)
    assert b"state_id = " not in new.partition(b"output = []")[2]
    check_restart(code, new, databases, BATCHES)


@pytest.mark.parametrize("name", OTHER_USES)
def test_rows_that_do_more_with_it(name: str) -> None:
    assert refused(_code(OTHER_USES[name], beside=KEPT)).reason == ANEW


@pytest.mark.parametrize("name", OTHER_LOOPS)
def test_loops_that_must_make_it(name: str) -> None:
    loop, reason = OTHER_LOOPS[name]
    refusal = refused(_code(loop=loop, beside=NAMED))
    assert refusal.reason == reason
    assert refusal.remedy


SHARED = LOOP.replace(BUILT, "ctx.state_id").replace("i, row in enumerate(rows)", "row in rows")


@pytest.mark.parametrize("name", ["read there", "bound before", "bound there", "in place"])
def test_under_the_one_id(name: str, databases: tuple[Engine, ...]) -> None:
    """SID102: the id is right, and the client alone moves."""
    loop = {
        "read there": SHARED,
        "bound before": SHARED.replace("ctx.state_id", "state_id").replace(
            "output", "state_id = ctx.state_id\noutput", 1
        ),
        "bound there": SHARED.replace("ctx.state_id", "state_id").replace(
            "    client", "    state_id = ctx.state_id\n    client"
        ),
        "in place": SHARED.replace(
            "    client = AuditedClient(self._recorder, state_id=ctx.state_id)\n", ""
        ),
    }[name]
    use = (
        ASK
        if name != "in place"
        else ASK.replace("client", "AuditedClient(self._recorder, ctx.state_id)")
    )
    code = _code(use, loop)
    assert {each.finding.code for each in fix(code).outcomes} == {"SID102"}
    check_restart(code, fixed(code), databases, BATCHES)


HOLDING = """

class OwnClient:
    def __init__(self, context):
        self.context = context
        self.count = 0
        MADE

    def ask(self, text):
        index = self.count
        self.count += 1
        self.context.landscape.record_call(
            state_id=self.context.state_id, call_index=index, request=text
        )
        return text
"""


def _holding(made: str = "pass") -> str:
    """Rows that make clients of a class that is given the whole context."""
    loop = SHARED.replace("AuditedClient(self._recorder, state_id=ctx.state_id)", "OwnClient(ctx)")
    code = _code(loop=loop).replace("        self._recorder = ctx.landscape\n", "")
    return code + HOLDING.replace("MADE", made)


def test_a_client_of_the_whole_context(databases: tuple[Engine, ...]) -> None:
    """SID102: the client reads the one id off the context that it is given."""
    code = _holding()
    assert {each.finding.code for each in fix(code).outcomes} == {"SID102"}
    check_restart(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize("made", ["context.opened += 1", "self.seen = set(context.config)"])
def test_a_client_of_the_whole_context_that_takes_more_of_it(made: str) -> None:
    assert refused(_holding(made)).reason == ANEW


def test_comments_go_with_it() -> None:
    loop = LOOP.replace(
        "    client", "    # one for each\n\n    # asked once\n    client"
    ).replace('_row{i}")', '_row{i}")  # anew')
    new = fixed(_code(loop=loop)).decode()
    assert (
        "        # asked once\n        client = AuditedClient(self._recorder, state_id=ctx.state_id)  # anew\n        for row in rows:\n            # one for each\n"
        in new
    )


def test_what_may_be_none_before_the_loop() -> None:
    """The check that rows make would come too late."""
    code = _code(
        loop=LOOP.replace("self._recorder", "self._maybe").replace(
            "    client", "    if self._maybe is None:\n        continue\n    client"
        )
    ).replace(
        "        self.done = 0\n",
        "        self.done = 0\n        self._maybe: Recorder | None = None\n",
    )
    assert refused(code).reason == ANEW


def _record(fields: str) -> str:
    """Rows that make clients of a dataclass with these fields."""
    asked = OWN[OWN.index("    def ask") :]
    own = f"\n\n@dataclass\nclass OwnClient:\n    recorder: Any\n    state_id: str\n{fields}\n{asked}"
    head = "import itertools\nimport logging\nimport threading\nfrom dataclasses import dataclass, field\n"
    code = _code(loop=LOOP.replace("AuditedClient", "OwnClient")) + own
    # Loaded without a place among the modules, where a dataclass would look for text annotations.
    code = code.replace("from __future__ import annotations\n\n", "", 1)
    return code.replace("import logging\n", head, 1)


PLAIN_FIELDS = {
    "a number": "",
    "a list": "    notes: list[str] = field(default_factory=list)\n",
    "a lock": "    lock: Any = field(default_factory=threading.Lock)\n",
    "a counter": "    other: Any = field(default_factory=itertools.count)\n",
}
OTHER_FIELDS = {
    "what a function gives": "    notes: Any = field(default_factory=logging.getLogger)\n",
    "what another name holds": "    notes: Any = logging.INFO\n",
}


@pytest.mark.parametrize("name", PLAIN_FIELDS)
def test_a_dataclass(name: str, databases: tuple[Engine, ...]) -> None:
    code = _record(f"    count: int = 0\n{PLAIN_FIELDS[name]}")
    check(code, fixed(code), databases, BATCHES)


@pytest.mark.parametrize("name", OTHER_FIELDS)
def test_a_dataclass_that_is_not_seen_to_store(name: str) -> None:
    assert refused(_record(f"    count: int = 0\n{OTHER_FIELDS[name]}")).reason.startswith(ANEW)
