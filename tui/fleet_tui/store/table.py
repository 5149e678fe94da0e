"""All devices of a city in columns, with counts that follow each change instead of being counted.

A change costs the same in a city of forty devices and of a million; nothing here is ever rebuilt.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fleet.model.fleet import City
from fleet_tui.store.columns import Index, Texts, Words
from fleet_tui.store.states import State

STATES = len(State)


class CompoundInfo(NamedTuple):
    """One compound; `district` is its code, `area` the district's name."""

    id: str
    name: str
    district: str
    area: str


class DeviceInfo(NamedTuple):
    """One device; `compound` is an index into the compounds, `order` its stage's place."""

    id: str
    name: str
    kind: str
    compound: int
    address: str
    stage: str


class Table:
    """Columns by device row number; `generation[row]` grows with each change of that row."""

    def __init__(self, compounds: Sequence[CompoundInfo], devices: Iterable[DeviceInfo]) -> None:
        self.compounds = list(compounds)
        self.ids, self.names, self.addresses = Texts(), Texts(), Texts()
        self.kinds, self.stages = Words(), Words()
        self.compound_of = array("I")
        self.rows_of: list[array[int]] = [array("I") for _ in self.compounds]
        for row, device in enumerate(devices):
            self.ids.append(device.id)
            self.names.append(device.name)
            self.kinds.append(device.kind)
            self.addresses.append(device.address)
            self.stages.append(device.stage)
            self.compound_of.append(device.compound)
            self.rows_of[device.compound].append(row)
        count = len(self.ids)
        self.states = bytearray(count)
        self.config = bytearray(count)
        self.health = bytearray(count)
        self.uplink = bytearray(count)
        self.generation = array("I", bytes(4 * count))
        self.counts = array("I", bytes(4 * STATES * len(self.compounds)))
        self.totals = array("I", bytes(4 * STATES))
        self.version = 0
        self.compound_version = array("I", bytes(4 * len(self.compounds)))
        self._index: Index | None = None
        self._changed: set[int] = set()
        for index, rows in enumerate(self.rows_of):
            self.counts[index * STATES] = len(rows)
        self.totals[0] = count

    @classmethod
    def of_city(cls, city: City) -> Table:
        """The table of an inventory, every device unknown."""
        compounds = [
            CompoundInfo(c.id, c.name, d.code, d.name) for d in city.districts for c in d.compounds
        ]
        index = {c.id: i for i, c in enumerate(compounds)}
        return cls(
            compounds,
            (
                DeviceInfo(
                    d.id,
                    d.name,
                    d.kind.value,
                    index[d.compound],
                    f"{d.address}:{d.port}",
                    d.stage.value,
                )
                for d in city.devices()
            ),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, device: str) -> int | None:
        """The row of a device; None if there is none of that id."""
        if self._index is None:
            self._index = Index(self.ids)
        return self._index.row(device)

    def set_config(self, row: int, state: State) -> bool:
        """What the journal says of a device; whether what it shows changes by that."""
        self.config[row] = state
        return self._show(row)

    def set_health(self, row: int, state: State) -> bool:
        """What a health source says: OFFLINE, DEGRADED, or UNKNOWN for no word."""
        self.health[row] = state
        return self._show(row)

    def set_uplink(self, row: int, state: State) -> bool:
        """What a registrar says of a recorder: OFFLINE, or UNKNOWN for no word."""
        self.uplink[row] = state
        return self._show(row)

    def touch(self, row: int) -> None:
        """Something beside the state changed: the row is to be drawn again."""
        self.generation[row] += 1
        self.compound_version[self.compound_of[row]] += 1
        self.version += 1
        self._changed.add(row)

    def state(self, row: int) -> State:
        """What a device shows: the worst of what journal, health source and registrar say."""
        return State(self.states[row])

    def count(self, compound: int, state: State) -> int:
        """How many devices of a compound show a state."""
        return self.counts[compound * STATES + state]

    def worst(self, compound: int) -> State:
        """The worst state of a compound that any of its devices shows."""
        base = compound * STATES
        for state in range(STATES - 1, 0, -1):
            if self.counts[base + state]:
                # Verified is better than unknown, but a compound is no better than what is unknown.
                if state <= State.WRITTEN and self.counts[base]:
                    return State.UNKNOWN
                return State(state)
        return State.UNKNOWN

    def drain(self) -> set[int]:
        """Rows that changed since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def _show(self, row: int) -> bool:
        new = max(self.config[row], self.health[row], self.uplink[row])
        old = self.states[row]
        if new == old:
            return False
        base = self.compound_of[row] * STATES
        self.states[row] = new
        self.counts[base + old] -= 1
        self.counts[base + new] += 1
        self.totals[old] -= 1
        self.totals[new] += 1
        self.touch(row)
        return True
