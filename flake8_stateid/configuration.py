"""The ``[flake8]`` section of ``setup.cfg``, ``tox.ini`` or ``.flake8``, found as flake8 finds it.

One configuration serves flake8, the command line and the codemod. What flake8 itself would pass
over in silence, a value this package cannot use, is an error here.
"""

from __future__ import annotations

import os

from flake8_stateid.problems import ConfigurationError
from flake8_stateid.records import Record
from flake8_stateid.scope import configuration_in
from flake8_stateid.selection import SelectionOptions
from flake8_stateid.settings import OPTIONS, Settings, checked_settings, split_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Configuration(Record):
    """Everything the configuration says about a run.

    Attributes:
        settings: The options of this package.
        selection: flake8's options about codes.
        exclude: flake8's ``exclude``, or ``None`` for its default; a pattern with a slash is
            absolute.
        extend_exclude: flake8's ``extend-exclude``, likewise.
        filename: flake8's ``filename``: patterns of files to take from folders.
        disable_noqa: flake8's ``disable-noqa``.
        max_line_length: flake8's ``max-line-length`` in characters; 0 where it is not set.
    """

    settings: Settings = Settings()
    selection: SelectionOptions = SelectionOptions()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    filename: tuple[str, ...] = ("*.py",)
    disable_noqa: bool = False
    max_line_length: int = 0


class ConfigurationSource(Record):
    """Where to read the configuration from.

    Attributes:
        file: A file given by name, or empty to look for one from the working directory upward.
        isolated: Read no file at all.
    """

    file: str = ""
    isolated: bool = False


_CODE_OPTIONS = ("select", "extend_select", "ignore", "extend_ignore")
_PATH_OPTIONS = ("exclude", "extend_exclude")


def load_configuration(source: ConfigurationSource, overrides: Mapping[str, str]) -> Configuration:
    """The configuration of a run.

    Args:
        source: Where to read it from.
        overrides: Values given on the command line, by option name with underscores; each
            replaces the file's, as in flake8.

    Raises:
        ConfigurationError: A file that cannot be read, or a value an option cannot take.
    """
    path = _configuration_file(source)
    section = _section(path) if path else {}
    _check_names(path, section)
    from_file = _with_absolute_paths(section, os.path.dirname(path))
    try:
        configuration = _checked(from_file)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    if not overrides:
        return configuration
    return _checked({**from_file, **_with_absolute_paths(overrides, os.curdir)})


def own_settings(file: str) -> Settings | None:
    """The options of this package as ``file`` sets them, or ``None`` where it sets none.

    Raises:
        ConfigurationError: It cannot be read, or has a value an option cannot take.
    """
    options = _set_options(_section(file))
    return checked_settings(options) if options else None


def check_option_names() -> None:
    """Look for options of this package that do not exist: flake8 passes over them in silence.

    Looks in the file flake8 finds by itself; one that cannot be read is flake8's business.

    Raises:
        ConfigurationError: There is one.
    """
    path = _configuration_file(ConfigurationSource())
    try:
        section = _section(path) if path else {}
    except ConfigurationError:
        return
    _check_names(path, section)


def _check_names(path: str, section: Iterable[str]) -> None:
    known = {option.key: option.name for option in OPTIONS}
    for key in section:
        if key.startswith("stateid") and key not in known:
            names = ", ".join(known.values())
            raise ConfigurationError(
                f"{path}: {key.replace('_', '-')} is no option; there are {names}"
            )


def _configuration_file(source: ConfigurationSource) -> str:
    if source.isolated:
        return ""
    return source.file or find_configuration_file(os.path.abspath(os.curdir))


def find_configuration_file(folder: str) -> str:
    """The file flake8 reads when run in ``folder``, or an empty string.

    The nearest one upward that has a section of flake8's; the home folder and what lies above it
    are not looked at, unless the search begins there (as in ``flake8.options.config``).
    """
    home = os.path.expanduser("~")
    while True:
        found = configuration_in(folder)
        if found:
            return found
        parent = os.path.dirname(folder)
        if parent == folder or _is_same(parent, home):
            return ""
        folder = parent


def _is_same(folder: str, other: str) -> bool:
    try:
        return os.path.samefile(folder, other)
    except OSError:
        return False


def _section(path: str) -> dict[str, str]:
    """The values of ``[flake8]``, by option name with underscores."""
    # Imported here: a run without a configuration file has no use for it.
    import configparser

    parser = configparser.RawConfigParser()
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}; name a file that can"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8: {error.reason}; save it as UTF-8") from None
    if text.startswith("\ufeff"):
        raise ConfigurationError(
            f"{path}: begins with a byte order mark, and flake8 reads no such file; "
            "save it as UTF-8 without one"
        )
    try:
        parser.read_string(text, path)
    except configparser.Error as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{path}: not a configuration file: {reason}") from None
    if not parser.has_section("flake8"):
        return {}
    # flake8 takes both spellings of a name; the last one in the file counts.
    return {key.replace("-", "_"): value for key, value in parser["flake8"].items()}


def _with_absolute_paths(values: Mapping[str, str], folder: str) -> dict[str, str]:
    """``values`` where excluded paths are absolute: relative ones start from ``folder``."""
    absolute = dict(values)
    for name in _PATH_OPTIONS:
        if name in absolute:
            items = split_list(absolute[name])
            absolute[name] = ",".join(_absolute(item, folder) for item in items)
    return absolute


def _absolute(pattern: str, folder: str) -> str:
    """``pattern`` as flake8 takes it: a name alone stays one, a path becomes absolute."""
    if pattern == "." or os.sep in pattern or (os.altsep and os.altsep in pattern):
        return os.path.abspath(os.path.join(folder, pattern))
    return pattern


def _checked(values: Mapping[str, str]) -> Configuration:
    selection = SelectionOptions(
        **{name: _codes(name, values[name]) for name in _CODE_OPTIONS if name in values},
        per_file_ignores=values.get("per_file_ignores", ""),
    )
    return Configuration(
        settings=checked_settings(_set_options(values)),
        selection=selection,
        exclude=tuple(split_list(values["exclude"])) if "exclude" in values else None,
        extend_exclude=tuple(split_list(values.get("extend_exclude", ""))),
        filename=tuple(split_list(values.get("filename", "*.py"))),
        disable_noqa=_flag("disable_noqa", values.get("disable_noqa", "no")),
        max_line_length=_number("max_line_length", values.get("max_line_length", "0")),
    )


def _set_options(values: Mapping[str, str]) -> dict[str, list[str]]:
    """The items of the options of this package that are set."""
    return {
        option.key: split_list(values[option.key]) for option in OPTIONS if option.key in values
    }


def _codes(name: str, value: str) -> tuple[str, ...]:
    codes = tuple(split_list(value))
    for code in codes:
        if not (code.isascii() and code.isalnum() and code.isupper()):
            raise ConfigurationError(
                f"{name.replace('_', '-')}: {code!r} is not a code, such as SID or SID001"
            )
    return codes


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ConfigurationError(
            f"{name.replace('_', '-')}: {value!r} is no number of characters"
        ) from None


def _flag(name: str, value: str) -> bool:
    # The words configparser knows, whose own check would only run for values from a file.
    words = {"1": True, "yes": True, "true": True, "on": True}
    words.update({"0": False, "no": False, "false": False, "off": False})
    if value.lower() not in words:
        raise ConfigurationError(
            f"{name.replace('_', '-')}: {value!r} is neither true nor false; write one of these"
        )
    return words[value.lower()]
