"""Which alarm is news for a route: once raised, once over, never what is taken on or silenced."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.health.telling import (
    BACKOFF_MAX_S,
    STALE_S,
    TELLING,
    TOLD,
    UNTOLD,
    Due,
    Ledger,
    backoff,
    replay,
    swallowed,
    telling,
    told,
    untold,
    wanted_by,
)
from fleet.health.times import stamp
from fleet.ports.health import Alarm
from fleet.ports.journal import Draft, Record

NOW = 1_000_000.0


def alarm(
    name: str = "a1",
    subject: str = "x-cam-1",
    ended: float | None = None,
    behind: Sequence[str] = (),
    **more: object,
) -> Alarm:
    """An alarm that began an hour ago."""
    values = {
        "id": name,
        "kind": "device_unreachable",
        "subject": subject,
        "compound": "x",
        "begun": stamp(NOW - 3600),
        "ended": None if ended is None else stamp(ended),
        "behind": tuple(behind),
    }
    return Alarm.model_validate(values | more)


class Book:
    """A journal of drafts, at the test's times."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.ledger = Ledger()

    def note(self, draft: Draft, at: float = NOW) -> None:
        """Append, and let the ledger learn it."""
        record = Record(
            seq=len(self.records) + 1, at=stamp(at), kind=draft.kind, rollout="",
            subject=draft.subject, data=draft.data, prev="", digest="",
        )  # fmt: skip
        self.records.append(record)
        self.ledger.learn(record)

    def try_(self, due: Due, at: float = NOW, why: str | None = None) -> None:
        """One whole try: told, or failed with `why`."""
        self.note(telling(due), at)
        self.note(told(due, "250 ok") if why is None else untold(due, why), at)

    def due(self, *alarms: Alarm, at: float = NOW) -> list[tuple[str, str]]:
        """What is due by route r."""
        return [(d.event, d.alarm.id) for d in self.ledger.due("r", alarms, at)]


def test_an_alarm_is_told_once_when_it_stands_and_once_when_it_is_over() -> None:
    """Goal: two messages a cause, however often one looks."""
    book, standing = Book(), alarm()
    assert book.due(standing) == [("raised", "a1")]
    book.try_(Due("r", "raised", standing, 1))
    assert book.due(standing) == []

    over = alarm(ended=NOW)
    assert book.due(over) == [("over", "a1")]
    book.try_(Due("r", "over", over, 1))
    assert book.due(over, at=NOW + 5000) == []


def test_devices_that_join_a_cause_are_no_news() -> None:
    """Goal: one message a cause, never one a device."""
    book = Book()
    book.try_(Due("r", "raised", alarm(behind=["x-cam-2"]), 1))

    assert book.due(alarm(behind=["x-cam-2", "x-cam-3"])) == []


@pytest.mark.parametrize(
    "said", [{"acknowledged": "me: on it"}, {"silenced_until": stamp(NOW + 60)}]
)
@pytest.mark.parametrize("ended", [None, NOW])
def test_what_is_taken_on_or_silenced_is_not_told(
    said: dict[str, str], ended: float | None
) -> None:
    """Goal: neither raised nor over, though the raise was told before."""
    book = Book()
    assert book.due(alarm(ended=ended, **said)) == []
    book.try_(Due("r", "raised", alarm(), 1))
    assert book.due(alarm(ended=ended, **said)) == []


def test_a_silence_that_ends_tells_what_still_stands() -> None:
    """Goal: silenced is put off, not dropped."""
    book = Book()
    assert book.due(alarm(silenced_until=stamp(NOW + 1))) == []
    assert book.due(alarm()) == [("raised", "a1")]


def test_what_came_and_went_before_anybody_told_is_not_dug_up() -> None:
    """Goal: a route that is new tells what stands, not four hundred days of history."""
    assert Book().due(alarm(ended=NOW - 10)) == []


def test_what_could_not_be_told_while_it_stood_is_told_once_when_over() -> None:
    """Goal: a mail server that was down loses no alarm and doubles none."""
    book = Book()
    book.try_(Due("r", "raised", alarm(), 1), at=NOW - 100, why="refused")
    gone = alarm(ended=NOW - 50)

    assert book.due(gone) == [("over", "a1")]
    book.try_(Due("r", "over", gone, 1))
    assert book.due(gone, at=NOW + 100) == []


def test_stale_news_is_given_up() -> None:
    """Goal: what has been over for a day is no news any more."""
    book = Book()
    book.try_(Due("r", "raised", alarm(), 1), at=NOW - 2 * STALE_S, why="refused")

    assert book.due(alarm(ended=NOW - STALE_S + 1)) == [("over", "a1")]
    assert book.due(alarm(ended=NOW - STALE_S - 1)) == []


def test_an_alarm_that_a_wider_one_swallowed_is_not_over() -> None:
    """A recorder's alarm ends because the whole compound is silent: nothing came back."""
    narrow = alarm("a1", "x-nvr-1", ended=NOW, behind=["x-cam-1"])
    wide = alarm("w1", "x", behind=["x-cam-1", "x-cam-2", "x-nvr-1"], kind="compound_unreachable")
    book = Book()
    book.try_(Due("r", "raised", narrow, 1))

    assert book.due(narrow, wide) == [("raised", "w1")]
    later = wide.model_copy(update={"ended": stamp(NOW + 500)})
    assert swallowed(narrow, [narrow, later])
    assert not swallowed(narrow, [narrow, wide.model_copy(update={"ended": stamp(NOW - 1)})])
    assert not swallowed(narrow, [narrow, wide.model_copy(update={"compound": "y"})])


def test_a_failing_route_waits_twice_as_long_each_time_and_never_longer_than_a_bound() -> None:
    """Goal: bounded back-off, for the route as a whole; a success ends it."""
    book, one, two = Book(), alarm("a1"), alarm("a2", "x-cam-2")
    at = NOW
    for failures in range(1, 12):
        (first, *_) = book.ledger.due("r", (one, two), at)
        book.try_(first, at, why="no connection")
        wait = backoff(failures)
        assert wait <= BACKOFF_MAX_S
        assert book.due(one, two, at=at + wait - 0.01) == []
        at += 2 * BACKOFF_MAX_S
        assert book.due(one, two, at=at) != []
    assert [backoff(n) for n in (0, 1, 2, 3, 40)] == [0.0, 15.0, 30.0, 60.0, 900.0]
    book.try_(Due("r", "raised", one, 9), at)
    assert book.ledger.route("r").failures == 0
    assert book.due(two, at=at + 1) in ([], [("raised", "a2")])


def test_a_poisonous_message_does_not_stand_in_the_way() -> None:
    """Goal: the one that was tried least goes first."""
    book, bad, good = Book(), alarm("a1"), alarm("a2", "x-cam-2", begun=stamp(NOW - 10))
    book.try_(Due("r", "raised", bad, 1), at=NOW - 1000, why="550 no")

    assert book.due(bad, good) == [("raised", "a2"), ("raised", "a1")]


def test_routes_are_strangers_to_each_other() -> None:
    """Goal: what one told or failed to tell says nothing of the other."""
    book = Book()
    book.try_(Due("other", "raised", alarm(), 1))
    book.try_(Due("third", "raised", alarm(), 1), why="down")

    assert book.due(alarm()) == [("raised", "a1")]
    assert book.ledger.route("third").why == "down"


def test_a_try_whose_outcome_nobody_wrote_down_is_repeated() -> None:
    """The process died between: tried again under the same key, after the pause."""
    book = Book()
    book.note(telling(Due("r", "raised", alarm(), 1)))

    assert book.due(alarm(), at=NOW + 14) == []
    (again,) = book.ledger.due("r", [alarm()], NOW + 16)
    assert (again.event, again.attempt) == ("raised", 2)


def test_globs_choose() -> None:
    """Goal: by id, subject, compound or kind; none: all."""
    one = alarm(kind="clock_offset")

    assert wanted_by((), one)
    for glob in ("a1", "x-cam-*", "x", "clock_*"):
        assert wanted_by((glob, "nothing"), one)
    assert not wanted_by(("y*",), one)


@given(st.lists(st.sampled_from(["fail", "tell", "lose"]), max_size=8), st.booleans())
def test_a_ledger_replayed_is_the_ledger_that_grew(acts: list[str], over: bool) -> None:
    """Goal: a restarted collector goes on exactly where the last one ended."""
    book = Book()
    one = alarm(ended=NOW + 5 if over else None)
    for number, act in enumerate(acts):
        due = Due("r", "over" if over and number % 2 else "raised", one, number + 1)
        book.note(telling(due), NOW + number)
        if act != "lose":
            draft = told(due, "ok") if act == "tell" else untold(due, "no")
            book.note(draft, NOW + number)
    again = replay({k: [r for r in book.records if r.kind == k] for k in (TELLING, TOLD, UNTOLD)})

    for at in (NOW, NOW + 20, NOW + 1000):
        assert again.due("r", [one], at) == book.ledger.due("r", [one], at)
        assert again.route("r") == book.ledger.route("r")
    again.forget(["other"])
    assert again.pending("r", [one], NOW) == (0 if over else 1)
