"""The options, their defaults and checks, read from the ``[flake8]`` section."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """What a user may configure; the same for flake8, the command line and the codemod."""

    names: tuple[str, ...] = ("state_id",)
    plugin_paths: tuple[str, ...] = ("*/plugins/*",)
    exclude_paths: tuple[str, ...] = ("tests",)
    minting: tuple[str, ...] = ("begin_node_state",)
    source_roots: tuple[str, ...] = ()
