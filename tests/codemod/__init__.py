"""Tests of the codemod: its parts, and batch paths that are fixed and run."""
