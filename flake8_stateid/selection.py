"""Which codes are reported for which file: flake8's own decision, asked of flake8."""

from __future__ import annotations

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.records import Record
from flake8_stateid.rules import OFF_BY_DEFAULT, RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8.style_guide import StyleGuideManager


class SelectionOptions(Record):
    """flake8's options of the same names; ``None`` where one is not set."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    extend_ignore: tuple[str, ...] | None = None
    per_file_ignores: str = ""


def wants_minted(options: SelectionOptions) -> bool:
    """Whether SID201, off by default, may be reported for any file at all.

    Asked before the analysis, so without flake8 and on the safe side: flake8 decides in the end.
    """
    chosen = (*(options.select or ()), *(options.extend_select or ()))
    # flake8 keeps the codes that are off by default in the default of ``ignore``.
    return options.ignore is not None or any(
        code.startswith(prefix) for prefix in chosen for code in OFF_BY_DEFAULT
    )


def shown_selection(options: SelectionOptions) -> str:
    """The options that are set, by their names in the configuration, with their values."""
    values = {
        name.replace("_", "-"): value if isinstance(value, str) else ", ".join(value)
        for name, value in options._asdict().items()
        if value or (name == "select" and value is not None)  # which then selects nothing
    }
    return ", ".join(
        f"{name} ({' '.join(value.split()) or 'empty'})" for name, value in values.items()
    )


class Selection:
    """Answers whether a code is reported for a file."""

    def __init__(self, options: SelectionOptions) -> None:
        """Keep ``options``; flake8 is imported only when one of them is set and asked for."""
        self._options = options
        self._guides: StyleGuideManager | None = None

    def reports(self, path: str, code: str) -> bool:
        """Whether flake8, with these options, would report ``code`` for the file at ``path``.

        Raises:
            ConfigurationError: ``per-file-ignores`` is no mapping of patterns to codes.
        """
        if self._options == SelectionOptions():
            return code not in OFF_BY_DEFAULT
        if self._guides is None:
            self._guides = self._flake8_guides()
        guide = self._guides.style_guide_for(path)
        return bool(guide.should_report_error(code).name == "Selected")

    def reports_any(self, path: str) -> bool:
        """Whether any code of ours is reported for the file at ``path``.

        Raises:
            ConfigurationError: As for :meth:`reports`.
        """
        if not _may_leave_nothing(self._options):
            return True
        return any(self.reports(path, rule.code) for rule in RULES)

    def _flake8_guides(self) -> StyleGuideManager:
        # Imported here: flake8 takes longer to import than most files take to check.
        from argparse import Namespace

        from flake8.exceptions import ExecutionError
        from flake8.style_guide import StyleGuideManager

        options = Namespace(
            select=_list(self._options.select),
            extend_select=_list(self._options.extend_select),
            ignore=_list(self._options.ignore),
            extend_ignore=_list(self._options.extend_ignore),
            per_file_ignores=self._options.per_file_ignores,
            extended_default_select=["SID"],
            extended_default_ignore=list(OFF_BY_DEFAULT),
        )
        try:
            return StyleGuideManager(options, formatter=None)
        except ExecutionError:
            value = " ".join(self._options.per_file_ignores.split())
            raise ConfigurationError(
                f"per-file-ignores: {value!r} does not map patterns to codes; "
                "write PATTERN:CODE, with commas between several"
            ) from None


def _may_leave_nothing(options: SelectionOptions) -> bool:
    """Whether it is worth asking flake8, which takes longer to import than a file to check."""
    chosen = (*(options.select or ()), *(options.extend_select or ()))
    per_file = options.per_file_ignores.replace(",", " ").replace(":", " ").split()
    ignored = (*(options.ignore or ()), *(options.extend_ignore or ()), *per_file)
    is_left_out = options.select is not None and not any(map(_is_ours, chosen))
    return is_left_out or any(map(_is_ours, ignored))


def _is_ours(prefix: str) -> bool:
    """Whether some code that begins with ``prefix`` is one of ours."""
    return any(rule.code.startswith(prefix) for rule in RULES)


def _list(codes: tuple[str, ...] | None) -> list[str] | None:
    return None if codes is None else list(codes)
