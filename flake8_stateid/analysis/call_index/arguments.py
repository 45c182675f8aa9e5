"""What a constructor is given that stands before the call: in a ``partial``, in a dict."""

from __future__ import annotations

import _ast as ast

from flake8_stateid.analysis.program import last_name
from flake8_stateid.analysis.tree import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from flake8_stateid.analysis.call_index.sites import ModuleSites
    from flake8_stateid.analysis.program import FunctionInfo


def written_out(call: ast.Call, sites: ModuleSites, function: FunctionInfo | None) -> ast.Call:
    """The call with what it is given by a ``partial`` and by ``**options``, as far as it is seen.

    Args:
        call: The call.
        sites: Of its module.
        function: The function it stands in; None at module level.
    """
    callee, given, keywords = call.func, call.args, call.keywords
    bound = sites.of(function).bound_once(callee.id) if isinstance(callee, ast.Name) else None
    if isinstance(bound, ast.Call) and last_name(bound.func) == "partial" and bound.args:
        callee = bound.args[0]
        given = [*bound.args[1:], *given]
        keywords = [*bound.keywords, *keywords]
    spread: list[ast.keyword] = []
    for keyword in keywords:
        spread += [keyword] if keyword.arg else _items(keyword, sites, function)
    if callee is call.func and spread == keywords:
        return call
    return ast.Call(callee, given, spread)


def _items(
    keyword: ast.keyword, sites: ModuleSites, function: FunctionInfo | None
) -> list[ast.keyword]:
    """The keywords that ``**options`` stands for; itself where these are not known.

    The dict is written there, or in a variable that is used in no other way: nothing changes it.
    """
    written: ast.expr | None = keyword.value
    if isinstance(written, ast.Name):
        name = written.id
        written = sites.of(function).bound_once(name)
        if function is None or written is None or not _is_only_spread(name, sites, function):
            return [keyword]
    if isinstance(written, ast.Call) and last_name(written.func) == "dict" and not written.args:
        return written.keywords
    if not isinstance(written, ast.Dict):
        return [keyword]
    return [
        ast.keyword(key.value, value)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
        else ast.keyword(None, value)
        for key, value in zip(written.keys, written.values, strict=True)
    ]


def _is_only_spread(name: str, sites: ModuleSites, function: FunctionInfo) -> bool:
    """Whether a variable is read as ``**name`` alone."""
    return all(
        isinstance(around := sites.parents[node], ast.keyword) and around.arg is None
        for node in walk(function.node)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    )
