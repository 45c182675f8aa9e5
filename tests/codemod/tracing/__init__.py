"""Tests of the modules in codemod/tracing/, one by one."""
