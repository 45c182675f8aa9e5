"""Arguments that are paths and nothing else, as a hook gives them: read without argparse.

argparse, with the gettext and locale it imports and the parser it builds, takes a tenth of a lint
run over one file.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

# What a switch is where it is not given.
_SWITCHES = {"store_true": False, "store_false": True}


class Parsed:
    """The values of arguments as attributes, as argparse gives them."""

    def __init__(self, values: dict[str, object]) -> None:
        self.__dict__.update(values)


def parsed_without_options(
    add_arguments: Callable[[Any], None], arguments: Sequence[str]
) -> Parsed | None:
    """What argparse would make of arguments without options.

    Args:
        add_arguments: Adds a command's arguments to a parser.
        arguments: The arguments after the command.

    Returns:
        The values by name; None where argparse is needed: for an option, or for a command that
        takes anything else than any number of paths.
    """
    if any(argument.startswith("-") and argument != "-" for argument in arguments):
        return None
    defaults = _Defaults()
    add_arguments(defaults)
    if len(defaults.positional) != 1:
        return None
    name, nargs = defaults.positional[0]
    if nargs not in ("*", "+") or (nargs == "+" and not arguments):
        return None
    if arguments or defaults.values[name] is None:
        defaults.values[name] = list(arguments)
    return Parsed(defaults.values)


class _Defaults:
    """Takes a parser's place to note what each argument is where it is not given."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.positional: list[tuple[str, object]] = []

    def add_argument(self, *names: str, **options: Any) -> None:
        """Note an argument; as in argparse, the first of several for one value has the say."""
        name = next((name for name in names if name.startswith("--")), names[0])
        if not name.startswith("-"):
            checked = "type" in options or "choices" in options
            self.positional.append((name, None if checked else options.get("nargs")))
        value = options.get("dest") or name.lstrip("-").replace("-", "_")
        switched = _SWITCHES.get(options.get("action", ""))
        self.values.setdefault(value, options.get("default", switched))

    def add_argument_group(self, *_: object, **__: object) -> _Defaults:
        """A group of arguments: the same to those who give none."""
        return self

    def add_mutually_exclusive_group(self, *_: object, **__: object) -> _Defaults:
        """Arguments that exclude each other: likewise."""
        return self
