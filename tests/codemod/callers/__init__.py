"""Tests of the modules in codemod/callers/, one by one."""
