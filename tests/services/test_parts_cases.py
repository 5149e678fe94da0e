"""The registrar's parts by table: views of a binding, copies of a request, ages of a nonce."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.sip import Request, SipError
from fleet.services.registrar.bindings import Bindings
from fleet.services.registrar.nonces import NONCE_S, Nonces
from fleet.services.registrar.replies import KEEP_S, Replies, key_of
from tests.services.device import GB_ID
from tests.services.hand import Hand, bound

SILENT_S = 180.0


@pytest.mark.parametrize(
    ("now", "changes", "registered", "expires_in_s", "keepalive_age_s", "catalog_age_s"),
    [
        (1000.0, {}, True, 4000.0, None, None),
        (1000.0, {"expires": 1000.0}, False, 0.0, None, None),
        (1000.0, {"expires": 999.0}, False, 0.0, None, None),
        (1000.0, {"expires": 1000.1}, True, 0.1, None, None),
        (1180.0, {}, True, 3820.0, None, None),
        (1180.5, {}, False, 3819.5, None, None),
        (1180.5, {"heard": 1100.0, "keepalive": 1100.0}, True, 3819.5, 80.5, None),
        (1010.0, {"keepalive": 1000.0}, True, 3990.0, 10.0, None),
        (1010.0, {"keepalive": 1020.0}, True, 3990.0, 0.0, None),
        (1010.0, {"catalog": ("1",), "catalog_at": 1004.0}, True, 3990.0, None, 6.0),
        (1010.0, {"catalog": (), "catalog_at": 1010.0}, True, 3990.0, None, 0.0),
        (1010.0, {"catalog": (), "catalog_at": 1011.0}, True, 3990.0, None, 0.0),
    ],
)
def test_what_the_fleet_is_told_of_a_binding(
    now: float,
    changes: dict[str, object],
    registered: bool,
    expires_in_s: float,
    keepalive_age_s: float | None,
    catalog_age_s: float | None,
) -> None:
    """Alive up to the last moment of expiry and silence; no age is ever negative."""
    one = bound(**changes)
    bindings = Bindings(Hand(now), Hand(), SILENT_S)
    view = bindings.view(one)

    assert (view.gb_id, view.registered) == (GB_ID, registered)
    assert view.expires_in_s == pytest.approx(expires_in_s)
    assert view.keepalive_age_s == (
        None if keepalive_age_s is None else pytest.approx(keepalive_age_s)
    )
    assert view.catalog_age_s == (None if catalog_age_s is None else pytest.approx(catalog_age_s))
    assert view.catalog == one.catalog


def test_a_binding_is_replaced_and_dropped() -> None:
    """At most one for each id; dropping gives back what was there, once."""
    bindings = Bindings(Hand(), Hand(), SILENT_S)
    bindings.put(bound(contact="sip:old"))
    bindings.put(bound(contact="sip:new"))

    assert [b.contact for b in bindings] == ["sip:new"]
    dropped = bindings.drop(GB_ID)
    assert dropped is not None
    assert dropped.contact == "sip:new"
    assert (bindings.drop(GB_ID), bindings.get(GB_ID), list(bindings)) == (None, None, [])


def test_a_catalog_and_a_keepalive_are_noted_with_their_time() -> None:
    """By the boot clock; neither prolongs the registration."""
    clock = Hand()
    bindings = Bindings(clock, Hand(), SILENT_S)
    bindings.put(bound())
    clock.now = 1100.0
    bindings.kept_alive(GB_ID)
    clock.now = 1150.0
    bindings.listed(GB_ID, ("1", "2"))

    (found,) = bindings
    assert (found.keepalive, found.heard, found.catalog, found.catalog_at, found.expires) == (
        1100.0,
        1100.0,
        ("1", "2"),
        1150.0,
        5000.0,
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["put", "drop"])), max_size=30))
def test_bindings_are_what_a_dictionary_would_be(acts: list[tuple[int, str]]) -> None:
    """Any order of putting and dropping, also through the file and back."""
    bindings = Bindings(Hand(), Hand(), SILENT_S)
    model: dict[str, int] = {}
    for version, (number, act) in enumerate(acts, start=1):
        gb_id = f"{number:020d}"
        if act == "put":
            bindings.put(bound(gb_id=gb_id, version=version))
            model[gb_id] = version
        else:
            bindings.drop(gb_id)
            model.pop(gb_id, None)
    again = Bindings(Hand(), Hand(), SILENT_S)
    again.load(bindings.encode(), lambda _user, _version: True)

    assert {b.gb_id: b.version for b in bindings} == model
    assert {b.gb_id: b.version for b in again} == model


def request(**changes: str | None) -> Request:
    """A request with headers changed or, by None, left out."""
    headers = {
        "via": "SIP/2.0/UDP h;branch=z9hG4bK1",
        "call-id": "c1",
        "cseq": "1 REGISTER",
        **changes,
    }
    kept = tuple((k, v) for k, v in headers.items() if v is not None)
    return Request(headers=kept, method="REGISTER", uri="sip:x")


HERE = ("127.0.0.1", 5060)


@pytest.mark.parametrize(
    ("changes", "source", "copy"),
    [
        ({}, HERE, True),
        ({"via": "SIP/2.0/UDP other;rport;branch=z9hG4bK1"}, HERE, True),
        ({"cseq": "01  REGISTER"}, HERE, True),
        ({"expires": "60"}, HERE, True),
        ({"via": "SIP/2.0/UDP h;branch=z9hG4bK2"}, HERE, False),
        ({"via": "SIP/2.0/UDP h"}, HERE, False),
        ({"call-id": "c2"}, HERE, False),
        ({"call-id": "C1"}, HERE, False),
        ({"cseq": "2 REGISTER"}, HERE, False),
        ({"cseq": "1 MESSAGE"}, HERE, False),
        ({"authorization": "Digest x"}, HERE, False),
        ({}, ("127.0.0.1", 5061), False),
        ({}, ("127.0.0.2", 5060), False),
    ],
)
def test_which_requests_are_copies_of_one(
    changes: dict[str, str | None], source: tuple[str, int], copy: bool
) -> None:
    """Same source, branch, call, sequence and login; what else it carries does not matter."""
    assert (key_of(request(**changes), source) == key_of(request(), HERE)) is copy


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"via": None}, "the message has no via"),
        ({"call-id": None}, "the message has no call-id"),
        ({"cseq": None}, "the message has no cseq"),
        ({"cseq": "REGISTER"}, "CSeq is malformed"),
    ],
)
def test_a_request_that_nobody_could_recognise(changes: dict[str, str | None], why: str) -> None:
    """It is refused before anything is done for it."""
    with pytest.raises(SipError, match=why):
        key_of(request(**changes), HERE)


@pytest.mark.parametrize(
    ("after", "begun"), [(0.0, b"x"), (KEEP_S, b"x"), (KEEP_S + 0.1, "new"), (1e6, "new")]
)
def test_an_answer_is_kept_for_its_time(after: float, begun: bytes | str) -> None:
    """32 s from the answer (RFC 3261, 17.2.2), not from the request."""
    clock = Hand()
    replies = Replies(clock)
    assert replies.begin(("k",)) == "new"
    clock.now += 20.0
    replies.finish(("k",), b"x")
    clock.now += after

    assert replies.begin(("k",)) == begun


@pytest.mark.parametrize(
    ("age", "accepted"),
    [(-1.0, False), (0.0, True), (1.0, True), (NONCE_S, True), (NONCE_S + 0.01, False)],
)
def test_how_old_a_nonce_may_be(age: float, accepted: bool) -> None:
    """Neither older than its time nor from a future that never was."""
    clock = Hand()
    nonces = Nonces(clock)
    nonce = nonces.make()
    clock.now += age

    assert nonces.use(nonce, 1) is accepted


@pytest.mark.parametrize(
    ("counts", "accepted"),
    [
        ([1, 2, 3], [True, True, True]),
        ([1, 1], [True, False]),
        ([2, 1], [True, False]),
        ([5, 6, 5, 7], [True, True, False, True]),
        ([0], [True]),
        ([0, 0], [True, False]),
        ([0, 1], [True, True]),
        ([1, 0], [True, False]),
    ],
)
def test_in_which_order_counts_are_taken(counts: list[int], accepted: list[bool]) -> None:
    """Only upwards; without a count (0) a nonce is good for one request."""
    nonces = Nonces(Hand())
    nonce = nonces.make()

    assert [nonces.use(nonce, count) for count in counts] == accepted


@pytest.mark.parametrize("at", [0, 3, 8, -1, -20])
def test_a_nonce_with_one_character_changed_is_not_ours(at: int) -> None:
    """Time, random part or signature."""
    nonces = Nonces(Hand())
    nonce = list(nonces.make())
    nonce[at] = "0" if nonce[at] != "0" else "1"

    assert not nonces.use("".join(nonce), 1)


def test_nonces_are_never_the_same() -> None:
    """Also within one millisecond."""
    nonces = Nonces(Hand())

    assert len({nonces.make() for _ in range(500)}) == 500
