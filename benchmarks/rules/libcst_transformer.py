"""A plain LibCST codemod: looks at each string of each file, and changes nothing."""

# ruff: noqa: N802, TC002 - the names are those of the visitor
from __future__ import annotations

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand


class LookAtStrings(VisitorBasedCodemodCommand):
    """What any codemod costs that parses every file it is given."""

    DESCRIPTION = "Looks at each formatted string."

    def leave_FormattedString(
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.BaseExpression:
        """Leave it as it is."""
        return updated_node
