"""From what was seen of a recorder's uplink to the one step at fault."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.health.rates import ClockOffset
from fleet.health.uplink import STEPS, Sight, judge
from fleet.health.uplink_causes import CAUSES, PARTY_WORDS, phone, remedy
from fleet.model.fleet import Uplink
from fleet.model.notify import Contacts
from fleet.model.observation import Fault, Identity, Reading
from fleet.model.registrar import Binding, Refusal, RefusalReason, UplinkWord
from fleet.ports.reach import Reached

GB_ID = "34070500001180000001"
HERE, OTHER = "10.34.0.81", "34070500001180000099"
WANTED = {
    "gb_enabled": True,
    "gb_server_id": "34070500002000000001",
    "gb_server_domain": "3407050000",
    "gb_server_address": "10.7.0.1",
    "gb_server_port": 5060,
    "gb_device_id": GB_ID,
    "gb_keepalive_s": 60,
    "gb_keepalive_count": 3,
}
ANSWERS = Reached(way="answers", said="405 Method Not Allowed")
UPLINK = Uplink(
    source="platform",
    server_id="34070500002000000001",
    server_domain="3407050000",
    server_address="10.7.0.1",
    server_port=5060,
)


def binding(**changes: object) -> Binding:
    """A recorder that is registered and was heard a moment ago."""
    values = {
        "gb_id": GB_ID,
        "registered": True,
        "contact": f"sip:{GB_ID}@{HERE}:5060",
        "expires_in_s": 80000.0,
        "keepalive_age_s": 12.0,
        "credential_version": 2,
        "peer": f"{HERE}:5060",
    }
    return Binding.model_validate(values | changes)


def reading(registered: bool | None = None, **changes: object) -> Reading:
    """The recorder as the inventory wants it, with some fields otherwise."""
    fields = {**WANTED, **changes}
    return Reading(identity=Identity(serial="S"), fields=fields, registered=registered)


def word(
    bound: Binding | None = None, *reasons: RefusalReason, gb_id: str = GB_ID, answers: bool = True
) -> UplinkWord:
    """What the registrar tells."""
    refusals = tuple(
        Refusal(gb_id=gb_id, source=HERE, reason=r, times=3, age_s=4.0) for r in reasons
    )
    return UplinkWord(answers=answers, binding=bound, refusals=refusals)


HEALTHY = Sight(
    own=True,
    uplink=UPLINK,
    gb_id=GB_ID,
    address=HERE,
    wanted=WANTED,
    recorder=ANSWERS,
    reading=reading(),
    clock=ClockOffset(0.3, 0.6),
    server=ANSWERS,
    word=word(binding()),
    catalog_asked=True,
    missing=(),
    extra=(),
)
LOST = replace(HEALTHY, word=word(), catalog_asked=False, missing=None, extra=None)
GIVEN = replace(
    LOST, own=False, server=None, word=None, uplink=UPLINK.model_copy(update={"source": "operator"})
)


def first_fault(seen: Sight) -> tuple[str, str]:
    """The step at fault and its cause."""
    return next(((c.step, c.cause) for c in judge(seen) if c.result == "fault"), ("", ""))


def test_a_healthy_link_has_every_step_in_order() -> None:
    """Goal: seven steps, all well, none left out."""
    checks = judge(HEALTHY)

    assert [c.step for c in checks] == list(STEPS)
    assert {c.result for c in checks} == {"ok"}


WAYS = {w: Reached(way=w, said="the system's word") for w in ("refused", "no_route", "silent")}
FAULTS: list[tuple[str, Sight, tuple[str, str]]] = [
    ("no way there", replace(LOST, recorder=WAYS["no_route"]), ("route", "no_route")),
    ("no power", replace(LOST, recorder=WAYS["silent"]), ("route", "recorder_silent")),
    ("swapped", replace(LOST, fault=Fault(code="wrong_identity", en="x", zh="x")),
     ("route", "other_device")),
    ("no way to us", replace(LOST, server=WAYS["no_route"]), ("route", "no_route_platform")),
    ("registrar stopped", replace(LOST, server=WAYS["refused"], word=word(answers=False)),
     ("port", "registrar_down")),
    ("registrar hangs", replace(LOST, server=WAYS["silent"], word=word(answers=False)),
     ("port", "registrar_down")),
    ("firewall before us", replace(LOST, server=WAYS["silent"]), ("port", "port_closed")),
    ("switched off", replace(LOST, reading=reading(gb_enabled=False)), ("port", "uplink_off")),
    ("other address", replace(LOST, reading=reading(gb_server_address="10.7.0.9")),
     ("port", "wrong_address")),
    ("other port", replace(LOST, reading=reading(gb_server_port=5061)), ("port", "wrong_address")),
    ("nothing arrives", LOST, ("port", "nothing_arrives")),
    ("recorder half dead", replace(LOST, recorder=WAYS["refused"], reading=None),
     ("port", "recorder_port")),
    ("id on the recorder", replace(LOST, reading=reading(gb_device_id=OTHER),
                                   word=word(None, "unknown_id", gb_id=OTHER)),
     ("login", "wrong_id")),
    ("id unread", replace(LOST, reading=None, word=word(None, "unknown_id", gb_id=OTHER)),
     ("login", "wrong_id")),
    ("another's id", replace(LOST, word=word(None, "other_id")), ("login", "wrong_id")),
    ("server id", replace(LOST, word=word(None, "wrong_server_id")), ("login", "wrong_server_id")),
    ("domain", replace(LOST, word=word(None, "wrong_realm")), ("login", "wrong_domain")),
    ("password", replace(LOST, word=word(None, "wrong_password")), ("login", "wrong_password")),
    ("expiry", replace(LOST, word=word(None, "too_brief")), ("login", "expiry_too_short")),
    ("stray reports", replace(LOST, word=word(None, "unregistered_report")),
     ("keepalive", "not_reregistering")),
    ("address translation", replace(HEALTHY, word=word(binding(contact="sip:x@192.168.1.64:5060")),
                                    missing=None, extra=None), ("contact", "nat_contact")),
    ("translation forgotten", replace(HEALTHY, word=word(
        binding(contact="sip:x@192.168.1.64:5060", registered=False)), catalog_asked=False),
     ("contact", "nat_contact")),
    ("missed keepalives", replace(HEALTHY, word=word(binding(registered=False,
                                                             keepalive_age_s=200.0))),
     ("keepalive", "keepalive_missed")),
    ("never one keepalive", replace(HEALTHY, word=word(binding(registered=False,
                                                               keepalive_age_s=None))),
     ("keepalive", "keepalive_missed")),
    ("two ideas of keepalive", replace(HEALTHY, reading=reading(gb_keepalive_s=30)),
     ("keepalive", "keepalive_mismatch")),
    ("answers get lost", replace(HEALTHY, reading=reading(registered=False)),
     ("keepalive", "one_way")),
    ("clock behind", replace(HEALTHY, clock=ClockOffset(-3600.0, 0.6)), ("clock", "clock_off")),
    ("channel missing", replace(HEALTHY, missing=("1",)), ("catalog", "catalog_mismatch")),
    ("phantom channel", replace(HEALTHY, extra=("2",)), ("catalog", "catalog_mismatch")),
    ("query unanswered", replace(HEALTHY, missing=None, extra=None),
     ("catalog", "catalog_unanswered")),
    ("given platform refuses", replace(GIVEN, reading=reading(registered=False)),
     ("login", "not_registered")),
    ("given platform, id differs", replace(GIVEN, reading=reading(gb_device_id=OTHER)),
     ("login", "wrong_id")),
    ("given platform, recorder half dead", replace(GIVEN, recorder=WAYS["refused"], reading=None),
     ("port", "recorder_port")),
    ("given platform, clock", replace(GIVEN, reading=reading(registered=True),
                                      clock=ClockOffset(120.0, 1.0)), ("clock", "clock_off")),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "expected"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_each_fault_has_its_own_cause(seen: Sight, expected: tuple[str, str]) -> None:
    """Goal: what a person on the phone has to know is told apart."""
    assert first_fault(seen) == expected


def test_every_cause_is_reached_and_has_a_remedy() -> None:
    """Goal: no cause without a test, none without a party to phone."""
    seen = {expected[1] for _, _, expected in FAULTS}

    assert seen | {"not_told"} == set(CAUSES)
    assert {r.party for r in CAUSES.values()} == set(PARTY_WORDS)


def test_what_was_refused_before_it_registered_is_over() -> None:
    """Goal: an old wrong password does not hide the fault of today."""
    seen = replace(HEALTHY, word=word(binding(), "wrong_password"), extra=("2",))

    assert first_fault(seen) == ("catalog", "catalog_mismatch")


def test_a_recorder_that_only_we_cannot_reach_is_no_fault() -> None:
    """Police networks do not reach cameras: the registrar's word is enough, the rest unknown."""
    seen = replace(HEALTHY, recorder=WAYS["silent"], reading=None, clock=None)

    found = {c.step: c.result for c in judge(seen)}

    assert found["route"] == "warning"
    assert found["clock"] == "unknown"
    assert "fault" not in found.values()


def test_a_wrong_password_counts_though_we_cannot_reach_the_recorder() -> None:
    """Its refused login proves the way; the silence towards us is not the cause."""
    seen = replace(LOST, recorder=WAYS["silent"], reading=None, word=word(None, "wrong_password"))

    assert first_fault(seen) == ("login", "wrong_password")


def test_another_contact_alone_is_a_note() -> None:
    """Our registrar answers to where packets come from: told, and no fault."""
    seen = replace(HEALTHY, word=word(binding(contact=f"<sip:{GB_ID}@[fd00::64]:5060>")))

    (contact,) = [c for c in judge(seen) if c.step == "contact"]
    assert contact.result == "warning"
    assert "fd00::64" in contact.said.en


def test_a_given_platform_is_never_guessed() -> None:
    """Nobody tells: unknown at each step that would need it, and no fault."""
    found = {c.step: c.result for c in judge(GIVEN)}

    assert {s for s, r in found.items() if r == "unknown"} == {
        "port", "login", "contact", "keepalive", "catalog",
    }  # fmt: skip
    assert "fault" not in found.values()


def test_a_clock_within_its_error_is_right() -> None:
    """Goal: a slow answer makes the error large, not the clock wrong."""
    assert first_fault(replace(HEALTHY, clock=ClockOffset(70.0, 15.0))) == ("", "")


def test_whom_to_phone_is_what_the_inventory_says() -> None:
    """The named desk with its role; without a name the role alone."""
    contacts = Contacts(network="电信政企 0562-1000")

    assert phone("network", contacts).zh == "电信政企 0562-1000（线路运维单位）"
    assert phone("operator", contacts).en == "who runs fleet's servers"
    assert remedy("wrong_password", own=True).party == "integrator"
    assert remedy("wrong_password", own=False).party == "platform"


@given(
    st.sampled_from(["answers", "refused", "no_route", "silent"]),
    st.sampled_from([None, "answers", "refused", "no_route", "silent"]),
    st.sampled_from([None, word(), word(answers=False), word(binding()),
                     word(binding(registered=False)), word(None, "wrong_password")]),
    st.booleans(),
    st.sampled_from([None, reading(), reading(True), reading(False)]),
    st.sampled_from([None, ()]),
)  # fmt: skip
def test_anything_that_can_be_seen_is_judged(
    way: str,
    server: str | None,
    told: UplinkWord | None,
    own: bool,
    read: Reading | None,
    gap: tuple[str, ...] | None,
) -> None:
    """Goal: every sight ends in seven steps, each fault with a cause that has a remedy."""
    seen = replace(
        HEALTHY,
        own=own,
        recorder=Reached.model_validate({"way": way}),
        server=None if server is None else Reached.model_validate({"way": server}),
        word=told,
        reading=read,
        missing=gap,
        extra=gap,
    )

    checks = judge(seen)

    assert [c.step for c in checks] == list(STEPS)
    assert all((c.result == "fault") == (c.cause in CAUSES) for c in checks)
    assert all(c.said.en and c.said.zh for c in checks)
