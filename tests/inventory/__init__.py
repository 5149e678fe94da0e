"""Tests of the inventory: reader, inheritance, cross-checks, the example city."""
