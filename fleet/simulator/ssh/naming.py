"""How interfaces are called: a platform's short and full names, and what a person may type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.simulator.ssh.configuration import Port

_NUMBER = "(?:0|[1-9][0-9]*)"
_TYPED = re.compile(rf"([0-9]*[A-Za-z-]+)\s*({_NUMBER}(?:/{_NUMBER})*)\Z")


@dataclass(frozen=True, slots=True)
class Naming:
    """A platform's names of interfaces.

    `types` maps the beginning of a short name ("GE") to that of the full one as the configuration
    shows it ("GigabitEthernet"); `vlan` is the short beginning of a VLAN's interface. `others` are
    further beginnings that a person may type, by short beginning.
    """

    types: Mapping[str, str]
    vlan: str
    others: Mapping[str, tuple[str, ...]]

    def short(self, typed: str) -> str | None:
        """The short name of what was typed ("gig 1/0/1" → "GE1/0/1"); None: no such type."""
        found = _TYPED.match(typed.strip())
        if found is None:
            return None
        told = found[1].lower()
        exact, begins = set(), set()
        for short, full in self.types.items():
            for word in (short, full, *self.others.get(short, ())):
                if word.lower() == told:
                    exact.add(short)
                elif word.lower().startswith(told):
                    begins.add(short)
        kinds = exact or begins
        return f"{kinds.pop()}{found[2]}" if len(kinds) == 1 else None

    def full(self, short: str) -> str:
        """The full name of an interface, as the configuration shows it."""
        kind, number = split(short)
        return f"{self.types[kind]}{number}"

    def vlan_of(self, short: str) -> int | None:
        """The VLAN of a VLAN's interface; None for any other."""
        kind, number = split(short)
        return int(number) if kind == self.vlan and number.isdigit() else None


def split(short: str) -> tuple[str, str]:
    """A short name as its beginning and its number: "10GE1/0/1" → ("10GE", "1/0/1")."""
    found = _TYPED.match(short)
    if found is None:
        raise ValueError(f"{short!r} is no interface")
    return found[1], found[2]


def order(short: str) -> tuple[bool, str, list[int]]:
    """A key that sorts interfaces as a person counts: GE1/0/2, GE1/0/10, 10GE1/0/1."""
    kind, number = split(short)
    return kind[0].isdigit(), kind, [int(part) for part in number.split("/")]


VRP8 = Naming(
    types={"GE": "GE", "10GE": "10GE", "Vlanif": "Vlanif", "LoopBack": "LoopBack"},
    vlan="Vlanif",
    others={
        "GE": ("GigabitEthernet",),
        "10GE": ("XGigabitEthernet", "XGE"),
        "Vlanif": ("Vlan-interface",),
    },
)
COMWARE7 = Naming(
    types={
        "GE": "GigabitEthernet",
        "XGE": "Ten-GigabitEthernet",
        "Vlan": "Vlan-interface",
        "Loop": "LoopBack",
    },
    vlan="Vlan",
    others={"Vlan": ("Vlanif",)},
)


def built_in(platform: str, kind: str) -> dict[str, Port]:
    """The ports that a device has in its box.

    A switch has 24 ports with power, which VRP8 gives from the factory and Comware does not, and
    four of 10 Gbit/s; a router six routed ones.
    """
    if kind == "router":
        slot = "0/0/" if platform == "huawei_vrpv8" else "0/"
        return {f"GE{slot}{n}": Port(routed=True) for n in range(6)}
    if platform == "huawei_vrpv8":
        copper, fibre = [f"GE1/0/{n}" for n in range(1, 25)], [f"10GE1/0/{n}" for n in range(1, 5)]
    else:
        copper, fibre = [f"GE1/0/{n}" for n in range(1, 25)], [f"XGE1/0/{n}" for n in range(25, 29)]
    powered = platform == "huawei_vrpv8"
    return {
        **{name: Port(poe=powered) for name in copper},
        **{name: Port() for name in fibre},
    }
