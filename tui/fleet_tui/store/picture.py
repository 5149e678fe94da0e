"""All that is shown at this moment: the table of devices, journal facts, uplinks, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.model.device import Device
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.fleet import City, Compound
from fleet.model.observation import Registration
from fleet.ports.health import Alarm
from fleet.ports.journal import Record
from fleet.rollout.state import RolloutState
from fleet_tui.store.facts import Facts
from fleet_tui.store.health import SHOWS, Health, HealthSource, UnknownHealth
from fleet_tui.store.states import State
from fleet_tui.store.table import Table


@dataclass(frozen=True)
class Uplink:
    """A recorder that registers somewhere; `asked` whether a registrar of ours can be asked."""

    compound: int
    device: str
    gb_id: str
    district: str
    asked: bool


@dataclass
class Picture:
    """Changes only by `take`, `heard`, `found`, `healths`, `alarmed`; everything else looks."""

    city: City
    table: Table
    facts: Facts = field(default_factory=Facts)
    uplinks: list[Uplink] = field(default_factory=list)
    registrations: dict[str, tuple[Registration, float]] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    health: HealthSource = field(default_factory=UnknownHealth)
    version: int = 0
    rollout_of: dict[str, str] = field(default_factory=dict)
    _severities: dict[str, tuple[int, int]] = field(default_factory=dict)
    _devices: dict[str, Device] = field(default_factory=dict)
    _compounds: dict[str, Compound] = field(default_factory=dict)
    _uplinks_of: dict[int, list[Uplink]] = field(default_factory=dict)

    @classmethod
    def of(cls, city: City, health: HealthSource | None = None) -> Picture:
        """The picture of a city of which nothing is known but its inventory."""
        made = cls(city, Table.of_city(city), health=health or UnknownHealth())
        made._devices = {d.id: d for d in city.devices()}
        made._compounds = {c.id: c for c in city.compounds()}
        made.uplinks = list(_uplinks(city))
        for link in made.uplinks:
            made._uplinks_of.setdefault(link.compound, []).append(link)
        return made

    def device(self, name: str) -> Device | None:
        """A device of the inventory."""
        return self._devices.get(name)

    def compound(self, name: str) -> Compound | None:
        """A compound of the inventory."""
        return self._compounds.get(name)

    def uplinks_of(self, compound: int) -> Sequence[Uplink]:
        """The recorders' uplinks of one compound."""
        return self._uplinks_of.get(compound, ())

    def take(self, found: Iterable[Record]) -> int:
        """Take journal records in; returns how many there were."""
        before = self.facts.seq
        known = len(self.facts.rollouts)
        self._show(self.facts.take(found))
        if len(self.facts.rollouts) != known:
            for state in list(self.facts.rollouts.values())[known:]:
                for compound in state.data["compounds"]:
                    self.rollout_of[str(compound)] = state.id
        taken = self.facts.seq - before
        if taken:
            self.version += 1
        return taken

    def looked(self, alive: Mapping[str, bool]) -> None:
        """Whether the processes of unfinished rollouts live, by rollout."""
        for rollout, lives in alive.items():
            touched = self.facts.mark_gone(rollout, not lives)
            if touched:
                self._show(touched)
                self.version += 1

    def heard(self, link: Uplink, said: Registration, at: float) -> None:
        """What a registrar said of a recorder; `at` is when (seconds since 1970)."""
        old = self.registrations.get(link.device)
        self.registrations[link.device] = (said, at)
        row = self.table.row(link.device)
        if row is None:
            return
        missing = said.registered is False and self._was_up(link.device)
        shown = State.OFFLINE if missing else State.UNKNOWN
        self.table.set_uplink(row, shown)
        if old is None or old[0].registered != said.registered:
            self.table.touch(row)
            self.version += 1

    def found(self, findings: Sequence[Diagnostic]) -> None:
        """What reader and rules say; replaces what they said before."""
        self.findings = tuple(findings)
        counted: dict[str, tuple[int, int]] = {}
        for finding in findings:
            name = finding.compound or self._compound_of(finding.device)
            errors, warnings = counted.get(name, (0, 0))
            errors += finding.severity is Severity.ERROR
            warnings += finding.severity is Severity.WARNING
            counted[name] = (errors, warnings)
        self._severities = counted
        self.version += 1

    def healths(self) -> None:
        """Take in what the health source has to say."""
        for name, health in self.health.changes().items():
            row = self.table.row(name)
            if row is not None:
                self.table.set_health(row, SHOWS[health.word])

    def alarmed(self, standing: Sequence[Alarm]) -> None:
        """The alarms that stand; replaces those that stood before."""
        if self.alarms != tuple(standing):
            self.alarms = tuple(standing)
            self.version += 1

    def alarms_of(self, compound: str) -> Sequence[Alarm]:
        """The standing alarms of one compound."""
        return [a for a in self.alarms if a.compound == compound]

    def health_of(self, device: str) -> Health:
        """One device's health."""
        return self.health.of([device]).get(device, Health())

    def severities(self, compound: str) -> tuple[int, int]:
        """Errors and warnings about a compound."""
        return self._severities.get(compound, (0, 0))

    def last_rollout(self, compound: str) -> RolloutState | None:
        """The rollout that last had to do with a compound."""
        return self.facts.rollouts.get(self.rollout_of.get(compound, ""))

    def registered(self, compound: int) -> tuple[int, int, int]:
        """Recorders of a compound: registered, said to be not, and all that register."""
        links = self.uplinks_of(compound)
        heard = [self.registrations[x.device][0] for x in links if x.device in self.registrations]
        words = [said.registered for said in heard]
        return words.count(True), words.count(False), len(links)

    def _was_up(self, device: str) -> bool:
        """Whether its uplink is to stand by now: before the first rollout nothing is offline."""
        known = self.facts.devices.get(device)
        return known is not None and "gb_password" in known.proven

    def _show(self, devices: Iterable[str]) -> None:
        for name in devices:
            row = self.table.row(name)
            if row is not None and not self.table.set_config(row, self.facts.state_of(name)):
                self.table.touch(row)

    def _compound_of(self, device: str | None) -> str:
        known = self._devices.get(device or "")
        return known.compound if known is not None else ""


def _uplinks(city: City) -> Iterable[Uplink]:
    index = 0
    for district in city.districts:
        for compound in district.compounds:
            own = compound.uplink is not None and compound.uplink.source == "platform"
            for device in compound.devices:
                gb_id = str(device.settings.get("gb_device_id") or device.gb_id or "")
                if compound.uplink is not None and device.kind.value == "recorder":
                    yield Uplink(index, device.id, gb_id, district.code, own)
            index += 1
