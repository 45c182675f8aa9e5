"""Tests that run the real flake8, command line and pre-commit as processes."""
