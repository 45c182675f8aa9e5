"""``# noqa``, read by flake8 itself: the command line and the codemod obey what flake8 obeys.

Only the map from a row to the text that flake8 searches is rebuilt here, since flake8 keeps it
inside its file processor, which takes a whole flake8 run to set up. A test compares the two.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.findings import Finding
    from flake8_stateid.source import SourceText


def without_suppressed(source: SourceText, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those of ``findings`` that no ``# noqa`` or ``# flake8: noqa`` in ``source`` silences."""
    if not findings or "noqa" not in source.text.lower():
        return findings
    # Imported here: flake8 takes longer to import than most files take to check.
    from flake8.defaults import NOQA_FILE
    from flake8.violation import Violation

    if any(NOQA_FILE.match(line) for line in source.lines):
        return ()
    searched = searched_text(source)
    return tuple(
        finding
        for finding in findings
        if not Violation(
            finding.code,
            finding.path,
            finding.span.row,
            finding.span.column,
            finding.message,
            searched.get(finding.span.row, source.line(finding.span.row)),
        ).is_inline_ignored(disable_noqa=False)
    )


def searched_text(source: SourceText) -> dict[int, str]:
    """For each row the lines in which flake8 looks for its ``# noqa``.

    A string over several lines, or a line that a backslash continues, is one text for all its
    rows: the comment behind it is the only place where one can stand. Empty where the text has no
    tokens; flake8 then takes the row alone.
    """
    import tokenize

    texts: dict[int, str] = {}
    first = last = 0
    lines = iter(source.lines)
    try:
        tokens = list(tokenize.generate_tokens(lambda: next(lines)))
    except (tokenize.TokenError, SyntaxError):
        return texts
    for token in tokens:
        if token.type in {tokenize.ENDMARKER, tokenize.DEDENT}:
            continue
        first = min(first or token.start[0], token.start[0])
        last = max(last, token.end[0])
        if token.type in {tokenize.NL, tokenize.NEWLINE}:
            joined = "".join(source.lines[first - 1 : last])
            texts.update(dict.fromkeys(range(first, last + 1), joined))
            first = last = 0
    return texts
