"""Configurations that a run has not read, though projects among its files have them.

The configuration is found from the working directory, as flake8 finds it. A run that starts
elsewhere checks a project by other options than the project's own, which would look like success.
"""

from __future__ import annotations

from flake8_stateid.configuration import own_settings
from flake8_stateid.escaping import printable
from flake8_stateid.problems import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from flake8_stateid.settings import Settings

_MOST_SHOWN = 3


def unread_warning(settings: Settings, read: str, others: Collection[str]) -> str | None:
    """What to warn of, safe to print, where projects ask for other options than were taken.

    Args:
        settings: The options of the run.
        read: The file they come from, or empty.
        others: The files of the projects.
    """
    unread = sorted(file for file in others if _asks_for_others(file, settings))
    if not unread:
        return None
    shown = ", ".join(map(printable, unread[:_MOST_SHOWN]))
    if len(unread) > _MOST_SHOWN:
        shown += ", ..."
    sets, was = ("sets", "was") if len(unread) == 1 else ("set", "were")
    seen = f"the configuration is {printable(read)}" if read else "there is no configuration"
    return (
        f"{shown} {sets} other stateid options and {was} not read: seen from the working "
        f"directory, {seen}; start in the project, or name the file to read with --config"
    )


def _asks_for_others(file: str, settings: Settings) -> bool:
    """Whether a file sets options of this package, and otherwise than ``settings``."""
    try:
        own = own_settings(file)
    except ConfigurationError:
        # Told to whoever reads it.
        return False
    return own is not None and own != settings
