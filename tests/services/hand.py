"""A clock moved by hand, and a binding at its beginning."""

from __future__ import annotations

from fleet.services.registrar.bindings import Bound
from tests.services.device import GB_ID


class Hand:
    """A clock moved by hand."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def bound(**changes: object) -> Bound:
    """A binding at second 1000."""
    values: dict[str, object] = {
        "gb_id": GB_ID,
        "contact": "sip:x",
        "peer": ("127.0.0.9", 5060),
        "local": "127.0.0.1",
        "expires": 5000.0,
        "heard": 1000.0,
        "version": 1,
        **changes,
    }
    return Bound(**values)  # type: ignore[arg-type]  # one helper for fields of several types
