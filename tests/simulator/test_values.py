"""Canonical values and the words of firmware are two views of the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.simulator import values
from fleet.simulator.values import VERIFY_MODES, Value


@given(st.sampled_from("+-"), st.integers(0, 14), st.sampled_from([0, 15, 30, 45]))
def test_a_zone_comes_back_as_it_went(sign: str, hours: int, minutes: int) -> None:
    """Every canonical zone that a device can hold reads back as itself (zero only as +)."""
    zone = f"UTC{'+' if hours == minutes == 0 else sign}{hours:02}:{minutes:02}"
    assert values.decode_zone(values.encode_zone(zone)) == zone


@pytest.mark.parametrize(
    ("posix", "zone"),
    [
        ("CST-8:00:00", "UTC+08:00"),
        ("GMT+0:00:00", "UTC+00:00"),
        ("EST5", "UTC-05:00"),
        ("IST-5:30:00", "UTC+05:30"),
    ],
)
def test_posix_zones_have_the_sign_reversed(posix: str, zone: str) -> None:
    """`CST-8` is eight hours east (POSIX.1-2017, 8.3)."""
    assert values.decode_zone(posix) == zone


@pytest.mark.parametrize("told", ["", "8", "CST-15:00:00", "CST-8:60:00", "UTC+08:00x", "C-8"])
def test_what_is_no_zone_is_refused(told: str) -> None:
    """Nonsense never becomes some zone."""
    with pytest.raises(ValueError, match="time zone"):
        values.decode_zone(told)


@pytest.mark.parametrize("mode", sorted(VERIFY_MODES))
def test_every_verify_mode_comes_back(mode: str) -> None:
    """Modes and sets of ways are one to one."""
    ways = values.decode_ways(mode)
    assert values.encode_ways(ways) == mode


@given(st.sampled_from(sorted(VERIFY_MODES.values())), st.randoms(use_true_random=False))
def test_the_order_of_ways_does_not_matter(ways: tuple[str, ...], rnd: object) -> None:
    """A set in any order, and methods in any order within a way, find the same mode."""
    shuffled = ["+".join(reversed(way.split("+"))) for way in ways]
    shuffled.sort(key=lambda _: rnd.random())  # type: ignore[attr-defined]  # a Random
    assert values.decode_ways(values.encode_ways(shuffled)) == list(ways)


@pytest.mark.parametrize("ways", [[], "", ["card", "qr"], ["nose"], 7, ["card+nose"]])
def test_ways_without_a_mode_are_refused(ways: Value) -> None:
    """A device that has no such mode says so and does not take the nearest one."""
    with pytest.raises(ValueError, match=r"no verify mode|no way|no list"):
        values.encode_ways(ways)


@given(st.integers(-100, 100))
def test_numbers_keep_their_limits(number: int) -> None:
    """Inside the limits a number comes back, outside it is refused in both directions."""
    decode, encode = values.number(1, 60)
    if 1 <= number <= 60:
        assert decode(encode(number)) == number
        return
    with pytest.raises(ValueError, match="not within"):
        encode(number)
    with pytest.raises(ValueError, match="not within"):
        decode(str(number))


@pytest.mark.parametrize("told", ["", "1.5", "0x10", "１２", " 1", "1" * 12, "true"])
def test_what_is_no_number_is_refused(told: str) -> None:
    """Only plain decimal digits are a number."""
    with pytest.raises(ValueError, match="no whole number"):
        values.number(0, 10**9)[0](told)


@pytest.mark.parametrize("value", [True, "5", None, [5]])
def test_only_numbers_are_written_as_numbers(value: Value) -> None:
    """A flag is no number, although Python thinks so."""
    with pytest.raises(ValueError, match="no whole number"):
        values.number(0, 10)[1](value)


@given(st.booleans())
def test_flags_come_back(flag: bool) -> None:
    """Both ways."""
    assert values.decode_flag(values.encode_flag(flag)) is flag


@pytest.mark.parametrize("told", ["True", "yes", "", "2"])
def test_other_words_are_no_flags(told: str) -> None:
    """XML Schema knows four words."""
    with pytest.raises(ValueError, match="neither true nor false"):
        values.decode_flag(told)


@pytest.mark.parametrize("value", [1, "true", None])
def test_only_flags_are_written_as_flags(value: Value) -> None:
    """1 is no flag on the way in."""
    with pytest.raises(ValueError, match="neither true nor false"):
        values.encode_flag(value)


@given(st.text(max_size=40))
def test_texts_are_measured_in_characters(told: str) -> None:
    """32 characters fit, Chinese or not; 33 do not."""
    decode, encode = values.line(32)
    if len(told) <= 32:
        assert decode(told) == told == encode(told)
        return
    with pytest.raises(ValueError, match="longer than 32"):
        decode(told)


@pytest.mark.parametrize("value", [5, True, None, ["a"]])
def test_only_texts_are_written_as_texts(value: Value) -> None:
    """Nothing is turned into a text behind one's back."""
    with pytest.raises(ValueError, match="no text"):
        values.line(32)[1](value)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("true", [True, "true"]),
        ("false", [False, "false"]),
        ("12", [12, "12"]),
        ("-3", [-3, "-3"]),
        ("007", ["007"]),
        ("card,face", ["card,face"]),
        ("", [""]),
    ],
)
def test_what_is_typed_may_mean_several_things(words: str, wanted: list[Value]) -> None:
    """The narrower meaning is tried first."""
    found = values.readings(words)
    assert found == wanted
    assert [type(v) for v in found] == [type(v) for v in wanted]


def test_the_first_meaning_that_fits_is_taken() -> None:
    """`12` is a number where a number is wanted and a text where a text is."""
    assert values.first_fitting("12", values.number(0, 60)[1]) == "12"
    assert values.first_fitting("12", values.line(5)[1]) == "12"
    with pytest.raises(ValueError, match="no whole number"):
        values.first_fitting("x", values.number(0, 60)[1])


@pytest.mark.parametrize("words", [values.TIME_MODES, values.BARRIER_MODES])
def test_fixed_words_come_back_and_others_do_not(words: dict[str, str]) -> None:
    """Each word has one canonical value; a foreign one has none."""
    decode, encode = values.one_word(words)
    for word, canonical in words.items():
        assert (decode(word), encode(canonical)) == (canonical, word)
    for bad in ("", "AUTO", "nonsense"):
        with pytest.raises(ValueError, match="is none of"):
            decode(bad)
        with pytest.raises(ValueError, match="is none of"):
            encode(bad)
