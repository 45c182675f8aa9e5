"""Clients that a function makes for each row: it is handed the one that all rows share."""

# flake8: noqa: E501
# ruff: noqa: E501 - the reasons stand as they are printed

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from flake8_stateid.codemod.outcome import Fixed
from tests.codemod.fixing import fix, fixed, refused
from tests.codemod.project import Project
from tests.codemod.restarting import check_restart
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    import pathlib

    from sqlalchemy import Engine

BATCHES = ("none", "one", "five", "raising", "skipping", "broken")
LOOP = """
output = []
for row in rows:
    output.append(self._respond(row, ctx))
return output
"""
ROW = """
def _respond(self, row: dict[str, Any], ctx: PluginContext) -> Any:
    client = AuditedClient(self._recorder, ctx.state_id)
    return client.ask(row["prompt"])
"""
MADE = "    client = AuditedClient(self._recorder, ctx.state_id)\n"
ASKED = 'client.ask(row["prompt"])'

# The loop, the function, and how the function is called then, in words of the result.
HANDED = {
    "a statement": (LOOP, ROW, "self._respond(row, client)"),
    "in place": (
        LOOP,
        ROW.replace(MADE, "").replace("client", "AuditedClient(self._recorder, ctx.state_id)"),
        "self._respond(row, client)",
    ),
    "by keyword": (
        LOOP.replace("(row, ctx)", "(ctx=ctx, row=row)"),
        ROW,
        "self._respond(client=client, row=row)",
    ),
    "the context is needed": (
        LOOP,
        ROW.replace("    return", "    logger.info('in %s', ctx.run_id)\n    return"),
        "self._respond(row, ctx, client)",
    ),
    "a parameter by name only": (
        LOOP.replace("ctx)", "ctx, loud=True)"),
        ROW.replace("PluginContext)", "PluginContext, *, loud: bool)").replace(
            "    return", "    logger.info('%s %s', loud, ctx.run_id)\n    return"
        ),
        "self._respond(row, ctx, loud=True, client=client)",
    ),
    "a parameter with a default": (
        LOOP,
        ROW.replace("PluginContext)", "PluginContext, end: str = '')").replace(
            "    return", "    logger.info('in %s%s', ctx.run_id, end)\n    return"
        ),
        "self._respond(row, ctx, client=client)",
    ),
    "made with a default": (
        LOOP,
        ROW.replace("PluginContext)", "PluginContext, provider: str = 'x')")
        .replace("state_id)", "state_id, provider)")
        .replace("    return", "    logger.info('in %s', provider)\n    return"),
        "self._respond(row, client)",
    ),
    "in a comprehension": (
        "return [self._respond(row, ctx) for row in rows]",
        ROW,
        "self._respond(row, client)",
    ),
    "by way of another": (
        LOOP,
        ROW.replace("_respond", "_respond_once")
        + "def _respond(self, row: dict[str, Any], ctx: PluginContext) -> Any:\n    return [self._respond_once(row, ctx)]\n",
        "self._respond(row, client)",
    ),
    "an inner function": (
        "def one(row: Any) -> Any:\n    client = AuditedClient(self._recorder, ctx.state_id)\n"
        "    return client.ask(row['prompt'])\n\n"
        + LOOP.replace("self._respond(row, ctx)", "one(row)"),
        "",
        "one(row, client_2)",
    ),
    "a static method": (
        LOOP,
        ROW.replace("self, ", "")
        .replace("def", "@staticmethod\ndef")
        .replace("self._recorder", "ctx.landscape"),
        "self._respond(row, client)",
    ),
    "in a try": (
        LOOP,
        ROW.replace(MADE, "    try:\n    " + MADE).replace(
            f"    return {ASKED}",
            f"        return {ASKED}\n    except ProviderError:\n        logger.warning('failed')\n        return None",
        ),
        "self._respond(row, client)",
    ),
    "behind what leaves": (
        LOOP,
        ROW.replace(MADE, f"    if row.get('skip'):\n        return None\n{MADE}"),
        "self._respond(row, client)",
    ),
    "another name in the loop": (
        LOOP.replace("output = []", "client = 'x'\noutput = [client]"),
        ROW,
        "self._respond(row, client_2)",
    ),
    "a dictionary and a text": (
        LOOP,
        ROW.replace("state_id)", "state_id, provider=f'by {self._pool}')"),
        "self._respond(row, client)",
    ),
    "by names for its parts": (
        LOOP,
        ROW.replace(
            MADE,
            "    recorder = self._recorder\n    state_id = ctx.state_id\n\n"
            + MADE.replace("self._recorder, ctx.state_id", "recorder, state_id"),
        ),
        "self._respond(row, client)",
    ),
    "by a name that is used": (
        LOOP,
        ROW.replace(
            MADE,
            "    state_id = ctx.state_id\n    logger.info('under %s', state_id)\n"
            + MADE.replace("ctx.state_id", "state_id"),
        ),
        "self._respond(row, ctx, client)",
    ),
    "under a condition": (
        LOOP.replace("    output", "    if row.get('id') != 'r1':\n        output"),
        ROW,
        "self._respond(row, client)",
    ),
    "tried again": (
        LOOP.replace(
            "    output.append(self._respond(row, ctx))",
            "    for _ in range(2):\n        output.append(self._respond(row, ctx))",
        ),
        ROW,
        "self._respond(row, client)",
    ),
}


@pytest.mark.parametrize("name", HANDED)
def test_handed_to_the_function(name: str, databases: tuple[Engine, ...]) -> None:
    loop, row, called = HANDED[name]
    code = module(loop, row)
    assert {each.finding.code for each in fix(code).outcomes} == {"SID102"}
    new = fixed(code)
    assert called in new.decode()
    check_restart(code, new, databases, BATCHES)


BUILT = {
    "a local": """
    output = []
    for i, row in enumerate(rows):
        state_id = f"{ctx.state_id}_row{i}"
        output.append(self._respond(row, self._recorder, state_id))
    return output
    """,
    "in place": """
    output = []
    for i, row in enumerate(rows):
        output.append(self._respond(row, self._recorder, f"{ctx.state_id}_row{i}"))
    return output
    """,
    "of the row": """
    output = []
    for row in rows:
        output.append(self._respond(row, self._recorder, f"{ctx.state_id}_{row['id']}"))
    return output
    """,
}


@pytest.mark.parametrize("name", BUILT)
def test_ids_that_it_is_handed(name: str, databases: tuple[Engine, ...]) -> None:
    """Nothing needs them any more, nor the class of an annotation that goes."""
    row = """
    def _respond(self, row: Any, recorder: Recorder, state_id: str) -> Any:
        client = AuditedClient(recorder, state_id)
        return client.ask(row["prompt"])
    """
    code = module(BUILT[name], row)
    new = fixed(code)
    assert b"def _respond(self, row: Any, client: AuditedClient) -> Any:" in new
    assert b"Recorder\n" not in new
    check(code, new, databases, BATCHES[:-1])


def test_no_blank_lines_are_left() -> None:
    loop, row, _ = HANDED["by names for its parts"]
    new = fixed(module(loop, row)).decode()
    assert (
        "    def _respond(self, row: dict[str, Any], client: AuditedClient) -> Any:\n"
        '        return client.ask(row["prompt"])\n'
    ) in new


def test_other_callers_make_their_own(databases: tuple[Engine, ...]) -> None:
    single = """
def process(self, row: Any, ctx: PluginContext) -> Any:
    if isinstance(row, list):
        return self.process_batch(row, ctx)
    # one row by itself
    return self._respond(row, ctx)
"""
    code = module(LOOP, ROW + single)
    new = fixed(code)
    assert (
        b"        client = AuditedClient(self._recorder, ctx.state_id)\n"
        b"        # one row by itself\n"
        b"        return self._respond(row, client)\n"
    ) in new
    check_restart(code, new, databases, ("five",))


def test_the_text_around_it() -> None:
    """Comments go with what makes it, a line that is too long becomes several."""
    row = """
    def _respond(self, row: dict[str, Any], ctx: PluginContext, last: str = "none") -> Any:
        \"\"\"Answer a row.

        Args:
            row: The row.
            ctx: The context,
                as it is.
            last: The end.
        \"\"\"
        logger.info("%s", last)

        # asked once
        client = AuditedClient(  # anew
            self._recorder,
            ctx.state_id,  # shared
        )

        return client.ask(row["prompt"])
    """
    code = module(LOOP.replace("    output.append", "    # each row\n    output.append"), row)
    new = fixed(code.replace("class Transform", f"# {'=' * 98}\n\n\nclass Transform")).decode()
    assert (
        '    def _respond(self, row: dict[str, Any], client: AuditedClient, last: str = "none")'
        " -> Any:\n"
    ) in new
    assert (
        "            row: The row.\n"
        "            client: The client that all rows share.\n"
        "            last: The end.\n"
    ) in new
    assert '        logger.info("%s", last)\n\n        return client' in new
    assert (
        "        # asked once\n"
        "        client = AuditedClient(  # anew\n"
        "            self._recorder,\n"
        "            ctx.state_id,  # shared\n"
        "        )\n"
        "        for row in rows:\n"
        "            # each row\n"
        "            output.append(self._respond(row, client))\n"
    ) in new


def test_a_head_that_becomes_too_long() -> None:
    row = ROW.replace("    return", "    logger.info('in %s', ctx.run_id)\n    return").replace(
        "(self, row: dict[str, Any]", "(self, row: dict[str, tuple[int, str] | None]"
    )
    new = fixed(module(LOOP, row)).decode()
    assert (
        "    def _respond(\n"
        "        self,\n"
        "        row: dict[str, tuple[int, str] | None],\n"
        "        ctx: PluginContext,\n"
        "        client: AuditedClient,\n"
        "    ) -> Any:\n"
    ) in new


CHECKED = """
def _respond_all(self, rows: list[Any], ctx: PluginContext) -> list[Any]:
    output = []
    for row in rows:
        output.append(self._respond(row, ctx))
    return output

def _respond(self, row: Any, ctx: PluginContext) -> Any:
    assert ctx.landscape is not None and ctx.state_id is not None
    client = AuditedClient(ctx.landscape, ctx.state_id)
    return client.ask(row["prompt"])
"""


def test_what_callers_have_checked(databases: tuple[Engine, ...]) -> None:
    """To assert it before the loop tells a type checker what holds there."""
    code = module("return self._respond_all(rows, ctx)", CHECKED)
    new = fixed(code)
    assert (
        b"        output = []\n"
        b"        assert ctx.landscape is not None and ctx.state_id is not None\n"
        b"        client = AuditedClient(ctx.landscape, ctx.state_id)\n"
        b"        for row in rows:\n"
    ) in new
    check_restart(code, new, databases, BATCHES)


def test_what_only_the_function_checks() -> None:
    code = module("return self._respond_all(rows, ctx)", CHECKED)
    other = "    def other(self, ctx: PluginContext) -> Any:\n        return self._respond_all([], ctx)\n\n"
    code = code.replace("    def process_batch", f"{other}    def process_batch")
    assert refused(code).remedy.endswith("only '_respond' checks that 'ctx.landscape' is not None")


KEPT = {
    "others may call it": (
        LOOP.replace("_respond(", "answer("),
        ROW.replace("_respond", "answer"),
        "others may call 'answer'",
    ),
    "handed on": (
        LOOP,
        ROW + "def rows(self) -> Any:\n    return self._respond\n",
        "'_respond' may be called in ways that are not seen",
    ),
    "a generator": (
        LOOP.replace("append(", "extend("),
        ROW.replace("return", "yield"),
        "'_respond' is a generator",
    ),
    "a local class": (
        LOOP,
        ROW.replace(MADE, f"    Made = AuditedClient\n{MADE}").replace(
            "= AuditedClient(", "= Made("
        ),
        "",
    ),
    "made with what it makes": (
        LOOP,
        ROW.replace(MADE, "    by = str(row)\n" + MADE.replace("state_id", "state_id, by")),
        "it is made with 'by', which '_respond' makes by 'str'",
    ),
    "made with what is bound again": (
        LOOP,
        ROW.replace(
            MADE,
            "    by = ctx.run_id\n    if row:\n        by = 'x'\n"
            + MADE.replace("state_id)", "state_id, by)"),
        ),
        "it is made with 'by', which '_respond' makes",
    ),
    "where there may be no context": (
        "return self._respond_all(rows, ctx)",
        CHECKED.replace(
            "assert ctx.landscape",
            "if ctx is None:\n        return None\n    assert ctx.landscape",
        ),
        "only '_respond' checks that 'ctx' is there",
    ),
    "several that go, one by name only": (
        LOOP.replace("ctx)", "ctx, recorder=self._recorder)"),
        ROW.replace("PluginContext)", "PluginContext, *, recorder: Any)").replace(
            "self._recorder", "recorder"
        ),
        "several parameters of '_respond' would not be needed",
    ),
    "a comment that would go": (
        LOOP.replace(
            "(row, ctx)", "(\n        row,\n        self._recorder,  # all\n        ctx,\n    )"
        ),
        ROW.replace("row: dict[str, Any], ", "row: Any, recorder: Any, ").replace(
            "self._recorder", "recorder"
        ),
        "",
    ),
    "a property that logs": (
        LOOP.replace("ctx)", "ctx, self.loud)"),
        ROW.replace("PluginContext)", "PluginContext, by: str)").replace(
            "state_id)", "state_id, by)"
        )
        + "@property\ndef loud(self) -> str:\n    logger.info('asked')\n    return 'x'\n",
        "'self.loud' does something when it is read, which it was for each row",
    ),
    "made with the row": (
        LOOP.replace("ctx)", "ctx, row['id'])"),
        ROW.replace("PluginContext)", "PluginContext, by: str)").replace(
            "state_id)", "state_id, by)"
        ),
        "it is made with 'row['id']', which may differ, or fail, before the loop",
    ),
    "made with what rows set": (
        LOOP,
        ROW.replace(
            MADE, "    self.done += 1\n" + MADE.replace("state_id", "state_id, self.done")
        ),
        "the client is made with 'self.done', which rows set",
    ),
    "bound again": (
        LOOP,
        ROW.replace("    return", "    if not client:\n        client = None\n    return"),
        "'client' is bound more than once",
    ),
    "perhaps not bound": (
        LOOP,
        ROW.replace(MADE, f"    if row.get('id'):\n    {MADE}"),
        "'client' is used where it may not be bound",
    ),
    "closed": (
        LOOP,
        ROW.replace(f"return {ASKED}", f"answer = {ASKED}\n    client.close()\n    return answer"),
        "rows do more with it than call its methods in turn",
    ),
    "called twice": (
        LOOP.replace("return", "self._respond({'prompt': 'x'}, ctx)\nreturn"),
        ROW,
        "several clients are made under the id",
    ),
    "calling itself": (
        LOOP,
        ROW.replace(
            "    return",
            "    if row.get('more'):\n        self._respond(row['more'], ctx)\n    return",
        ),
        "'_respond' calls itself",
    ),
    "told of elsewhere": (
        LOOP,
        ROW.replace(MADE, f'    """Ask under ctx."""\n{MADE}'),
        "the docstring of '_respond' tells of 'ctx', which it would not need any more",
    ),
    "a loop of its own": (
        LOOP,
        "def _respond(self, row: Any, ctx: PluginContext) -> Any:\n    for each in [row]:\n"
        "        client = AuditedClient(self._recorder, ctx.state_id)\n"
        "        each = client.ask(each['prompt'])\n    return each\n",
        "",
    ),
    "any arguments": (
        LOOP,
        ROW.replace("PluginContext)", "PluginContext, *more: Any)"),
        "'_respond' takes any arguments",
    ),
    "a default that goes": (
        LOOP,
        ROW.replace("ctx: PluginContext", "ctx: PluginContext = NONE"),
        "'ctx' has a default, and would not be needed",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_refused_and_why(name: str) -> None:
    loop, row, why = KEPT[name]
    remedy = refused(module(loop, row)).remedy
    assert remedy.partition("; not done for you, as ")[2] == why


def _given_the_recorder() -> str:
    """Rows that are given the recorder, whose type nothing needs after the fix."""
    row = ROW.replace("row: dict[str, Any]", "row: Any, recorder: Recorder").replace(
        "self._recorder", "recorder"
    )
    return module(LOOP.replace("ctx)", "self._recorder, ctx)"), row)


TAKEN = {
    "from acme.plugins.batch import Recorder\n": False,
    "from acme.plugins.batch import *\nRecorder = 1\n": False,
    "from acme.plugins import batch\nprint(batch.Recorder)\n": False,
    "from acme.plugins.batch import Transform\nRecorder = 1\n": True,
    "from acme.plugins import batch\nprint(batch.Transform, 'Recorder')\n": True,
}


@pytest.mark.parametrize("text", TAKEN)
def test_a_type_that_another_module_takes(text: str, tmp_path: pathlib.Path) -> None:
    """Only what names it, or takes all there is, keeps the row's function as it is."""
    project = Project(tmp_path, _given_the_recorder(), {"acme/core/other.py": text})
    result = project.fix()
    assert [isinstance(each, Fixed) for each in result.outcomes] == [TAKEN[text]]
    assert (b"import Recorder" not in result.after) is TAKEN[text]


def test_a_type_that_others_take_from_the_module() -> None:
    """The import stays for whoever names it."""
    code = _given_the_recorder()
    assert b"import Recorder" not in fixed(code)
    assert b"import Recorder" in fixed(
        code.replace("logger =", '__all__ = ["Recorder"]\nlogger =')
    )


def test_overridden_below() -> None:
    below = ROW.replace("\n", "\n    ")
    code = module(LOOP, ROW) + f"\n\nclass Below(Transform):{below}\n"
    assert "may be called in ways that are not seen" in refused(code).remedy


def test_results_are_python() -> None:
    for loop, row, _ in HANDED.values():
        ast.parse(fixed(module(loop, row)))
