"""Figures of several hands: which one counts for a device, and what a rate says it stands on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.health.evidence import settle, told_rate
from fleet.model.evidence import VERIFIED, Evidence, Origin
from fleet.model.health import DeviceFigures

DAY = ("2026-11-23T16:00:00.000Z", "2026-11-24T16:00:00.000Z")
DAY_S = 86400.0


def row(
    evidence: Evidence,
    online_s: float | None = None,
    offline_s: float | None = None,
    device: str = "cam-1",
    as_of: str = "2026-11-24T16:00:00.000Z",
    online: bool | None = None,
    period: tuple[str, str] = DAY,
) -> DeviceFigures:
    """One origin's word on one device."""
    return DeviceFigures(
        device=device,
        compound="cuihu",
        begin=period[0],
        end=period[1],
        origin=Origin(evidence=evidence, source=f"a {evidence} source", as_of=as_of),
        online=online,
        online_s=online_s,
        offline_s=offline_s,
    )


def test_only_measured_and_signed_count_as_verified() -> None:
    """The issue's rule: of the four kinds only the first two are verified."""
    assert [kind.verified for kind in Evidence] == [True, True, False, False]
    assert {Evidence.MEASURED, Evidence.SITE_SIGNED} == VERIFIED
    assert [kind.rank for kind in Evidence] == [0, 1, 2, 3]


def test_a_verified_word_beats_a_longer_unverified_one() -> None:
    """An hour that was measured counts, and not the sheet's whole day."""
    rows = [row(Evidence.PLATFORM_EXPORTED, DAY_S, 0.0), row(Evidence.MEASURED, 1800.0, 1800.0)]
    word = settle(rows, *DAY)["cam-1"]
    assert word.evidence is Evidence.MEASURED
    assert word.rate == 0.5
    assert word.unknown_s == DAY_S - 3600


def test_of_two_verified_words_the_longer_watch_counts() -> None:
    """A centre that hardly reached the device does not outweigh the site that watched it."""
    rows = [row(Evidence.MEASURED, 60.0, 0.0), row(Evidence.SITE_SIGNED, 80000.0, 6400.0)]
    word = settle(rows, *DAY)["cam-1"]
    assert (word.evidence, word.online_s) == (Evidence.SITE_SIGNED, 80000.0)
    assert word.sources == ("a site-signed source",)


def test_measured_wins_a_tie() -> None:
    """With equal watch our own eye counts."""
    rows = [row(Evidence.SITE_SIGNED, 10.0, 0.0), row(Evidence.MEASURED, 0.0, 10.0)]
    assert settle(rows, *DAY)["cam-1"].evidence is Evidence.MEASURED


def test_a_verified_source_that_saw_nothing_leaves_room_for_others() -> None:
    """A collector that never looked says nothing; then the platform's sheet is told, as such."""
    rows = [row(Evidence.MEASURED, 0.0, 0.0), row(Evidence.PLATFORM_EXPORTED, online=True)]
    word = settle(rows, *DAY)["cam-1"]
    assert (word.evidence, word.rate) == (Evidence.PLATFORM_EXPORTED, 1.0)


def test_a_later_word_replaces_the_same_rows_and_days_add_up() -> None:
    """A day told again counts once, with its newest figures; another day is added."""
    second = (DAY[1], "2026-11-25T16:00:00.000Z")
    rows = [
        row(Evidence.SITE_SIGNED, 100.0, 0.0, as_of="2026-11-24T17:00:00.000Z"),
        row(Evidence.SITE_SIGNED, 50.0, 50.0, as_of="2026-11-24T16:00:00.000Z"),
        row(Evidence.SITE_SIGNED, 0.0, 100.0, period=second),
    ]
    word = settle(rows, DAY[0], second[1])["cam-1"]
    assert (word.online_s, word.offline_s) == (100.0, 100.0)
    assert word.as_of == "2026-11-24T17:00:00.000Z"


def test_rows_that_reach_out_of_the_period_are_left_out() -> None:
    """Seconds cannot be cut out of a sum, so a row counts whole or not at all."""
    assert settle([row(Evidence.MEASURED, 5.0, 5.0)], DAY[0], "2026-11-24T15:59:59.000Z") == {}


def test_a_rate_says_what_it_stands_on() -> None:
    """Verified devices give the verified rate; declared ones only the told one; silence is told."""
    rows = [
        row(Evidence.MEASURED, 50.0, 50.0, "cam-1"),
        row(Evidence.SITE_SIGNED, 100.0, 0.0, "cam-2"),
        row(Evidence.DECLARED, device="cam-3", online=True),
        row(Evidence.MEASURED, 0.0, 0.0, "cam-4"),
    ]
    found = told_rate(settle(rows, *DAY), ["cam-1", "cam-2", "cam-3", "cam-4", "cam-5"])
    assert found.verified == 0.75
    assert found.told == (0.5 + 1 + 1) / 3
    assert found.devices == {
        Evidence.MEASURED: 1,
        Evidence.SITE_SIGNED: 1,
        Evidence.DECLARED: 1,
    }
    assert found.silent == 2


def test_without_any_word_there_is_no_rate() -> None:
    """Nothing told is no rate of 0 and none of 1."""
    found = told_rate({}, ["cam-1"])
    assert (found.verified, found.told, found.silent) == (None, None, 1)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Evidence)),
            st.floats(0, 40000),
            st.floats(0, 40000),
            st.sampled_from(["cam-1", "cam-2", "cam-3"]),
        ),
        max_size=12,
    )
)
def test_never_is_a_device_told_by_two_hands(
    given_rows: list[tuple[Evidence, float, float, str]],
) -> None:
    """Whatever comes in: one word a device, seconds that fit, a rate in [0, 1]."""
    rows = [row(kind, on, off, device) for kind, on, off, device in given_rows]
    words = settle(rows, *DAY)
    assert set(words) == {device for *_, device in given_rows}
    for word in words.values():
        assert word.online_s + word.offline_s + word.unknown_s <= DAY_S + 1e-6
        assert word.rate is None or 0 <= word.rate <= 1
    # The order in which files were taken in changes nothing but exact ties of one moment.
    firm = {(r.device, r.origin.evidence) for r in rows}
    if len(firm) == len(rows):
        assert settle(reversed(rows), *DAY) == words
