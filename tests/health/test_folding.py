"""Folding by what hangs on what: switches, unmanaged switches, the way to the upper platform."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.health.alarms import (
    DEVICE,
    FLAPPING,
    RECORDER,
    SWITCH,
    UNREGISTERED,
    UPLINK,
    Facts,
    Known,
    Place,
    wanted,
)

POLL = 60.0
CAMERAS = tuple(f"cam-{n:02}" for n in range(1, 19))
UP, DOWN = Known("online", 0.0), Known("offline", 0.0, "unreachable")
CORE, EDGE = "sw-core", "sw-edge"
LINE = "uplink:10.0.0.1:5060"


def site(*more: Place) -> list[Place]:
    """Eighteen cameras on an edge switch that hangs on a core switch; a gate on neither."""
    return [
        Place(CORE, "c", (EDGE, *CAMERAS), switch=True),
        Place(EDGE, "c", CAMERAS, switch=True),
        *(Place(camera, "c") for camera in CAMERAS),
        Place("gate", "c"),
        *more,
    ]


def told(
    places: list[Place], dark: set[str], unseen: set[str] | None = None, **more: object
) -> dict[str, int]:
    """Alarms by kind and subject, with how many lie behind each, when `dark` devices are silent."""
    known = {
        p.device: DOWN if p.device in dark else UP
        for p in places
        if not p.mute and p.device not in (unseen or set())
    }
    facts = Facts(known, **more)
    return {f"{w.kind} {w.subject}": len(w.behind) for w in wanted(places, facts, 1000.0, POLL)}


def test_a_dead_switch_is_one_alarm_with_eighteen_devices_behind_it() -> None:
    """Goal: the issue's own example."""
    assert told(site(), {EDGE, *CAMERAS}) == {f"{SWITCH} {EDGE}": 18}


def test_the_switch_above_takes_the_one_below_with_it() -> None:
    """Goal: the widest cause is told, and the edge switch is one of those behind it."""
    assert told(site(), {CORE, EDGE, *CAMERAS}) == {f"{SWITCH} {CORE}": 19}


def test_a_switch_that_only_lost_its_management_is_itself_the_fault() -> None:
    """Goal: cameras that answer prove that the switch forwards."""
    assert told(site(), {EDGE}) == {f"{DEVICE} {EDGE}": 0}


def test_cameras_that_fall_while_their_switch_answers_are_told_one_by_one() -> None:
    """Goal: nothing is blamed that answers."""
    assert told(site(), {"cam-01", "cam-02"}) == {f"{DEVICE} cam-01": 0, f"{DEVICE} cam-02": 0}


def test_an_unmanaged_switch_is_named_when_all_behind_it_fall_silent() -> None:
    """Goal: nobody can ask it, but what hangs on it tells; one device alone does not."""
    dumb = Place("sw-dumb", "c", ("door-1", "door-2"), switch=True, mute=True)
    lone = Place("sw-lone", "c", ("door-3",), switch=True, mute=True)
    places = site(dumb, lone, *(Place(f"door-{n}", "c") for n in (1, 2, 3)))
    assert told(places, {"door-1", "door-2"}) == {f"{SWITCH} sw-dumb": 2}
    assert told(places, {"door-1"}) == {f"{DEVICE} door-1": 0}
    assert told(places, {"door-3"}) == {f"{DEVICE} door-3": 0}


def test_what_was_never_seen_is_not_counted_behind_a_switch() -> None:
    """Goal: a device of which nothing is known neither hinders nor proves."""
    assert told(site(), {EDGE, *CAMERAS}, unseen={"cam-18"}) == {f"{SWITCH} {EDGE}": 17}


def test_a_recorder_behind_a_dead_switch_is_folded_with_its_cameras() -> None:
    """Goal: one alarm, not one a device and one a recorder."""
    recorder = Place("nvr", "c", CAMERAS)
    places = [Place(EDGE, "c", ("nvr", *CAMERAS), switch=True), recorder, *site()[2:]]
    assert told(places, {EDGE, "nvr", *CAMERAS}) == {f"{SWITCH} {EDGE}": 19}
    assert told(places, {"nvr", *CAMERAS}) == {f"{RECORDER} nvr": 18}


def test_who_is_unreachable_is_not_called_unregistered_as_well() -> None:
    """Goal: the same cause is told once; back on the network, its registration is told again."""
    lost = {"gate": 500.0}
    assert told(site(), {"gate"}, unregistered=lost) == {f"{DEVICE} gate": 0}
    assert told(site(), set(), unregistered=lost) == {f"{UNREGISTERED} gate": 0}


def test_a_dead_way_to_the_platform_is_one_alarm_for_all_compounds() -> None:
    """Goal: one server that does not answer is one cause, with the compounds behind it."""
    line = Place(LINE, "", ("c", "d", "e"), line=True)
    assert told(site(line), {LINE}) == {f"{UPLINK} {LINE}": 3}
    assert told(site(line), {LINE, "gate"}) == {f"{UPLINK} {LINE}": 3, f"{DEVICE} gate": 0}
    assert told(site(line), set()) == {}
    assert told(site(line), {LINE}, flapping={LINE: 1.0}) == {f"{FLAPPING} {LINE}": 3}


def test_the_way_is_no_device_of_a_compound() -> None:
    """Goal: a compound whose devices are all silent is one alarm though its platform answers."""
    line = Place(LINE, "c", ("c",), line=True)
    places = [Place("a", "c"), Place("b", "c"), line]
    assert told(places, {"a", "b"}) == {"compound_unreachable c": 2}


@given(st.sets(st.sampled_from([CORE, EDGE, "gate", *CAMERAS])))
def test_whatever_falls_each_device_is_told_once(dark: set[str]) -> None:
    """Property: every silent device is in exactly one alarm, as its subject or behind it."""
    places = site()
    known = {p.device: DOWN if p.device in dark else UP for p in places}
    found = wanted(places, Facts(known), 1000.0, POLL)
    names = [n for w in found for n in {w.subject, *w.behind} if n != "c"]
    assert sorted(names) == sorted(dark)
