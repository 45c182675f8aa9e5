"""Line ends of files that have several kinds: a new line ends as the line above it does.

LibCST leaves open how a line ends where that is as the file's first line does, for the lines of
the file and for new ones alike: a new line would end so wherever it is put.
"""

# ruff: noqa: N802 - LibCST says how the methods are named

from __future__ import annotations

import libcst as cst


def is_mixed(code: str) -> bool:
    """Whether lines of a text do not all end alike."""
    rest = code.replace("\r\n", "")
    return ("\r\n" in code) + ("\r" in rest) + ("\n" in rest) > 1


def with_ends_named(module: cst.Module) -> cst.Module:
    """A module as parsed, with the end of each line named: what is left open later is new."""
    named = module.visit(_Namer(module.default_newline))
    assert isinstance(named, cst.Module)
    return named


def with_ends_filled(module: cst.Module) -> cst.Module:
    """A module that was rewritten, with a kind for each end left open: that of the line before."""
    filled = module.visit(_Filler(module.default_newline))
    assert isinstance(filled, cst.Module)
    return filled


class _Namer(cst.CSTTransformer):
    def __init__(self, default: str) -> None:
        super().__init__()
        self._default = default

    def leave_Newline(self, original_node: cst.Newline, updated_node: cst.Newline) -> cst.Newline:
        return updated_node.with_changes(value=updated_node.value or self._default)


class _Filler(cst.CSTTransformer):
    """Comes to the ends in the order of the text."""

    def __init__(self, default: str) -> None:
        super().__init__()
        self._last = default

    def leave_Newline(self, original_node: cst.Newline, updated_node: cst.Newline) -> cst.Newline:
        self._last = updated_node.value or self._last
        return updated_node.with_changes(value=self._last)
