"""Canonical fields both ways: configuration to words, words tampered in, words on the terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator.ssh import canonical
from fleet.simulator.ssh.configuration import Configuration
from fleet.simulator.ssh.naming import built_in
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch
from tests.simulator.switches.test_configurations import NAMES, configurations

both = pytest.mark.parametrize("platform", PLATFORMS)
UPLINK = {"huawei_vrpv8": "10GE1/0/1", "hp_comware": "XGE1/0/25"}
VLAN_PORT = {"huawei_vrpv8": "Vlanif", "hp_comware": "Vlan"}
# Which fields a change of a field may move besides: one port has one kind.
BESIDES = {
    "access_ports": {"vlans", "uplink_ports"},
    "uplink_ports": {"access_ports"},
}
# Words of these name interfaces or addresses that another device need not have free.
FREE = [name for name in canonical.FIELDS if name not in ("addresses", "access_list_on")]


def boxed(platform: Platform) -> Configuration:
    """A switch out of its box."""
    return Configuration("sw", ports=built_in(platform, "switch"))


def drawn(data: st.DataObject, platform: Platform) -> Configuration:
    """Any configuration with one next hop a network: to a hand, a route's key is its network."""
    config = data.draw(configurations(platform))
    return replace(config, routes=tuple(sorted(dict(config.routes).items())))


def words_of(config: Configuration, field: str) -> str:
    """A field's value as a person hands it to `tamper`."""
    value = canonical.fields(config)[field]
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(value) if isinstance(value, list) else str(value)


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_fields_own_words_change_nothing(platform: Platform, data: st.DataObject) -> None:
    """Told what it already says, a device is the same in every field."""
    config = drawn(data, platform)
    for field in canonical.FIELDS:
        made = canonical.tampered(config, field, words_of(config, field), NAMES[platform])
        assert canonical.changed(config, made) == [], field


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_all_fields_of_one_device_make_another_the_same(
    platform: Platform, data: st.DataObject
) -> None:
    """Out of its box and told every field's words in turn, a switch has every field."""
    wanted = drawn(data, platform)
    made = boxed(platform)
    for field in canonical.FIELDS:
        made = canonical.tampered(made, field, words_of(wanted, field), NAMES[platform])
    # The inventory has no closed ports, and tells of a VLAN one text alone.
    assert canonical.changed(made, wanted) == []


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_one_field_moves_alone(platform: Platform, data: st.DataObject) -> None:
    """Any words of any field change that field, and at most what hangs on it."""
    one, other = drawn(data, platform), drawn(data, platform)
    field = data.draw(st.sampled_from(FREE))
    made = canonical.tampered(one, field, words_of(other, field), NAMES[platform])
    assert set(canonical.changed(one, made)) <= {field, *BESIDES.get(field, set())}


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_fields_are_plain_values_in_their_one_order(
    platform: Platform, data: st.DataObject
) -> None:
    """Every field of every configuration: text, yes or no, or lines without doubles and ends."""
    config = drawn(data, platform)
    told = canonical.fields(config)
    assert tuple(told) == canonical.FIELDS
    for field, value in told.items():
        if isinstance(value, list):
            assert all(line == line.strip() and line and "\n" not in line for line in value)
            if field != "access_list":
                assert len(set(value)) == len(value), field
    numbers = [int(str(line).split()[0]) for line in _lines(told["vlans"])]
    assert numbers == sorted(numbers)
    assert 1 not in numbers
    bridged = [
        line.split()[0] for f in ("access_ports", "uplink_ports") for line in _lines(told[f])
    ]
    assert sorted(bridged) == sorted(n for n, p in config.ports.items() if not p.routed)


def _lines(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


@both
def test_names_are_taken_in_every_spelling(platform: Platform) -> None:
    """Short, full, with a blank or in small letters: one port."""
    naming = NAMES[platform]
    full = naming.full(UPLINK[platform])
    for typed in (UPLINK[platform], full, full.lower()):
        made = canonical.tampered(boxed(platform), "uplink_ports", f"{typed} vlans=7", naming)
        assert canonical.fields(made)["uplink_ports"] == [f"{UPLINK[platform]} vlans=7"]


@both
def test_a_port_changes_its_kind_by_hand(platform: Platform) -> None:
    """An access port told as an uplink is one, and back; its power stays as it was."""
    naming = NAMES[platform]
    config = canonical.tampered(boxed(platform), "access_ports", "GE1/0/3 vlan=7 poe=on", naming)
    trunk = canonical.tampered(config, "uplink_ports", "GE1/0/3 vlans=7-9 desc=楼上", naming)
    assert canonical.fields(trunk)["uplink_ports"] == ["GE1/0/3 vlans=7-9 desc=楼上"]
    assert not any(
        e.startswith("GE1/0/3 ") for e in _lines(canonical.fields(trunk)["access_ports"])
    )
    again = canonical.tampered(trunk, "access_ports", "GE1/0/3 vlan=7", naming)
    assert "GE1/0/3 vlan=7 poe=on" in _lines(canonical.fields(again)["access_ports"])
    assert canonical.fields(again)["uplink_ports"] == []


@both
def test_a_vlan_that_is_taken_out_leaves_nothing_behind(platform: Platform) -> None:
    """As on the terminal: its access ports fall back to VLAN 1 and trunks carry it no more."""
    naming = NAMES[platform]
    config = boxed(platform)
    for field, words in (
        ("vlans", "7 枪机;8"),
        ("access_ports", "GE1/0/1 vlan=7"),
        ("uplink_ports", f"{UPLINK[platform]} vlans=7,8"),
    ):
        config = canonical.tampered(config, field, words, naming)
    made = canonical.tampered(config, "vlans", "-7", naming)
    assert canonical.fields(made)["vlans"] == ["8"]
    assert (made.ports["GE1/0/1"].pvid, made.ports[UPLINK[platform]].allowed) == (1, (1, 8))


@both
def test_a_hand_cannot_do_what_the_device_refuses(platform: Platform) -> None:
    """The default VLAN stays, and so does one with an interface of its own."""
    naming = NAMES[platform]
    config = canonical.tampered(boxed(platform), "vlans", "7", naming)
    config = canonical.tampered(config, "addresses", f"{VLAN_PORT[platform]}7 10.0.0.1/24", naming)
    for words, why in (("-1", "default VLAN"), ("-7", "VLAN interface"), ("-²", "no VLAN")):
        with pytest.raises(ValueError, match=why):
            canonical.tampered(config, "vlans", words, naming)


@both
@pytest.mark.parametrize(
    ("field", "words", "why"),
    [
        ("access_list", "permit ip any port 5", "wrong parameter"),
        ("access_list", "permit udp any port 65536", "wrong parameter"),
        ("access_list", "permit udp any port 9-1", "wrong parameter"),
        ("access_list", "permit udp 10.0.0.1/24", "host bits"),
        ("access_list", "permit udp any to", "no rule"),
        ("sysname", "two words", "none of them a space"),
        ("sysname", " ", "none of them a space"),
        ("sysname", "门" * 65, "1 to 64 characters"),
        ("vlans", "４ wide", "no VLAN"),
        ("vlans", "ten", "no VLAN"),
        ("access_ports", "GE1/0/1 poe=maybe", "no setting of this port"),
        ("uplink_ports", "GE1/0/1 speed=10", "no setting of this port"),
        ("uplink_ports", "GE1/0/1 vlans=9,x", "no VLAN"),
        ("lldp_enabled", "TRUE", "neither true nor false"),
        ("addresses", "GE9/0/1 10.0.0.1/24", "no interface of this device"),
        ("static_routes", "10.0.0.1/24 via 10.0.0.1", "host bits"),
        ("access_list_on", "GE9/0/1", "no interface of this device"),
    ],
)
def test_words_that_no_device_holds(platform: Platform, field: str, words: str, why: str) -> None:
    """Refused with the reason, on both platforms."""
    with pytest.raises(ValueError, match=why):
        canonical.tampered(boxed(platform), field, words, NAMES[platform])


@both
def test_two_interfaces_have_two_addresses(platform: Platform) -> None:
    """The same one twice is refused; taken off the first, the second may have it."""
    naming = NAMES[platform]
    one, two = f"{VLAN_PORT[platform]}7", f"{VLAN_PORT[platform]}8"
    config = canonical.tampered(boxed(platform), "addresses", f"{one} 10.0.0.1/24", naming)
    with pytest.raises(ValueError, match="already exists"):
        canonical.tampered(config, "addresses", f"{two} 10.0.0.1/24", naming)
    moved = canonical.tampered(config, "addresses", f"-{one};{two} 10.0.0.1/24", naming)
    assert canonical.fields(moved)["addresses"] == [f"{two} 10.0.0.1/24"]


@both
def test_a_tampering_hand_is_seen_on_the_terminal(platform: Platform) -> None:
    """What a person did in between stands in the text that everybody reads, and in no log."""
    switch = Switch(platform)
    for field, words in (
        ("sysname", "翠湖-SW01"),
        ("vlans", "100 枪机"),
        ("access_ports", "GE1/0/1 vlan=100 desc=东门 枪机"),
        ("static_routes", "0.0.0.0/0 via 10.0.0.254"),
        ("access_list", "permit udp 10.7.0.0/24 port 5060"),
        ("ntp_servers", "10.0.0.5"),
    ):
        switch.box.tamper(field, words)
    text = switch.login()("display current-configuration")
    for wanted in (
        "sysname 翠湖-SW01", " name 枪机", " description 东门 枪机", "10.0.0.254",
        " rule 5 permit udp source 10.7.0.0 0.0.0.255 destination-port eq 5060",
        " rule 10 deny ip", "unicast-server 10.0.0.5",
    ):  # fmt: skip
        assert wanted in text
    assert (switch.log, switch.login().prompt) == ([], "<翠湖-SW01>")


@both
def test_a_list_that_was_put_elsewhere_is_the_one_that_counts(platform: Platform) -> None:
    """Applied, any number is the inventory's list; taken off, 3999 is."""
    naming = NAMES[platform]
    config = canonical.tampered(boxed(platform), "access_list", "permit icmp any", naming)
    assert canonical.list_number(config) == canonical.OWN_LIST
    config = canonical.tampered(config, "access_list_on", "GE1/0/4", naming)
    assert config.ports["GE1/0/4"].filter_in == canonical.OWN_LIST
    moved = canonical.tampered(config, "access_list_on", "GE1/0/3", naming)
    assert (moved.ports["GE1/0/4"].filter_in, canonical.fields(moved)["access_list_on"]) == (
        0,
        "GE1/0/3",
    )
    assert canonical.fields(moved)["access_list"] == ["permit icmp any"]
    off = canonical.tampered(moved, "access_list_on", "", naming)
    assert canonical.fields(off)["access_list_on"] == ""
