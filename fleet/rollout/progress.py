"""What a rollout tells while it runs; events may be lost, records may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleet.model.observation import Fault


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    `kind`: stack, wave, stage, granted, settled, verified, waiting, stopped, ended. `detail` is the
    outcome or status word; counts are of steps of the whole rollout.
    """

    kind: str
    wave: int = 0
    stage: str = ""
    compound: str = ""
    device: str = ""
    step: str = ""
    detail: str = ""
    done: int = 0
    failed: int = 0
    left: int = 0
    fault: Fault | None = None


Listener = Callable[[Event], None]


def nobody(_event: Event) -> None:
    """A listener for callers who do not watch."""
