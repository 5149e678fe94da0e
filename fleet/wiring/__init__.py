"""Composition roots: one small builder per kind of process."""
