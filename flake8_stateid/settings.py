"""The options of the lint: their defaults, their help and the check of their values.

flake8, the command line and the codemod all come through :func:`checked_settings`, so that a
value means the same to each of them.
"""

from __future__ import annotations

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any


class Settings(Record):
    """What a user may configure; the same for flake8, the command line and the codemod.

    Attributes:
        names: Identifiers that hold an id, without plural and prefix.
        plugin_paths: Patterns of plugin code, see :mod:`flake8_stateid.scope`.
        exclude_paths: Patterns of test code among it.
        minting: Functions that register an id, which makes it legitimate.
        source_roots: Folders that imports start from, where the layout does not show them.
        minted_wanted: Whether ids that are minted are looked for. No option of its own: true
            where SID201 may be reported, because looking for them costs time.
    """

    names: tuple[str, ...] = ("state_id",)
    plugin_paths: tuple[str, ...] = ("*/plugins/*",)
    exclude_paths: tuple[str, ...] = (
        "test/",
        "tests/",
        "tests_*/",
        "test_*.py",
        "*_test.py",
        "conftest.py",
    )
    minting: tuple[str, ...] = ("begin_node_state",)
    source_roots: tuple[str, ...] = ()
    minted_wanted: bool = False


class Option(Record):
    """One option: the field of :class:`Settings` it sets, and how its values are checked."""

    field: str
    metavar: str
    help: str
    is_path: bool
    may_be_empty: bool

    @property
    def name(self) -> str:
        """The option's name in ``[flake8]``; with two dashes before it, on a command line."""
        return "stateid-" + self.field.replace("_", "-")

    @property
    def key(self) -> str:
        """The option's name as an attribute of parsed arguments."""
        return "stateid_" + self.field

    @property
    def described(self) -> str:
        """The help and the default, for ``--help`` of any program: safe in argparse's format."""
        default = ", ".join(self.default) or "none"
        return f"{self.help} (default: {default})".replace("%", "%%")

    @property
    def default(self) -> tuple[str, ...]:
        """The default of the field."""
        value: tuple[str, ...] = Settings._field_defaults[self.field]
        return value


OPTIONS = (
    Option("names", "NAMES", "identifiers that hold the id of an audit row", False, False),
    Option("plugin_paths", "PATTERNS", "paths that count as plugin code", True, False),
    Option("exclude_paths", "PATTERNS", "paths among them that do not: test code", True, True),
    Option("minting", "NAMES", "functions that register an id before its use", False, True),
    Option("source_roots", "FOLDERS", "folders that imports start from", True, True),
)


def checked_settings(values: Mapping[str, Sequence[str]]) -> Settings:
    """Settings of the options' values.

    Args:
        values: The items of each option that is set, by :attr:`Option.key`; other keys are not
            looked at, and an option that is missing takes its default.

    Raises:
        ConfigurationError: A value the option cannot take.
    """
    fields: dict[str, Any] = {
        option.field: _checked_items(option, values[option.key])
        for option in OPTIONS
        if option.key in values
    }
    return Settings(**fields)


def split_list(value: str) -> list[str]:
    """The items of a list, between commas or white space, as flake8 splits them."""
    return value.replace(",", " ").split()


def _checked_items(option: Option, items: Iterable[str]) -> tuple[str, ...]:
    # Duplicates add nothing; the order is kept for messages.
    checked = tuple(dict.fromkeys(_checked_item(option, item) for item in items))
    if not checked and not option.may_be_empty:
        default = ", ".join(option.default)
        raise ConfigurationError(
            f"{option.name} is empty, so nothing would be checked; "
            f"give it a value, or remove it for the default ({default})"
        )
    return checked


def _checked_item(option: Option, item: str) -> str:
    if item.startswith(("#", ";")):
        raise ConfigurationError(
            f"{option.name}: {item!r} is no value; put comments on lines of their own"
        )
    if option.is_path:
        return _checked_path(option, item)
    if not item.isidentifier():
        raise ConfigurationError(
            f"{option.name}: {item!r} is not an identifier; give plain names, "
            f"such as {option.default[0]}"
        )
    return item


def _checked_path(option: Option, item: str) -> str:
    pattern = item.replace("\\", "/")
    while pattern.startswith("./"):
        pattern = pattern[2:]
    if pattern.startswith(("/", "~")) or pattern[1:3] == ":/":
        raise ConfigurationError(
            f"{option.name}: {item!r} is absolute; give it relative to the project's root"
        )
    if ".." in pattern.split("/"):
        raise ConfigurationError(
            f"{option.name}: {item!r} leaves the project; give it relative to the project's root"
        )
    if pattern in {"", "."}:
        # The project's root: as a pattern, everything in it.
        return "." if option.field == "source_roots" else "*"
    return pattern
