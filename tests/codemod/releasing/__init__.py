"""Tests of the modules in codemod/releasing/, one by one."""
