"""Tests of the package; they mirror its modules."""
