"""The ``[flake8]`` section: found where flake8 finds it, read as flake8 reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_stateid.configuration import (
    Configuration,
    ConfigurationSource,
    check_option_names,
    find_configuration_file,
    load_configuration,
)
from flake8_stateid.problems import ConfigurationError
from flake8_stateid.selection import SelectionOptions
from flake8_stateid.settings import Settings
from tests.samples import write

if TYPE_CHECKING:
    from pathlib import Path

FOUND = ConfigurationSource()


def load(**overrides: str) -> Configuration:
    return load_configuration(FOUND, overrides)


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"setup.cfg": "[flake8]\n"}, "."),
        ({"tox.ini": "[flake8]\n"}, "a/b"),
        ({".flake8": "[flake8]\n", "setup.cfg": "[metadata]\n"}, "a"),
        ({".flake8": "[flake8]\n", "setup.cfg": "[flake8]\n"}, "a"),
        ({"a/tox.ini": "[flake8]\n", "setup.cfg": "[flake8]\n"}, "a/b"),
        ({"a/tox.ini": "[tox]\n", "setup.cfg": "[flake8]\n"}, "a/b"),
        ({"setup.cfg": "[flake8:local-plugins]\n"}, "a"),
        ({"pyproject.toml": "[flake8]\n"}, "a"),
        ({}, "a"),
    ],
)
@pytest.mark.parametrize("home", ["elsewhere", "root", "a"])
def test_finds_the_file_that_flake8_finds(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str | bytes],
    folder: str,
    home: str,
) -> None:
    from flake8.options.config import _find_config_file

    root = tmp_path / "root"
    write(root, {"a/b/x": "", **files})
    homes = {"elsewhere": tmp_path / "x", "root": root, "a": root / "a"}
    monkeypatch.setenv("HOME", str(homes[home]))
    start = str((root / folder).resolve())
    assert find_configuration_file(start) == (_find_config_file(start) or "")


def test_nothing_is_read_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    assert load() == Configuration()


def test_reads_every_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """\
[flake8]
stateid-names = state_id, edge_id
stateid_plugin_paths =
    src/plugins/*
    other/*
stateid-exclude-paths = fakes/
stateid-minting = open_state
stateid-source-roots = src
select = E,SID
extend-select = SID201
ignore = W
extend-ignore = SID002
per-file-ignores = a.py:SID
exclude = build,gen/x
extend-exclude = old
filename = *.py,*.pyw
disable-noqa = True
max-line-length = 99
"""
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": text, "sub/x": ""}) / "sub")
    assert load() == Configuration(
        settings=Settings(
            names=("state_id", "edge_id"),
            plugin_paths=("src/plugins/*", "other/*"),
            exclude_paths=("fakes/",),
            minting=("open_state",),
            source_roots=("src",),
        ),
        selection=SelectionOptions(
            select=("E", "SID"),
            extend_select=("SID201",),
            ignore=("W",),
            extend_ignore=("SID002",),
            per_file_ignores="a.py:SID",
        ),
        exclude=("build", str(tmp_path / "gen/x")),
        extend_exclude=("old",),
        filename=("*.py", "*.pyw"),
        disable_noqa=True,
        max_line_length=99,
    )


def test_the_command_line_replaces_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, {"setup.cfg": "[flake8]\nselect = E\nignore = W\nexclude = a/b\n", "sub/x": ""}
    )
    monkeypatch.chdir(tmp_path / "sub")
    loaded = load(select="SID", exclude="c/d", stateid_names="edge_id")
    assert loaded.selection == SelectionOptions(select=("SID",), ignore=("W",))
    assert loaded.exclude == (str(tmp_path / "sub/c/d"),)
    assert loaded.settings.names == ("edge_id",)


def test_a_named_file_is_read_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"setup.cfg": "[flake8]\nselect = E\n", "ci.cfg": "[flake8]\nselect = SID\n"})
    monkeypatch.chdir(tmp_path)
    assert load_configuration(ConfigurationSource("ci.cfg"), {}).selection.select == ("SID",)


def test_isolated_reads_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": "[flake8]\nselect = E\n"}))
    assert load_configuration(ConfigurationSource(isolated=True), {}) == Configuration()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stateid-names = state_id # the id", "stateid-names: '#' is no value"),
        ("stateid-plugin-paths =", "stateid-plugin-paths is empty"),
        (
            "stateid-nmaes = x",
            "stateid-nmaes is no option; there are stateid-names, stateid-plugi",
        ),
        ("stateid_path = x", "stateid-path is no option; there are "),
        ("select = SID, e1", "select: 'e1' is not a code, such as SID or SID001"),
        ("extend-ignore = E1 # why", "extend-ignore: '#' is not a code"),
        ("disable-noqa = perhaps", "disable-noqa: 'perhaps' is neither true nor false"),
        ("max-line-length = wide", "max-line-length: 'wide' is no number of characters"),
        ("select = E\nselect = F", "not a configuration file: "),
        ("no equals sign", "not a configuration file: "),
    ],
)
def test_bad_files_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": f"[flake8]\n{text}\n"}))
    with pytest.raises(ConfigurationError) as raised:
        load()
    assert str(raised.value).startswith(f"{tmp_path}/setup.cfg: {message}")
    assert "\n" not in str(raised.value)


def test_names_are_checked_for_flake8_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": "[flake8]\nstateid-nmaes = x\n"}))
    with pytest.raises(ConfigurationError, match=r"setup\.cfg: stateid-nmaes is no option"):
        check_option_names()


@pytest.mark.parametrize(
    "text", [b"[flake8]\nselect = E\n", b"[flake8]\nx", b"[flake8]\n\xff", b""]
)
def test_all_else_about_the_file_is_left_to_flake8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
) -> None:
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": text}))
    check_option_names()


def test_a_bad_value_on_the_command_line_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"^stateid-names: 'a\.b' is not an identifier"):
        load(stateid_names="a.b")


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"^no\.cfg: cannot be read: No such file"):
        load_configuration(ConfigurationSource("no.cfg"), {})


def test_bytes_that_are_not_utf8_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path, {".flake8": b"[flake8]\nselect = \xe9\n"}))
    with pytest.raises(ConfigurationError, match=r"\.flake8: not UTF-8: .*; save it as UTF-8$"):
        load()


def test_a_byte_order_mark_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """flake8 passes such a file over in silence, and so all that it says."""
    monkeypatch.chdir(write(tmp_path, {"setup.cfg": b"\xef\xbb\xbf[flake8]\nselect = E\n"}))
    with pytest.raises(ConfigurationError, match=r"setup\.cfg: begins with a byte order mark"):
        load()
    check_option_names()


def test_a_file_with_local_plugins_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"tox.ini": "[flake8:local-plugins]\nextension =\n"}))
    assert load() == Configuration()
