"""Derived forms: RFC 3414's procedure, checked against the library's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysnmp.proto import rfc1902  # type: ignore[import-untyped]  # no types
from pysnmp.proto.secmod.rfc7860.auth import hmacsha2  # type: ignore[import-untyped]  # no types

from fleet.simulator.keys import localized
from fleet.simulator.spec import (
    chance,
    engine_id_of,
    other_engine_id,
    other_serial,
    personality_of,
    realm_of,
)


@pytest.mark.parametrize("password", ["maplesyrup", "PvhIzvQo8-k9EvnZ"])
@pytest.mark.parametrize("engine", ["000000000000000000000002", "80007ed9053407050101000061"])
def test_keys_are_those_of_another_implementation(password: str, engine: str) -> None:
    """pysnmp localizes to the same key (RFC 7860, usmHMAC192SHA256AuthProtocol)."""
    theirs = hmacsha2.HmacSha2(hmacsha2.HmacSha2.SHA256_SERVICE_ID)
    master = theirs.hash_passphrase(password.encode())
    key = theirs.localize_key(master, rfc1902.OctetString(hexValue=engine))
    assert localized(password, engine) == bytes(key).hex()


def test_an_empty_password_has_no_key() -> None:
    """It is refused, and does not hang."""
    with pytest.raises(ValueError, match="empty"):
        localized("", "80007ed90500")


def test_each_half_of_the_devices_has_a_personality() -> None:
    """By id, the same every time, about half each."""
    told = [personality_of(f"cam-{n}") for n in range(200)]
    assert told == [personality_of(f"cam-{n}") for n in range(200)]
    assert 70 < told.count("a") < 130


@given(st.text(max_size=20), st.integers(1, 100))
def test_chance_stays_within_its_sides(device: str, sides: int) -> None:
    """Never outside, never different."""
    assert 0 <= chance(device, "x", sides) < sides
    assert chance(device, "x", sides) == chance(device, "x", sides)


@given(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True))
def test_the_other_identity_is_another(device: str) -> None:
    """Serial number and engine id differ and keep their form."""
    own = engine_id_of(device)
    assert other_engine_id(own) != own
    assert len(bytes.fromhex(own)) == len(bytes.fromhex(other_engine_id(own))) == 13
    assert other_serial(device) != device
    assert len(other_serial(device)) == len(device)
    assert realm_of("camera", device).startswith("IP Camera(C")
