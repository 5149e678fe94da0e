"""Killing an apply on purpose, at many points and in every part: `make chaos`."""
