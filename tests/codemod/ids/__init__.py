"""Tests of the modules in codemod/ids/, one by one."""
