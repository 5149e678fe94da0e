"""A city as the inventory resolves it: districts with their platform, compounds with devices.

What the notice asks of a compound (areas, perimeter, entrances, unit doors, centre) is in
model/compound.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.collector import CollectorTerms
from fleet.model.compound import Site
from fleet.model.device import Device
from fleet.model.diagnostic import Position
from fleet.model.health import CompoundFigures
from fleet.model.notify import AlarmTerms, Contacts
from fleet.model.report import ReportTerms
from fleet.model.secret import SecretRef
from fleet.model.suspect import Suspect


class Uplink(Frozen):
    """GB/T 28181 parameters that a compound's recorders register with (2022, 9.1 and 9.6).

    `source` is "platform" where the district's own registrar is the upper side, "operator" where
    its data was given (usually the police's platform): then no stack and no engine is needed.
    `password` None means one generated credential per recorder.
    """

    source: Literal["platform", "operator"]
    server_id: str
    server_domain: str
    server_address: str
    server_port: int
    password: SecretRef | None = None
    expires_s: int = 86400
    keepalive_s: int = 60
    keepalive_count: int = 3
    position: Position | None = None


class Platform(Frozen):
    """The central servers of a district: its registrar's GB/T 28181 identity and addresses.

    `collector` None: no service of the district's stack watches its health.
    """

    server_id: str
    server_domain: str
    addresses: tuple[str, ...]
    port: int
    collector: CollectorTerms | None = None
    position: Position | None = None


Approval = Literal["never", "after_canary", "every_wave"]


class RolloutLimits(Frozen):
    """How a rollout may go about it.

    `canary` names the first compound (None: the smallest). At most `wave_size` compounds share a
    wave. A wave stops when more than `tolerated_failures` devices failed; without `in_flight`, at
    most `tolerated_failures + 1 - failed` devices are under change at once, so that the threshold
    cannot be overshot; a larger `in_flight` is faster and the plan shows the overshoot it accepts.
    `approve` names the waves that somebody must approve before they begin: none, the one after the
    canary, or each one after it.
    """

    canary: str | None = None
    wave_size: int = Field(10, ge=1)
    tolerated_failures: int = Field(0, ge=0)
    in_flight: int | None = Field(None, ge=1)
    approve: Approval = "never"


class Recorder(Frozen):
    """What a recorder's channels are: camera device ids in order, then declared spare ids."""

    device: str
    channels: tuple[str, ...] = ()
    channel_ids: tuple[str, ...] = ()
    spare_ids: tuple[str, ...] = ()


class UnmanagedSwitch(Frozen):
    """A switch without a management side: known as what devices hang on, and never asked.

    It is no `Device`, so that nothing that walks over devices can ever speak to it.
    """

    id: str
    name: str
    area: str | None = None
    via: str | None = None
    via_port: str | None = None
    position: Position | None = None


class Compound(Frozen):
    """One residential compound: the unit of work and of ordering.

    `watched_by` "site": a collector at the site watches it and signs what it saw; the centre's
    leaves it alone, since its network does not reach there.
    """

    id: str
    name: str
    district: str
    file: str
    site: Site
    uplink: Uplink | None = None
    devices: tuple[Device, ...] = ()
    recorders: tuple[Recorder, ...] = ()
    contacts: Contacts = Contacts()
    unmanaged: tuple[UnmanagedSwitch, ...] = ()
    position: Position | None = None
    # sha256 over this compound's file and every file it inherits from (hex).
    content: str = ""
    watched_by: Literal["centre", "site"] = "centre"


class District(Frozen):
    """One district or county with its platform, if it has servers of its own.

    `declared` are compounds that nobody manages by this product yet, as people say they are.
    """

    code: str
    name: str
    folder: str
    platform: Platform | None = None
    report: ReportTerms = ReportTerms()
    compounds: tuple[Compound, ...] = ()
    declared: tuple[CompoundFigures, ...] = ()
    position: Position | None = None


class City(Frozen):
    """The whole inventory of one city, resolved; `root` is never part of a hash."""

    code: str
    name: str
    districts: tuple[District, ...] = ()
    limits: RolloutLimits = RolloutLimits()
    alarms: AlarmTerms = AlarmTerms()
    secrets_file: str | None = None
    vault_password_file: str | None = None
    sources: Mapping[str, str] = Field(default_factory=dict)  # file → sha256
    # What looks like a secret in clear or a resident's data, for the rules to judge.
    suspects: tuple[Suspect, ...] = ()

    def compounds(self) -> Iterator[Compound]:
        """Every compound, in the order of the files."""
        for district in self.districts:
            yield from district.compounds

    def devices(self) -> Iterator[Device]:
        """Every device, in the order of the files."""
        for compound in self.compounds():
            yield from compound.devices

    def behind(self, switch: str) -> tuple[Device, ...]:
        """The devices that hang on a switch, directly or through others, in the order of files."""
        found: set[str] = {switch}
        devices = list(self.devices())
        above = {d.id: d.via for d in devices}
        above |= {u.id: u.via for c in self.compounds() for u in c.unmanaged}
        while more := {name for name, via in above.items() if via in found} - found:
            found |= more
        return tuple(d for d in devices if d.id in found and d.id != switch)

    def compound(self, compound_id: str) -> Compound:
        """The compound of that id; KeyError if there is none."""
        for compound in self.compounds():
            if compound.id == compound_id:
                return compound
        raise KeyError(compound_id)

    def district_of(self, compound_id: str) -> District:
        """The district that holds a compound; StopIteration if none does."""
        return next(d for d in self.districts if any(c.id == compound_id for c in d.compounds))
