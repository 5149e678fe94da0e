"""Shown configurations of every command line, with what real ones hold beside the tidy examples."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.config import Words, configured
from fleet.drivers.ssh.facts import names_in, serial_in
from fleet.drivers.ssh.platforms.cisco_ios import POWER
from fleet.drivers.ssh.platforms.hp_comware import WORDS as COMWARE
from fleet.drivers.ssh.platforms.huawei_vrp import WORDS as VRP5
from fleet.drivers.ssh.platforms.huawei_vrpv8 import WORDS as VRP8
from fleet.drivers.ssh.rules import rule_from
from fleet.model.device import FieldValue

ALL: Mapping[str, Words] = {"vrp8": VRP8, "vrp5": VRP5, "comware": COMWARE}
words = pytest.mark.parametrize("words", ALL.values(), ids=list(ALL))


def shown(text: str, words: Words = VRP8, **about: frozenset[str]) -> dict[str, FieldValue]:
    """The fields of a shown configuration."""
    return configured(text, words, **about).fields()


def cisco(text: str) -> dict[str, FieldValue]:
    """The fields of a shown IOS configuration."""
    return ios.fields_of(text, POWER[1])


@words
def test_an_empty_configuration_has_every_field_and_nothing_in_it(words: Words) -> None:
    """Goal: a new switch is no fault: each field is there, empty, off or none."""
    for text in ("", "\n\n", "#\n#\n", "return\n"):
        assert shown(text, words) == {
            "sysname": "", "vlans": [], "access_ports": [], "uplink_ports": [],
            "lldp_enabled": False, "addresses": [], "static_routes": [], "access_list": [],
            "access_list_on": "", "ntp_servers": [],
        }  # fmt: skip


@words
def test_blank_ends_carriage_returns_and_missing_rulers_change_nothing(words: Words) -> None:
    """Goal: padded lines, DOS ends and sections without a ruler between them read the same."""
    tidy = (
        "#\nsysname 翠湖\n#\nvlan 7\n name 门禁 一层\n#\ninterface GE1/0/1\n"
        f" description 东门 枪机\n {words.access.format(v=7)}\n#\n"
    )
    odd = tidy.replace("\n", "   \r\n").replace("#\n", "").replace("#   \r\n", "", 1)

    assert shown(odd, words) == shown(tidy, words)
    assert shown(tidy, words)["access_ports"] == ["GE1/0/1 vlan=7 desc=东门 枪机"]
    assert shown(tidy, words)["vlans"] == ["7 门禁 一层"]


@words
def test_a_port_that_borrows_its_address_is_no_fault(words: Words) -> None:
    """Goal: `ip address unnumbered` and DHCP are met on real routers, and are no address of ours.

    Symptom once: the whole device could not be read, with an error that no driver may raise.
    """
    vlanif = f"{words.vlan_interface}7"
    long = words.long(vlanif)
    for line in (
        "ip address unnumbered interface LoopBack0",
        "ip address dhcp-alloc",
        "ip address ppp-negotiate",
    ):
        seen = shown(f"#\ninterface {long}\n {line}\n#\n", words)
        assert seen["addresses"] == []


@words
def test_an_address_by_length_by_mask_and_a_second_one(words: Words) -> None:
    """Goal: all the ways of writing an address are the same canonical entry."""
    long = words.long(f"{words.vlan_interface}7")

    seen = shown(
        f"#\ninterface {long}\n ip address 10.1.0.1 24\n"
        " ip address 10.2.0.1 255.255.255.0 sub\n#\n",
        words,
    )

    assert seen["addresses"] == [
        f"{words.vlan_interface}7 10.1.0.1/24",
        f"{words.vlan_interface}7 10.2.0.1/24",
    ]


@words
@pytest.mark.parametrize(
    "line",
    [
        "vlan 4095",
        "vlan 0",
        "vlan batch 2 to 99999999",
        "interface GE1/0/1\n {access}",
        "interface GE1/0/1\n {trunk}",
        "interface GE1/0/1\n ip address 10.0.0.1 255.0.255.0",
        "interface GE1/0/1\n ip address 10.0.0.256 24",
    ],
)
def test_a_number_that_is_none_is_told_and_takes_no_memory(words: Words, line: str) -> None:
    """Goal: VLANs beyond 4094 and masks with holes are refused, before any list is filled."""
    text = line.format(access=words.access.format(v=4095), trunk=words.trunk.format(v="2 to 5000"))

    with pytest.raises(ValueError, match=r"."):
        configured(f"#\n{text}\n#\n", words)


@words
def test_vlans_in_batches_and_by_themselves(words: Words) -> None:
    """Goal: a range, its edges, a name given later, and VLAN 1 that is nobody's."""
    seen = shown(
        "#\nvlan batch 1 5 to 7 4094\n#\nvlan 6\n description 门\n#\nvlan 7\n name x\n"
        " description y\n#\n",
        words,
    )

    assert seen["vlans"] == ["5", "6 门", "7 x", "4094"]


@words
def test_routes_of_another_kind_are_passed_over(words: Words) -> None:
    """Goal: a VPN's routes, routes over an interface and to nowhere are not ours to change."""
    seen = shown(
        "#\nip route-static vpn-instance m 10.0.0.0 255.0.0.0 10.9.9.9\n"
        "ip route-static 10.1.0.0 16 NULL0\n"
        "ip route-static 10.2.0.0 255.255.0.0 10.0.0.2 preference 70\n"
        "ip route-static\n#\n",
        words,
    )

    assert seen["static_routes"] == ["10.2.0.0/16 via 10.0.0.2"]


@words
def test_the_list_that_guards_an_interface_is_the_one_that_counts(words: Words) -> None:
    """Goal: another number than ours is taken where it is applied; unapplied ones are theirs."""
    guard = words.filter_.format(n=3001)
    head = words.list_.format(n=3001)
    long = words.long(f"{words.vlan_interface}9")

    seen = shown(
        f"#\n{words.list_.format(n=3999)}\n rule 5 permit ip\n#\n{head}\n"
        " rule 5 permit udp source 10.7.0.0 0.0.0.255 destination-port eq snmp\n"
        f" rule 10 deny ip\n#\ninterface {long}\n {guard}\n#\n",
        words,
    )

    assert seen["access_list"] == ["permit udp 10.7.0.0/24 port 161"]
    assert seen["access_list_on"] == f"{words.vlan_interface}9"


def test_ports_come_in_the_order_of_their_numbers() -> None:
    """Goal: 1/0/2 before 1/0/10, so that a plan's file is the same whoever shows it."""
    text = "".join(f"#\ninterface GE1/0/{n}\n" for n in (10, 2, 1))

    assert shown(text)["access_ports"] == ["GE1/0/1 vlan=1", "GE1/0/2 vlan=1", "GE1/0/10 vlan=1"]


def test_power_is_told_where_the_port_can_give_any() -> None:
    """Goal: silence is on for VRP and off for Comware; a port without power says nothing."""
    text = "#\ninterface GE1/0/1\n#\ninterface GE1/0/2\n{}#\ninterface GE1/0/3\n#\n"
    can = frozenset({"GE1/0/1", "GE1/0/2"})

    vrp = shown(text.format(" undo poe enable\n"), VRP8, powered=can)["access_ports"]
    h3c = shown(
        text.format(" poe enable\n").replace("GE", "GigabitEthernet"), COMWARE, powered=can
    )["access_ports"]

    assert vrp == ["GE1/0/1 vlan=1 poe=on", "GE1/0/2 vlan=1 poe=off", "GE1/0/3 vlan=1"]
    assert h3c == ["GE1/0/1 vlan=1 poe=off", "GE1/0/2 vlan=1 poe=on", "GE1/0/3 vlan=1"]


def test_ports_that_route_are_no_switch_ports() -> None:
    """Goal: what `display port vlan` does not list, and what says so itself, is left alone."""
    text = "#\ninterface GE1/0/1\n#\ninterface GE1/0/2\n#\ninterface GE1/0/3\n undo portswitch\n#\n"

    told = shown(text, VRP8, bridged=frozenset({"GE1/0/1", "GE1/0/3"}))["access_ports"]

    assert told == ["GE1/0/1 vlan=1"]
    assert shown(text)["access_ports"] == ["GE1/0/1 vlan=1", "GE1/0/2 vlan=1"]


@pytest.mark.parametrize(
    ("lines", "carried"),
    [
        ("", "2-4094"),
        (" switchport trunk allowed vlan all\n", "2-4094"),
        (" switchport trunk allowed vlan none\n", ""),
        (" switchport trunk allowed vlan 1,7\n", "7"),
        (" switchport trunk allowed vlan 7\n switchport trunk allowed vlan add 9,11-13\n",
         "7,9,11-13"),
        (" switchport trunk allowed vlan except 5-4094\n", "2-4"),
    ],
)  # fmt: skip
def test_a_trunk_of_ios_carries_what_all_its_lines_say(lines: str, carried: str) -> None:
    """Goal: none, all, all but some, and long lists over several lines.

    Symptom once: VLANs of a second line were missed, and `none` broke the reading off.
    """
    text = f"interface Gi0/1\n switchport mode trunk\n{lines}!\n"

    assert cisco(text)["uplink_ports"] == [f"Gi0/1 vlans={carried}"]


def test_routes_of_a_vrf_are_passed_over() -> None:
    """Goal: `ip route vrf` is on most routers with management apart, and none of ours.

    Symptom once: such a router could not be read at all.
    """
    text = (
        "ip route vrf MGMT 0.0.0.0 0.0.0.0 10.0.0.1\n"
        "ip route 10.1.0.0 255.255.0.0 10.0.0.2 200\n"
        "ip route 10.2.0.0 255.255.0.0 Null0\n"
    )

    assert cisco(text)["static_routes"] == ["10.1.0.0/16 via 10.0.0.2"]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("permit tcp any any eq www", "permit tcp any port 80"),
        ("20 permit udp any host 10.0.0.9 eq snmp", "permit udp any to 10.0.0.9/32 port 161"),
        ("permit udp any any range bootps bootpc", "permit udp any port 67-68"),
        ("permit tcp any any eq 22 log", "permit tcp any any eq 22 log"),
        ("permit tcp any any eq 80 443", "permit tcp any any eq 80 443"),
        ("permit tcp any any eq 22 established", "permit tcp any any eq 22 established"),
        ("permit ip 10.0.0.9 0.0.0.0 any", "permit ip 10.0.0.9/32"),
        ("permit ip 10.0.0.9 255.255.255.255 any", "permit ip 0.0.0.0/0"),
        ("permit ip 10.0.0.0 0.0.255.0 any", "permit ip 10.0.0.0 0.0.255.0 any"),
        ("permit tcp any any gt 1023", "permit tcp any any gt 1023"),
        ("permit tcp any eq 22 any", "permit tcp any eq 22 any"),
        ("permit tcp any any eq", "permit tcp any any eq"),
        ("remark 翠湖", "remark 翠湖"),
    ],
)
def test_a_rule_of_ios_is_ours_only_when_all_of_it_is(line: str, entry: str) -> None:
    """Goal: a port shown by name equals its number; a word more is a rule of another meaning.

    Symptom once: `eq 80 443` was read as port 80 alone, `eq www` never as the 80 we wrote, and
    the wildcard 0.0.0.0 of a single host as everybody.
    """
    text = f"ip access-list extended {ios.LIST}\n {line}\n deny ip any any\n"

    assert cisco(text)["access_list"] == [entry]


@pytest.mark.parametrize(
    "line",
    [
        "vlan 5-3",
        "vlan 4095",
        "interface Vlan7\n ip address 10.0.0.1 255.0.255.0",
        "interface Gi0/1\n switchport mode trunk\n switchport trunk allowed vlan 5000",
        "ip route 10.0.0.0 255.0.0.0 10.0.0.256",
    ],
)
def test_ios_tells_a_number_that_is_none(line: str) -> None:
    """Goal: nonsense is told as such, by the one kind of error that the driver maps."""
    with pytest.raises(ValueError, match=r"."):
        cisco(line)


_PIECES = st.sampled_from(
    ["#", "!", "vlan", "batch", "to", "interface", "GE1/0/1", "Vlanif7", "ip", "address", "sysname",
     "route-static", "route", "rule", "5", "permit", "tcp", "source", "any", "0.0.0.255", "acl",
     "10.0.0.1", "24", "name", "port", "link-type", "trunk", "default", "allow-pass", "number",
     "3999", "traffic-filter", "inbound", "ntp", "unicast-server", "server", "switchport", "mode",
     "allowed", "²", "٣", "99999999999", "-", "hostname", "description", "东门", "access-list",
     "extended", ios.LIST, "eq", "range", "destination-port", "add", "none", "except", ","]
)  # fmt: skip
_LINES = st.lists(
    st.tuples(st.sampled_from(["", " ", "  "]), st.lists(_PIECES, max_size=7)), max_size=8
).map(lambda rows: "\n".join(indent + " ".join(parts) for indent, parts in rows))


@pytest.mark.property
@given(
    text=st.one_of(
        _LINES,
        st.text(max_size=200),
        st.binary(max_size=200).map(lambda b: b.decode("utf-8", "replace")),
    )
)
@settings(max_examples=250, deadline=None)
def test_any_text_is_read_or_refused_by_one_kind_of_error(text: str) -> None:
    """Goal: whatever a device shows, a parser gives fields or a ValueError, and nothing else."""
    for words in ALL.values():
        try:
            fields = shown(text, words)
        except ValueError:
            continue
        assert set(fields) >= {"vlans", "access_list", "sysname"}
    with suppress(ValueError):
        assert set(cisco(text)) == ios.FIELDS
    assert isinstance(names_in(text), frozenset)
    assert serial_in(text) is None or serial_in(text)


@pytest.mark.property
@given(st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_rule_is_an_entry(text: str) -> None:
    """Goal: an unknown rule is shown, never an error and never nothing where words were."""
    assert bool(rule_from(text).strip()) or not text.strip()


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("Port      Link Type\nGE1/0/1   trunk\n10GE1/0/2 access\n", {"GE1/0/1", "10GE1/0/2"}),
        ("   GigabitEthernet1/0/1  off\n", {"GigabitEthernet1/0/1"}),
        ("-----\nTotal 4\n", set()),
        ("Vlan-interface7 up\nGE1/0/1.100 up\n", {"Vlan-interface7", "GE1/0/1.100"}),
        ("", set()),
    ],
)
def test_the_ports_that_a_table_is_about(table: str, names: set[str]) -> None:
    """Goal: only what a line begins with, heads and rulers aside."""
    assert names_in(table) == names


@pytest.mark.parametrize(
    ("answer", "serial"),
    [
        ("ESN of device: 2102350DLA\n", "2102350DLA"),
        ("ESN of slot 1:21-AB\n", "21-AB"),
        ("DEVICE_SERIAL_NUMBER : 210235A\n", "210235A"),
        ("DEVICE_SERIAL NUMBER: X1\n", "X1"),
        ("ESN of device: \n", None),
        ("", None),
    ],
)
def test_a_serial_number_follows_its_name(answer: str, serial: str | None) -> None:
    """Goal: Huawei's and H3C's ways of telling it, and no guess where there is none."""
    assert serial_in(answer) == serial
