"""What every codec raises on input it does not understand, so that a caller can catch one class."""

from __future__ import annotations


class ProtocolError(ValueError):
    """The peer's bytes are not what the protocol allows, or are past a limit; never a secret."""
