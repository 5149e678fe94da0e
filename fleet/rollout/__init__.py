"""Runs a sealed plan: waves, permits, settling, resume and undo (design: the permit protocol)."""
