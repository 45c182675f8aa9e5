"""Tests of the modules in codemod/sharing/, one by one."""
