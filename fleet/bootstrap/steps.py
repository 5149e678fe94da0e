"""What every way of getting the engine is given, and how it says that it did not work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.bootstrap.talk import Talk


class StepFailed(Exception):
    """This way did not bring an engine; the next one is tried. The text is the reason."""


@dataclass(frozen=True)
class Context:
    """What a step works with.

    ``source``: the Go module of the engine; ``python``: an interpreter with the Pulumi SDK;
    ``work``: a private folder that is removed afterwards, whatever happens.
    """

    source: Path
    python: Path
    talk: Talk
    environ: Mapping[str, str]
    work: Path
