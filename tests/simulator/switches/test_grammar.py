"""Command lines against forms: shortened keywords, arguments, and where exactly a line is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator.ssh.grammar import Arg, BadLine, form, matched
from fleet.simulator.ssh.naming import COMWARE7, VRP8, Naming

FORMS = [
    form("display version", "version"),
    form("display vlan", "vlan"),
    form("display interface brief", "brief"),
    form("display interface IFACE", "interface"),
    form("display this", "this"),
    form("commit", "commit"),
    form("commit trial N:60-65535", "trial"),
    form("commit trial persist ID", "trial-id"),
    form("commit trial N:60-65535 persist ID", "trial-both"),
    form("description TEXT", "description"),
    form("port trunk allow-pass vlan VLANS", "trunk"),
    form("ip address IP MASK", "address"),
    form("undo ip address", "no-address"),
]


def match(line: str) -> tuple[str, list[Arg]]:
    """A line against the forms above, with VRP8's interfaces."""
    return matched(line, FORMS, VRP8.short)


@pytest.mark.parametrize(
    ("line", "target", "args"),
    [
        ("display version", "version", []),
        ("dis ver", "version", []),
        ("  DISPLAY   Version ", "version", []),
        ("dis th", "this", []),
        ("display interface brief", "brief", []),
        ("display interface GE1/0/1", "interface", ["GE1/0/1"]),
        ("display interface gigabitethernet 1/0/24", "interface", ["GE1/0/24"]),
        ("display interface 10ge1/0/1", "interface", ["10GE1/0/1"]),
        ("commit", "commit", []),
        ("commit trial 60", "trial", [60]),
        ("commit trial 65535 persist ab-1", "trial-both", [65535, "ab-1"]),
        ("commit trial persist x", "trial-id", ["x"]),
        ("description 东门 枪机  1", "description", ["东门 枪机  1"]),
        ("port trunk allow-pass vlan 10 20 to 22 30", "trunk", [[10, 20, 21, 22, 30]]),
        ("ip address 10.0.0.1 255.255.255.0", "address", ["10.0.0.1", 24]),
        ("ip address 10.0.0.1 24", "address", ["10.0.0.1", 24]),
        ("undo ip address", "no-address", []),
    ],
)
def test_lines_that_are_commands(line: str, target: str, args: list[Arg]) -> None:
    """Keywords may be shortened and in any case, arguments come typed."""
    assert match(line) == (target, args)


@pytest.mark.parametrize(
    ("line", "fault", "at"),
    [
        ("show version", "unrecognized", 0),
        ("display nothing", "unrecognized", 8),
        ("display v", "ambiguous", 8),
        ("display", "incomplete", 7),
        ("display version now", "too-many", 16),
        ("commit trial 59", "wrong", 13),
        ("commit trial 65536", "wrong", 13),
        ("commit trial soon", "unrecognized", 13),
        ("commit trial 60 persist 1abc", "wrong", 24),
        ("commit trial 60 persist -abc", "wrong", 24),
        ("display interface GE", "unrecognized", 18),
        ("port trunk allow-pass vlan 10 to", "wrong", 27),
        ("port trunk allow-pass vlan 20 to 10", "wrong", 27),
        ("port trunk allow-pass vlan 4095", "wrong", 27),
        ("ip address 10.0.0.1 0.0.0.255", "wrong", 20),
        ("ip address 10.0.0.256 24", "wrong", 11),
        ("description", "incomplete", 11),
    ],
)
def test_lines_that_are_none(line: str, fault: str, at: int) -> None:
    """What is wrong with a line, and the character at which it is."""
    with pytest.raises(BadLine) as wrong:
        match(line)
    assert (wrong.value.fault, wrong.value.at) == (fault, at)


@pytest.mark.property
@given(st.text(max_size=60))
@settings(deadline=None)
def test_whatever_is_typed_is_a_command_or_a_bad_line(line: str) -> None:
    """No line can break the reader, and a fault lies within the line."""
    try:
        target, _ = match(line)
    except BadLine as wrong:
        assert 0 <= wrong.at <= len(line)
    else:
        assert target in {one.target for one in FORMS}


@pytest.mark.property
@given(
    st.lists(st.tuples(st.integers(1, 4094), st.integers(0, 20)), min_size=1, max_size=8),
)
@settings(deadline=None)
def test_lists_of_vlans_are_read_as_they_are_written(runs: list[tuple[int, int]]) -> None:
    """Every number of every range, in the order in which it was typed."""
    spans = [(low, min(4094, low + more)) for low, more in runs]
    words = " ".join(str(a) if a == b else f"{a} to {b}" for a, b in spans)
    wanted = [n for a, b in spans for n in range(a, b + 1)]
    assert match(f"port trunk allow-pass vlan {words}") == ("trunk", [wanted])


@pytest.mark.parametrize(
    ("typed", "vrp", "comware"),
    [
        ("GE1/0/1", "GE1/0/1", "GE1/0/1"),
        ("GigabitEthernet1/0/1", "GE1/0/1", "GE1/0/1"),
        ("g1/0/1", "GE1/0/1", "GE1/0/1"),
        ("XGE1/0/1", "10GE1/0/1", "XGE1/0/1"),
        ("10GE1/0/1", "10GE1/0/1", None),
        ("ten-gigabitethernet 1/0/25", None, "XGE1/0/25"),
        ("Vlanif100", "Vlanif100", "Vlan100"),
        ("vlan-interface 100", "Vlanif100", "Vlan100"),
        ("Vlan100", "Vlanif100", "Vlan100"),
        ("LoopBack0", "LoopBack0", "Loop0"),
        ("Ethernet1/0/1", None, None),
        ("GE", None, None),
        ("", None, None),
    ],
)
def test_names_of_interfaces(typed: str, vrp: str | None, comware: str | None) -> None:
    """What each platform makes of what a person types."""
    assert (VRP8.short(typed), COMWARE7.short(typed)) == (vrp, comware)


@pytest.mark.parametrize("naming", [VRP8, COMWARE7])
def test_a_full_name_is_read_back(naming: Naming) -> None:
    """What the configuration shows may be typed."""
    for kind in naming.types:
        assert naming.short(naming.full(f"{kind}1/0/7")) == f"{kind}1/0/7"
