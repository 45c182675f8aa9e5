"""Tests of the modules in codemod/rewriting/, one by one."""
