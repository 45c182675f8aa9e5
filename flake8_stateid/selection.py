"""Which codes are reported for which file: flake8's own decision, asked of flake8."""

from __future__ import annotations

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.records import Record
from flake8_stateid.rules import OFF_BY_DEFAULT

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
        except ExecutionError as error:
            raise ConfigurationError(f"per-file-ignores: {error}") from None


def _list(codes: tuple[str, ...] | None) -> list[str] | None:
    return None if codes is None else list(codes)
