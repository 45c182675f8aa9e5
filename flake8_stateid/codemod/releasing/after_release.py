"""What rows do with the client that they come to share, and where a release had ended theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_stateid.codemod.releasing.asked_later import refuse_asked_later
from flake8_stateid.codemod.releasing.closing import contexts_of
from flake8_stateid.codemod.releasing.emptying import refuse_emptied
from flake8_stateid.codemod.sharing.handling import check_handling

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from flake8_stateid.codemod.edits import Edits
    from flake8_stateid.codemod.reading.modules import Module
    from flake8_stateid.codemod.reading.signatures import Function
    from flake8_stateid.codemod.sharing.sharing import Sharing
    from flake8_stateid.codemod.tracing.releases import Release
    from flake8_stateid.codemod.tracing.trace import Trace


def check_asked(
    module: Module,
    trace: Trace,
    rows: Sequence[ast.stmt],
    releases: Sequence[Release],
    sharing: Sharing,
) -> None:
    """Check what rows do with the client that they come to share, also in threads.

    Args:
        module: The module.
        trace: The uses of the id.
        rows: The statements in which rows run.
        releases: What moves behind them.
        sharing: What is known of the client.

    Raises:
        RefusalError: A row could see what another did.
    """
    # A last loop closes the one client in its first round, and finds none in the others.
    moved = [statement for release in releases for statement in release.statements]
    moved.extend(trace.sweeping)
    contexts = contexts_of(releases)
    seen = (sharing.telling, sharing.asked)
    sharing.check_handed(check_handling(module, trace, rows, moved, contexts, *seen))


def check_kept(
    module: Module,
    function: Function,
    places: Sequence[ast.AST],
    trace: Trace,
    releases: Sequence[Release],
    sharing: Sharing,
    edits: Edits,
) -> None:
    """Check that what a release ended for one row is not gone, or there again, for the next.

    Args:
        module: The module.
        function: The batch path.
        places: Where it has the id.
        trace: The uses of the id.
        releases: What moves behind the rows.
        sharing: What is known of the client.
        edits: What is planned.

    Raises:
        RefusalError: It is.
    """
    refuse_asked_later(module, trace, function, releases, sharing.asked)
    carriers = {each for node in places if (each := module.function_of(node)) is not None}
    refuse_emptied(module, function, trace, carriers, sharing.counting, edits.released)
