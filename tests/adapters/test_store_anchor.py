"""The anchor notes the last head, never goes back, and knows when it is no anchor."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from fleet.adapters.store_anchor import Anchor
from fleet.model.errors import StoreError
from fleet.ports.store import Head

FIVE, SIX = Head(5, "5" * 64), Head(6, "6" * 64)


def test_nothing_noted(tmp_path: Path) -> None:
    """No file, or an empty one, is the head of an empty journal."""
    path = tmp_path / "journal.head"
    assert Anchor(path).read().seq == 0

    path.touch()

    assert Anchor(path).read().seq == 0


def test_the_later_head_stays(tmp_path: Path) -> None:
    """Notes of several processes may come out of order; the highest wins."""
    anchor = Anchor(tmp_path / "journal.head")

    anchor.note(SIX)
    anchor.note(FIVE)

    assert anchor.read() == SIX


def test_a_busy_anchor_is_left_to_lag(tmp_path: Path) -> None:
    """While another process notes its head nobody waits; the next note catches up."""
    path = tmp_path / "journal.head"
    anchor = Anchor(path)
    anchor.note(FIVE)
    fd = os.open(path, os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)

    anchor.note(SIX)
    assert anchor.read() == FIVE

    os.close(fd)
    anchor.note(SIX)
    assert anchor.read() == SIX


@pytest.mark.parametrize(
    "content",
    [b"x", b"5 " + b"5" * 64, b"%020d %s\n" % (0, b"a" * 64), b"%020d %s" % (5, b"5" * 64)],
)
def test_what_is_no_anchor_is_refused(tmp_path: Path, content: bytes) -> None:
    """Cut, padded or foreign bytes are an error on reading and are not written over."""
    path = tmp_path / "journal.head"
    path.write_bytes(content)

    with pytest.raises(StoreError, match="no anchor"):
        Anchor(path).read()
    with pytest.raises(StoreError, match="no anchor"):
        Anchor(path).note(SIX)

    assert content == path.read_bytes()


def test_an_unusable_anchor_is_a_store_error(tmp_path: Path) -> None:
    """A folder in its place is named, for reading and for writing."""
    (tmp_path / "journal.head").mkdir()

    with pytest.raises(StoreError, match=r"journal\.head"):
        Anchor(tmp_path / "journal.head").read()
    with pytest.raises(StoreError, match=r"journal\.head"):
        Anchor(tmp_path / "journal.head").note(SIX)
