"""Values in both directions: time zones, ways, modes, SNMP syntaxes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.drivers.isapi import values
from fleet.drivers.isapi.words import flag_word, number_word, text_word, zone_word
from fleet.drivers.snmp import syntax
from fleet.drivers.ways import WAY_ORDER, canonical_ways

ZONES = [
    ("CST-8:00:00", "UTC+08:00"),
    ("CST-8", "UTC+08:00"),
    ("CST-08:00", "UTC+08:00"),
    ("IST-5:30:00", "UTC+05:30"),
    ("<+0545>-5:45:00", "UTC+05:45"),
    ("NST3:30:00", "UTC-03:30"),
    ("EST+5:00:00", "UTC-05:00"),
    ("GMT0", "UTC+00:00"),
    ("UTC-0:00:00", "UTC+00:00"),
    ("UTC+0:00:00", "UTC+00:00"),
    ("LINT-14:00:00", "UTC+14:00"),
    ("CET-1:00:00DST01:00:00,M3.5.0/02:00:00,M10.5.0/03:00:00", "UTC+01:00 DST"),
]


@pytest.mark.parametrize(("posix", "canonical"), ZONES)
def test_the_sign_of_a_posix_zone_is_reversed(posix: str, canonical: str) -> None:
    """Goal: POSIX counts west of Greenwich, people count east (POSIX.1-2017, 8.3)."""
    assert values.zone_from_device(posix) == canonical


@pytest.mark.parametrize(
    "posix",
    [
        "",
        "8",
        "-8:00:00",
        "C-8",
        "CST",
        "CST-25",
        "CST-8:61",
        "CST-8:00:01",
        "CST-14:30",
        "Asia/Shanghai",
        "CST-1000000000000",
    ],
)
def test_a_zone_that_clocks_do_not_use_is_told_as_it_is(posix: str) -> None:
    """Goal: nothing odd becomes a plausible zone, nor hides the device's other fields."""
    told = values.zone_from_device(posix)

    assert told == f"zone:{posix}"
    if posix:
        assert values.zone_to_device(told) == posix


def test_a_zone_of_odd_characters_is_shown_on_one_short_line() -> None:
    """Goal: a device's word in a plan; one that was bent to be shown is never sent back."""
    assert values.zone_from_device("中 国\n") == "zone:????"
    assert values.zone_from_device("x" * 900) == "zone:" + "x" * 64
    for bent in ("zone:????", "zone:", "zone:" + "x" * 65):
        with pytest.raises(ValueError, match="time zone"):
            values.zone_to_device(bent)


@given(st.integers(-14 * 60, 14 * 60))
def test_every_offset_of_minutes_survives_the_way_to_the_device_and_back(minutes: int) -> None:
    """Goal: writing then reading a zone is the identity, half and quarter hours included."""
    east = "-" if minutes < 0 else "+"
    zone = f"UTC{east}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

    assert values.zone_from_device(values.zone_to_device(zone)) == zone


@pytest.mark.parametrize("zone", ["UTC+8", "UTC+08:60", "+08:00", "UTC+15:00", "UTC+08:00 DST", ""])
def test_a_zone_in_another_form_is_not_written(zone: str) -> None:
    """Goal: only the one canonical form goes out."""
    with pytest.raises(ValueError, match=r"zone|offset"):
        values.zone_to_device(zone)


MODES = [
    ("card", "card"),
    ("cardOrPw", "card,password"),
    ("cardOrFace", "card,face"),
    ("cardOrFaceOrPw", "card,face,password"),
    ("faceOrFpOrCardOrPw", "card,face,fingerprint,password"),
    ("face", "face"),
    ("fp", "fingerprint"),
    ("faceAndCard", "card+face"),
    ("faceAndFp", "face+fingerprint"),
    ("faceAndPw", "face+password"),
    ("cardAndPw", "card+password"),
]


@pytest.mark.parametrize(("mode", "ways"), MODES)
def test_each_verify_mode_is_a_list_of_ways_and_back(mode: str, ways: str) -> None:
    """Goal: the whole table, in both directions."""
    assert values.ways_from_device(mode) == ways.split(",")
    assert values.ways_to_device(ways.split(",")) == mode


@given(st.data())
def test_the_order_of_ways_never_matters(data: st.DataObject) -> None:
    """Goal: a permutation of ways, and of the methods in a way, is the same verify mode."""
    mode, ways = data.draw(st.sampled_from(MODES))
    turned = ["+".join(data.draw(st.permutations(w.split("+")))) for w in ways.split(",")]

    assert values.ways_to_device(data.draw(st.permutations(turned))) == mode


METHODS = st.sampled_from([*WAY_ORDER, "gait"])
WAYS = st.lists(st.lists(METHODS, min_size=1, max_size=3).map("+".join), max_size=5)


@given(WAYS)
def test_the_canonical_order_is_a_fixed_point(ways: list[str]) -> None:
    """Goal: sorting twice is sorting once, and nothing is invented or lost."""
    once = canonical_ways(ways)

    assert canonical_ways(once) == once
    assert {frozenset(w.split("+")) for w in once} == {frozenset(w.split("+")) for w in ways}


def test_a_mode_in_another_case_is_understood() -> None:
    """Goal: firmware that writes cardOrfaceOrPw is read."""
    assert values.ways_from_device("cardOrfaceOrPw") == ["card", "face", "password"]


@pytest.mark.parametrize(
    ("mode", "ways"),
    [
        ("cardAndQr", ["mode:cardAndQr"]),
        ("", ["mode:"]),
        ("a b\n<x>", ["mode:a?b??x?"]),
        ("x" * 900, ["mode:" + "x" * 64]),
    ],
)
def test_a_mode_unknown_here_is_its_raw_word(mode: str, ways: list[str]) -> None:
    """Goal: shown on one short line, in the list form that every reading has."""
    assert values.ways_from_device(mode) == ways


def test_a_raw_word_goes_back_as_it_was_read() -> None:
    """Goal: a rollback restores the mode that stood there; a word that was bent does not."""
    assert values.ways_to_device(values.ways_from_device("cardAndQr")) == "cardAndQr"
    for bent in (["mode:a?b"], ["mode:"], ["mode:x", "card"]):
        with pytest.raises(ValueError, match="no verify mode"):
            values.ways_to_device(bent)


@pytest.mark.parametrize("told", ["TRUE", "yes", "", "2", " true"])
def test_a_flag_is_one_of_four_words(told: str) -> None:
    """Goal: XML Schema's booleans and nothing else."""
    with pytest.raises(ValueError, match="neither"):
        values.flag_from_device(told)


@pytest.mark.parametrize(
    ("told", "flag"), [("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_the_four_words_of_a_flag(told: str, flag: bool) -> None:
    """Goal: both spellings of both values."""
    assert values.flag_from_device(told) is flag
    assert values.flag_from_device(flag_word(flag)) is flag


@pytest.mark.parametrize("told", ["", "1.5", "0x10", "９", "1" * 10, "+5", " 5"])
def test_a_number_is_at_most_nine_plain_digits(told: str) -> None:
    """Goal: no full-width digits, no huge integers."""
    with pytest.raises(ValueError, match="whole number"):
        values.number_from_device(told)


@given(st.integers(-999_999_999, 999_999_999))
def test_numbers_survive_the_way_there_and_back(number: int) -> None:
    """Goal: decimal both ways."""
    assert values.number_from_device(number_word(number)) == number


@pytest.mark.parametrize("word", [text_word, number_word, flag_word, zone_word])
@pytest.mark.parametrize("value", [None, ["a"], 1.5])
def test_a_value_of_another_type_has_no_word(word: object, value: object) -> None:
    """Goal: types are checked before anything is sent."""
    with pytest.raises(ValueError, match="it is n"):
        word(value)  # type: ignore[operator]  # wrong on purpose


@pytest.mark.parametrize("told", ["open", "", "sundial"])
def test_a_word_outside_its_table_is_raw_when_read_and_refused_when_wanted(told: str) -> None:
    """Goal: what can be wanted is a closed list; what newer firmware says is not."""
    raw = values.named_from_device(values.BARRIER_MODES, told)

    assert raw == f"mode:{told}"
    if told:
        assert values.named_to_device(values.BARRIER_MODES, raw) == told
    with pytest.raises(ValueError, match="none of"):
        values.named_to_device(values.BARRIER_MODES, told)


@pytest.mark.parametrize("told", ["NTP", "ntp", "Ntp"])
def test_a_word_in_other_letters_is_the_same_word(told: str) -> None:
    """Goal: no change is planned where a firmware writes its capitals in another way."""
    assert values.named_from_device(values.TIME_MODES, told) == "ntp"


@given(st.text(max_size=63))
def test_snmp_texts_survive_there_and_back(text: str) -> None:
    """Goal: UTF-8 in OCTET STRING, as long as 255 octets hold it."""
    encodable = text.encode("utf-8", "ignore").decode()

    assert syntax.text_value(syntax.text_object(encodable)) == encodable


@given(st.integers(0, 99999))
def test_tenths_never_hide_a_broken_second(tenths: int) -> None:
    """Goal: 25 tenths is not "2": an equal reading would hide a difference."""
    seen = syntax.tenths_value(tenths)

    assert (seen == tenths // 10) is (tenths % 10 == 0)
    if tenths < 10000:
        assert syntax.tenths_object(seen) == tenths


@given(WAYS)
def test_snmp_ways_survive_there_and_back_in_canonical_order(ways: list[str]) -> None:
    """Goal: the comma list is read as it was written."""
    assert syntax.ways_value(syntax.ways_object(ways)) == canonical_ways(ways)


@pytest.mark.parametrize("raw", [b"card,,face", b"Card", b"card;face", b"\xff", 5, b"card,+face"])
def test_an_odd_list_of_ways_is_refused(raw: bytes | int) -> None:
    """Goal: what opens a gate is not guessed."""
    with pytest.raises(ValueError, match=r"it is not|decode"):
        syntax.ways_value(raw)


@pytest.mark.parametrize("raw", [0, 3, b"1", -1])
def test_a_truth_value_is_one_or_two(raw: bytes | int) -> None:
    """Goal: RFC 2579; 0 is not false."""
    with pytest.raises(ValueError, match="TruthValue"):
        syntax.flag_value(raw)


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (syntax.text_object, 5),
        (syntax.seconds_object, "5"),
        (syntax.seconds_object, True),
        (syntax.tenths_object, "5"),
        (syntax.tenths_object, None),
        (syntax.flag_object, 1),
        (syntax.ways_object, "card"),
        (syntax.ways_object, ["Card"]),
    ],
)
def test_a_wrong_type_makes_no_object(make: object, value: object) -> None:
    """Goal: nothing is coerced on its way into a SET."""
    with pytest.raises(ValueError, match="it is n"):
        make(value)  # type: ignore[operator]  # wrong on purpose


@pytest.mark.parametrize("read", [syntax.text_value, syntax.seconds_value, syntax.tenths_value])
def test_a_value_of_the_other_syntax_is_refused(read: object) -> None:
    """Goal: Integer32 and OCTET STRING are not mixed up."""
    wrong = 5 if read is syntax.text_value else b"5"

    with pytest.raises(ValueError, match="it is not"):
        read(wrong)  # type: ignore[operator]  # wrong on purpose
