"""The process that runs simulated devices: all listen or none, control over a unix socket.

It ends on TERM, or by itself when its state folder is gone. Counters reach the disk lazily.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Protocol

from fleet.simulator import faults
from fleet.simulator.errors import SimError
from fleet.simulator.files import private_folder, write_whole
from fleet.simulator.identity import mine, read, to_json
from fleet.simulator.places import Places
from fleet.simulator.socketpath import listening
from fleet.simulator.spec import DeviceSpec, ProcessSpec
from fleet.simulator.store import Store
from fleet.simulator.values import Value

_FLUSH_S = 2.0
_LINE_MAX = 64 * 1024
_log = logging.getLogger(__name__)


class Device(Protocol):
    """What the host needs of a device of any kind."""

    spec: DeviceSpec
    store: Store

    async def start(self) -> None:
        """Listen; OSError where the address is taken."""
        ...

    async def stop(self) -> None:
        """Stop listening."""
        ...

    def values(self) -> dict[str, Value]:
        """The stored fields."""
        ...

    async def tamper(self, field: str, words: str) -> None:
        """Change a stored value by hand; SimError."""
        ...

    async def set_fault(self, fault: str, value: str) -> None:
        """Give or take a fault."""
        ...


def build(spec: DeviceSpec, places: Places, lockout_s: float) -> Device:
    """One device with its memory; libraries are loaded only for the kinds that are there.

    Raises:
        ValueError, OSError: its memory on disk cannot be used.
    """
    path = places.device(spec.id)
    if spec.kind == "gate":
        from fleet.simulator.snmp import device as gate

        return gate.GateDevice(spec, Store(path, lambda: gate.factory(spec)))
    if spec.kind == "upper":
        from fleet.simulator.sip import upper

        return upper.UpperDevice(spec, Store(path, upper.factory))
    if spec.kind in faults.SSH_KINDS:
        from fleet.simulator.ssh import device as ssh

        return ssh.SwitchDevice(spec, Store(path, lambda: ssh.factory(spec)), lockout_s)
    from fleet.simulator.isapi import device as isapi

    made = isapi.IsapiDevice(spec, Store(path, lambda: isapi.factory(spec)), lockout_s)
    if spec.kind == "recorder":
        from fleet.simulator.sip.recorder import Recorder

        return Recorder(made)
    return made


class Agent(Protocol):
    """A second way into a device, beside its own."""

    async def start(self) -> None:
        """Listen; OSError where the address is taken."""
        ...

    async def stop(self) -> None:
        """Stop listening."""
        ...


class Host:
    """All devices of one process."""

    def __init__(self, spec: ProcessSpec, places: Places) -> None:
        self._spec = spec
        self._places = places
        self._devices: dict[str, Device] = {}
        self._agents: list[Agent] = []
        self._end = asyncio.Event()

    async def run(self, ready: Callable[[dict[str, Any]], None]) -> None:
        """Start, tell `ready` how it went, serve until told to end, and leave nothing behind."""
        private_folder(self._places.devices)
        write_whole(self._places.record, to_json(mine()))
        loop = asyncio.get_running_loop()
        for wanted in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(wanted, self._end.set)
        try:
            await self._start()
            server = await asyncio.start_unix_server(
                self._control, sock=listening(self._places.socket), limit=_LINE_MAX
            )
            ready({"ok": True})
            try:
                await self._keep()
            finally:
                server.close()
        except SimError as error:
            ready({"ok": False, "code": error.code, "facts": error.facts})
        finally:
            await self._stop()
            if read(self._places.record) == mine():
                for path in (self._places.socket, self._places.record):
                    path.unlink(missing_ok=True)

    async def _start(self) -> None:
        for spec in self._spec.devices:
            try:
                device = build(spec, self._places, self._spec.lockout_s)
            except (ValueError, OSError) as error:
                raise SimError("broken-state", device=spec.id, why=str(error)) from error
            try:
                await device.start()
            except OSError as error:
                raise SimError(
                    "address-taken",
                    device=spec.id,
                    address=spec.address,
                    port=spec.port,
                    why=error.strerror or str(error),
                ) from error
            self._devices[spec.id] = device
        await self._start_power()

    async def _start_power(self) -> None:
        """The agents that switch the power of what hangs on a switch."""
        for spec in self._spec.devices:
            if not spec.snmp_port:
                continue
            from fleet.simulator.snmp.power import PowerAgent

            agent = PowerAgent(spec, self._devices[spec.id].store, self._power)
            try:
                await agent.start()
            except (OSError, ValueError) as error:
                raise SimError(
                    "address-taken",
                    device=spec.id,
                    address=spec.address,
                    port=spec.snmp_port,
                    why=str(error),
                ) from error
            self._agents.append(agent)

    async def _power(self, name: str, on: bool) -> None:
        """A port's power was switched: what hangs on it is gone, or boots and no longer hangs."""
        device = self._devices.get(name)
        if device is None:
            return
        if not on:
            await device.stop()
            return
        await asyncio.sleep(faults.REBOOT_S)
        kept = device.store.kept
        left = {k: v for k, v in kept.faults.items() if k != "hang"}
        device.store.commit(replace(kept, faults=left))
        await faults.again(device.start)

    async def _stop(self) -> None:
        for agent in self._agents:
            await agent.stop()
        for device in self._devices.values():
            await device.stop()
        if self._places.devices.is_dir():
            self._flush()

    async def _keep(self) -> None:
        while not self._end.is_set():
            try:
                async with asyncio.timeout(_FLUSH_S):
                    await self._end.wait()
            except TimeoutError:
                # Without its folder a simulator has no state, no record and nobody who knows it.
                if read(self._places.record) != mine():
                    return
                self._flush()

    def _flush(self) -> None:
        for device in self._devices.values():
            try:
                _synced(device).store.flush()
            except OSError as error:
                # Counters only; a write that cannot be stored is refused where it arrives.
                _log.warning("%s: %s", device.spec.id, error)

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            answer = await self._answered(line)
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError) as error:
            _log.warning("control: %s", error)
        finally:
            writer.close()

    async def _answered(self, line: bytes) -> dict[str, Any]:
        try:
            return {"ok": True, **await self._do(json.loads(line))}
        except SimError as error:
            return {"ok": False, "code": error.code, "facts": error.facts}

    async def _do(self, asked: dict[str, Any]) -> dict[str, Any]:
        verb = asked.get("verb")
        if verb == "stats":
            return {"devices": {i: _synced(d).store.stats() for i, d in self._devices.items()}}
        device = self._devices.get(str(asked.get("device")))
        if device is None:
            raise SimError(
                "unknown-device", device=str(asked.get("device")), known=[*self._devices]
            )
        if verb == "log":
            return {"log": [asdict(entry) for entry in device.store.kept.log]}
        if verb == "values":
            return {"values": device.values()}
        if verb == "tamper":
            await device.tamper(str(asked["field"]), str(asked["value"]))
            return {}
        if verb == "fault":
            fault, given = str(asked["fault"]), asked.get("value")
            value = ""
            if fault != faults.NONE or device.spec.kind == "upper":
                value = faults.checked(device.spec.id, device.spec.kind, fault, given)
            await device.set_fault(fault, value)
            return {"faults": device.store.kept.faults}
        raise SimError("bad-value", device="", field="verb", value=str(verb), why="unknown")


def _synced(device: Device) -> Device:
    """A device whose counters are all in its store."""
    take = getattr(device, "sync", None)
    if take is not None:
        take()
    return device
