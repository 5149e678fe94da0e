"""Rules of access lists in the devices' words: read, shown, and read again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.canonical import told_rule, told_vlans
from fleet.simulator.ssh.configuration import Refused, Rule

ANY_NETWORK = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)).map(
    lambda drawn: _network(*drawn)
)


def _network(address: int, length: int) -> str:
    """A network of which the address is one."""
    kept = address >> (32 - length) << (32 - length)
    return ".".join(str(kept >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{length}"


RULES = st.builds(
    Rule,
    permit=st.booleans(),
    protocol=st.sampled_from(["udp", "tcp"]),
    source=st.just("") | ANY_NETWORK,
    destination=st.just("") | ANY_NETWORK,
    ports=st.just("")
    | st.integers(0, 65535).map(str)
    | st.tuples(st.integers(0, 999), st.integers(1000, 65535)).map(lambda p: f"{p[0]}-{p[1]}"),
)


@pytest.mark.property
@given(RULES, st.none() | st.integers(0, 65534))
@settings(deadline=None)
def test_what_is_shown_is_read_again(rule: Rule, number: int | None) -> None:
    """With its number or without."""
    words = rules.shown(rule)
    typed = words if number is None else f"{number} {words}"
    assert rules.read(typed) == (number, rule)


@pytest.mark.parametrize(
    ("words", "number", "rule", "told"),
    [
        ("permit ip", None, Rule(True, "ip"), "permit ip any"),
        ("5 deny ip source any", 5, Rule(False, "ip"), "deny ip any"),
        (
            "permit tcp source 10.7.0.1 0 destination-port eq 554",
            None,
            Rule(True, "tcp", "10.7.0.1/32", "", "554"),
            "permit tcp 10.7.0.1/32 port 554",
        ),
        (
            "10 permit udp source 10.7.0.77 0.0.0.255 destination 10.1.0.0 0.0.255.255 "
            "destination-port range 30000 35000",
            10,
            Rule(True, "udp", "10.7.0.0/24", "10.1.0.0/16", "30000-35000"),
            "permit udp 10.7.0.0/24 to 10.1.0.0/16 port 30000-35000",
        ),
    ],
)
def test_rules_that_people_type(words: str, number: int | None, rule: Rule, told: str) -> None:
    """Host bits are dropped; the inventory has its own words for it."""
    assert rules.read(words) == (number, rule)
    assert told_rule(rule) == told


@pytest.mark.parametrize(
    "words",
    [
        "",
        "5",
        "permit",
        "allow ip",
        "permit gre",
        "permit udp source",
        "permit udp source 10.0.0.0",
        "permit udp source 10.0.0.0 0.0.255.0",
        "permit udp source 10.0.0.300 0",
        "permit udp destination-port",
        "permit udp destination-port eq",
        "permit udp destination-port eq 65536",
        "permit udp destination-port range 1",
        "permit udp destination-port near 1",
        "permit ip destination-port eq 1",
        "permit udp established",
    ],
)
def test_rules_that_are_none(words: str) -> None:
    """Refused in the device's words."""
    with pytest.raises(Refused, match="wrong parameter"):
        rules.read(words)


@pytest.mark.property
@given(st.sets(st.integers(1, 4094), max_size=30))
@settings(deadline=None)
def test_vlans_are_told_shortly_and_wholly(vlans: set[int]) -> None:
    """Every one, ascending, and no two parts that could be one."""
    told = told_vlans(vlans)
    spans = [
        (int(low), int(high or low))
        for low, _, high in (part.partition("-") for part in told.split(",") if part)
    ]
    assert [v for low, high in spans for v in range(low, high + 1)] == sorted(vlans)
    assert all(high - low >= 2 for low, high in spans if low != high)
