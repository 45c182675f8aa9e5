"""Tests; each module mirrors the module of the package that it is named after."""
