"""Figures of health as they travel: from a site to the centre, from a sheet, from the inventory."""

from __future__ import annotations

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.evidence import Origin, Stamp


class Repair(Frozen):
    """A fault that ended within the period.

    `lasted_s` None: it ended while nobody watched, so it is counted and not timed.
    """

    ended: Stamp
    lasted_s: float | None = Field(None, ge=0)


class DeviceFigures(Frozen):
    """What one origin says of one device in [`begin`, `end`), normally one civil day.

    Seconds by state add up to at most the period; what is left was not told, which is unknown.
    `begin` equal to `end` is a word on one moment: then `online` is all it says. Everything that an
    origin does not tell is None, never 0. `device` is the inventory's id; `compound` likewise.
    """

    device: str
    compound: str
    begin: Stamp
    end: Stamp
    origin: Origin
    online: bool | None = None
    online_s: float | None = Field(None, ge=0)
    offline_s: float | None = Field(None, ge=0)
    answered: int | None = Field(None, ge=0)
    tried: int | None = Field(None, ge=0)
    repairs: tuple[Repair, ...] = ()
    clock_offset_s: float | None = None
    clock_error_s: float | None = Field(None, ge=0)
    registered: bool | None = None
    keepalive_age_s: float | None = Field(None, ge=0)
    catalog_missing: int | None = Field(None, ge=0)
    catalog_extra: int | None = Field(None, ge=0)
    retention_days: float | None = Field(None, ge=0)

    @property
    def watched_s(self) -> float:
        """Seconds of which the origin says anything."""
        return (self.online_s or 0.0) + (self.offline_s or 0.0)


class CompoundFigures(Frozen):
    """What one origin says of a compound as a whole: one that nobody manages by this product yet.

    `devices` are all that stand there, `online` those said to be online at `origin.as_of`.
    """

    compound: str
    name: str
    district: str
    origin: Origin
    devices: int = Field(ge=0)
    online: int | None = Field(None, ge=0)
    retention_days: float | None = Field(None, ge=0)
