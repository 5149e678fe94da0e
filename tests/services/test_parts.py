"""The registrar's parts by themselves: nonces, replies, bindings, terms, saver."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.registrar import Account
from fleet.protocols.digest import Challenge, authorization_ha1, parse_authorization
from fleet.protocols.sip import Request, SipError
from fleet.services.registrar import nonces as nonces_module
from fleet.services.registrar.accounts import Accounts
from fleet.services.registrar.bindings import Bindings
from fleet.services.registrar.nonces import NONCE_S, Nonces
from fleet.services.registrar.replies import KEEP_S, REPLIES_MAX, Replies, key_of
from fleet.services.registrar.saver import Saver
from fleet.services.registrar.terms import beijing_date, read_terms
from tests.services.device import GB_ID
from tests.services.hand import Hand, bound


def test_a_nonce_grows_old() -> None:
    """Good until its time is up, then stale, and forgotten."""
    clock = Hand()
    nonces = Nonces(clock)
    nonce = nonces.make()

    assert nonces.use(nonce, 1)
    clock.now += NONCE_S
    assert nonces.use(nonce, 2)
    clock.now += 1
    assert not nonces.use(nonce, 3)


@given(st.lists(st.integers(0, 6), max_size=12))
def test_no_answer_is_accepted_twice(counts: list[int]) -> None:
    """Whatever the order: a count is accepted once, and only above the highest seen."""
    nonces = Nonces(Hand())
    nonce = nonces.make()

    accepted = [count for count in counts if nonces.use(nonce, count)]

    assert accepted == sorted(set(accepted))


@given(st.text(max_size=80))
def test_a_forged_nonce_is_never_accepted(nonce: str) -> None:
    """Without our key no text is a nonce of ours."""
    nonces = Nonces(Hand())

    assert not nonces.use(nonce, 1)
    assert not nonces.use(Nonces(Hand()).make(), 1)


def test_used_nonces_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit logins wait (stale); when the old ones have lapsed there is room again."""
    monkeypatch.setattr(nonces_module, "USED_MAX", 3)
    clock = Hand()
    nonces = Nonces(clock)

    assert [nonces.use(nonces.make(), 1) for _ in range(4)] == [True, True, True, False]
    clock.now += NONCE_S + 1
    assert nonces.use(nonces.make(), 1)


def request(branch: str = "b", cseq: str = "1 REGISTER", login: str | None = None) -> Request:
    """A request with what identifies it."""
    headers = [("via", f"SIP/2.0/UDP a;branch={branch}"), ("call-id", "c"), ("cseq", cseq)]
    if login is not None:
        headers.append(("authorization", login))
    return Request(headers=tuple(headers), method="REGISTER", uri="sip:x")


def test_replies_for_their_time() -> None:
    """New, pending, then the same bytes; after 32 s new again."""
    clock = Hand()
    replies = Replies(clock)
    key = key_of(request(), ("127.0.0.1", 1))

    assert replies.begin(key) == "new"
    assert replies.begin(key) == "pending"
    replies.finish(key, b"answer")
    assert replies.begin(key) == b"answer"
    clock.now += KEEP_S + 1
    assert replies.begin(key) == "new"


def test_replies_are_bounded() -> None:
    """The oldest goes when there are too many; the newest stay."""
    replies = Replies(Hand())
    for n in range(REPLIES_MAX + 10):
        assert replies.begin((str(n),)) == "new"

    assert replies.begin(("0",)) == "new"
    assert replies.begin((str(REPLIES_MAX + 9),)) == "pending"


def test_what_tells_requests_apart() -> None:
    """Source, branch, CSeq and login each make another request; without them there is no key."""
    keys = {
        key_of(request(), ("127.0.0.1", 1)),
        key_of(request(), ("127.0.0.1", 2)),
        key_of(request(branch="d"), ("127.0.0.1", 1)),
        key_of(request(cseq="2 REGISTER"), ("127.0.0.1", 1)),
        key_of(request(login="x"), ("127.0.0.1", 1)),
    }

    assert len(keys) == 5
    with pytest.raises(SipError):
        key_of(Request(method="REGISTER", uri="x"), ("127.0.0.1", 1))


def test_silence_and_expiry() -> None:
    """Registered up to the last second of either, and not after; expired ones are not found."""
    clock = Hand()
    bindings = Bindings(clock, Hand(), 180.0)
    bindings.put(bound())

    clock.now = 1180.0
    assert bindings.view(bound()).registered
    clock.now = 1180.1
    assert not bindings.view(bound()).registered
    assert bindings.get(GB_ID) is not None
    bindings.kept_alive(GB_ID)
    (kept,) = bindings
    assert bindings.view(kept).registered
    assert bindings.view(kept).keepalive_age_s == 0
    clock.now = 5000.0
    assert not bindings.view(kept).registered
    assert bindings.view(kept).expires_in_s == 0
    assert bindings.get(GB_ID) is None


@given(
    wall=st.floats(1e9, 2e9),
    later=st.floats(0, 3000),
    boot=st.floats(0, 1e6),
    catalog=st.none() | st.lists(st.text("0123456789", min_size=20, max_size=20), max_size=4),
)
def test_bindings_survive_a_reboot(
    wall: float, later: float, boot: float, catalog: list[str] | None
) -> None:
    """Another boot clock, the same wall clock: what was left of an expiry is what is left."""
    before = Bindings(Hand(1000.0), Hand(wall), 180.0)
    listed = None if catalog is None else tuple(catalog)
    before.put(bound(catalog=listed, catalog_at=990.0, keepalive=995.0))
    after = Bindings(Hand(boot), Hand(wall + later), 180.0)

    after.load(before.encode(), lambda user, version: (user, version) == (GB_ID, 1))

    (found,) = after
    view = after.view(found)
    assert view.registered
    assert view.catalog == listed
    assert view.expires_in_s == pytest.approx(4000.0 - later, abs=0.01)
    assert view.keepalive_age_s == pytest.approx(5.0 + later, abs=0.01)
    assert view.catalog_age_s == pytest.approx(10.0 + later, abs=0.01)


def test_a_binding_whose_version_is_gone_is_not_taken_up() -> None:
    """The credential was withdrawn while we did not run."""
    before = Bindings(Hand(), Hand(), 180.0)
    before.put(bound())
    after = Bindings(Hand(), Hand(), 180.0)

    after.load(before.encode(), lambda user, version: version == 2)

    assert list(after) == []


@pytest.mark.parametrize("data", [b"", b"[]", b'{"format": 2}', b'{"bindings": [{}]}', b"\xff"])
def test_bytes_that_are_no_bindings(data: bytes) -> None:
    """Refused whole, never half taken up."""
    bindings = Bindings(Hand(), Hand(), 180.0)

    with pytest.raises(ValueError):
        bindings.load(data, lambda user, version: True)
    assert list(bindings) == []


def test_accounts_try_the_newest_first() -> None:
    """Two versions with the same password: the answer is the newer one's."""
    accounts = Accounts(Account(username="u", version=v, ha1="00") for v in (1, 3, 2))
    challenge = Challenge(realm="r", nonce="n")
    header = authorization_ha1(challenge, username="u", secret="00", method="REGISTER", uri="x")
    sha = Challenge(realm="r", nonce="n", algorithm="SHA-256")
    other = authorization_ha1(sha, username="u", secret="00", method="REGISTER", uri="x")

    found = accounts.authenticate(parse_authorization(header), "REGISTER")

    assert found is not None
    assert found.version == 3
    assert len(accounts) == 1
    assert accounts.accepts("u", 2)
    assert not accounts.accepts("u", 4)
    assert not accounts.accepts("x", 1)
    assert accounts.authenticate(parse_authorization(header), "MESSAGE") is None
    assert accounts.authenticate(parse_authorization(other), "REGISTER") is None


def register(**changes: str) -> Request:
    """A REGISTER with headers changed."""
    own = f"<sip:{GB_ID}@3407050000>"
    headers = {"from": own, "to": own, "contact": f"<sip:{GB_ID}@127.0.0.9:5061>", **changes}
    return Request(headers=tuple(headers.items()), method="REGISTER", uri="sip:x")


def test_terms() -> None:
    """The contact's own expiry rules over the header; a translated contact is not called."""
    terms = read_terms(
        register(contact=f"<sip:{GB_ID}@127.0.0.9:5061>;expires=4000", expires="5000")
    )

    assert (terms.gb_id, terms.expires_s) == (GB_ID, 4000)
    assert terms.contact == f"sip:{GB_ID}@127.0.0.9:5061"
    assert terms.peer(("127.0.0.9", 9)) == ("127.0.0.9", 5061)
    assert terms.peer(("127.0.0.8", 9)) == ("127.0.0.8", 9)
    assert read_terms(register(contact="sip:x@y")).port == 5060
    assert read_terms(register(contact="*", expires="0")).expires_s == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"contact": "*", "expires": "60"},
        {"contact": "*"},
        {"contact": "x"},
        {"expires": "²"},
        {"expires": "99999999999"},
        {"to": "<sip:3407050100118000000@x>"},
        {"to": "<sip:٣4070501001180000001@x>"},
    ],
)
def test_terms_that_are_none(changes: dict[str, str]) -> None:
    """Named, so that the device is told 400."""
    with pytest.raises(SipError):
        read_terms(register(**changes))


def test_beijing_date() -> None:
    """Eight hours ahead of UTC, milliseconds, no zone (GB/T 28181-2022, 9.10)."""
    assert beijing_date(1_700_000_000.5) == "2023-11-15T06:13:20.500"


async def test_registrations_share_a_write(tmp_path: Path) -> None:
    """A hundred at once are all durable after few writes, and each write holds the newest."""
    written: list[int] = []
    state = 0

    def encode() -> bytes:
        written.append(state)
        return str(state).encode()

    saver = Saver(tmp_path / "b", encode)
    running = asyncio.create_task(saver.run())

    async def one(n: int) -> None:
        nonlocal state
        state = n
        await saver.saved()
        assert int((tmp_path / "b").read_bytes()) >= n

    await asyncio.gather(*(one(n) for n in range(100)))
    running.cancel()

    assert len(written) < 20
    assert (tmp_path / "b").read_bytes() == b"99"


async def test_a_write_that_fails_is_told_to_all(tmp_path: Path) -> None:
    """Everybody who waited for it; the next write is tried all the same."""
    saver = Saver(tmp_path / "no" / "b", lambda: b"x")
    running = asyncio.create_task(saver.run())

    results = await asyncio.gather(saver.saved(), saver.saved(), return_exceptions=True)
    (tmp_path / "no").mkdir()
    await saver.saved()
    running.cancel()

    assert [isinstance(result, OSError) for result in results] == [True, True]
    assert [path.name for path in (tmp_path / "no").iterdir()] == ["b"]
