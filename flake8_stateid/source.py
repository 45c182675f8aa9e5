"""Source text: bytes to text, text to lines, and byte columns to character columns."""

from __future__ import annotations

import sys

from flake8_stateid.findings import Span
from flake8_stateid.problems import InputError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable
    from typing import Any

UTF8_BOM = b"\xef\xbb\xbf"


class SourceText:
    r"""One file's text as the analysis sees it.

    Attributes:
        path: The file, as it was given.
        text: Decoded, without BOM, every line end written ``\n``: what Python's own reader makes
            of the file, and what flake8 hands to its plugins.
    """

    __slots__ = ("_lines", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._lines: tuple[str, ...] | None = None

    def __eq__(self, other: object) -> bool:
        """Whether both are the same text of the same file."""
        if not isinstance(other, SourceText):
            return NotImplemented
        return (self.path, self.text) == (other.path, other.text)

    def __hash__(self) -> int:
        """By path and text."""
        return hash((self.path, self.text))

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> SourceText:
        """The text of a file's bytes, decoded as Python would decode them.

        Raises:
            InputError: The bytes are not text in the encoding the file declares.
        """
        return cls.from_text(path, decode(path, data))

    @classmethod
    def from_text(cls, path: str, text: str) -> SourceText:
        """The source of decoded text without BOM, whatever its line ends."""
        return cls(path, universal_newlines(text))

    @classmethod
    def from_lines(cls, path: str, lines: Iterable[str]) -> SourceText:
        """The source of lines that keep their line ends, as flake8 hands them to plugins."""
        return cls.from_text(path, "".join(lines))

    @property
    def lines(self) -> tuple[str, ...]:
        r"""``text`` cut behind each ``\n`` and nowhere else.

        To ``str.splitlines`` a form feed or U+2028 ends a line as well, to Python and to ``ast``
        neither does.
        """
        # Cut when asked for: of most modules that are read nobody wants to see a line.
        if self._lines is None:
            self._lines = split_lines(self.text)
        return self._lines

    def span(
        self, node: ast.expr | ast.stmt | ast.arg | ast.keyword | ast.pattern | ast.alias
    ) -> Span:
        """The place of ``node`` in characters."""
        end_row = node.lineno if node.end_lineno is None else node.end_lineno
        end_offset = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return Span(
            node.lineno,
            self._column(node.lineno, node.col_offset),
            end_row,
            self._column(end_row, end_offset),
        )

    def line(self, row: int) -> str:
        """The text of ``row`` without its line end; empty for a row the file does not have."""
        return self.lines[row - 1].removesuffix("\n") if 0 < row <= len(self.lines) else ""

    def _column(self, row: int, byte_offset: int) -> int:
        if self.text.isascii():
            return byte_offset + 1
        line = self.lines[row - 1] if row <= len(self.lines) else ""
        if line.isascii():
            return byte_offset + 1
        return len(line.encode(errors="surrogatepass")[:byte_offset].decode(errors="replace")) + 1


def universal_newlines(text: str) -> str:
    r"""``text`` with ``\r\n`` and ``\r`` written ``\n``, as Python's own reader does."""
    if "\r" in text:
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def split_lines(text: str) -> tuple[str, ...]:
    r"""``text`` cut behind each ``\n``; the line ends are kept, as in ``readlines``."""
    lines = text.split("\n")
    last = lines.pop()
    kept = [line + "\n" for line in lines]
    if last:
        kept.append(last)
    return tuple(kept)


def decode(path: str, data: bytes) -> str:
    """The text of a Python file: UTF-8, or the encoding its first two lines declare (PEP 263).

    Args:
        path: Named in the error.
        data: The file's bytes, with or without a BOM.

    Raises:
        InputError: An encoding that does not exist, that contradicts the BOM, or that the bytes
            are not written in.
    """
    encoding = _declared_encoding(path, data) if b"coding" in _head(data) else "utf-8"
    try:
        return data.removeprefix(UTF8_BOM).decode(encoding)
    except UnicodeDecodeError as error:
        row = _row_of(data.removeprefix(UTF8_BOM), error.start)
        found = " ".join(f"0x{byte:02x}" for byte in error.object[error.start : error.end][:4])
        raise InputError(
            Problem(
                path,
                row,
                f"not valid {encoding}: {error.reason} ({found})",
                "save the file as UTF-8, or declare its encoding in a comment on the first line",
            )
        ) from None
    except (LookupError, ValueError) as error:
        raise _bad_encoding(path, _without_advice(error)) from None


def _head(data: bytes) -> bytes:
    """The first two lines, where alone an encoding may be declared."""
    end = data.find(b"\n", data.find(b"\n") + 1)
    return data if end < 0 else data[:end]


def _declared_encoding(path: str, data: bytes) -> str:
    # Imported here: few files declare an encoding, and tokenize costs several milliseconds.
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise _bad_encoding(path, error.msg or "") from None
    except LookupError as error:  # from 3.14 on, of what decodes bytes to bytes
        raise _bad_encoding(path, _without_advice(error)) from None
    return encoding.removesuffix("-sig")


def _without_advice(error: LookupError | ValueError) -> str:
    """The message of an error of a codec, less what it says to programmers who call codecs."""
    return str(error).partition(";")[0]


def _bad_encoding(path: str, reason: str) -> InputError:
    return InputError(
        Problem(
            path,
            1,
            f"cannot be decoded: {reason}",
            "declare the encoding the file is saved in, or save it as UTF-8",
        )
    )


def _row_of(data: bytes, offset: int) -> int:
    before = data[:offset].replace(b"\r\n", b"\n")
    return before.count(b"\n") + before.count(b"\r") + 1


def syntax_tree(text: str, mode: str) -> Any:
    """The tree of ``text``: what ``ast.parse`` gives, without importing :mod:`ast`.

    That module makes classes and tables for what nobody asks of it here, which takes a twentieth
    of a lint run over one file; the node classes are those of ``_ast``.

    Args:
        text: Python code.
        mode: What it is, as for ``compile``: ``exec`` for a module, ``eval`` for an expression.
    """
    import _ast

    return compile(text, "<unknown>", mode, _ast.PyCF_ONLY_AST)


def parse(source: SourceText) -> ast.Module:
    """The tree of ``source``, parsed by the running interpreter.

    Raises:
        InputError: Text that is not Python to this interpreter, or nested too deeply for it.
    """
    # Imported here: most files hold no state id name and are never parsed.
    import warnings

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if "\0" in source.text:
        row = source.text.count("\n", 0, source.text.index("\0")) + 1
        raise InputError(
            Problem(source.path, row, "holds NUL bytes", "remove them, or exclude the file")
        )
    try:
        with warnings.catch_warnings():
            # What the compiler warns of (an invalid escape, say) is other linters' business.
            warnings.simplefilter("ignore")
            tree: ast.Module = syntax_tree(source.text, "exec")
            return tree
    except SyntaxError as error:
        raise InputError(
            Problem(
                source.path,
                error.lineno or 0,
                f"not Python {version}: {error.msg}",
                "correct it, or run the Python version it is written for",
            )
        ) from None
    except (RecursionError, MemoryError):
        raise InputError(
            Problem(
                source.path,
                0,
                f"nested too deeply for the parser of Python {version}",
                "split its longest expression, or exclude the file",
            )
        ) from None
    except ValueError as error:
        raise InputError(
            Problem(source.path, 0, f"not Python {version}: {error}", "correct it, or exclude it")
        ) from None
