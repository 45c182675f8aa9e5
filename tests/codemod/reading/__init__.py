"""Tests of the modules in codemod/reading/, one by one."""
