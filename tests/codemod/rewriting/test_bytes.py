"""Every byte outside the change stays as it was."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from tests.codemod.fixing import fixed, refused
from tests.codemod.sources import Choices, batch_source, module

CODE = batch_source(Choices())
NEW = fixed(CODE).decode()


@pytest.mark.parametrize(
    ("encode", "name"),
    [
        (lambda text: text.replace("\n", "\r\n").encode(), "CRLF"),
        (lambda text: codecs.BOM_UTF8 + text.encode(), "BOM"),
        (lambda text: codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode(), "BOM and CRLF"),
        (lambda text: ("# -*- coding: latin-1 -*-\n# \xe9\n" + text).encode("latin-1"), "latin-1"),
        (lambda text: text.replace('"""A batch path."""', '"""Ein Stück: 𝄞 é"""').encode(), "é"),
        (lambda text: text.rstrip("\n").encode(), "no final newline"),
        (lambda text: (text + "\n\n# the end\n\n").encode(), "trailing comment"),
        (lambda text: text.replace("    ", "\t").encode(), "tabs"),
        (lambda text: text.replace("    ", "  ").encode(), "two spaces"),
        (lambda text: text.replace("import logging", "import  logging ;").encode(), "spacing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_style_of_the_file_is_kept(encode: object, name: str) -> None:
    """The fix of the restyled text is the restyled fix."""
    assert callable(encode)
    assert fixed(encode(CODE)) == encode(NEW), name


WRONG = sorted((Path(__file__).parents[3] / "fixtures/batch/wrong/plugins").glob("*.py"))
# Each row makes its client in a function, which is handed one instead.
HANDED = module(
    """
    output = []
    for row in rows:
        output.append(self._respond(row, ctx))
    return output
    """,
    beside="""
    def _respond(self, row: dict[str, Any], ctx: PluginContext) -> Any:
        client = AuditedClient(self._recorder, ctx.state_id)
        return client.ask(row["prompt"])
    """,
)


@pytest.mark.parametrize("ends", [("\r\n", "\n"), ("\n", "\r\n"), ("\r", "\n")])
@pytest.mark.parametrize(
    "code",
    [*(path.read_text(encoding="utf-8") for path in WRONG), HANDED],
    ids=[*(path.stem for path in WRONG), "handed"],
)
def test_new_lines_end_as_those_beside_them(code: str, ends: tuple[str, str]) -> None:
    """And not as the file's first line does."""

    def styled(text: str) -> bytes:
        first, rest = text.split("\n", 1)
        return (first + ends[0] + rest.replace("\n", ends[1])).encode()

    assert fixed(styled(code)) == styled(fixed(code).decode())


def test_line_ends_in_turn_stay() -> None:
    """Those of lines that move or change as well."""
    ends = ("\n", "\r\n")
    rows = [f"{line}{ends[row % 2]}" for row, line in enumerate(CODE.splitlines())]
    new = fixed("".join(rows)).decode().splitlines(keepends=True)
    assert [row.rstrip("\r\n") for row in new] == NEW.splitlines()
    changes = {"row_state_id": "state_id", "i, row": "row", "enumerate(rows)": "rows"}
    whole = "".join(rows)
    for was, now in changes.items():
        whole = whole.replace(was, now)
    known = {row.strip(" ") for row in whole.splitlines(keepends=True)}
    above = "\n"
    for row in new:
        is_new = row.strip() and row.strip(" ") not in known
        assert not is_new or row.endswith("\r\n") == above.endswith("\r\n"), row
        above = row


def test_columns_are_characters() -> None:
    """Wide characters before the builder on its line move nothing."""
    wide = CODE.replace('row_state_id = f"', 'é = "𝄞𝄞"; row_state_id = f"')
    assert fixed(wide).decode() == NEW.replace(
        "for row in rows:\n", 'for row in rows:\n                é = "𝄞𝄞"\n'
    )


@pytest.mark.parametrize(
    "code",
    [
        CODE.replace("class Transform", "\fclass Transform", 1),
        CODE.replace("logger = ", "\\\nlogger = ", 1),
        CODE.rstrip("\n") + "\r",
    ],
    ids=["form feed", "leading continuation", "final carriage return"],
)
def test_what_libcst_cannot_reproduce_is_refused(code: str) -> None:
    """Better no fix than a file that changes where nobody looks."""
    assert "byte for byte" in refused(code).reason


def test_deep_nesting_is_refused() -> None:
    """LibCST recurses in native code: too deep a tree would end the process."""
    code = CODE + f"\nx = {'+'.join(['1'] * 400)}\n"
    assert "too deeply" in refused(code).reason


def test_only_changed_lines_differ() -> None:
    """The lines of the rest of the file are the same, in the same order."""
    old, new = CODE.splitlines(), NEW.splitlines()
    start = old.index("        for i, row in enumerate(rows):")
    assert new[:start] == old[:start]
    assert new[-1:] == old[-1:]


def test_comments_move_with_what_they_describe() -> None:
    """Of the id to its binding, of the release to the new finally, of the loop with the loop."""
    method = """
        # Answer each row.
        for i, row in enumerate(rows):  # in order
            # One id per row.
            row_state_id = (
                f"{ctx.state_id}"  # given
                f"_row{i}"  # ours
            )  # built

            # Try it.
            try:  # here
                # Ask.
                output.append(self._answer(row, row_state_id))
                # Asked.
            # In any case:
            finally:  # always
                # Release the client.
                self._clients.pop(row_state_id, None)  # gone
                # Released.
            # Done with the row.
        # Done.
        return output
"""
    new = """
        # One id per row.
        # given
        # ours
        state_id = ctx.state_id  # built
        try:
            # Answer each row.
            for row in rows:  # in order
                # Try it.
                # here
                # Ask.
                output.append(self._answer(row, state_id))
                # Asked.
                # Done with the row.
        # In any case:
        finally:  # always
            # Release the client.
            self._clients.pop(state_id, None)  # gone
            # Released.
        # Done.
        return output
"""
    head = CODE[: CODE.index("        for i, row")]
    assert fixed(head + method.lstrip("\n")).decode() == head + new.lstrip("\n")


def test_comments_for_tools_go_with_their_line() -> None:
    """A ``noqa`` of another code would be unused where the binding goes."""
    code = CODE.replace('_row{i}"', '_row{i}"  # noqa: E501')
    assert fixed(code).decode() == NEW


def test_comment_of_an_import_that_goes() -> None:
    """It stays, with what comes next."""
    code = batch_source(Choices(builder="template"))
    code = code.replace("from string import T", "# Ids are made by it.\nfrom string import T")
    assert b"# Ids are made by it.\nfrom threading import Lock\n" in fixed(code)


def test_comments_set_off_from_the_id_stay_in_the_loop() -> None:
    """Those right above it move with it; a blank line parts them from what is said of the row."""
    binding = '            row_state_id = f"{ctx.state_id}_row{i}"\n'
    comments = "            # each row\n            # by itself\n\n            # its id\n"
    new = fixed(CODE.replace(binding, f"{comments}{binding}\n")).decode()
    loop = "            for row in rows:\n"
    bound = "        state_id = ctx.state_id\n"
    assert NEW.count(loop) == NEW.count(bound) == 1
    assert new == NEW.replace(bound, f"        # its id\n{bound}").replace(
        loop,
        f"{loop}                # each row\n                # by itself\n\n",
    )


@pytest.mark.parametrize(
    ("comment", "stays"),
    [
        ("type: int, dict[str, Any]", False),
        ("type:int, Any", False),
        ("type: ignore[misc]", True),
        ("types: rows", True),
    ],
)
def test_types_of_what_the_loop_bound(comment: str, *, stays: bool) -> None:
    """They are wrong once it binds less."""
    code = CODE.replace("enumerate(rows):", f"enumerate(rows):  # {comment}")
    behind = f"  # {comment}" if stays else ""
    assert fixed(code).decode() == NEW.replace("in rows:", f"in rows:{behind}")
    walked = CODE.replace("{i}", "{row['id']}").replace("i, row in enumerate(rows)", "row in rows")
    assert (
        f"  # {comment}\n" in fixed(walked.replace("in rows:", f"in rows:  # {comment}")).decode()
    )
