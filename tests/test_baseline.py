"""Baselines: what a finding is recognised by, and what is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from flake8_stateid.baseline import Baseline, Entry, load, save
from flake8_stateid.findings import Finding, Span
from flake8_stateid.problems import ConfigurationError
from tests.samples import write

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = Entry("plugins/a.py", "SID001", 'x = f""')


def baseline(root: Path, counts: dict[Entry, int]) -> Baseline:
    return Baseline(str(root / "baseline.json"), counts)


def test_an_entry_is_path_code_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"plugins/a.py": ""}) / "plugins")
    finding = Finding("./a.py", Span(7, 5, 7, 9), "SID001", "message")
    assert baseline(tmp_path, {}).entry(finding, '  x = f"" ') == ENTRY


def test_each_entry_absorbs_as_often_as_it_counts(tmp_path: Path) -> None:
    known = baseline(tmp_path, {ENTRY: 2})
    assert [known.absorbs(ENTRY) for _ in range(3)] == [True, True, False]
    assert not known.absorbs(ENTRY._replace(line="y"))


def test_stale_entries_are_those_of_files_checked_or_gone(tmp_path: Path) -> None:
    write(tmp_path, {"plugins/a.py": "", "other.py": ""})
    known = baseline(tmp_path, {ENTRY: 2, ENTRY._replace(path="other.py"): 1})
    known.absorbs(ENTRY)
    assert known.stale([str(tmp_path / "plugins/a.py")]) == 1
    assert known.stale([]) == 0
    (tmp_path / "other.py").unlink()
    assert known.stale([]) == 1


def test_renewing_keeps_what_was_not_checked_and_still_exists(tmp_path: Path) -> None:
    write(tmp_path, {"plugins/a.py": "", "there.py": ""})
    there, gone = ENTRY._replace(path="there.py"), ENTRY._replace(path="gone.py")
    known = baseline(tmp_path, {ENTRY: 1, there: 2, gone: 3})
    new = ENTRY._replace(line="new")
    renewed = known.renewed({new: 1}, [str(tmp_path / "plugins/a.py")])
    assert renewed.counts == {new: 1, there: 2}


def test_entries_of_codes_that_are_not_reported_stay(tmp_path: Path) -> None:
    """Also those of files that are gone: a run that reports the code will drop them."""
    write(tmp_path, {"plugins/a.py": ""})
    path = str(tmp_path / "plugins/a.py")
    asked: list[tuple[str, str]] = []

    def reports(path: str, code: str) -> bool:
        asked.append((path, code))
        return code == "SID002"

    other, gone = ENTRY._replace(code="SID002"), ENTRY._replace(path="gone.py")
    counts = {ENTRY: 2, other: 1, gone: 1}
    known = Baseline(str(tmp_path / "baseline.json"), counts, reports)
    assert known.stale([path]) == 1
    assert known.renewed({}, [path]).counts == {ENTRY: 2, gone: 1}
    assert (path, "SID001") in asked


def test_saved_and_loaded(tmp_path: Path) -> None:
    other = Entry("a.py", "SID002", "é\t'")
    save(baseline(tmp_path, {ENTRY: 1, other: 2}))
    file = tmp_path / "baseline.json"
    assert load(str(file)).counts == {ENTRY: 1, other: 2}
    assert [item["path"] for item in json.loads(file.read_bytes())["findings"]] == [
        "a.py",
        "plugins/a.py",
    ]
    assert file.read_bytes().endswith(b"}\n")
    assert list(tmp_path.iterdir()) == [file]


def test_an_entry_that_stands_twice_counts_both(tmp_path: Path) -> None:
    """As after a merge of two branches that each wrote it."""
    item = '{"path": "a.py", "code": "SID001", "line": "x", "count": 2}'
    write(tmp_path, {"b.json": f'{{"version": 1, "findings": [{item}, {item}]}}'})
    assert load(str(tmp_path / "b.json")).counts == {Entry("a.py", "SID001", "x"): 4}


def test_saving_keeps_permissions(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    save(baseline(tmp_path, {}))
    plain = tmp_path / "plain"
    plain.touch()
    assert file.stat().st_mode == plain.stat().st_mode
    file.chmod(0o640)
    save(baseline(tmp_path, {ENTRY: 1}))
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_saved_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "baseline.json"
    folder.mkdir()
    with pytest.raises(
        ConfigurationError, match=r"^--baseline: .*baseline\.json cannot be written: Is a"
    ):
        save(baseline(tmp_path, {}))
    assert list(tmp_path.iterdir()) == [folder]
    with pytest.raises(ConfigurationError, match="No such file"):
        save(Baseline(str(tmp_path / "no/b.json"), {}))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not of the form"),
        ('{"version": 1}', "not of the form"),
        ('{"version": 1, "findings": {}}', "not of the form"),
        ('{"version": 1, "findings": [{"path": "a"}]}', "not of the form"),
        (
            '{"version": 1, "findings": [{"path": "a", "code": "b", "line": "c", "count": -1}]}',
            "not of the form",
        ),
        ('{"version": 2, "findings": []}', "of format 2, where 1 is known"),
    ],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    write(tmp_path, {"b.json": text})
    with pytest.raises(ConfigurationError, match=reason) as raised:
        load(str(tmp_path / "b.json"))
    assert str(raised.value).startswith(f"--baseline: {tmp_path}/b.json is ")
    assert str(raised.value).endswith("; name another file, or remove it and write it anew")


def test_a_missing_baseline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist; add --write-baseline"):
        load(str(tmp_path / "b.json"))
    with pytest.raises(ConfigurationError, match="Is a directory"):
        load(str(tmp_path))


def test_another_drive_is_named_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def relpath(*_: Any) -> str:
        raise ValueError("path is on mount 'D:'")

    monkeypatch.setattr("os.path.relpath", relpath)
    finding = Finding("/d/a.py", Span(1, 1, 1, 2), "SID001", "")
    assert baseline(tmp_path, {}).entry(finding, "x").path == "/d/a.py"
