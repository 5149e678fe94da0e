"""Tests mirror ``fleet/`` and ``tui/``; house, setup and packaging look after the project."""
