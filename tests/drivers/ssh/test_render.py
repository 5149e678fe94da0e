"""Lines rendered for VRP8 and Comware, typed into simulated switches that share no code with us."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh.config import Configured, Words, configured
from fleet.drivers.ssh.facts import names_in
from fleet.drivers.ssh.platforms.hp_comware import WORDS as COMWARE
from fleet.drivers.ssh.platforms.huawei_vrpv8 import WORDS as VRP8
from fleet.drivers.ssh.render import rendered
from fleet.model.device import FieldValue
from fleet.model.links import canonical_links, concerning
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch, Terminal

Fields = dict[str, FieldValue]
WORDS: Mapping[str, Words] = {"huawei_vrpv8": VRP8, "hp_comware": COMWARE}
VLANIF = {"huawei_vrpv8": "Vlanif", "hp_comware": "Vlan"}
FIBRE = {"huawei_vrpv8": "10GE1/0/", "hp_comware": "XGE1/0/2"}


def standing(terminal: Terminal, platform: Platform) -> Configured:
    """The switch's configuration as the driver takes it apart."""
    vrp = platform == "huawei_vrpv8"
    power = names_in(terminal("display poe power-state" if vrp else "display poe interface"))
    return configured(
        terminal("display current-configuration"),
        WORDS[platform],
        names_in(terminal("display port vlan")) if vrp else None,
        {WORDS[platform].short(name) for name in power},
    )


def sides(seen: Mapping[str, FieldValue], after: Fields) -> tuple[Fields, Fields]:
    """Before and after as a plan seals them: entries by what they name."""
    new = {name: canonical_links(name, value) for name, value in after.items()}
    old = {n: concerning(n, canonical_links(n, seen[n]), v) for n, v in new.items()}
    changed = [n for n in new if old[n] != new[n]]
    return {n: old[n] for n in changed}, {n: new[n] for n in changed}


def typed(terminal: Terminal, platform: Platform, after: Fields) -> list[str]:
    """Change the switch to `after`; each line must be taken without a word."""
    now = standing(terminal, platform)
    old, new = sides(now.fields(), after)
    lines = rendered(WORDS[platform], now, old, new)
    terminal("system-view")
    terminal.silent(*lines)
    if platform == "huawei_vrpv8":
        terminal("commit")
    terminal("return")
    return lines


def holds(seen: Mapping[str, FieldValue], after: Fields) -> Fields:
    """What is not as wanted."""
    return sides(seen, after)[0]


_WORD = st.sampled_from(["cameras", "门 禁", "a vlan=7 b", "x", "翠湖-东门"])
_VLANS = st.dictionaries(st.integers(2, 60), _WORD, min_size=2, max_size=6)


@st.composite
def wanted(draw: st.DrawFn, platform: Platform) -> Fields:
    """A whole wanted link: VLANs, ports of both kinds, an address, routes, a list, servers."""
    vlans = draw(_VLANS)
    numbers = sorted(vlans)
    access = draw(st.lists(st.integers(1, 6), unique=True, max_size=4))
    carried = draw(st.lists(st.sampled_from(numbers), unique=True, min_size=1))
    home = draw(st.sampled_from(numbers))
    rule = st.sampled_from(
        ["permit udp 10.7.0.0/24 port 5060", "permit udp any port 10000-20000", "deny ip any",
         "permit tcp 10.7.0.9/32 to 10.34.0.0/16 port 22", "permit icmp any"]
    )  # fmt: skip
    return {
        "sysname": draw(st.sampled_from(["sw-1", "翠湖", "HUAWEI", "SW-GE1"])),
        "vlans": [f"{v} {name}" for v, name in vlans.items()],
        "access_ports": [
            f"GE1/0/{n} vlan={draw(st.sampled_from([1, *numbers]))}"
            f" poe={draw(st.sampled_from(['on', 'off']))} desc={draw(_WORD)}"
            for n in access
        ],
        "uplink_ports": [
            f"{FIBRE[platform]}{5 if platform == 'hp_comware' else 1} "
            f"vlans={','.join(str(v) for v in sorted(carried))} desc={draw(_WORD)}"
        ]
        + [f"GE1/0/{n} vlans={home}" for n in draw(st.sets(st.integers(7, 9), max_size=2))],
        "lldp_enabled": draw(st.booleans()),
        "addresses": [f"{VLANIF[platform]}{home} 10.34.{home}.{draw(st.integers(1, 9))}/24"],
        "static_routes": [f"{net} via 10.34.1.{draw(st.integers(2, 9))}"
                          for net in draw(st.sets(st.sampled_from(
                              ["0.0.0.0/0", "10.7.0.0/16", "10.8.1.0/24"])))],
        "access_list": draw(st.lists(rule, max_size=4)),
        "access_list_on": f"{VLANIF[platform]}{home}",
        "ntp_servers": draw(st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2"]), unique=True)),
    }  # fmt: skip


@pytest.mark.property
@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
@settings(max_examples=12, deadline=None, phases=[Phase.generate])
def test_before_to_after_applied_gives_after(platform: Platform, data: st.DataObject) -> None:
    """Goal: two changes after each other, each read back as wanted; the same again is no line."""
    terminal = Switch(platform).login()
    for _ in range(2):
        after = data.draw(wanted(platform))
        # An empty list of VLANs in use cannot be told from an unmanaged one; VLANs only grow here.
        typed(terminal, platform, after)

        seen = standing(terminal, platform).fields()
        trailing = [r for r in _list(after) if r != "deny ip any"] == []
        assert holds(seen, {k: v for k, v in after.items() if k != "access_list"}) == {}
        assert trailing or _stripped(_list(seen)) == _stripped(_list(after))
        assert rendered(WORDS[platform], standing(terminal, platform), {}, {}) == []


def _list(fields: Mapping[str, FieldValue]) -> list[str]:
    return _entries(fields, "access_list")


def _entries(fields: Mapping[str, FieldValue], name: str) -> list[str]:
    value = fields[name]
    assert isinstance(value, list)
    return value


def _stripped(rules: list[str]) -> list[str]:
    """Without denials of everything at the end, which every list has."""
    kept = list(rules)
    while kept and kept[-1] == "deny ip any":
        kept.pop()
    return kept


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_not_named_is_not_touched(platform: Platform) -> None:
    """Goal: other VLANs, ports, routes and descriptions stand after a change as before it."""
    terminal = Switch(platform).login()
    first: Fields = {
        "vlans": ["5 theirs", "100 cameras"],
        "access_ports": ["GE1/0/1 vlan=5 poe=on desc=theirs", "GE1/0/2 vlan=5 poe=off desc=own"],
        "static_routes": ["10.8.0.0/16 via 10.0.0.1"],
    }
    typed(terminal, platform, first)

    lines = typed(
        terminal,
        platform,
        {"access_ports": ["GE1/0/2 vlan=100"], "static_routes": ["10.9.0.0/16 via 10.0.0.1"]},
    )

    seen = standing(terminal, platform).fields()
    assert {"GE1/0/1 vlan=5 poe=on desc=theirs", "GE1/0/2 vlan=100 poe=off desc=own"} <= set(
        _entries(seen, "access_ports")
    )
    assert seen["static_routes"] == ["10.8.0.0/16 via 10.0.0.1", "10.9.0.0/16 via 10.0.0.1"]
    assert seen["vlans"] == ["5 theirs", "100 cameras"]
    assert len(lines) == 4


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_port_becomes_a_trunk_and_back(platform: Platform) -> None:
    """Goal: what the other kind had is taken off first, as real firmware wants it."""
    terminal = Switch(platform).login()
    words = WORDS[platform]
    typed(terminal, platform, {"vlans": ["7 a"], "access_ports": ["GE1/0/3 vlan=7"]})

    there = typed(terminal, platform, {"uplink_ports": ["GE1/0/3 vlans=7"]})
    trunk = standing(terminal, platform).ports["GE1/0/3"]
    back = typed(terminal, platform, {"access_ports": ["GE1/0/3 vlan=7"]})

    assert there.index(words.access.format(v=1)) < there.index("port link-type trunk")
    assert (trunk.trunk, trunk.vlans - {1}) == (True, {7})
    assert back.index(f"undo {words.trunk.format(v=7)}") < back.index("port link-type access")
    assert not standing(terminal, platform).ports["GE1/0/3"].trunk


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_undo_takes_away_what_was_made(platform: Platform) -> None:
    """Goal: after without an entry that before has: VLAN, port, address, route and server go."""
    terminal = Switch(platform).login()
    vlanif = f"{VLANIF[platform]}7"
    made: Fields = {
        "vlans": ["7 a"],
        "access_ports": ["GE1/0/3 vlan=7 desc=x"],
        "uplink_ports": ["GE1/0/4 vlans=7"],
        "addresses": [f"{vlanif} 10.1.0.1/24"],
        "static_routes": ["10.2.0.0/16 via 10.1.0.2"],
        "ntp_servers": ["10.0.0.1"],
    }
    typed(terminal, platform, made)
    now = standing(terminal, platform)
    nothing: Fields = {name: [] for name in made}

    lines = rendered(WORDS[platform], now, {k: v for k, v in made.items()}, nothing)
    terminal("system-view")
    terminal.silent(*[line for line in lines if line != "undo vlan 7"])
    if platform == "huawei_vrpv8":
        terminal("commit")
    terminal("return")

    seen = standing(terminal, platform).fields()
    assert lines[-1] == "undo vlan 7"
    assert (seen["addresses"], seen["static_routes"], seen["ntp_servers"]) == ([], [], [])
    assert seen["uplink_ports"] == []
    assert not any("desc=" in e or "vlan=7" in e for e in _entries(seen, "access_ports"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_guard_is_off_while_its_list_is_made(platform: Platform) -> None:
    """Goal: rules in use are never taken apart; the list that guards already is the one used."""
    terminal = Switch(platform).login()
    vlanif = f"{VLANIF[platform]}7"
    on: Fields = {"vlans": ["7 a"], "addresses": [f"{vlanif} 10.1.0.1/24"]}
    rules: Fields = {"access_list": ["permit ip 10.0.0.0/8"], "access_list_on": vlanif}
    typed(terminal, platform, on | rules)
    guard = WORDS[platform].filter_.format(n=3999)

    lines = typed(terminal, platform, {"access_list": ["permit udp any port 5060"]})

    assert lines.index(f"undo {guard}") < lines.index("undo rule 5") < lines.index(guard)
    seen = standing(terminal, platform).fields()
    assert seen["access_list"] == ["permit udp any port 5060"]
    assert seen["access_list_on"] == vlanif
