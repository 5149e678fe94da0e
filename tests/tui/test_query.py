"""The filter language, as people type it, in both languages and with an input method left on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_tui.store.query import Subject, narrow, parse
from fleet_tui.store.states import FACES, PROBLEMS, State

DOOR = Subject("cuihu-door-01", "翠湖花园1栋", "door", State.FAILED, "铜官区")
CAMERA = Subject("wusong-cam-02", "五松花园正门", "camera", State.VERIFIED, "枞阳县")


@pytest.mark.parametrize(
    ("query", "door", "camera"),
    [
        ("", True, True),
        ("cuihu", True, False),
        ("CUIHU", True, False),
        ("翠湖", True, False),
        ("chhy", True, False),
        ("wshy", False, True),
        ("hy", True, True),
        ("state=failed", True, False),
        ("state=失败", True, False),
        ("状态=失败", True, False),
        ("state=!", True, False),
        ("state=veri", False, True),
        ("state=problem", True, False),
        ("!state=failed", False, True),
        ("kind=cam", False, True),
        ("kind=door", True, False),
        ("area=铜官", True, False),
        ("area=tgq", True, False),
        ("id=wusong", False, True),
        ("id=cam", False, False),
        ("door !cuihu", False, False),
        ("花园 state=verified", False, True),
        ("！翠湖", False, True),
        ("state＝失败", True, False),
        ("nothing-of-it", False, False),
        ("colour=red", False, False),
        ("state=", False, False),
    ],
)
def test_a_query_on_two_devices(query: str, door: bool, camera: bool) -> None:
    """Each form of term, alone and together."""
    fits = parse(query)
    assert (fits(DOOR), fits(CAMERA)) == (door, camera)


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_found_by_each_of_its_names(state: State) -> None:
    """English word, Chinese word, glyph; blanks of a word are no part of a term."""
    subject = Subject("a-1", "甲", "gate", state, "")
    for name in (FACES[state].glyph, FACES[state].word.zh, FACES[state].word.en.split()[0]):
        assert parse(f"state={name}")(subject), name
    assert parse("state=problem")(subject) is (state in PROBLEMS)


def test_narrowing_leaves_other_text_alone() -> None:
    """Only what stands for ASCII in a command is changed."""
    assert narrow("！状态＝离线　：／？") == "!状态=离线 :/?"


@given(st.text(max_size=30))
def test_any_text_is_a_query(query: str) -> None:
    """Nothing that can be typed breaks a filter, and a term and its opposite never both fit."""
    parse(query)(DOOR)
    words = [w for w in narrow(query).lower().split() if not w.startswith("!")]
    for word in words:
        assert parse(word)(DOOR) is not parse(f"!{word}")(DOOR)
