"""A simulated switch's SNMPv3 agent: POWER-ETHERNET-MIB (RFC 3621), one entry a port in use.

What hangs on a port whose power is off is gone, and boots when it comes back. The agent's own
table of ports, groups and numbers; it knows nothing of what the SSH side calls `poe`.
"""

from __future__ import annotations

import asyncio
import bisect
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from fleet.simulator.snmp.engine import AUTH_PRIV, AgentEngine, Asked, Reply
from fleet.simulator.snmp.library import Foreign, rfc1902, rfc1905
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Store

Oid = tuple[int, ...]
# Told of a device behind a port whose power was switched.
OnPower = Callable[[str, bool], Awaitable[None]]
_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 105, 1, 1, 1)
_SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
_ADMIN, _DETECTION = 3, 6
_TRUE, _FALSE = 1, 2
_DISABLED, _DELIVERING = 1, 3
# RFC 3416, 3: error-status.
_WRONG_TYPE, _WRONG_VALUE, _UNAVAILABLE = 7, 10, 13
_NO_CREATION, _AUTHORIZATION, _NOT_WRITABLE = 11, 16, 17
_BULK_MAX = 64
_NUMBERS = re.compile(r"[0-9]+(?:/[0-9]+)*\Z")


def entry_of(port: str) -> tuple[int, int]:
    """Group and number of a port: its slot, counted from 1, and its last number."""
    found = _NUMBERS.search(port)
    if found is None:
        raise ValueError(f"{port!r} has no number")
    numbers = [int(part) for part in found[0].split("/")]
    return (max(1, numbers[0]) if len(numbers) > 1 else 1), numbers[-1]


class PowerAgent:
    """The agent of one switch; its memory is the switch's (leaves `poe PORT`: 1 on, 2 off)."""

    def __init__(self, spec: DeviceSpec, store: Store, on_power: OnPower) -> None:
        self._spec = spec
        self._store = store
        self._on_power = on_power
        self._ports = {entry_of(port): (port, device) for port, device in spec.behind}
        self._engine: AgentEngine | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen beside the switch's SSH server; ports that were off still are.

        Raises:
            OSError: the address is taken.
            ValueError: the switch has no keys.
        """
        if self._spec.keys is None:
            raise ValueError(f"{self._spec.id} has no SNMPv3 keys")
        kept = self._store.kept
        engine = AgentEngine(self._spec.keys, kept.boots + 1, self._respond)
        engine.add_user(self._spec.snmp_user, self._spec.keys)
        await engine.start(self._spec.address, self._spec.snmp_port)
        self._store.commit(replace(kept, boots=kept.boots + 1))
        self._engine = engine
        for entry, (_, device) in self._ports.items():
            if not self._on(entry):
                await self._on_power(device, False)

    async def stop(self) -> None:
        """Stop listening and drop what was waiting."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._engine is not None:
            await self._engine.stop()
            self._engine = None

    def _on(self, entry: tuple[int, int]) -> bool:
        return self._store.kept.leaves.get(f"poe {self._ports[entry][0]}", _TRUE) == _TRUE

    async def _respond(self, asked: Asked) -> Reply | None:
        if asked.level != AUTH_PRIV:
            return Reply(asked.binds, _AUTHORIZATION, 1)
        if asked.kind == "set":
            return self._set(asked)
        objects = self._objects()
        if asked.kind == "get":
            return Reply([(n, objects.get(tuple(n), rfc1905.noSuchObject)) for n, _ in asked.binds])
        order = sorted(objects)
        names = [tuple(name) for name, _ in asked.binds]
        found: list[tuple[Foreign, Foreign]] = []
        for _ in range(min(asked.repeat, _BULK_MAX) if asked.kind == "bulk" else 1):
            row = [_next(objects, order, name) for name in names]
            found += row
            names = [tuple(name) for name, _ in row]
        return Reply(found)

    def _objects(self) -> dict[Oid, Foreign]:
        found = {_SYS_NAME: rfc1902.OctetString(self._spec.name.encode())}
        for entry in self._ports:
            on = self._on(entry)
            found[(*_ENTRY, _ADMIN, *entry)] = rfc1902.Integer32(_TRUE if on else _FALSE)
            state = _DELIVERING if on else _DISABLED
            found[(*_ENTRY, _DETECTION, *entry)] = rfc1902.Integer32(state)
        return found

    def _set(self, asked: Asked) -> Reply:
        """Judge every variable, then keep all of them or none (RFC 3416, 4.2.5)."""
        faults = self._store.kept.faults
        if "refuse" in faults:
            return Reply(asked.binds, _UNAVAILABLE, 1)
        wanted: dict[tuple[int, int], int] = {}
        for index, (name, value) in enumerate(asked.binds, 1):
            oid = tuple(name)
            entry = (oid[-2], oid[-1]) if len(oid) == len(_ENTRY) + 3 else (0, 0)
            if entry not in self._ports or oid[:-2] != (*_ENTRY, _ADMIN):
                known = oid in self._objects()
                return Reply(asked.binds, _NOT_WRITABLE if known else _NO_CREATION, index)
            if value.tagSet != rfc1902.Integer32.tagSet:
                return Reply(asked.binds, _WRONG_TYPE, index)
            if int(value) not in (_TRUE, _FALSE):
                return Reply(asked.binds, _WRONG_VALUE, index)
            wanted[entry] = int(value)
        if "keep-nothing" not in faults:
            self._keep(wanted)
        return Reply(asked.binds)

    def _keep(self, wanted: dict[tuple[int, int], int]) -> None:
        kept = self._store.kept
        before = {entry: self._on(entry) for entry in wanted}
        leaves = {f"poe {self._ports[e][0]}": raw for e, raw in wanted.items()}
        changed = [f"poe {self._ports[e][0]}" for e, on in before.items()
                   if on is not (wanted[e] == _TRUE)]  # fmt: skip
        self._store.commit(replace(kept, leaves={**kept.leaves, **leaves}), changed=changed)
        for entry, on in before.items():
            if on is not (wanted[entry] == _TRUE):
                told = self._on_power(self._ports[entry][1], not on)
                task = asyncio.ensure_future(told)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)


def _next(objects: dict[Oid, Foreign], order: list[Oid], name: Oid) -> tuple[Foreign, Foreign]:
    at = bisect.bisect_right(order, name)
    if at == len(order):
        return rfc1902.ObjectName(name), rfc1905.endOfMibView
    return rfc1902.ObjectName(order[at]), objects[order[at]]
