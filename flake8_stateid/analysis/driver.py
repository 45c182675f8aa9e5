"""Findings of one module: a pure function of its tree, its source and the settings."""

from __future__ import annotations

import _ast as ast
import os
import sys

from flake8_stateid.analysis.builders import BUILDING, HOW_MADE, may_build
from flake8_stateid.analysis.call_index.candidates import Candidates
from flake8_stateid.analysis.engine import Engine
from flake8_stateid.analysis.needs import UnreadModuleError
from flake8_stateid.analysis.packages import PackageView
from flake8_stateid.analysis.program import ModuleInfo
from flake8_stateid.analysis.unread import with_bases
from flake8_stateid.analysis.whole_module import Begun, WholeModule
from flake8_stateid.findings import Finding, Span, Step
from flake8_stateid.names import StateIdNames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.analysis.source_tree import SourceTree
    from flake8_stateid.analysis.summaries import Sink
    from flake8_stateid.analysis.values import Hop, Origin, Trace
    from flake8_stateid.settings import Settings
    from flake8_stateid.source import SourceText

# Frames of our own nest some twenty deep for each call that is followed and each level of an
# expression; the interpreter's default of 1000 would end that after a hundred.
_RECURSION_LIMIT = 40_000
_ROOM_FOR_FRAMES = 1 << 22  # bytes: some ten thousand frames

# Where each kind of node says a name; of a constant, a string may be a key or an attribute.
_IDENTIFIERS: dict[type[ast.AST], str] = {
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.keyword: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
    ast.Constant: "value",
}
_FEW_MODULES = 6  # each of which is opened as soon as it is known to be needed
_LONGEST = 200  # characters of a string that may still be a name


class AnalysisDefeated(Exception):
    """The file is beyond what can be analysed.

    Attributes:
        reason: Why, in a few words, with the remedy.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def analyse(
    tree: ast.Module,
    source: SourceText,
    settings: Settings,
    sources: SourceTree | None = None,
) -> tuple[Finding, ...]:
    """All findings of the module, ordered by place.

    Args:
        tree: The module as ``ast.parse`` gave it.
        source: The text the tree was parsed from.
        settings: Names and minting calls; paths are not looked at here.
        sources: Reads other modules of the package; None to stay within this one.

    Returns:
        One finding for each builder that reaches a target.

    Raises:
        AnalysisDefeated: The file nests deeper than can be followed.
    """
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        return _with_room(_analyse, tree, source, settings, sources)
    except RecursionError:
        raise AnalysisDefeated(
            "its expressions or calls nest too deep to be followed: split them up"
        ) from None
    finally:
        sys.setrecursionlimit(limit)


def _analyse(
    tree: ast.Module, source: SourceText, settings: Settings, sources: SourceTree | None
) -> tuple[Finding, ...]:
    """As :func:`analyse`, as deep as the interpreter lets it."""
    names = StateIdNames(settings.names)
    module = ModuleInfo(source, tree, os.path.abspath(source.path))
    if not _names_an_id(module, names):
        return ()
    found = _followed(module, settings, sources)
    candidates = Candidates(names, frozenset(settings.minting))
    if candidates.may_matter(module):
        # Imported here: few modules make clients in a loop.
        from flake8_stateid.analysis.call_index.call_index import call_index_findings

        found += call_index_findings(module, settings, candidates, sources)
    return tuple(sorted(found))


def _with_room(
    run: Callable[[ast.Module, SourceText, Settings, SourceTree | None], tuple[Finding, ...]],
    tree: ast.Module,
    source: SourceText,
    settings: Settings,
    sources: SourceTree | None,
) -> tuple[Finding, ...]:
    return run(tree, source, settings, sources)


if sys.implementation.name == "cpython":
    # CPython keeps the frames of Python functions in chunks of 16 KB, and gives each back to the
    # system as soon as it is empty: a call at the end of one costs two system calls, and where
    # calls nest deep that was a quarter of the time. A frame that says it needs much gets a chunk
    # twice that large, and those of all it calls are put behind it. Pages that nobody uses take
    # no memory. (push_chunk in Python/pystate.c)
    _with_room.__code__ = _with_room.__code__.replace(co_stacksize=_ROOM_FOR_FRAMES // 8)


def _names_an_id(module: ModuleInfo, names: StateIdNames) -> bool:
    """Whether the module has an identifier, or a string, that names a state id."""
    return any(
        type(text) is str and len(text) < _LONGEST and names.kind(text)
        for kind, field in _IDENTIFIERS.items()
        for text in [getattr(node, field) for node in module.nodes.get(kind, ())]
    )


def _followed(module: ModuleInfo, settings: Settings, sources: SourceTree | None) -> list[Finding]:
    """The findings of the flow from builders to targets."""
    # What mints an id counts as well where it is looked for, and almost anything may.
    if not settings.minted_wanted and not _builds(module, sources is not None):
        return []
    opened: frozenset[str] = frozenset()
    impatient = True
    last: Begun | None = None
    spent = 0
    while True:
        view = None if sources is None else PackageView(sources, opened)
        engine = Engine(module, settings, view, impatient=impatient)
        whole = WholeModule(engine, last)
        try:
            whole.run()
            # With modules that are still to be opened all is analysed anew, and this then.
            if _is_last(engine, opened, spent) and (
                not whole.run_again() or _is_last(engine, opened, spent)
            ):
                return _findings(engine)
        except UnreadModuleError:
            # What was understood without the module does not say where the rest leads.
            last = whole.begun
        wanted = engine.needs.paths() - opened
        spent += engine.spent
        if sources is not None:
            opened |= with_bases(sources, wanted)
        # To begin again at once is cheaper where few modules are needed, which is so mostly.
        impatient = bool(wanted) and len(opened) < _FEW_MODULES


def _is_last(engine: Engine, opened: frozenset[str], spent: int) -> bool:
    """Whether no module is opened after a look at the whole, whatever it has shown to be needed.

    Each module that is opened may lead to more. Where so much has been done already, those that
    are still closed stay so: what they do is unknown.
    """
    return engine.needs.paths() <= opened or spent + engine.spent > engine.budget


def _builds(module: ModuleInfo, imports: bool) -> bool:
    """Whether a module has a builder; if ``imports`` are followed, one of them may bring it."""
    return any(
        (kind.__name__ in BUILDING and any(map(may_build, nodes)))
        or (imports and kind in (ast.Import, ast.ImportFrom) and any(map(_brings_code, nodes)))
        for kind, nodes in module.nodes.items()
    )


def _brings_code(node: ast.AST) -> bool:
    """Whether a node imports what may be another module of the package."""
    if isinstance(node, ast.ImportFrom):
        first = (node.module or "").partition(".")[0]
        return bool(node.level) or first not in sys.stdlib_module_names
    return isinstance(node, ast.Import) and any(
        alias.name.partition(".")[0] not in sys.stdlib_module_names for alias in node.names
    )


def _findings(engine: Engine) -> list[Finding]:
    findings: dict[tuple[Span, str], Finding] = {}
    for (origin, _), sink in engine.found.items():
        if origin in engine.registered_origins and not sink.used:
            continue
        finding = _finding(engine, origin, sink)
        if finding is not None:
            findings.setdefault((finding.span, finding.code), finding)
    return list(findings.values())


def _finding(engine: Engine, origin: Origin, sink: Sink) -> Finding | None:
    """The finding of a builder; None where another file is the place to report it."""
    module, how = engine.module, HOW_MADE[origin.code]
    steps = _steps(origin, sink.deepest)
    if origin.module is module:
        target = next(hop for hop in sink.deepest if hop.target)
        message = f"{engine.names.label(target.target)} {how}: {target.text}"
        return Finding(module.source.path, steps[0].span, origin.code, message, steps)
    # Built elsewhere: reported where it enters this file, unless that file is told of it.
    entering = next((hop for hop in sink.deepest if hop.module is module), None)
    if entering is None:
        return None
    behind = sink.deepest[sink.deepest.index(entering) :]
    ours = next((hop for hop in behind if hop.module is module and hop.target), None)
    if ours is None and not any(hop.target for hop in sink.deepest[: -len(behind)]):
        # Built in one module, made a state id in another: only this one brings them together.
        ours = next((hop for hop in behind if hop.target), None)
    if ours is None:
        return None
    if engine.packages is not None and engine.packages.is_plugin_code(origin.module.file):
        before = sink.deepest[: sink.deepest.index(entering)]
        if any(hop.target and hop.module is origin.module for hop in before):
            return None
    where = f"{origin.module.source.path}:{steps[0].span.row}"
    message = f"{engine.names.label(ours.target)} {how} ({where}): {ours.text}"
    return Finding(module.source.path, _span(entering), origin.code, message, steps)


def _steps(origin: Origin, trace: Trace) -> tuple[Step, ...]:
    """The way from the builder, told once where a cache or a loop leads back to where it was.

    All of it up to the first target stays: that is what the message names.
    """
    source = origin.module.source
    steps = [Step(source.path, source.span(origin.node), HOW_MADE[origin.code])]
    start = 0
    for hop in trace:
        step = Step(hop.module.source.path, _span(hop), hop.text, bool(hop.target))
        if step in steps[start:]:
            del steps[steps.index(step, start) + 1 :]
        else:
            steps.append(step)
        if not start and step.is_target:
            start = len(steps) - 1
    return tuple(steps)


def _span(hop: Hop) -> Span:
    node = hop.node
    assert isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword | ast.pattern)
    return hop.module.source.span(node)
