"""Last words: one harmless line, whatever the tool printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.ansible.words import LENGTH_MAX, LastWords, scrub

pytestmark = pytest.mark.property


@given(st.text())
def test_scrubbed_is_one_short_line_without_controls(line: str) -> None:
    """Any text becomes at most `LENGTH_MAX` characters with nothing a terminal would obey."""
    seen = scrub(line)

    assert len(seen) <= LENGTH_MAX
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in seen)
    assert len(seen.splitlines()) <= 1


@given(st.text())
def test_scrubbing_again_changes_nothing(line: str) -> None:
    """A scrubbed line is a fixed point, so that it may be scrubbed at every border."""
    once = scrub(line)

    assert once == scrub(once)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("password=hunter2 more", "password=*** more"),
        ('"admin_password": "a b c", x', '"admin_password": ***, x'),
        ("auth_key: abc;priv-key: def", "auth_key: ***;priv-key: ***"),
        ("TOKEN = eyJhbGciOi", "TOKEN = ***"),
        ("\x1b[0;31mfatal:\x1b[0m no\x07", "fatal: no"),
        ("a\u202eb", "a b"),
        ("34020000001320000001 is not there", "34020000001320000001 is not there"),
        ("没有找到设备", "没有找到设备"),
    ],
)
def test_what_is_struck_and_what_is_kept(said: str, kept: str) -> None:
    """Values introduced as secrets and control sequences go; ids and Chinese stay."""
    assert kept == scrub(said)


def _failed(message: str) -> dict[str, object]:
    result = {"host": "cuihu", "res": {"msg": message}}
    return {"event": "runner_on_failed", "event_data": result, "stdout": "fatal: [cuihu]"}


def test_failed_task_wins_over_what_is_printed_later() -> None:
    """The recap after a failure is not the reason."""
    words = LastWords()

    words.hear(_failed("no permit server answers"))
    words.hear({"event": "verbose", "stdout": "something else"})

    assert words.line == "cuihu: no permit server answers"


def test_without_a_failed_task_the_last_printed_line_counts() -> None:
    """Recaps, stars and indented lines say nothing about the reason."""
    words = LastWords()

    words.hear({"event": "verbose", "stdout": "ERROR! no such file\r\n\r\n"})
    words.hear({"event": "playbook_on_stats", "stdout": "PLAY RECAP ****\n  cuihu : ok=0"})

    assert words.line == "ERROR! no such file"


def test_stars_that_fill_a_line_are_no_words() -> None:
    """A run killed in a task leaves that task's name as its last words."""
    words = LastWords()

    words.hear({"event": "playbook_on_task_start", "stdout": "\r\nTASK [Drive cameras] *****\r"})

    assert words.line == "TASK [Drive cameras]"


def test_silence_is_an_empty_line() -> None:
    """Nothing said, nothing invented."""
    assert LastWords().line == ""


def test_no_event_is_written_to_disk() -> None:
    """ansible-runner keeps an event only when its handler says so."""
    assert LastWords().hear(_failed("x")) is False
    assert LastWords().hear({}) is False


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=4))
def test_any_event_is_heard(event: dict[str, object]) -> None:
    """Events of unknown shape do no harm."""
    words = LastWords()

    words.hear({**event, "event": "runner_on_failed"})

    assert len(words.line) <= LENGTH_MAX
