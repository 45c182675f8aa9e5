"""A project of several modules on disk: a batch path, and what stands around it elsewhere."""

from __future__ import annotations

import importlib
import pathlib
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from flake8_stateid.codemod.fixer import FileFix, Fixer
from flake8_stateid.configuration import Configuration
from tests.codemod.harness import ROWS, assert_equivalent, run, shared

if TYPE_CHECKING:
    import types
    from collections.abc import Sequence

    from sqlalchemy import Engine

LANDSCAPE = pathlib.Path(__file__).parents[2] / "fixtures" / "landscape"
PACKAGE = "acme"
BATCH = f"{PACKAGE}/plugins/batch.py"


class Project:
    """A source tree with a batch path in ``acme/plugins/batch.py``.

    Args:
        root: An empty folder.
        batch: The text of the batch path's module.
        files: Other modules, by their path.
    """

    def __init__(self, root: pathlib.Path, batch: str, files: dict[str, str]) -> None:
        self.root = root
        self.batch = root / BATCH
        shutil.copytree(LANDSCAPE, root / "fixtures" / "landscape", dirs_exist_ok=True)
        (root / "pyproject.toml").touch()
        for path, text in {BATCH: batch, **files}.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write a module, and make packages of the folders above it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in file.relative_to(self.root).parents[:-1]:
            (self.root / folder / "__init__.py").touch()
        file.write_text(textwrap.dedent(text), encoding="utf-8")

    def fix(self) -> FileFix:
        """What fixing the batch path's module would give."""
        result = Fixer(Configuration()).fix_file(str(self.batch))
        assert result.problem is None, result.problem
        assert result.outcomes, "nothing was found"
        return result

    def load(self, name: str) -> types.ModuleType:
        """The module of that dotted name, imported anew."""
        sys.path.insert(0, str(self.root))
        writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        importlib.invalidate_caches()
        try:
            return importlib.import_module(name)
        finally:
            sys.dont_write_bytecode = writes
            sys.path.remove(str(self.root))
            for each in [each for each in sys.modules if each.partition(".")[0] == PACKAGE]:
                del sys.modules[each]

    def differs(self, name: str, new: bytes, engine: Engine, rows: Sequence[str]) -> str:
        """How a module behaves otherwise once the batch path's text is ``new``; "" if it does not.

        The text on disk runs with keys off, where it must not fail but for the rows' own errors.
        """
        old = self.batch.read_bytes()
        before = {each: run(self.load(name), shared(keys=False), ROWS[each]) for each in rows}
        for seen in before.values():
            assert not seen.error.startswith("IntegrityError"), seen
        self.batch.write_bytes(new)
        try:
            for each in rows:
                after = run(self.load(name), engine, ROWS[each])
                try:
                    assert_equivalent(before[each], after)
                except AssertionError:
                    return f"{before[each]}\n{after}"
        finally:
            self.batch.write_bytes(old)
        return ""
