"""What only the id needed goes with it, so that no linter finds anything new."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.running import check
from tests.codemod.sources import module

if TYPE_CHECKING:
    from sqlalchemy import Engine


class Case(NamedTuple):
    """The body of ``process_batch``, and lines that the fixed text has and has not."""

    name: str
    method: str
    present: tuple[str, ...]
    absent: tuple[str, ...] = ()
    beside: str = ""


CASES = (
    Case(
        "locals that may raise, or were looked up for something else too",
        """
        output = []
        for number, row in enumerate(rows):
            size = number // len(row)  # of each
            name = key = row["prompt"]
            kind: str = key[0]
            text, again = str(row), key
            sid = f"{ctx.state_id}_{name}_{kind}{size}{text}"
            output.append({again: self._answer(row, sid)})
            self._clients.pop(sid, None)
        return output
        """,
        ("_ = number // len(row)  # of each", "_ = key = row", "_: str = key[0]", "_, again ="),
    ),
    Case(
        "an annotated number, formatted where a row is answered",
        "return [self._numbered(row, ctx, number) for number, row in enumerate(rows)]",
        ("self._numbered(",),
        (),
        """
        def _numbered(self, row: Row, ctx: Any, number: int) -> object:
            return self._answer(row, f"{ctx.state_id}_{number:04d}")
        """,
    ),
    Case(
        "loop that released, over a list made here",
        """
        given = rows if isinstance(rows, list) else [rows]
        try:
            return [self._answer(row, f"{ctx.state_id}_{i}") for i, row in enumerate(given)]
        finally:
            for i in range(len(given)):
                self._clients.pop(f"{ctx.state_id}_{i}", None)
        """,
        ("self._clients.pop(state_id, None)",),
        ("range(len(given))", "pass"),
    ),
    Case(
        "loop that released, over what is used up",
        """
        given = iter(rows)
        try:
            return [self._answer(row, f"{ctx.state_id}_{i}") for i, row in enumerate(rows)]
        finally:
            for i, _ in enumerate(given):
                self._clients.pop(f"{ctx.state_id}_{i}", None)
        """,
        ("for _ in given:", "pass"),
    ),
    Case(
        "loop that released, over a list or what is used up",
        """
        given = list(rows)
        if rows:
            given = reversed(rows)
        try:
            return [self._answer(row, f"{ctx.state_id}_{i}") for i, row in enumerate(rows)]
        finally:
            for i, _ in enumerate(given):
                self._clients.pop(f"{ctx.state_id}_{i}", None)
        """,
        ("for _ in given:", "pass"),
    ),
    Case(
        "lookup that comes again at once",
        """
        output = []
        for row in rows:
            sid = f"{ctx.state_id}_{row['prompt']}"
            try:
                output.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        ("state_id = ctx.state_id\n",),
        ("_ = ",),
    ),
    Case(
        "lookup that comes again too late",
        """
        output = []
        for row in rows:
            sid = f"{ctx.state_id}_{row['prompt']}"
            try:
                output.append([self._client(sid).ask("first"), row["prompt"]])
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        ('                _ = row["prompt"]\n',),
    ),
    Case(
        "lookup that comes again where something runs after",
        """
        output = []
        for row in rows:
            sid = f"{ctx.state_id}_{row['prompt']}"
            try:
                output.append(self._client(sid).ask(row["prompt"]))
            finally:
                self._clients.pop(sid, None)
                logger.info("done")
        return output
        """,
        ('                _ = row["prompt"]\n',),
    ),
    Case(
        "lookup that comes again only sometimes",
        """
        output = []
        for row in rows:
            sid = f"{ctx.state_id}_{row['prompt']}"
            output.append(row["prompt"] if row.get("skip") else self._client(sid).ask("x"))
        return output
        """,
        ('            _ = row["prompt"]\n',),
    ),
    Case(
        "lookup beside an alias",
        """
        output = []
        for row in rows:
            row_state_id = f"{ctx.state_id}_{row['prompt']}"
            client_state_id = row_state_id
            output.append(self._client(client_state_id).ask("x"))
        return output
        """,
        ('            _ = row["prompt"]\n',),
    ),
    Case(
        "lookup in a pair",
        """
        output = []
        for pair in enumerate(rows):
            sid = f"{ctx.state_id}_{pair[0]}"
            output.append(self._answer(pair[1], sid))
        return output
        """,
        ("output.append(self._answer(pair[1], state_id))",),
        ("_ = ",),
    ),
    Case(
        "lookup in place",
        """
        output = []
        for row in rows:
            # ask
            output.append(self._client(f"{ctx.state_id}_{row['prompt']}").ask("x"))  # once
        return output
        """,
        (
            '            # ask\n            _ = row["prompt"]\n            output.append(',
            'ask("x"))  # once\n',
        ),
    ),
    Case(
        "lookup in place, first of a line",
        """
        output = []
        for row in rows:
            r = self._client(f"{ctx.state_id}_{row['prompt']}").ask("x"); output.append(r)
        return output
        """,
        ('            _ = row["prompt"]\n            r = self._client(ctx.state_id)',),
    ),
    Case(
        "lookup behind a colon",
        """
        output = []
        for row in rows:
            if not row.get("skip"):
                output.append(1)
            else: output.append(self._client(f"{ctx.state_id}_{row['prompt']}").ask("x"))  # ask
            output.append(self._client(f"{ctx.state_id}_{row['prompt']}").ask("x"))
        return output
        """,
        (
            '            else:  # ask\n                _ = row["prompt"]\n'
            '                output.append(self._client(state_id).ask("x"))\n'
            '            _ = row["prompt"]\n',
        ),
    ),
    Case(
        "lookup in two places",
        """
        output = []
        for row in rows:
            output.append(
                [
                    self._client(f"{ctx.state_id}_{row['prompt']}").ask("x"),
                    self._client(f"{ctx.state_id}_{row['prompt']}").ask("y"),
                ]
            )
        return output
        """,
        ('            _ = row["prompt"]\n            output.append(',),
    ),
    Case(
        "lookup beside the place",
        """
        return [
            {"p": row["prompt"], "r": self._client(f"{ctx.state_id}_{row['prompt']}").ask("x")}
            for row in rows
        ]
        """,
        ('self._client(ctx.state_id).ask("x")}',),
        ("_ = ",),
    ),
    Case(
        "comment behind the id",
        """
        output = []
        for i, row in enumerate(rows):
            # each row by itself
            sid = f"{ctx.state_id}_row{i}"  # one client
            output.append(self._answer(row, sid))
        return output
        """,
        ("        # each row by itself\n        state_id = ctx.state_id  # one client\n",),
    ),
    Case(
        "comment behind the id, and one more id",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"  # one client
            other_state_id = sid  # the same
            output.append(self._answer(row, other_state_id))
        return output
        """,
        ("        # one client\n        # the same\n        state_id = ctx.state_id\n",),
    ),
    Case(
        "key of items",
        """
        output = []
        keyed = {row["id"]: row for row in rows}
        for key, row in keyed.items():
            sid = f"{ctx.state_id}_{key}"
            try:
                output.append(self._answer(row, sid))
            finally:
                self._clients.pop(sid, None)
        return output
        """,
        ("for row in keyed.values():",),
    ),
    Case(
        "numbered items",
        """
        keyed = {row["id"]: row for row in rows}
        output = []
        for i, (key, row) in enumerate(keyed.items()):
            output.append(self._answer(row, f"{ctx.state_id}_{key}_{i}"))
        return output
        """,
        ("for row in keyed.values():",),
    ),
    Case(
        "numbered items, number kept",
        """
        keyed = {row["id"]: row for row in rows}
        output = []
        for i, (key, row) in enumerate(keyed.items()):
            output.append({**self._answer(row, f"{ctx.state_id}_{key}"), "n": i})
        return output
        """,
        ("for i, (_key, row) in enumerate(keyed.items()):",),
    ),
    Case(
        "key of items of what may be no mapping",
        """
        output = []
        for key, row in self._keyed(rows).items():
            output.append(self._answer(row, f"{ctx.state_id}_{key}"))
        return output
        """,
        ("for _key, row in self._keyed(rows).items():",),
        beside="""
        def _keyed(self, rows):
            return {row["id"]: row for row in rows}
        """,
    ),
    Case(
        "items of a comprehension",
        """
        keyed = {row["id"]: row for row in rows}
        return [self._answer(row, f"{ctx.state_id}_{key}") for key, row in keyed.items()]
        """,
        ("for row in keyed.values()]",),
    ),
    Case(
        "handlers that raise again",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                answer = self._answer(row, sid)
            except ValueError:
                self._clients.pop(sid, None)
                raise
            except BaseException:
                self._clients.pop(sid, None)
                raise
            else:
                self._clients.pop(sid, None)
            output.append(answer)
        return output
        """,
        ("            for row in rows:\n                answer = self._answer(row, state_id)\n",),
        ("except ", "raise\n"),
    ),
    Case(
        "handlers that raise again, and one that does not",
        """
        output = []
        for i, row in enumerate(rows):
            sid = f"{ctx.state_id}_row{i}"
            try:
                answer = self._answer(row, sid)
            except KeyError:
                self._clients.pop(sid, None)
                raise
            except ProviderError:
                self._clients.pop(sid, None)
                answer = {}
            else:
                self._clients.pop(sid, None)
            output.append(answer)
        return output
        """,
        ("                except KeyError:\n                    raise\n",),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fixed(case: Case, databases: tuple[Engine, ...]) -> None:
    """The fixed batch path does what it did, with keys enforced."""
    code = module(case.method.strip("\n"), case.beside)
    new = fixed(code)
    body = new.decode().partition("self._recorder = ctx.landscape")[2]
    assert all(line in body for line in case.present), body
    assert not any(line in body for line in case.absent), body
    check(code, new, databases)


def test_a_block_of_nothing_else_stays() -> None:
    """No block is left with nothing but ``pass``."""
    method = """
label = ""
if rows:
    label = "x"
return [self._answer(row, f"{ctx.state_id}_{label}{i}") for i, row in enumerate(rows)]
""".strip("\n")
    assert refused(module(method)).reason == "'label' would be left unused"


def test_a_name_that_is_not_free() -> None:
    """``_`` stands for what is not used, unless it does not."""
    method = """
_ = rows[0]
for row in rows:
    name = row["prompt"]
    self._answer(_, f"{ctx.state_id}_{name}")
return []
""".strip("\n")
    assert refused(module(method)).reason == "'name' would be left unused"


@pytest.mark.parametrize(
    "statement",
    [
        "output.append([self._ask(row, 'a', ctx.run_id), ASK])",
        "self.done = 1; output.append(ASK)",
        "output.extend([ASK for _ in 'ab'])",
        "output.append(row and ASK)",
        "output.append([ASK, row['prompt']] if row else [])",
    ],
)
def test_lookups_that_no_statement_can_take_the_place_of(statement: str) -> None:
    ask = """self._client(f"{ctx.state_id}_{row['prompt']}").ask("x")"""
    method = f"output = []\nfor row in rows:\n    {statement.replace('ASK', ask)}\nreturn output"
    assert (
        refused(module(method)).reason
        == "the id evaluates 'row['prompt']', which may raise or act"
    )


SECOND = """
@property
def label(self):
    ACT
    return "x"
"""
OTHERS = """
class Place:
    @property
    def label(self):
        ACT
        return "x"
"""
ACTING = (
    "self.seen.append(1)",
    "next(self.numbers)",
    "unseen(self)",
    "self.seen['label']",
    "logger.info('read')",
)


@pytest.mark.parametrize("act", ACTING)
def test_a_property_that_acts(act: str) -> None:
    """It was read for each row, and would not be any more."""
    method = """
    output = []
    for i, row in enumerate(rows):
        sid = f"{ctx.state_id}_{HOLDER.label}_{i}"
        output.append(self._answer(row, sid))
        self._clients.pop(sid, None)
    return output
    """
    for holder, beside in (("self", SECOND), ("place", OTHERS)):
        code = method.replace("HOLDER", holder)
        reason = refused(module(code, beside.replace("ACT", act))).reason
        assert reason == f"the id evaluates '{holder}.label', which may raise or act"
        fixed(module(code, beside.replace("ACT", "text = str(1).strip()")))


def test_a_number_that_is_made_by_a_call(databases: tuple[Engine, ...]) -> None:
    """What ``enumerate`` begins at is still evaluated, once for the batch."""
    method = """
    output = []
    for i, row in enumerate(rows, start=self._first()):
        sid = f"{ctx.state_id}_row{i}"
        try:
            output.append(self._answer(row, sid))
        finally:
            self._clients.pop(sid, None)
    return output
    """
    beside = """
    def _first(self):
        logger.info("begun")
        return 7
    """
    code = module(method, beside)
    new = fixed(code)
    assert b"for _i, row in enumerate(rows, start=self._first()):" in new
    check(code, new, databases)
    plain = fixed(code.replace("start=self._first()", "start=7"))
    assert b"for row in rows:" in plain


def test_a_property_that_raises() -> None:
    """It was read for each row only, and is not read where there is none."""
    beside = """
class OwnContext:
    def __init__(self, landscape):
        self.landscape = landscape

    @property
    def state_id(self):
        raise LookupError
"""
    method = """
output = []
for i, row in enumerate(rows):
    sid = f"{ctx.state_id}_row{i}"
    try:
        output.append(self._answer(row, sid))
    finally:
        self._clients.pop(sid, None)
return output
""".strip("\n")
    code = module(method, beside).replace("ctx: PluginContext", "ctx: OwnContext")
    read_before = code
    code = code.replace("ctx.landscape is None or ctx.state_id is None", "ctx.landscape is None")
    assert (
        refused(code).reason
        == "'ctx.state_id' may raise, and would be read where there is no row, too"
    )
    fixed(code.replace("raise LookupError", "return 'x'"))
    # What raises before the loop as well raises there.
    fixed(read_before)
    # One that acts was read for each row, whether it is read before or not.
    for act in ("logger.info('read')", "self.reads = 1", "self.seen['x'] = 1", "self._note()"):
        acting = read_before.replace("raise LookupError", f"{act}\n        return 'x'")
        acting += "\n    def _note(self):\n        global NOTED\n        NOTED = 1\n"
        assert (
            refused(acting).reason
            == "'ctx.state_id' does something when it is read, which it was for each row"
        )


MATCHED = """
output = []
for i, row in enumerate(rows):
    match [row.get("id"), *row]:
        case [str() as name, ("id" | "prompt") as first, *others] if row:
            sid = f"{ctx.state_id}_{name}_{others}"
            output.append(first)
        case (None as name, *_) | [name, "x"]:
            sid = f"{ctx.state_id}_{name}"
            output.append(0)
        case [("y" | "z" as name), *_]:
            sid = f"{ctx.state_id}_{name}"
            output.append(1)
        case other:
            sid = f"{ctx.state_id}_{other}"
            output.append(2)
    output.append(self._answer(row, sid))
    self._clients.pop(sid, None)
return output
"""


def test_what_patterns_bind(databases: tuple[Engine, ...]) -> None:
    """flake8 reports a capture that nothing uses (F841)."""
    code = module(MATCHED)
    new = fixed(code)
    for line in (
        'case [str(), ("id" | "prompt") as first, *_] if row:',
        'case (None, *_) | [_, "x"]:',
        'case [("y" | "z"), *_]:',
        "case _:",
    ):
        assert f"                    {line}\n" in new.decode()
    check(code, new, databases)
    # What is used stays.
    kept = fixed(code.replace("append(0)", "append(name)"))
    assert b'case (None as name, *_) | [name, "x"]:' in kept


def test_the_rest_that_a_pattern_binds() -> None:
    """It would have to go with its comma."""
    more = """        case {"id": _, **more}:
            sid = f"{ctx.state_id}_{more}"
            output.append(3)
"""
    method = MATCHED.replace("        case other:", f"{more}        case other:")
    code = module(method.replace("[row.get", "row or [row.get"))
    assert refused(code).reason == "'more' would be left unused"


LOCAL = """
from random import random
IMPORT
output = []
for i, row in enumerate(rows):
    sid = Template("${state}_${row}").substitute(state=ctx.state_id, row=i)
    output.append(self._answer(row, sid))
    self._clients.pop(sid, None)
output.append(random() < 2)
USE
return output
"""


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("from string import Template", ""),
        ("from string import Template, capwords", "from string import capwords"),
        ("from string import Template; self.done += 1", "self.done += 1"),
    ],
)
def test_an_import_of_the_function(line: str, left: str, databases: tuple[Engine, ...]) -> None:
    """flake8 reports one that nothing uses (F401), also where others have one of that name."""
    beside = """
    def _other(self, text):
        from string import Template
        return Template(text).substitute()
    """
    use = "output.append(capwords('a b'))" if "capwords" in line else "pass"
    code = module(LOCAL.replace("IMPORT", line).replace("USE", use), beside)
    code = code.replace("from string import Template\nfrom threading", "from threading")
    new = fixed(code)
    assert (left and f"        {left}\n") in new.decode()
    assert new.count(b"import Template") == 1
    assert b"        from random import random\n" in new
    check(code, new, databases)


def test_an_import_of_the_function_that_is_used() -> None:
    code = module(
        LOCAL.replace("IMPORT", "from string import Template").replace("USE", "Template")
    )
    assert b"        from string import Template\n" in fixed(code)
