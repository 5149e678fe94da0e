"""Folding, damping and words: one alarm a cause, and our own blindness raises and ends nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.health.alarms import (
    COMPOUND,
    DEVICE,
    FLAPPING,
    RECORDER,
    Facts,
    Known,
    Place,
    Wanted,
    reconcile,
    wanted,
)
from fleet.health.flapping import ENTER_CHANGES, Flaps
from fleet.health.words import Words, acknowledged, silenced
from fleet.ports.health import Alarm
from fleet.ports.health_store import AlarmRow
from fleet.ports.journal import Draft, Record

NVR = Place("c-nvr", "c", ("c-cam-1", "c-cam-2"))
PLACES = [NVR, Place("c-cam-1", "c"), Place("c-cam-2", "c"), Place("c-gate", "c")]
POLL = 60.0


def down(since: float = 0.0, cause: str = "unreachable") -> Known:
    """A device that is down."""
    return Known("offline", since, cause)


UP = Known("online", 0.0)


def alarms(
    known: dict[str, Known], now: float = 1000.0, **more: object
) -> dict[str, tuple[str, ...]]:
    """Kind and subject of what should stand, with what lies behind."""
    facts = Facts(known, **more)
    return {f"{w.kind} {w.subject}": w.behind for w in wanted(PLACES, facts, now, POLL)}


def test_one_device_is_one_alarm() -> None:
    """Goal: the simplest case."""
    known = {p.device: UP for p in PLACES} | {"c-gate": down()}

    assert {f"{DEVICE} c-gate": ()} == alarms(known)


def test_a_whole_compound_is_one_alarm_with_its_devices_behind_it() -> None:
    """Goal: the same cause is told once, and no device besides."""
    known = {p.device: down(float(n)) for n, p in enumerate(PLACES)}

    assert {f"{COMPOUND} c": ("c-cam-1", "c-cam-2", "c-gate", "c-nvr")} == alarms(known)


def test_a_recorder_with_all_its_cameras_is_one_alarm() -> None:
    """Goal: what stands behind the recorder is folded into it; the gate is not concerned."""
    known = {p.device: down() for p in PLACES} | {"c-gate": UP}

    assert {f"{RECORDER} c-nvr": ("c-cam-1", "c-cam-2")} == alarms(known)


def test_a_recorder_with_one_camera_still_up_is_not_the_cause() -> None:
    """Goal: folding needs all of them."""
    known = {p.device: down() for p in PLACES} | {"c-gate": UP, "c-cam-2": UP}

    assert {f"{DEVICE} c-nvr", f"{DEVICE} c-cam-1"} == set(alarms(known))


def test_a_fall_counts_after_one_poll() -> None:
    """Goal: before every device behind the same cause was looked at, nothing is told."""
    known = {p.device: UP for p in PLACES} | {"c-gate": down(950.0)}

    assert alarms(known, now=1000.0) == {}
    assert {f"{DEVICE} c-gate": ()} == alarms(known, now=1010.0)


def test_another_device_at_the_address_is_its_own_alarm_at_once() -> None:
    """Goal: a swapped device is not "unreachable", and does not complete a compound's fold."""
    known = {p.device: down() for p in PLACES} | {"c-gate": down(999.0, "wrong_identity")}

    found = alarms(known)

    assert f"{COMPOUND} c" not in found
    assert "wrong_identity c-gate" in found
    assert f"{RECORDER} c-nvr" in found


def test_flapping_replaces_the_single_falls() -> None:
    """Goal: one alarm for all the falls of one device."""
    known = {p.device: UP for p in PLACES} | {"c-gate": down()}

    assert {f"{FLAPPING} c-gate": ()} == alarms(known, flapping={"c-gate": 5.0})


def test_marks_and_notifications_are_alarms_of_their_own() -> None:
    """Goal: registration, clock, login and traps; the same trap twice is one."""
    known = {p.device: UP for p in PLACES}
    found = alarms(
        known,
        unregistered={"c-nvr": 1.0},
        clocks={"c-cam-1": 2.0},
        refused={"c-cam-2": 3.0},
        traps=[("c-gate", "1.3.6.1.4.1.9", 4.0), ("c-gate", "1.3.6.1.4.1.9", 5.0)],
    )

    assert {
        "uplink_unregistered c-nvr",
        "clock_offset c-cam-1",
        "login_refused c-cam-2",
        "trap:1.3.6.1.4.1.9 c-gate",
    } == set(found)


@given(
    st.fixed_dictionaries(
        {p.device: st.sampled_from([UP, down(), down(500.0), None]) for p in PLACES}
    )
)
def test_every_device_that_is_down_is_behind_exactly_one_alarm(
    given_: dict[str, Known | None],
) -> None:
    """Goal: folding loses no device and tells none twice, for any mixture; unknown is left out."""
    known = {d: k for d, k in given_.items() if k is not None}
    found = wanted(PLACES, Facts(known), 1000.0, POLL)

    told: list[str] = []
    for alarm in found:
        told += alarm.behind
        if alarm.kind != COMPOUND:
            told.append(alarm.subject)
    assert sorted(d for d, k in known.items() if k.state == "offline") == sorted(told)


def test_reconcile_keeps_the_alarm_that_stays() -> None:
    """Goal: same kind and subject, same id and begin; what is over ends now; new ones begin."""
    first = reconcile([], [Wanted(DEVICE, "a", "c", 10.0), Wanted(DEVICE, "b", "c", 20.0)], 30.0)
    later = [Wanted(DEVICE, "b", "c", 25.0), Wanted(COMPOUND, "c", "c", 26.0, ("b", "x"))]
    changed = {(r.kind, r.subject): r for r in reconcile(first, later, 40.0)}

    assert {(DEVICE, "a"), (COMPOUND, "c")} == set(changed)
    assert changed[DEVICE, "a"].ended == 40.0
    assert changed[COMPOUND, "c"].behind == ("b", "x")
    assert len({r.id for r in first}) == 2
    assert (
        reconcile(first, [Wanted(w.kind, w.subject, w.compound, w.begun) for w in first], 50.0)
        == []
    )


def test_reconcile_tells_when_others_are_behind() -> None:
    """Goal: the alarm of a compound grows without becoming another one."""
    (row,) = reconcile([], [Wanted(COMPOUND, "c", "c", 1.0, ("a",))], 2.0)
    (grown,) = reconcile([row], [Wanted(COMPOUND, "c", "c", 1.0, ("a", "b"))], 3.0)

    assert (grown.id, grown.begun, grown.ended, grown.behind) == (row.id, 1.0, None, ("a", "b"))


@given(st.lists(st.sets(st.sampled_from(["a", "b", "c"])), max_size=20))
def test_one_alarm_stands_per_cause_whatever_comes_and_goes(turns: list[set[str]]) -> None:
    """Goal: after every turn exactly the wanted ones stand, and every ended one has its end."""
    rows: dict[str, AlarmRow] = {}
    for number, subjects in enumerate(turns):
        now = float(number)
        want = [Wanted(DEVICE, s, "x", now) for s in sorted(subjects)]
        rows |= {r.id: r for r in reconcile(rows.values(), want, now)}
        standing = [r.subject for r in rows.values() if r.ended is None]
        assert sorted(subjects) == sorted(standing)
        assert all(r.ended is None or r.ended >= r.begun for r in rows.values())


def test_flapping_begins_with_many_changes_and_ends_with_few() -> None:
    """Goal: the way back is narrower than the way in."""
    flaps = Flaps(window_s=1000.0)
    for n in range(ENTER_CHANGES - 1):
        flaps.changed("d", float(n))
    assert flaps.flapping(10.0) == {}

    flaps.changed("d", 20.0)
    assert flaps.flapping(20.0) == {"d": 20.0}
    flaps.changed("d", 900.0)
    flaps.changed("d", 950.0)
    assert flaps.flapping(1500.0) == {"d": 20.0}, "two changes in the window are still too many"
    assert flaps.flapping(1925.0) == {}


def test_flapping_outlasts_a_restart() -> None:
    """Goal: a new collector does not raise every fall of a flapping device anew."""
    flaps = Flaps(window_s=100.0)
    flaps.resume(["d"], 0.0)

    assert flaps.flapping(50.0) == {"d": 0.0}
    assert flaps.flapping(101.0) == {}


def record(seq: int, draft: Draft) -> Record:
    """A record as the journal gives it back."""
    return Record(seq=seq, at="", prev="", digest="", **draft.model_dump())


ALARM = Alarm(id="ab12", kind=DEVICE, subject="c-cam-1", compound="c", begun="2026-11-24T00:00:00Z")
NOW = "2026-11-24T08:00:00Z"


def test_words_are_put_on_the_alarms_they_mean() -> None:
    """Goal: an acknowledgement by id, a silence by glob over subject, with the latest end."""
    words = Words(
        [
            record(1, acknowledged("ab12", "cable cut, repair at 10", "li")),
            record(2, silenced("c-cam-*", "2026-11-24T09:00:00Z", "works", "li")),
            record(3, silenced("c", "2026-11-24T10:00:00+08:00", "works", "li")),
            record(4, silenced("other", "2027-01-01T00:00:00Z", "works", "li")),
        ]
    )
    said = words.on(ALARM, NOW)

    assert said.acknowledged == "li: cable cut, repair at 10"
    assert said.silenced_until == "2026-11-24T09:00:00Z"
    assert (
        words.on(
            ALARM.model_copy(update={"id": "zz", "subject": "x", "compound": "y"}), NOW
        ).silenced_until
        is None
    )


def test_a_silence_ends_by_time_or_by_a_later_word() -> None:
    """Goal: what is over is not in force, and a new word replaces the old one."""
    first = record(1, silenced("ab12", "2026-11-25T00:00:00Z", "works", "li"))
    ended = record(2, silenced("ab12", "2026-11-24T07:00:00Z", "done", "li"))

    assert Words([first]).on(ALARM, NOW).silenced_until == "2026-11-25T00:00:00Z"
    assert Words([first]).on(ALARM, "2026-11-25T00:00:01Z").silenced_until is None
    assert Words([first, ended]).on(ALARM, NOW).silenced_until is None
