"""What hangs on the ports: which of them are up, and who is heard there."""

from __future__ import annotations

from fleet.simulator.ssh.box import Box
from fleet.simulator.ssh.configuration import Port


def is_up(box: Box, name: str, port: Port) -> bool:
    """Whether a port has a link: something hangs on it that has power, or it leads upwards.

    A VLAN's interface is up whenever the VLAN is there.
    """
    if port.shut:
        return False
    if name in dict(neighbours(box)):
        return port.poe is not False
    vlan = box.naming.vlan_of(name)
    if vlan is not None:
        return vlan in box.now().running.vlans
    return port.trunk or (port.routed and bool(port.address))


def neighbours(box: Box) -> list[tuple[str, str]]:
    """The devices on the ports, by the ports' short names."""
    found = [(box.naming.short(port), device) for port, device in box.spec.behind]
    return [(port, device) for port, device in found if port is not None]


def neighbours_of(box: Box) -> list[tuple[str, str]]:
    """Who is heard by LLDP: nobody where it is off."""
    config = box.now().running
    if not config.lldp:
        return []
    return [
        (port, device)
        for port, device in neighbours(box)
        if port in config.ports and is_up(box, port, config.ports[port])
    ]
