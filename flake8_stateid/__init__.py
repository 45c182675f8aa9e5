"""Keep every recorded call under a state id that exists: lint, codemod and linkage check."""

__version__ = "1.0.0"
