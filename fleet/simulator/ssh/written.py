"""How a configuration is written out: what VRP8 and Comware 7 do alike, in each one's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.configuration import Configuration, Port, Vlan
from fleet.simulator.ssh.naming import Naming, order


def vlan(number: int, kept: Vlan) -> list[str]:
    """A VLAN's section."""
    lines = [f"vlan {number}"]
    lines += [f" name {kept.name}"] if kept.name else []
    lines += [f" description {kept.description}"] if kept.description else []
    return lines


def access_list(head: str, number: int, config: Configuration) -> list[str]:
    """An access list's section; `head` is what its first line says before the number."""
    listed = config.lists[number].items()
    return [f"{head} {number}", *[f" rule {at} {rules.shown(rule)}" for at, rule in listed]]


def in_order(naming: Naming, config: Configuration) -> list[str]:
    """The interfaces: those of VLANs first, then the ports as a person counts."""
    return sorted(config.ports, key=lambda name: (naming.vlan_of(name) is None, order(name)))


def told_address(address: str) -> str:
    """`10.0.0.1/24` → `10.0.0.1 255.255.255.0`."""
    told = IPv4Interface(address)
    return f"{told.ip} {told.netmask}"


@dataclass(frozen=True, slots=True)
class Writer:
    """A platform's way: the head of its access lists, an interface's section, and all of them.

    `before` are lines of a whole configuration that belong to no section.
    """

    list_head: str
    interface: Callable[[str, Port], list[str]]
    sections: Callable[[Configuration], list[list[str]]]
    before: Sequence[str] = ()

    def document(self, config: Configuration) -> list[str]:
        """The whole configuration, as it is shown and saved."""
        lines = [*self.before, "#"]
        for section in self.sections(config):
            lines += [*section, "#"]
        return [*lines, "return"]

    def this(self, config: Configuration, kind: str, of: str | int) -> list[str]:
        """The section of a view."""
        if kind == "port" and str(of) in config.ports:
            section = self.interface(str(of), config.ports[str(of)])
        elif kind == "vlan" and of in config.vlans:
            section = vlan(int(of), config.vlans[int(of)])
        elif kind == "acl" and of in config.lists:
            section = access_list(self.list_head, int(of), config)
        elif kind == "system":
            section = [line for part in self.sections(config) for line in part]
        else:
            section = []
        return ["#", *section, "#", "return"]
