"""Folders short enough for a unix socket (sun_path holds 108 bytes, unix(7))."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a short path, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as path:
        yield Path(path)
