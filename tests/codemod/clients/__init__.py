"""Tests of the modules in codemod/clients/, one by one."""
