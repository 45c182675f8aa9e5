"""The state id the plugin was given: where a local has it from, and who else uses it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from flake8_stateid.analysis.tree import suppresses
from flake8_stateid.codemod.ids.bases import is_minted
from flake8_stateid.codemod.ids.contexts import ContextUses, exclusive
from flake8_stateid.codemod.ids.regions import Extent, statements
from flake8_stateid.codemod.ids.required import given_id
from flake8_stateid.codemod.outcome import RefusalError
from flake8_stateid.codemod.reading.nodes import walk
from flake8_stateid.codemod.reading.signatures import Function, dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_stateid.codemod.ids.bases import Base
    from flake8_stateid.codemod.reading.modules import Module


def check_base(
    module: Module,
    function: Function,
    base: Base,
    source: Source | None,
    gone: set[ast.AST],
    is_state_id: Callable[[str], bool],
    extent: Extent,
    reachable: set[Function],
    beside: str,
) -> None:
    """Check that the given state id is not used beside the batch.

    Args:
        module: The module.
        function: The batch path.
        base: The state id, as the builders spell it.
        source: Where a local has it from.
        gone: Nodes that the rewrite removes.
        is_state_id: Whether a name is a state id name.
        extent: The statements in which rows run.
        reachable: Every function that may run while rows run.
        beside: What it must not be used beside: the built ids, or the loop.

    Raises:
        RefusalError: It is, so that two clients would count under one id.
    """
    if source is not None and not all(
        precedes(module, module.statement_of(node), extent.first) for node in source.nodes
    ):
        raise RefusalError(
            f"'{base.text}' is bound where it may be left out, and would be read behind the loop",
            "bind it once, before the loop, whatever comes",
            module.statement_of(source.nodes[0]).lineno,
        )
    for part in base.text.split(".")[1:]:
        for node in (
            node for scope in [*statements(module, extent), *reachable] for node in walk(scope)
        ):
            if (
                isinstance(node, ast.Attribute)
                and node.attr == part
                and node not in gone
                and not isinstance(node.ctx, ast.Load)
            ):
                raise RefusalError(
                    f"'{ast.unparse(node)}' is bound again while rows run",
                    "bind the state id where it is known to belong to the row",
                    node.lineno,
                )
    rounds = [*statements(module, extent), *reachable]
    uses = ContextUses(module, is_state_id, rounds, base.text if source is not None else "")
    found = uses.live(function, base.root, gone)
    if source is not None:
        found.extend(uses.live(function, source.root, [*gone, *source.nodes]))
    for live in found:
        text = ast.unparse(live)
        if base.root in {"self", "cls"} and text != base.text:
            continue
        if exclusive(module, extent.first, live):
            continue
        raise RefusalError(
            f"'{text}' is used beside {beside}, so two clients could count under one id",
            "use one client for both, released after the last use",
            live.lineno,
        )


def precedes(module: Module, statement: ast.stmt, node: ast.AST) -> bool:
    """Whether ``statement`` has run wherever ``node`` is come to: it stands before, around it."""
    while True:
        block = module.block_of(statement)
        later = block[block.index(statement) + 1 :]
        if any(each in later for each in [node, *module.ancestors(node)]):
            return True
        around = module.parents[statement]
        if not isinstance(around, (ast.With, ast.AsyncWith)) or any(
            suppresses(item.context_expr) for item in around.items
        ):
            return False
        statement = around


class Source(NamedTuple):
    """``base_state_id = ctx.state_id``: where a local name has the state id from."""

    text: str
    root: str
    nodes: tuple[ast.AST, ...]


def base_source(
    module: Module,
    function: Function,
    base: Base,
    is_state_id: Callable[[str], bool],
    minting: frozenset[str],
) -> Source | None:
    """The context behind a base that is a local variable; ``None`` for any other base.

    A local that holds the id of a state opened here is a base by itself.

    Raises:
        RefusalError: The variable holds something else, or is bound more than once.
    """
    if "." in base.text or base.text in parameters(function):
        return None
    nodes: list[ast.AST] = []
    text = root = ""
    for node in module.own_names(function, base.text):
        if isinstance(node.ctx, ast.Load):
            continue
        parent = module.parents[node]
        name = ""
        if (
            isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr))
            and parent.value is not None
        ):
            name = given_id(module, parent.value)
            nodes.append(parent)
            if is_minted(parent.value, minting):
                continue
        elif isinstance(parent, ast.Tuple):
            unpacked = module.parents[parent]
            number = parent.elts.index(node)
            if isinstance(unpacked, ast.Assign) and isinstance(unpacked.value, ast.Tuple):
                name = dotted(unpacked.value.elts[number])
                nodes.append(unpacked)
            elif isinstance(unpacked, ast.Assign) and not any(
                isinstance(each, ast.Starred) for each in parent.elts
            ):
                name = given_id(module, unpacked.value, number)
                nodes.append(unpacked)
        if "." not in name or not is_state_id(name.rpartition(".")[2]) or root:
            raise RefusalError(
                f"'{base.text}' is not known to be the context's state id",
                "bind it once, to the context's state id, before the loop",
                node.lineno,
            )
        text, root = name, name.partition(".")[0]
    return Source(text, root, tuple(nodes)) if root else None
