"""What was taken in from others (signed site files, online sheets), kept beside our own history.

Moments are stamps as in fleet/model/evidence.py: UTC, milliseconds, `Z`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fleet.model.health import CompoundFigures, DeviceFigures


class FigureRows(Protocol):
    """The reading half. All methods raise StoreError and nothing else."""

    def devices(self, begin: str, end: str) -> list[DeviceFigures]:
        """Rows that lie within [begin, end) as a whole, by device and begin."""
        ...

    def compounds(self) -> list[CompoundFigures]:
        """The newest word on each compound, one a kind of evidence."""
        ...


class HealthFigures(FigureRows, Protocol):
    """The figures that others told. All methods raise StoreError and nothing else."""

    def put(
        self, devices: Sequence[DeviceFigures], compounds: Sequence[CompoundFigures] = ()
    ) -> tuple[int, int]:
        """Store all of it or nothing; durable on return. How many (device, compound) rows changed.

        A row of the same device, period and evidence is replaced by one that is `as_of` later or
        the same moment; an older one changes nothing. So it is for a compound and evidence.
        """
        ...
