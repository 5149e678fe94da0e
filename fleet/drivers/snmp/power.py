"""Power over Ethernet of a switch's ports: POWER-ETHERNET-MIB (RFC 3621), one SET at a time.

The MIB numbers ports by group and port and does not say which interface that is. Here the group is
the port's slot or unit (slot 0 is group 1, since groups count from 1) and the port its last number:
"GE1/0/5" and "GE0/0/5" are 1.5. A port without an entry in the table is refused, not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleet.drivers import complaints
from fleet.drivers.snmp.agent import Answer
from fleet.drivers.snmp.maps import Oid
from fleet.drivers.snmp.session import SnmpSession, named
from fleet.model.change import Target
from fleet.model.errors import DeviceError, MalformedReply, NotKept
from fleet.model.text import text
from fleet.ports.driver import Credential
from fleet.ports.power import Detection, PortPower

# pethPsePortEntry: .3 pethPsePortAdminEnable (TruthValue), .6 pethPsePortDetectionStatus.
_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 105, 1, 1, 1)
_ADMIN, _DETECTION = 3, 6
_TRUE, _FALSE = 1, 2
_STATES: Mapping[int, Detection] = {
    1: "disabled",
    2: "searching",
    3: "delivering",
    4: "fault",
    5: "test",
    6: "other_fault",
}
_NAME = re.compile(r"[0-9]{0,3}[A-Za-z][A-Za-z._-]*([0-9]+(?:/[0-9]+)*)\Z")


class SnmpPower(SnmpSession):
    """See fleet.ports.power.PowerSession."""

    def __init__(self, target: Target, credential: Credential, deadline_s: float) -> None:
        super().__init__(target, credential, deadline_s)
        self._device = target.device

    async def look(self, port: str) -> PortPower:
        """See PowerSession."""
        async with self._bounded():
            return await self._look(port)

    async def switch(self, seen: PortPower, on: bool) -> PortPower:
        """See PowerSession."""
        async with self._bounded():
            group, number = (int(part) for part in seen.index.split("."))
            agent = await self._known_agent()
            oid = (*_ENTRY, _ADMIN, group, number)
            answer = await agent.set([(oid, _TRUE if on else _FALSE)])
            if answer.status:
                raise complaints.write_refused(
                    self._device, seen.port, named(answer.status), "pethPsePortAdminEnable"
                )
            now = await self._look(seen.port)
            if now.enabled is not on:
                raise NotKept(
                    self._device,
                    text(
                        "port {p} was switched and reads back as before",
                        "端口 {p} 已下发但回读未变",
                        p=seen.port,
                    ),
                )
            return now

    async def _look(self, port: str) -> PortPower:
        group, number = _index(self._device, port)
        agent = await self._known_agent()
        asked = [(*_ENTRY, column, group, number) for column in (_ADMIN, _DETECTION)]
        answer = await agent.get(asked)
        enabled, detection = _told(self._device, port, answer)
        return PortPower(port=port, index=f"{group}.{number}", enabled=enabled, detection=detection)


def _index(device: str, port: str) -> tuple[int, int]:
    match = _NAME.match(port)
    if match is None:
        raise _no_entry(device, port)
    numbers = [int(part) for part in match[1].split("/")]
    return (max(1, numbers[0]) if len(numbers) > 1 else 1), numbers[-1]


def _told(device: str, port: str, answer: Answer) -> tuple[bool, Detection]:
    values = [value for _, value in answer.bindings]
    if answer.status or len(values) != 2 or None in values:
        raise _no_entry(device, port)
    admin, state = values
    if admin not in (_TRUE, _FALSE) or not isinstance(state, int) or state not in _STATES:
        raise MalformedReply(
            device,
            text(
                "POWER-ETHERNET-MIB says {a}, {s} of port {p}",
                "POWER-ETHERNET-MIB 对端口 {p} 的应答为 {a}、{s}",
                p=port,
                a=admin,
                s=state,
            ),
        )
    return admin == _TRUE, _STATES[state]


def _no_entry(device: str, port: str) -> DeviceError:
    return MalformedReply(
        device,
        text(
            "it has no power entry for port {p} (POWER-ETHERNET-MIB)",
            "该交换机没有端口 {p} 的供电条目（POWER-ETHERNET-MIB）",
            p=port,
        ),
        text("check via_port; this port may give no power", "请核对 via_port；该端口可能不供电"),
    )
