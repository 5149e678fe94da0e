"""The reference MIB says what the agents do: same objects, same limits, no vendor's arc."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fleet.simulator
from fleet.simulator.snmp.leaves import ARC, Oid, fixed, leaves
from fleet.simulator.spec import Personality
from tests.simulator.kit import spec_of

TEXT = (Path(fleet.simulator.__file__).parent / "COMPOUND-FLEET-GATE-MIB.txt").read_text("ascii")
_DEFINED = re.compile(
    r"^(\w+)\s+(?:OBJECT IDENTIFIER|OBJECT-TYPE|OBJECT-IDENTITY|MODULE-IDENTITY)\b"
    r"(.*?)::= \{ ([^}]+) \}",
    re.S | re.M,
)
BOTH: list[Personality] = ["a", "b"]


def objects() -> dict[str, tuple[Oid, str]]:
    """Every name of the MIB with its OID and its definition."""
    found: dict[str, tuple[Oid, str]] = {"enterprises": ((1, 3, 6, 1, 4, 1), "")}
    for name, body, place in _DEFINED.findall(TEXT.partition(";")[2]):
        parent, *rest = place.split()
        numbers = tuple(int(re.sub(r"\w+\((\d+)\)", r"\1", part)) for part in rest)
        found[name] = (found[parent][0] + numbers, body)
    return found


def test_it_lies_under_the_documentation_arc() -> None:
    """Enterprise 32473 (RFC 5612), and it says that it is no vendor's."""
    assert objects()["compoundFleetGateMIB"][0] == ARC
    assert all(oid[: len(ARC)] == ARC for n, (oid, _) in objects().items() if n != "enterprises")
    assert "REFERENCE AGENT" in TEXT


@pytest.mark.parametrize("personality", BOTH)
def test_writable_objects_are_the_agents(personality: Personality) -> None:
    """Read-write objects of the text are the agent's leaves, with the limits of the text."""
    spec = spec_of("gate", personality)
    branch = 1 if personality == "a" else 2
    told = {
        (*oid, 0): body
        for oid, body in objects().values()
        if "read-write" in body and oid[len(ARC)] == branch
    }
    own = {oid: leaf for oid, leaf in leaves(spec).items() if oid[: len(ARC)] == ARC}
    assert set(told) == set(own)
    for oid, body in told.items():
        leaf = own[oid]
        if limits := re.search(r"\((\d+)\.\.(\d+)\)", body.partition("UNITS")[0]):
            assert (leaf.low, leaf.high) == (int(limits[1]), int(limits[2])), body
        assert ("TruthValue" in body) == leaf.flag
        assert ("tenths" in body) == leaf.tenths
        assert ("OCTET STRING" in body) == (not leaf.number)


@pytest.mark.parametrize("personality", BOTH)
def test_read_only_objects_are_the_agents(personality: Personality) -> None:
    """Identity and state are there and cannot be written; nothing moves an arm."""
    spec = spec_of("gate", personality)
    branch = 1 if personality == "a" else 2
    told = {
        (*oid, 0)
        for oid, body in objects().values()
        if "read-only" in body and oid[len(ARC)] == branch
    }
    assert told == {oid for oid in fixed(spec, False) if oid[: len(ARC)] == ARC}
    assert fixed(spec, False)[1, 3, 6, 1, 2, 1, 1, 2, 0] == (*ARC, branch)
