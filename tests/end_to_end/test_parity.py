"""flake8 and the command line give the same answer for the same files."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.end_to_end.processes import flake8, lint
from tests.samples import BAD, project

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

SAMPLES: dict[str, str | bytes] = {
    "plain.py": BAD,
    "bom.py": b"\xef\xbb\xbf" + BAD.encode(),
    "crlf.py": f"x = 'é'\r\ny = 'ü'; {BAD}".replace("\n", "\r\n"),
    "cr.py": f"x = 1\r{BAD}",
    "latin.py": f"# coding: latin-1\nx = 'é'; {BAD}".encode("latin-1"),
    "form_feed.py": f"\x0cx = '\x0c'; {BAD}",
    "separators.py": f"x = '\x1c\u2028\x85'; {BAD}",
    "wide.py": f"x = '日本😀'; {BAD}",
    "tabs.py": f"if x:\n\t{BAD}",
    "no_newline.py": BAD.rstrip(),
    "noqa.py": f"{BAD.rstrip()}  # noqa\n{BAD}",
    "noqa_code.py": f"{BAD.rstrip()}  # noqa: SID001\n{BAD.rstrip()}  # noqa: SID002\n",
    "noqa_lower.py": f"{BAD.rstrip()}  # noqa: sid001\n{BAD.rstrip()}  #noqa\n",
    "noqa_no_digits.py": f"{BAD.rstrip()}  # noqa: SID\n",
    "noqa_string.py": 'my_state_id = f"""{x}\n"""  # noqa: SID001\nmy_state_id = f"""{x}\n"""\n',
    "noqa_bracket.py": 'my_state_id = (\n    f"{x}"\n)  # noqa: SID001\n',
    "noqa_backslash.py": 'my_state_id = \\\n    f"{x}"  # noqa: SID001\n',
    "noqa_file.py": f"# flake8: noqa\n{BAD}",
    "noqa_not_file.py": f"x = 1  # flake8: noqa\n{BAD}",
    "empty.py": "",
    "tests/plugins/test.py": BAD,
}


def both(cwd: Path, *arguments: str) -> list[str]:
    """The lines that both print."""
    ours = lint(cwd, "--isolated", "--select=SID", *arguments)
    theirs = flake8(cwd, "--isolated", "--select=SID", *arguments)
    assert ours.err == ""
    assert theirs.err == ""
    assert sorted(ours.out.splitlines()) == sorted(theirs.out.splitlines())
    assert ours.code == theirs.code
    return ours.out.splitlines()


@pytest.mark.parametrize("option", [[], ["--disable-noqa"]])
def test_samples(tmp_path: Path, option: list[str]) -> None:
    root = project(tmp_path, {f"plugins/{name}": text for name, text in SAMPLES.items()})
    found = {line.split(":")[0] for line in both(root, *option)}
    clean = {"empty.py", "tests/plugins/test.py"}
    silenced = set() if option else {
        "noqa_no_digits.py", "noqa_backslash.py", "noqa_file.py", "noqa_not_file.py"
    }  # fmt: skip
    if not option:
        # To flake8 its file-wide comment is a plain one where code stands before it.
        silenced -= {"noqa_not_file.py"}
    expected = SAMPLES.keys() - clean - silenced
    assert found == {f"./plugins/{name}" for name in expected}


def is_parsable(path: Path) -> bool:
    """Whether this Python knows the syntax of the file; some fixtures need a newer one."""
    try:
        ast.parse(path.read_bytes())
    except SyntaxError:
        return False
    return True


def test_every_fixture() -> None:
    unknown = ",".join(path.name for path in FIXTURES.rglob("*.py") if not is_parsable(path))
    arguments = ["--stateid-plugin-paths=*", "--stateid-exclude-paths=", "--extend-exclude"]
    assert both(FIXTURES, *arguments, unknown)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--extend-ignore=SID001"],
        ["--per-file-ignores=plugins/p*:SID0"],
        ["--per-file-ignores=*/wide.py:SID", "--ignore=E"],
        ["--extend-exclude=t*.py"],
        ["--exclude=./plugins/wide.py,tests"],
        ["--stateid-names=edge_id"],
        ["--stateid-plugin-paths=plugins/*e*.py"],
        ["--stateid-exclude-paths=wide.py"],
    ],
)
def test_options(tmp_path: Path, arguments: list[str]) -> None:
    root = project(tmp_path, {f"plugins/{name}": text for name, text in SAMPLES.items()})
    both(root, *arguments)


def test_configuration_file(tmp_path: Path) -> None:
    config = (
        "[flake8]\nselect = SID\nextend-exclude =\n    plugins/w*\nper-file-ignores =\n"
        "    plugins/t*, plain.py: SID001\nstateid-exclude-paths = crlf.py\n"
    )
    files = {f"plugins/{name}": text for name, text in SAMPLES.items()}
    root = project(tmp_path, {**files, "tox.ini": config})
    for cwd in (root, root / "plugins"):
        ours, theirs = lint(cwd), flake8(cwd)
        assert sorted(ours.out.splitlines()) == sorted(theirs.out.splitlines())
        assert ours.out.count(os.linesep) > 5
