"""Tests of the screens and of their store."""
