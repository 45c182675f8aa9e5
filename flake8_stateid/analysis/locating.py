"""Where an import leads: the project's files, as Python would find them, and none of them run."""

from __future__ import annotations

import os

from flake8_stateid.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.program import Import
    from flake8_stateid.scope import Scope
    from flake8_stateid.settings import Settings


class Located(Record):
    """Where an import leads: a module's file, and the name in it ("" for the module itself).

    Of a namespace package, which has no file, the path is its folder, with a separator behind it.
    """

    path: str
    name: str


class Locator:
    """Finds modules on the project's own source tree; each import once.

    Args:
        settings: ``source_roots``.
        scope: Says where a project's root is.
        defines: Whether a package's ``__init__`` binds a name itself.
    """

    def __init__(
        self, settings: Settings, scope: Scope, defines: Callable[[str, str], bool]
    ) -> None:
        self._settings = settings
        self._scope = scope
        self._package_defines = defines
        self._located: dict[tuple[str, Import], Located | None] = {}
        self._folders: dict[str, str] = {}  # by the module's file: asked for at every import
        self._roots: dict[str, tuple[str, ...]] = {}
        self._files: dict[str, bool] = {}
        self._beside: dict[str, dict[str, tuple[str, ...]]] = {}  # by project

    @property
    def answers(self) -> int:
        """How many answers are remembered."""
        return len(self._located) + len(self._files) + len(self._folders) + len(self._roots)

    def locate(self, path: str, bound: Import) -> Located | None:
        """Where an import in the file at ``path`` leads, on the project's own source tree."""
        folder = self._folders.get(path)
        if folder is None:
            folder = self._folders[path] = os.path.dirname(path)
        key = (folder, bound)
        if key not in self._located:
            self._located[key] = self._locate(folder, bound)
        return self._located[key]

    def _locate(self, folder: str, bound: Import) -> Located | None:
        parts = bound.module.split(".") if bound.module else []
        if bound.level:
            for _ in range(bound.level - 1):
                folder = os.path.dirname(folder)
            return self._below(folder, parts, bound.attribute)
        if not parts:
            return None
        roots = self._roots_of(folder)
        located = self._below_one(roots, parts, bound.attribute)
        if located is None:
            beside = self._roots_beside(folder, parts[0])
            located = self._below_one(beside, parts, bound.attribute)
            roots += beside
        if located is not None:
            return located
        if bound.imported:
            # A namespace package: a folder like any other, but for what is imported from it.
            for root in roots:
                if self._below(root, bound.imported.split("."), "") is not None:
                    return Located(os.path.join(root, bound.module, ""), "")
        return None

    def within(self, folder: str, name: str) -> Located | None:
        """The module, or the namespace package, of a name in the folder of one."""
        located = self._below(folder, [name], "")
        if located is None:
            base = os.path.join(folder, name, "")
            if base not in self._files:
                self._files[base] = os.path.isdir(base)
            located = Located(base, "") if self._files[base] else None
        return located

    def _below_one(
        self, roots: tuple[str, ...], parts: list[str], attribute: str
    ) -> Located | None:
        """Where an import leads from the first of some folders from which it leads anywhere."""
        found = (self._below(root, parts, attribute) for root in roots)
        return next((located for located in found if located is not None), None)

    def _below(self, folder: str, parts: list[str], attribute: str) -> Located | None:
        base = os.path.join(folder, *parts)
        if attribute:
            submodule = self._module_file(os.path.join(base, attribute))
            package = os.path.join(base, "__init__.py")
            if submodule is not None and not (
                self._is_file(package) and self._package_defines(package, attribute)
            ):
                return Located(submodule, "")
        file = self._module_file(base)
        if file is not None:
            return Located(file, attribute)
        return None

    def _module_file(self, base: str) -> str | None:
        for candidate in (os.path.join(base, "__init__.py"), base + ".py"):
            if self._is_file(candidate):
                return candidate
        return None

    def _is_file(self, path: str) -> bool:
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = os.path.isfile(path)
        return known

    def _roots_beside(self, folder: str, name: str) -> tuple[str, ...]:
        """The folders of other projects of the same repository that have a name to import."""
        project = self._scope.root_of(os.path.join(folder, "x.py"))
        known = self._beside.get(project)
        if known is None:
            known = self._beside[project] = {}
            repository = self._scope.root_of(project)
            # A checkout is the whole of its repository; the root of the file system is none.
            if repository != os.path.dirname(repository) and not os.path.exists(
                os.path.join(project, ".git")
            ):
                # Imported here: few projects stand within another.
                from flake8_stateid.analysis.repository import brought_beside

                known.update(brought_beside(project, repository))
        return known.get(name, ())

    def _roots_of(self, folder: str) -> tuple[str, ...]:
        """The folders that absolute imports of a file may start from, the likeliest first."""
        known = self._roots.get(folder)
        if known is None:
            project = self._scope.root_of(os.path.join(folder, "x.py"))
            roots = [
                os.path.normpath(os.path.join(project, root))
                for root in self._settings.source_roots
            ]
            # Above the topmost package; above that, where a namespace package may begin.
            current = folder
            while self._is_file(os.path.join(current, "__init__.py")):
                current = os.path.dirname(current)
            while current.startswith(project):
                roots.append(current)
                if current == project:
                    break
                current = os.path.dirname(current)
            roots += [os.path.join(project, "src"), project]
            known = self._roots[folder] = tuple(dict.fromkeys(roots))
        return known
