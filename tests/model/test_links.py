"""Entries of link lists: there and back, in one order, and only what is named is compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.device import FieldValue
from fleet.model.links import (
    attributes,
    canonical_links,
    concerning,
    entry_of,
    key_of,
    vlan_numbers,
    vlan_words,
)

WORDS = st.from_regex(r"[a-z东门=]( ?[a-z0-9东门=]){0,8}", fullmatch=True)
PORT = st.from_regex(r"(10)?GE1/0/[1-9][0-9]?", fullmatch=True)
VLANS = st.sets(st.integers(2, 4094), min_size=1, max_size=12).map(vlan_words)


@given(st.sets(st.integers(1, 4094), min_size=1))
def test_vlans_in_words_and_back(numbers: set[int]) -> None:
    """Goal: runs and single ones, ascending, the same set again."""
    assert vlan_numbers(vlan_words(numbers)) == sorted(numbers)
    assert vlan_words(vlan_numbers(vlan_words(numbers))) == vlan_words(numbers)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([1, 2], "1,2"), ([3, 1, 2], "1-3"), ([7, 7, 9], "7,9"), ([5, 6, 7, 9, 10], "5-7,9,10")],
)
def test_runs_of_three_are_ranges(numbers: list[int], words: str) -> None:
    """Goal: the one form, whatever order they come in."""
    assert vlan_words(numbers) == words


@pytest.mark.parametrize("words", ["", "0", "4095", "9-2", "a", "1,,2", "1-", "-1"])
def test_what_is_no_list_of_vlans(words: str) -> None:
    """Goal: an error, never a guess."""
    with pytest.raises(ValueError, match=r"VLAN|invalid literal"):
        vlan_numbers(words)


@given(PORT, VLANS, st.sampled_from(["on", "off", None]), st.none() | WORDS)
def test_a_port_taken_apart_and_put_together(
    port: str, vlans: str, poe: str | None, desc: str | None
) -> None:
    """Goal: a description that looks like an attribute stays a description."""
    told = {"vlan": "7", "poe": poe, "desc": desc}
    values = {k: v for k, v in told.items() if v is not None}
    entry = entry_of("access_ports", port, values)
    trunk = entry_of("uplink_ports", port, {"vlans": vlans, "desc": f"{desc} vlan=9 poe=on"})

    assert (key_of(entry), attributes("access_ports", entry)) == (port, values)
    assert attributes("uplink_ports", trunk) == {
        "vlans": vlans,
        "desc": f"{desc} vlan=9 poe=on",
    }


@pytest.mark.parametrize(
    ("field", "entry", "key", "values"),
    [
        ("vlans", "100", "100", {}),
        ("vlans", "100 east gate", "100", {"name": "east gate"}),
        ("addresses", "eth0 10.0.0.1/24", "eth0", {"address": "10.0.0.1/24"}),
        ("static_routes", "0.0.0.0/0 via 10.0.0.1", "0.0.0.0/0", {"via": "10.0.0.1"}),
        ("uplink_ports", "XGE1/0/1 vlans=", "XGE1/0/1", {"vlans": ""}),
    ],
)
def test_entries_of_each_list(field: str, entry: str, key: str, values: dict[str, str]) -> None:
    """Goal: key and attributes, and the entry again from them."""
    assert (key_of(entry), attributes(field, entry)) == (key, values)
    assert entry_of(field, key, values) == entry


@pytest.mark.parametrize(
    ("field", "value", "one"),
    [
        ("vlans", ["10 b", "9 a", "10 b"], ["9 a", "10 b"]),
        ("access_ports", ["GE1/0/10 vlan=1", "GE1/0/2 vlan=1"],
         ["GE1/0/2 vlan=1", "GE1/0/10 vlan=1"]),
        ("uplink_ports", ["XGE1/0/1 vlans=9,1,7-8"], ["XGE1/0/1 vlans=7-9"]),
        ("ntp_servers", ["10.0.0.10", "10.0.0.9"], ["10.0.0.9", "10.0.0.10"]),
        ("access_list", ["deny ip any", "permit ip any"], ["deny ip any", "permit ip any"]),
        ("sysname", "b a", "b a"),
        ("gb_channel_ids", ["2", "1"], ["2", "1"]),
        ("vlans", None, None),
    ],
)  # fmt: skip
def test_the_one_form_of_a_list(field: str, value: FieldValue, one: FieldValue) -> None:
    """Goal: sorted as a person counts, without doubles; where order means something it stays."""
    assert canonical_links(field, value) == one
    assert canonical_links(field, canonical_links(field, value)) == one


SEEN = ["GE1/0/1 vlan=5 poe=on desc=theirs", "GE1/0/2 vlan=5 poe=off", "GE1/0/3 vlan=1"]


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ([], []),
        (["GE1/0/2 vlan=7"], ["GE1/0/2 vlan=5"]),
        (["GE1/0/1 vlan=7 desc=x"], ["GE1/0/1 vlan=5 desc=theirs"]),
        (["GE1/0/3 vlan=1 poe=on"], ["GE1/0/3 vlan=1"]),
        (["GE1/0/9 vlan=1"], []),
        (None, SEEN),
    ],
)
def test_only_what_is_named_concerns_us(wanted: FieldValue, part: list[str]) -> None:
    """Goal: other ports, and what a named port does not mention, are no part of it."""
    assert concerning("access_ports", list(SEEN), wanted) == part


@pytest.mark.parametrize("field", ["access_list", "ntp_servers"])
def test_exclusive_lists_concern_us_whole(field: str) -> None:
    """Goal: somebody's rule or server is a difference."""
    assert concerning(field, ["a", "b"], ["a"]) == ["a", "b"]


@given(st.lists(PORT, unique=True), st.lists(PORT, unique=True))
def test_the_part_of_a_part_is_itself(ports: list[str], named: list[str]) -> None:
    """Goal: taking the managed part twice changes nothing, and what is wanted is its own part."""
    seen: FieldValue = [f"{p} vlan=2 poe=on" for p in ports]
    wanted: FieldValue = [f"{p} vlan=3" for p in named]
    part = concerning("access_ports", seen, wanted)

    assert concerning("access_ports", part, wanted) == part
    assert concerning("access_ports", wanted, wanted) == canonical_links("access_ports", wanted)
