"""Health leaves a site and enters the centre: nothing lost, nothing twice, nothing unsigned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.adapters.signing import KeySigner
from fleet.app.exchange import (
    ENROLLED,
    EXPORTED,
    IMPORTED,
    IMPORTING,
    members_of,
    site_of,
)
from fleet.health import sitefile
from fleet.health.sitefile import SiteBody
from fleet.health.times import stamp
from fleet.model.errors import StoreError, UsageError
from fleet.model.evidence import Evidence
from fleet.ports.health_store import Batch
from tests.app.exchange_kit import DAY, TODAY, Centre, Site, opened, signed
from tests.support.fakes_city import cameras, city, compound, device


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site that watched three days."""
    made = Site(tmp_path / "site")
    made.watched()
    return made


@pytest.fixture
def centre(tmp_path: Path, site: Site) -> Centre:
    """A centre that has enrolled the site's key."""
    made = Centre(tmp_path / "centre")
    made.clock.seconds += 1
    made.desk.enrol("c1", site.signer.public + "\n")
    return made


def test_what_a_site_saw_arrives_as_site_signed(site: Site, centre: Centre) -> None:
    """Goal: every closed day and the running one, with their evidence and their source."""
    body, data = site.exporter().export("c1")

    taken = centre.desk.take(data)

    assert (taken.site, taken.serial, taken.rows, taken.missing) == ("c1", 1, 4, ())
    rows = centre.figures.devices("2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z")
    assert {r.origin.evidence for r in rows} == {Evidence.SITE_SIGNED}
    assert all(r.origin.evidence.verified for r in rows)
    assert {r.origin.source for r in rows} == {f"c1 {sitefile.fingerprint(site.signer.public)}"}
    whole, running = rows[0], rows[-1]
    assert (whole.online_s, whole.offline_s) == (DAY - 3600, 3600.0)
    assert (whole.answered, whole.tried) == (1380, 1440)
    assert running.begin == stamp(TODAY)
    assert running.online_s == pytest.approx(site.now() - TODAY, abs=0.01)
    assert running.origin.as_of == body.until
    kinds = [r.kind for r in centre.journal.records()]
    assert kinds == [ENROLLED, IMPORTING, IMPORTED]


def test_equal_facts_give_equal_bytes(site: Site) -> None:
    """Goal: deterministic, canonical, and written again as it was."""
    _, data = site.exporter().export("c1")
    body = SiteBody.model_validate(opened(data))

    assert sitefile.to_bytes(body, site.signer) == data
    site.clock.seconds += 600
    site.beat()
    assert site.exporter().again("c1", 1)[1] == data
    assert [r.data["serial"] for r in site.journal.records(kind=EXPORTED)] == [1]


def test_the_next_file_goes_on_with_the_day_that_ran(site: Site, centre: Centre) -> None:
    """Goal: no second lost and none counted twice; the running day is told anew."""
    centre.desk.take(site.exporter().export("c1")[1])
    site.clock.seconds += 7200
    centre.clock.seconds += 7200
    site.beat()

    body, data = site.exporter().export("c1")
    centre.desk.take(data)

    assert (body.serial, body.begin) == (2, stamp(TODAY))
    assert body.prev != ""
    assert centre.rows() == 4
    newest = centre.figures.devices(stamp(TODAY), stamp(TODAY + DAY))[0]
    assert newest.online_s == pytest.approx(site.now() - TODAY, abs=0.01)


def test_nothing_new_is_no_file(site: Site) -> None:
    """Goal: a second export without a look between says so and counts nothing."""
    site.exporter().export("c1")

    with pytest.raises(UsageError, match="nothing was seen"):
        site.exporter().export("c1")
    assert len(list(site.journal.records(kind=EXPORTED))) == 1


def test_a_site_that_never_watched(tmp_path: Path) -> None:
    """Goal: said in words; nothing is signed."""
    with pytest.raises(UsageError, match="no collector"):
        Site(tmp_path / "new").exporter().export("c1")


def test_our_blindness_is_not_told_as_anything(site: Site, centre: Centre) -> None:
    """The collector was dead for a day: that day has no seconds of either kind."""
    site.clock.seconds += DAY
    site.store.write(Batch(meta={"beat:340705": site.now(), "poll_s:340705": 60.0}))
    centre.clock.seconds += DAY

    centre.desk.take(site.exporter().export("c1")[1])

    blind = centre.figures.devices(stamp(TODAY + DAY), stamp(TODAY + 2 * DAY))
    assert blind == []


def test_a_file_is_taken_in_once(site: Site, centre: Centre) -> None:
    """Goal: a replay is named as one, by any new process."""
    _, data = site.exporter().export("c1")
    centre.desk.take(data)

    assert "taken in before" in centre.refused(data)


def test_a_lost_file_is_missed_and_may_come_later(site: Site, centre: Centre) -> None:
    """Goal: a gap is told by its number; the file itself still fits when it comes."""
    _, first = site.exporter().export("c1")
    site.clock.seconds += 3600
    centre.clock.seconds += 3600
    site.beat()
    _, second = site.exporter().export("c1")

    assert centre.desk.take(second).missing == (1,)
    late = centre.desk.take(first)

    assert late.missing == ()
    # The running day of the older file does not replace what the newer one said of it.
    newest = centre.figures.devices(stamp(TODAY), stamp(TODAY + DAY))[0]
    assert newest.online_s == pytest.approx(site.now() - TODAY, abs=0.01)


def test_overlapping_days_are_refused(site: Site, centre: Centre) -> None:
    """Goal: a site whose journal was lost begins at 1 again: its days are known already."""
    centre.desk.take(site.exporter().export("c1")[1])
    body = opened(site.exporter().again("c1", 1)[1])

    assert "another file 1" in centre.refused(signed(site, body | {"prev": "0"}))
    why = centre.refused(signed(site, body | {"serial": 2, "prev": "x"}))
    assert "days that file 1 has told already" in why


def test_a_foreign_or_old_key_is_refused(site: Site, centre: Centre, tmp_path: Path) -> None:
    """Goal: only the enrolled key of this very site counts; another site's is foreign."""
    _, data = site.exporter().export("c1")
    stranger = Centre(tmp_path / "other")
    assert "no enrolled key" in stranger.refused(data)
    stranger.desk.enrol("c2", site.signer.public)
    assert "no enrolled key" in stranger.refused(data)

    other = KeySigner(tmp_path / "other-key.pem").public
    with pytest.raises(UsageError, match="has key"):
        centre.desk.enrol("c1", other)
    centre.desk.enrol("c1", other, replace=True)
    assert "no enrolled key" in centre.refused(data)
    assert [r.kind for r in centre.journal.records()] == [ENROLLED, ENROLLED]


def test_enrolling_twice_is_one_record(site: Site, centre: Centre) -> None:
    """Goal: idempotent, and listed with a fingerprint."""
    centre.desk.enrol("c1", site.signer.public)

    (one,) = centre.desk.enrolled()
    assert (one.site, one.key) == ("c1", site.signer.public)
    assert len(one.fingerprint) == 19
    assert len(list(centre.journal.records(kind=ENROLLED))) == 1


@pytest.mark.parametrize("words", ["", "ssh-ed25519 AAAA", "ed25519:short", "rsa:" + "A" * 44])
def test_what_is_no_key_is_not_enrolled(centre: Centre, words: str) -> None:
    """Goal: usage, nothing journalled."""
    with pytest.raises(UsageError, match="no public key"):
        centre.desk.enrol("c2", words)


CHANGES: dict[str, tuple[dict[str, object], str]] = {
    "other city": ({"city": "340800"}, "it is of city 340800"),
    "the future": ({"until": "2026-11-25T02:00:00.000Z"}, "speaks of the future"),
    "no period": ({"until": "2026-10-01T02:00:00.000Z"}, "no period"),
    "not a day": ({"begin": "2026-11-20T03:00:00.000Z"}, "does not begin with a day"),
    "no time": ({"begin": "yesterday"}, "no period"),
    "serial 0": ({"serial": 0}, "serial"),
    "other format": ({"format": "fleet-health/2"}, "format"),
    "unknown key": ({"more": 1}, "more"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_right_key_signs_is_judged_all_the_same(
    site: Site, centre: Centre, name: str
) -> None:
    """Goal: a site that is broken or ill-meaning cannot tell what cannot be."""
    change, why = CHANGES[name]
    body = opened(site.exporter().export("c1")[1])

    assert why in centre.refused(signed(site, body | change))


ROWS: dict[str, tuple[dict[str, object], str]] = {
    "another's device": ({"device": "c2-cam-1", "compound": "c2"}, "no device of site c1"),
    "another's compound": ({"compound": "c2"}, "no device of site c1"),
    "longer than a day": ({"online_s": 90_000}, "cannot be so"),
    "half a day": ({"end": stamp(TODAY - 2 * DAY + 3600)}, "cannot be so"),
    "before the file": ({"begin": stamp(TODAY - 60 * DAY), "end": stamp(TODAY - 59 * DAY)},
                        "cannot be so"),
    "more answers than polls": ({"answered": 2000}, "cannot be so"),
    "negative": ({"online_s": -1}, "no day's figures"),
    "own origin": ({"evidence": "measured"}, "no day's figures"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_judged(site: Site, centre: Centre, name: str) -> None:
    """Goal: one bad row and nothing is taken in."""
    change, why = ROWS[name]
    body = opened(site.exporter().export("c1")[1])
    rows = body["rows"]
    assert isinstance(rows, list)
    rows[1] = {**rows[1], **change}

    assert why in centre.refused(signed(site, body))


@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_one_changed_bit_is_seen(
    tmp_path_factory: pytest.TempPathFactory, at: float, bit: int
) -> None:
    """Goal: whichever byte it is, the file is refused and nothing is left behind."""
    site, centre, data = _once(tmp_path_factory)
    place = int(at * len(data))
    changed = data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]

    centre.refused(changed)
    assert site.signer.public in data.decode()


_MADE: list[tuple[Site, Centre, bytes]] = []


def _once(factory: pytest.TempPathFactory) -> tuple[Site, Centre, bytes]:
    if not _MADE:
        folder = factory.mktemp("bits")
        site = Site(folder / "site")
        site.watched()
        centre = Centre(folder / "centre")
        centre.clock.seconds += 1
        centre.desk.enrol("c1", site.signer.public)
        _MADE.append((site, centre, site.exporter().export("c1")[1]))
    return _MADE[0]


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"null", b"\xff", b'{"body":{},"signature":""}', b"[" * 100_000,
     b'{"body":NaN,"signature":""}', b'{"body":1,"body":2,"signature":""}'],
)  # fmt: skip
def test_what_is_no_file_of_health(centre: Centre, data: bytes) -> None:
    """Goal: any bytes end in one clear word."""
    assert centre.refused(data)


def test_a_signature_has_one_spelling(site: Site, centre: Centre) -> None:
    """Base64 has bits that decode to nothing: another spelling would be another file's digest."""
    _, data = site.exporter().export("c1")
    signature = json.loads(data)["signature"]
    assert signature.endswith("==")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = letters.index(signature[-3])
    other = signature[:-3] + letters[last ^ 1] + "=="

    assert "altered" in centre.refused(data.replace(signature.encode(), other.encode()))


def test_a_blank_more_is_an_alteration(site: Site, centre: Centre) -> None:
    """Goal: one spelling of each file, so that a digest tells a replay."""
    _, data = site.exporter().export("c1")

    for changed in (data + b"\n", data.replace(b'":', b'": ', 1), data.rstrip()):
        assert "altered" in centre.refused(changed)


def test_a_disk_that_fails_takes_nothing_in_unsaid(site: Site, centre: Centre) -> None:
    """Goal: no audit, no act; taken in again afterwards, nothing is doubled."""
    _, data = site.exporter().export("c1")
    centre.journal.fail_at = centre.journal.appends + 1
    with pytest.raises(StoreError):
        centre.desk.take(data)
    assert centre.rows() == 0
    centre.journal.reopen()
    centre.journal.fail_at = centre.journal.appends + 2
    with pytest.raises(StoreError):
        centre.desk.take(data)
    centre.journal.reopen()

    assert centre.desk.take(data).rows == 4
    assert centre.rows() == 4


def test_a_lost_spool_cannot_be_written_again(site: Site) -> None:
    """Goal: never other bytes under the same number."""
    site.exporter().export("c1")
    (site.folder / "exports" / "c1-000001.json").write_bytes(b"{}\n")

    for serial in (1, 2):
        with pytest.raises(UsageError, match="not kept here"):
            site.exporter().again("c1", serial)


def test_keys_and_spool_are_private(site: Site) -> None:
    """Goal: 0600 files in 0700 folders, made so."""
    site.exporter().export("c1")

    for name in ("keys/site-key.pem", "exports/c1-000001.json"):
        assert (site.folder / name).stat().st_mode & 0o777 == 0o600
    assert (site.folder / "exports").stat().st_mode & 0o777 == 0o700


def test_which_site_is_meant() -> None:
    """Goal: as given; else the one that watches itself; else the only one; else asked for."""
    two = cameras(2, 1)
    own = [compound("a", [device("a-cam-1")]).model_copy(update={"watched_by": "site"}),
           compound("b", [device("b-cam-1")])]  # fmt: skip

    assert site_of(two, "340705") == "340705"
    assert members_of(two, "340705") == {"c1-cam-1": "c1", "c2-cam-1": "c2"}
    assert site_of(city(own), None) == "a"
    assert site_of(cameras(1, 1), None) == "c1"
    with pytest.raises(UsageError, match="which site"):
        site_of(two, None)
    with pytest.raises(UsageError, match="no such compound"):
        site_of(two, "c9")
