"""Tests of the linkage check."""
