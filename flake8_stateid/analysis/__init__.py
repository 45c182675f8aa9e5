"""The analysis: from a syntax tree to findings, pure and without effects.

Read in this order: :mod:`values` (what an expression may be), :mod:`program` (functions, classes
and scopes), :mod:`frame`, :mod:`calls`, :mod:`expressions` and :mod:`flow` (one function, run on
such values), :mod:`engine` (what is remembered of functions and classes), :mod:`driver` (a module
from its tree to its findings). :mod:`registration` follows what minting calls register,
:mod:`library` models the standard library, :mod:`packages` reads other modules of the package.
"""

from flake8_stateid.analysis.driver import AnalysisDefeated, analyse

__all__ = ["AnalysisDefeated", "analyse"]
