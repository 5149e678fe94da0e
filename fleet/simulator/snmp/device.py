"""One simulated gate controller: reads by OID, a SET kept whole or not at all, and its faults."""

from __future__ import annotations

import asyncio
import bisect
import secrets
from collections import OrderedDict
from dataclasses import replace

from fleet.simulator import faults
from fleet.simulator.errors import SimError
from fleet.simulator.snmp.engine import AUTH_PRIV, AgentEngine, Asked, Reply
from fleet.simulator.snmp.leaves import Leaf, Oid, factory_leaves, fixed, leaves
from fleet.simulator.snmp.library import Foreign, rfc1902, rfc1905
from fleet.simulator.spec import DeviceSpec, SnmpKeys
from fleet.simulator.store import Kept, Store
from fleet.simulator.values import Value, first_fitting

# RFC 3416, 3: error-status.
_GEN_ERR, _WRONG_TYPE, _WRONG_LENGTH, _WRONG_VALUE = 5, 7, 8, 10
_NO_CREATION, _UNAVAILABLE, _AUTHORIZATION, _NOT_WRITABLE = 11, 13, 16, 17
_BULK_MAX = 64
_PEERS_MAX = 256


def factory(spec: DeviceSpec) -> Kept:
    """A gate controller as it came out of its box, with its installer's user."""
    return Kept(leaves=factory_leaves(spec))


class GateDevice:
    """A gate controller."""

    def __init__(self, spec: DeviceSpec, store: Store) -> None:
        self.spec = spec
        self.store = store
        self._leaves = leaves(spec)
        self._fields = {leaf.field: leaf for leaf in self._leaves.values()}
        self._engine: AgentEngine | None = None
        self._refusals = 0
        self._port = spec.port
        self._peers: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._tasks: set[asyncio.Task[Reply | None] | asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Boot: a new engine, one boot more, listening at the device's address.

        Raises:
            OSError: the address is taken.
        """
        kept = self.store.kept
        boots = kept.boots + 1
        keys = self._keys()
        engine = AgentEngine(keys, boots, self._respond)
        # An engine without any user falls silent instead of saying that it does not know one.
        engine.add_user(self.spec.user if kept.active else secrets.token_hex(12), keys)
        self._port = await engine.start(self.spec.address, self._port)
        self.store.commit(replace(kept, boots=boots))
        self._engine, self._refusals = engine, 0

    async def stop(self) -> None:
        """Stop listening and drop what was waiting."""
        mine = asyncio.current_task()
        waiting = [task for task in self._tasks if task is not mine]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self._stop_engine()

    def values(self) -> dict[str, Value]:
        """Every writable field, canonical."""
        stored = self.store.kept.leaves
        return {field: leaf.canonical(stored[field]) for field, leaf in self._fields.items()}

    def sync(self) -> None:
        """Take over what the engine has counted."""
        if self._engine is not None:
            seen = self._engine.refusals()
            if seen != self._refusals:
                self.store.count("failed_logins", seen - self._refusals)
                self._refusals = seen

    async def tamper(self, field: str, words: str) -> None:
        """Change a stored value by hand: neither logged nor counted.

        Raises:
            SimError: no such field here, or a value that it cannot hold.
        """
        leaf = self._fields.get(field)
        if leaf is None:
            raise SimError(
                "unknown-field", device=self.spec.id, field=field, known=list(self._fields)
            )
        try:
            raw = first_fitting(words, leaf.stored)
        except ValueError as error:
            raise SimError(
                "bad-value", device=self.spec.id, field=field, value=words, why=str(error)
            ) from None
        kept = self.store.kept
        self.store.commit(replace(kept, leaves={**kept.leaves, field: raw}))

    async def set_fault(self, fault: str, value: str) -> None:
        """Give the device a fault, or take all with `none`; who it is changes with a new boot."""
        kept = self.store.kept
        before = (kept.active, "swap-identity" in kept.faults)
        if fault == faults.NONE:
            kept = replace(kept, faults={}, active=True)
        else:
            kept = replace(kept, faults={**kept.faults, fault: value})
        if fault == "factory-new":
            kept = replace(kept, leaves=factory_leaves(self.spec), active=False)
        self.store.commit(kept)
        if before != (kept.active, "swap-identity" in kept.faults):
            await self._stop_engine()
            await self.start()

    def _keys(self) -> SnmpKeys:
        swapped = "swap-identity" in self.store.kept.faults
        keys = self.spec.other_keys if swapped else self.spec.keys
        if keys is None:
            raise ValueError(f"{self.spec.id} has no SNMPv3 keys")
        return keys

    async def _stop_engine(self) -> None:
        if self._engine is not None:
            self.sync()
            await self._engine.stop()
            self._engine = None

    async def _respond(self, asked: Asked) -> Reply | None:
        if asked.peer not in self._peers:
            self.store.count("sessions")
            self.store.count("logins")
            self._peers[asked.peer] = None
            while len(self._peers) > _PEERS_MAX:
                self._peers.popitem(last=False)
        if asked.level != AUTH_PRIV:
            return Reply(asked.binds, _AUTHORIZATION, 1)
        if asked.kind == "set":
            reply = await self._set(asked)
        else:
            self.store.count("reads")
            reply = self._read(asked)
        active = self.store.kept.faults
        if slow := faults.seconds(active, "slow"):
            await asyncio.sleep(slow)
        # A datagram cannot break in the middle: a cut answer is one that never arrives.
        return None if "drop" in active else reply

    def _read(self, asked: Asked) -> Reply:
        objects = self._objects()
        if asked.kind == "get":
            return Reply([(n, objects.get(tuple(n), rfc1905.noSuchObject)) for n, _ in asked.binds])
        order = sorted(objects)
        if asked.kind == "next":
            return Reply([_next(objects, order, tuple(name)) for name, _ in asked.binds])
        found = [_next(objects, order, tuple(name)) for name, _ in asked.binds[: asked.once]]
        names = [tuple(name) for name, _ in asked.binds[asked.once :]]
        for _ in range(min(asked.repeat, _BULK_MAX)):
            row = [_next(objects, order, name) for name in names]
            found += row
            names = [tuple(name) for name, _ in row]
        return Reply(found)

    def _objects(self) -> dict[Oid, Foreign]:
        kept = self.store.kept
        found = {
            oid: _syntax(value)
            for oid, value in fixed(self.spec, "swap-identity" in kept.faults).items()
        }
        for oid, leaf in self._leaves.items():
            found[oid] = _syntax(kept.leaves[leaf.field])
        return found

    async def _set(self, asked: Asked) -> Reply | None:
        if late := faults.seconds(self.store.kept.faults, "late"):
            task = asyncio.create_task(self._set_late(late, asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return await asyncio.shield(task)
        return self._apply(asked)

    async def _set_late(self, seconds: float, asked: Asked) -> Reply | None:
        await asyncio.sleep(seconds)
        return self._apply(asked)

    def _apply(self, asked: Asked) -> Reply | None:
        """Judge every variable, then keep all of them or none (RFC 3416, 4.2.5)."""
        active = self.store.kept.faults
        if "refuse" in active:
            return Reply(asked.binds, _UNAVAILABLE, 1)
        reboot = active.get("reboot")
        if reboot == "before":
            self._reboot()
            return None
        wanted: dict[str, int | str] = {}
        for index, (name, value) in enumerate(asked.binds, 1):
            leaf = self._leaves.get(tuple(name))
            if leaf is None:
                known = tuple(name) in self._objects()
                return Reply(asked.binds, _NOT_WRITABLE if known else _NO_CREATION, index)
            status, raw = _judged(leaf, value)
            if status:
                return Reply(asked.binds, status, index)
            wanted[leaf.field] = raw
        if "keep-nothing" not in active:
            kept = self.store.kept
            changed = [f for f, raw in wanted.items() if kept.leaves[f] != raw]
            stored = replace(kept, leaves={**kept.leaves, **wanted})
            try:
                self.store.commit(stored, changed=changed)
            except OSError:
                # RFC 3416, 4.2.5 (commitFailed) would promise an undo; nothing was kept at all.
                return Reply(asked.binds, _GEN_ERR, 1)
        if reboot == "after":
            self._reboot()
            return None
        return Reply(asked.binds)

    def _reboot(self) -> None:
        """The fault `reboot`: no answer, away for a while, one boot more; only this once."""
        kept = self.store.kept
        left = {k: v for k, v in kept.faults.items() if k != "reboot"}
        self.store.commit(replace(kept, faults=left))
        task = asyncio.create_task(self._boot_again())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _boot_again(self) -> None:
        await self._stop_engine()
        await asyncio.sleep(faults.REBOOT_S)
        await faults.again(self.start)


def _judged(leaf: Leaf, value: Foreign) -> tuple[int, int | str]:
    """The error-status for one variable (0: none) and the value as it is stored."""
    if leaf.number:
        # Unsigned32 and Integer32 differ in tag (RFC 2578, 7.1): only the latter is ours.
        if value.tagSet != rfc1902.Integer32.tagSet:
            return _WRONG_TYPE, 0
        return (0, int(value)) if leaf.fits(int(value)) else (_WRONG_VALUE, 0)
    if value.tagSet != rfc1902.OctetString.tagSet:
        return _WRONG_TYPE, 0
    octets = bytes(value)
    if len(octets) > leaf.high:
        return _WRONG_LENGTH, 0
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return _WRONG_VALUE, 0
    return (0, text) if leaf.fits(text) else (_WRONG_VALUE, 0)


def _next(objects: dict[Oid, Foreign], order: list[Oid], name: Oid) -> tuple[Foreign, Foreign]:
    at = bisect.bisect_right(order, name)
    if at == len(order):
        return rfc1902.ObjectName(name), rfc1905.endOfMibView
    return rfc1902.ObjectName(order[at]), objects[order[at]]


def _syntax(value: int | str | Oid) -> Foreign:
    if isinstance(value, int):
        return rfc1902.Integer32(value)
    if isinstance(value, str):
        return rfc1902.OctetString(value.encode())
    return rfc1902.ObjectIdentifier(value)
