"""Fix one file under a configuration: what the command and LibCST's own runner both come to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.checking import Checker, FileResult, unreadable
from flake8_stateid.names import StateIdNames
from flake8_stateid.source import SourceText

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.codemod.outcome import Outcome, Refused
    from flake8_stateid.configuration import Configuration
    from flake8_stateid.findings import Finding
    from flake8_stateid.problems import Problem


class FileFix(NamedTuple):
    """What fixing one file would give; nothing is written here.

    Attributes:
        checked: What the lint said of it.
        outcomes: One for each finding.
        before: The bytes that were read.
        after: The new bytes, or the same.
        left: How many releases wait for another step; none in what is given to a caller.
    """

    checked: FileResult
    outcomes: tuple[Outcome, ...] = ()
    before: bytes = b""
    after: bytes = b""
    left: int = 0

    @property
    def path(self) -> str:
        """The file, as it was given."""
        return self.checked.path

    @property
    def problem(self) -> Problem | None:
        """Why the file could not be fixed at all."""
        return self.checked.problem


class Fixer:
    """Fixes files under one configuration."""

    def __init__(self, configuration: Configuration) -> None:
        """Prepare a run under ``configuration``."""
        self.checker = Checker(configuration)
        self._without_noqa = Checker(configuration._replace(disable_noqa=True), self.checker.scope)
        self._max_line_length = configuration.max_line_length
        self._names = StateIdNames(configuration.settings.names)

    def fix_file(self, path: str) -> FileFix:
        """Read the file at ``path`` and fix what was read."""
        try:
            with open(path, "rb") as file:
                data = file.read()
        except (OSError, ValueError) as error:
            place = self.checker.scope.place_of(path)
            return FileFix(FileResult(path, place, problem=unreadable(path, error)))
        return self.fix_bytes(path, data)

    def forget(self, path: str) -> None:
        """Take what was read of a file for gone: it was written."""
        from flake8_stateid.codemod.reading.source_texts import texts_of

        self._sources().forget_texts()
        texts_of(self._sources()).read_again(os.path.abspath(path))

    def fix_bytes(self, path: str, data: bytes) -> FileFix:
        """Fix ``data`` as the contents of the file at ``path``, which need not exist."""
        fix = self._fix(path, data)
        told: dict[Finding, str] = {}
        try:
            while (
                further := self._unfolded(path, fix)
                or self._staged(path, fix, told)
                or self._handed_in(path, fix, told)
                or self._set_aside(path, fix)
            ) is not None:
                fix = further
                told.clear()
        except RecursionError:
            pass  # a helper that nests too deeply: what is fixed without it stands
        return _telling(fix, told) if told else fix

    def _unfolded(self, path: str, fix: FileFix) -> FileFix | None:
        """``fix`` and all that can be fixed where helpers are written out at their calls.

        ``None`` where no helper makes an id, or where writing one out leaves any finding that
        was not left before.
        """
        from flake8_stateid.codemod.outcome import Refused

        refused = [outcome for outcome in fix.outcomes if isinstance(outcome, Refused)]
        if not refused or fix.problem is not None:
            return None
        from flake8_stateid.codemod.rewriting.lengths import longest_line, overlong
        from flake8_stateid.codemod.unfolding import unfolded

        left = fix.checked
        if fix.after != fix.before:
            left = self.checker.check_bytes(path, fix.after)
        if left.source is None or not _are_alike(
            [each.finding for each in refused], left.findings
        ):
            return None
        for step in unfolded(fix.after, left.source, left.findings, self._sources()):
            helpers = {refused[left.findings.index(each)].finding for each in step.findings}
            others = [each.finding for each in refused if each.finding not in helpers]
            further = self._fix(path, step.data)
            # A function that rows call may take its id from a helper, and release it.
            further = self._staged(path, further, {}) or further
            if further.problem is not None or not _are_alike(
                [each.finding for each in further.outcomes if isinstance(each, Refused)], others
            ):
                continue
            after = SourceText.from_bytes(path, further.after)
            longest = longest_line(path, self._max_line_length)
            if overlong(left.source.lines, after.lines, longest)[0] or any(
                text in after.text for text in step.texts
            ):
                continue
            return _with_fixed(fix, helpers, further.after)
        return None

    def _staged(self, path: str, fix: FileFix, told: dict[Finding, str]) -> FileFix | None:
        """``fix`` and what two steps can fix: first the ids, then the releases in what rows call.

        The text in between is never written: a release that nobody moves out of the loop would
        make ``call_index`` begin again. ``None`` where one of them does not move; ``told`` is
        then why.
        """
        from flake8_stateid.codemod.outcome import RELEASED_BY_ROWS, Fixed, Refused

        refused = [outcome for outcome in fix.outcomes if isinstance(outcome, Refused)]
        if all(outcome.reason != RELEASED_BY_ROWS for outcome in refused):
            return None
        step = self._fix(path, fix.after, staged=True)
        if not step.left or len(step.outcomes) != len(refused):
            told.update(_why_left(refused, step))
            return None
        further = self._fix(path, step.after)
        moved = [each for each in further.outcomes if isinstance(each, Fixed)]
        others = [each.finding for each in step.outcomes if isinstance(each, Refused)]
        if len(moved) < step.left or not _are_alike(
            [each.finding for each in further.outcomes if isinstance(each, Refused)], others
        ):
            told.update(_why_left(refused, further))
            return None
        stepped = dict(zip(refused, step.outcomes, strict=True))
        outcomes = tuple(
            Fixed(each.finding)
            if isinstance(each, Refused) and isinstance(stepped[each], Fixed)
            else each
            for each in fix.outcomes
        )
        return fix._replace(outcomes=outcomes, after=further.after)

    def _handed_in(self, path: str, fix: FileFix, told: dict[Finding, str]) -> FileFix | None:
        """``fix`` and what can be fixed where rows are handed a client that each of them made.

        ``None`` where no function makes one for each row, or where handing it one leaves any
        finding that was not left before; ``told`` is then why.
        """
        refused = _left(fix.outcomes)
        if not _rows_of_making(refused) or fix.problem is not None:
            return None
        now = fix if fix.after == fix.before else self._fix(path, fix.after)
        left = _left(now.outcomes)
        if not _are_alike([each.finding for each in left], [each.finding for each in refused]):
            return None
        for row in _rows_of_making(left):
            numbers = [number for number, each in enumerate(left) if _is_of_making(each, row)]
            others = [each.finding for each in left if not _is_of_making(each, row)]
            after, why = self._handed_clients(path, fix.after, row, others, len(left))
            gone = [refused[number].finding for number in numbers]
            if after is not None:
                return _with_fixed(fix, gone, after)
            told.update(dict.fromkeys(gone, why))
        return None

    def _set_aside(self, path: str, fix: FileFix) -> FileFix | None:
        """``fix`` and what can be fixed where what closes a client is put around all rows.

        ``None`` where nothing closes one that is made for each row, or where the step leaves any
        finding that was not left before.
        """
        refused = _left(fix.outcomes)
        rows = _rows_of_making(refused)
        if not rows or fix.problem is not None:
            return None
        from flake8_stateid.codemod.fixing import comments_of
        from flake8_stateid.codemod.rewriting.lengths import longest_line, overlong
        from flake8_stateid.codemod.setting_aside import put_around, set_aside

        again = fix if fix.after == fix.before else self._fix(path, fix.after)
        left = _left(again.outcomes)
        if not _are_alike([each.finding for each in left], [each.finding for each in refused]):
            return None
        before = SourceText.from_bytes(path, fix.after)
        for row in _rows_of_making(left):
            aside = set_aside(fix.after, before, row, self._sources())
            if aside is None:
                continue
            further = self.fix_bytes(path, aside.data)
            others = [each.finding for each in left if not _is_of_making(each, row)]
            if further.problem is not None or not _are_alike(
                [each.finding for each in _left(further.outcomes)], others
            ):
                continue
            between = SourceText.from_bytes(path, further.after)
            code = put_around(further.after, between, aside)
            if code is None:
                continue
            after = SourceText.from_bytes(path, code)
            checked = self.checker.check_bytes(path, code)
            longest = longest_line(path, self._max_line_length)
            if (
                checked.problem is not None
                or not _are_alike(checked.findings, others)
                or comments_of(before.text) - comments_of(after.text)
                or overlong(before.lines, after.lines, longest)[0]
            ):
                continue
            pairs = zip(refused, left, strict=True)
            gone = [each.finding for each, now in pairs if _is_of_making(now, row)]
            return _with_fixed(fix, gone, code)
        return None

    def _handed_clients(
        self, path: str, data: bytes, row: int, others: Sequence[Finding], found: int
    ) -> tuple[bytes | None, str]:
        """The text in which functions are handed the client that is made in a row, or why not.

        Args:
            path: The file.
            data: Its bytes.
            row: Where a function makes a client.
            others: The findings that stay.
            found: How many findings there are.
        """
        from flake8_stateid.codemod.fixing import comments_of
        from flake8_stateid.codemod.handing_in.handing import MOST_CALLS, handed_in
        from flake8_stateid.codemod.handing_in.texts import NotHandedInError
        from flake8_stateid.codemod.rewriting.lengths import longest_line, overlong

        why = ""
        first = SourceText.from_bytes(path, data)
        longest = longest_line(path, self._max_line_length)
        for _ in range(MOST_CALLS):
            try:
                source = SourceText.from_bytes(path, data)
                data = handed_in(data, source, row, self._sources(), longest)
            except NotHandedInError as error:
                return None, str(error) or why
            except Exception:
                return None, ""  # this step is not needed; one file must never end a run
            further = self._fix(path, data)
            left = _left(further.outcomes)
            if further.problem is not None or len(further.outcomes) < found:
                return None, why
            if _are_alike([each.finding for each in left], others):
                after = SourceText.from_bytes(path, further.after)
                row, limit = overlong(first.lines, after.lines, longest)
                if comments_of(first.text) - comments_of(after.text):
                    return None, ""
                if row:
                    return None, f"row {row} of the result would be longer than {limit} characters"
                return further.after, ""
            rows = _rows_of_making(left)
            why = next(filter(None, map(_why, left)), "")
            if not rows:
                return None, why
            row = rows[0]
        return None, why

    def _fix(self, path: str, data: bytes, *, staged: bool = False) -> FileFix:
        """Fix ``data`` as it stands."""
        checked = self.checker.check_bytes(path, data)
        if not checked.findings:
            return FileFix(checked, before=data, after=data)
        # Imported here: LibCST is needed for a file with findings only, and slow to import.
        from flake8_stateid.codemod.fixing import fix_bytes
        from flake8_stateid.codemod.rewriting.lengths import longest_line

        def recheck(new: bytes) -> FileResult:
            return self.checker.check_bytes(path, new)

        suppressed: tuple[Finding, ...] = ()
        if b"noqa" in data.lower():
            every = self._without_noqa.check_bytes(path, data).findings
            suppressed = tuple(each for each in every if each not in checked.findings)
        try:
            longest = longest_line(path, self._max_line_length)
            result = fix_bytes(
                data,
                checked,
                self._names,
                recheck,
                self._sources(),
                suppressed,
                longest,
                staged=staged,
            )
        except Exception as error:
            # One file must never end a run over many, and none may be written half understood.
            return FileFix(checked, _unexpected(checked, error), data, data)
        return FileFix(checked, result.outcomes, data, result.code, result.left)

    def _sources(self) -> SourceTree:
        # Imported here, as the analysis is: for files with findings only.
        from flake8_stateid.analysis.source_tree import source_tree

        return source_tree(self.checker.settings, self.checker.scope)


def _telling(fix: FileFix, told: Mapping[Finding, str]) -> FileFix:
    """``fix``, its refusals saying why a client is not made before the loop."""
    from flake8_stateid.codemod.outcome import NOT_DONE, Refused

    return fix._replace(
        outcomes=tuple(
            each._replace(remedy=each.remedy.partition(NOT_DONE)[0] + NOT_DONE + why)
            if isinstance(each, Refused) and (why := told.get(each.finding))
            else each
            for each in fix.outcomes
        )
    )


def _with_fixed(fix: FileFix, gone: Collection[Finding], after: bytes) -> FileFix:
    """``fix`` with the text ``after``, in which some findings are gone."""
    from flake8_stateid.codemod.outcome import Fixed

    outcomes = tuple(
        Fixed(each.finding) if each.finding in gone else each for each in fix.outcomes
    )
    return fix._replace(outcomes=outcomes, after=after)


def _left(outcomes: Sequence[Outcome]) -> list[Refused]:
    """Those that were not fixed."""
    from flake8_stateid.codemod.outcome import Refused

    return [outcome for outcome in outcomes if isinstance(outcome, Refused)]


def _why_left(refused: Sequence[Refused], step: FileFix) -> dict[Finding, str]:
    """Why a release stays in what rows call, for each finding that is refused for that."""
    from flake8_stateid.codemod.outcome import NOT_DONE, RELEASED_BY_ROWS

    known = {each.reason for each in refused}
    left = _left(step.outcomes)
    found = [each.reason for each in left if each.reason not in known]
    why = next(iter(found + [each.remedy.partition(NOT_DONE)[2] for each in left]), "")
    return {each.finding: why for each in refused if why and each.reason == RELEASED_BY_ROWS}


def _is_of_making(outcome: Refused, row: int) -> bool:
    """Whether an outcome is refused as a client is made in a row, for each."""
    from flake8_stateid.codemod.outcome import MADE_FOR_EACH

    return outcome.reason == MADE_FOR_EACH and outcome.row == row


def _why(outcome: Refused) -> str:
    """Why a client is not made before the loop, as far as the outcome tells."""
    from flake8_stateid.codemod.outcome import NOT_DONE

    if _is_of_making(outcome, outcome.row):
        return outcome.remedy.partition(NOT_DONE)[2]
    return outcome.reason


def _rows_of_making(refused: Sequence[Refused]) -> list[int]:
    """Where clients are made that findings are refused for."""
    return list(dict.fromkeys(each.row for each in refused if _is_of_making(each, each.row)))


def _are_alike(some: Sequence[Finding], others: Sequence[Finding]) -> bool:
    """Whether two texts have the same findings, but for the rows they stand in."""
    return [(each.code, each.message) for each in some] == [
        (each.code, each.message) for each in others
    ]


def _unexpected(checked: FileResult, error: Exception) -> tuple[Outcome, ...]:
    from flake8_stateid.codemod.outcome import Refused

    reason = f"the codemod failed: unexpected {type(error).__name__}"
    remedy = "report this mistake of flake8-stateid with the file, and fix it by hand"
    return tuple(Refused(each, reason, remedy, each.span.row) for each in checked.findings)
