"""Signed observations: what is read is what was signed, by somebody trusted, not too long ago."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.errors import AlteredPlan, StalePlan
from fleet.model.exitcodes import ExitCode
from fleet.model.observation import DeviceObservation, Identity, Reading
from fleet.model.secret import SecretRef
from fleet.model.sight import DeviceSight, FleetObservation
from fleet.plan.observed import (
    LIMIT,
    PURPOSE,
    age,
    age_text,
    check_age,
    from_bytes,
    to_bytes,
    trusted_keys,
)
from tests.support.fakes_plans import step, work

KEY = "ed25519:" + "A" * 43 + "="
OTHER = "ed25519:" + "B" * 43 + "="


class Hand:
    """A signer whose signature is the message itself, in hex."""

    public = KEY

    def sign(self, message: bytes) -> str:
        """The message."""
        return message.hex()


def verify(public: str, message: bytes, signature: str) -> bool:
    """Whether `Hand` signed."""
    return public == KEY and signature == message.hex()


SEEN = FleetObservation(
    city="340700",
    taken_at="2026-11-24T02:00:00.000Z",
    devices=(
        DeviceSight(
            target=work(step()).target,
            seen=DeviceObservation(
                device="c1-cam-1",
                reading=Reading(identity=Identity(serial="S"), fields={"osd_text": "东门"}),
            ),
        ),
    ),
    proven={"c1-cam-1": {"admin_password": SecretRef(source="generated", name="a", version=2)}},
)


def read(raw: bytes, trusted: tuple[str, ...] = (KEY,), city: str = "340700") -> FleetObservation:
    """Read with the tests' key."""
    return from_bytes(raw, city, trusted, verify)


def edited(edit: Callable[[Any], object]) -> bytes:
    """The signed document after somebody's edit."""
    document = json.loads(to_bytes(SEEN, Hand()))
    edit(document)
    return json.dumps(document).encode()


def test_what_is_read_is_what_was_signed() -> None:
    """Also when a tool wrote the same JSON in another order and layout."""
    raw = to_bytes(SEEN, Hand())
    turned = json.dumps(dict(reversed(json.loads(raw).items())), sort_keys=False, indent=7)

    assert read(raw) == read(turned.encode()) == SEEN
    assert b"secret://" not in raw
    assert "东门".encode() in raw


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["fleet_observation"].update(taken_at="2026-11-25T02:00:00.000Z"),
        lambda d: d["fleet_observation"]["devices"][0]["seen"]["reading"]["fields"].update(a="b"),
        lambda d: d["fleet_observation"]["proven"].clear(),
        lambda d: d["fleet_observation"].update(more=1),
        lambda d: d.update(signature="00"),
    ],
)
def test_any_edit_is_found(edit: Callable[[Any], object]) -> None:
    """A time, a value, a proven version, a key more, the signature."""
    with pytest.raises(AlteredPlan, match="not what was signed") as caught:
        read(edited(edit))
    assert caught.value.exit_code is ExitCode.STALE


def test_a_stranger_is_refused_before_the_signature_is_looked_at() -> None:
    """His key is told if it is one; nothing of his is shown otherwise."""
    with pytest.raises(AlteredPlan, match=f"signed with {OTHER[:20]}"):
        read(edited(lambda d: d.update(key=OTHER)))
    with pytest.raises(AlteredPlan, match=r"signed with \?, which"):
        read(edited(lambda d: d.update(key="<img src=x>")))
    with pytest.raises(AlteredPlan, match="does not trust"):
        read(to_bytes(SEEN, Hand()), trusted=())


def test_another_city_is_foreign() -> None:
    """Its own key may be trusted here too."""
    with pytest.raises(AlteredPlan, match="of city 340700, this is 340800"):
        read(to_bytes(SEEN, Hand()), city="340800")


def test_a_signature_for_something_else_never_fits() -> None:
    """The purpose is part of what is signed."""
    body = json.loads(to_bytes(SEEN, Hand()))
    plain = bytes.fromhex(body["signature"]).removeprefix(PURPOSE)

    with pytest.raises(AlteredPlan, match="not what was signed"):
        read(edited(lambda d: d.update(signature=plain.hex())))


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"fleet_observation": {}}',
     b'{"fleet_observation": {"a": NaN}, "key": "", "signature": ""}'],
)  # fmt: skip
def test_what_is_no_observation_is_told(raw: bytes) -> None:
    """Whatever it is."""
    with pytest.raises(AlteredPlan, match="not an observation"):
        read(raw)


def test_a_file_too_large_is_not_parsed() -> None:
    """Nobody's city is that large."""
    with pytest.raises(AlteredPlan, match="not an observation"):
        read(b" " * (LIMIT + 1))


def test_signed_by_us_but_of_another_form() -> None:
    """As a later product would write it."""
    from fleet.plan.canonical import canonical_bytes

    body = {**SEEN.model_dump(mode="json"), "format": 2}
    signature = Hand().sign(PURPOSE + canonical_bytes(body))
    document = {"fleet_observation": body, "key": KEY, "signature": signature}

    with pytest.raises(AlteredPlan, match="not an observation"):
        read(json.dumps(document).encode())


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    """Property: AlteredPlan or nothing."""
    with pytest.raises(AlteredPlan):
        read(raw)


@pytest.mark.parametrize(
    ("now", "fits"),
    [
        ("2026-11-24T02:00:00Z", True),
        ("2026-11-25T14:00:00Z", True),
        ("2026-11-25T14:00:01Z", False),
        ("2026-11-24T10:00:00+08:00", True),
        ("2026-11-24T01:55:00Z", True),
        ("2026-11-24T01:54:59Z", False),
    ],
)
def test_the_age_is_limited_on_both_sides(now: str, fits: bool) -> None:
    """36 hours by default; five minutes into the future for clocks that differ."""
    if fits:
        check_age(SEEN, now, 36.0)
    else:
        with pytest.raises(StalePlan) as caught:
            check_age(SEEN, now, 36.0)
        assert caught.value.exit_code is ExitCode.STALE


def test_an_old_one_passes_if_that_is_said() -> None:
    """And says how old it is when it does not."""
    check_age(SEEN, "2026-12-24T02:00:00Z", 30 * 24)
    with pytest.raises(StalePlan, match=r"30 days old; at most 36 h"):
        check_age(SEEN, "2026-12-24T02:00:00Z", 36)


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (timedelta(seconds=-9), "0 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 days"),
    ],
)
def test_an_age_in_the_unit_that_fits(old: timedelta, words: str) -> None:
    """Minutes, hours, days."""
    assert age_text(old).en == words
    assert age(SEEN, "2026-11-24T02:30:00Z") == timedelta(minutes=30)


def test_trusted_keys_have_names_and_comments() -> None:
    """One a line; a line that is no key is an error with its number."""
    words = f"# who may\n\n{KEY} 铜陵 centre  # night\n{OTHER}\n"

    assert trusted_keys(words) == {KEY: "铜陵 centre", OTHER: ""}
    for bad in ("ssh-ed25519 AAAA", KEY[:-1], KEY + "x", f"{KEY}\tname"):
        with pytest.raises(AlteredPlan, match="line 2"):
            trusted_keys(f"# first\n{bad}\n")
