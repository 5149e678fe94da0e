"""Changes applied to models of the devices are read back as wanted, and their undo as before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.platforms.cisco_ios import POWER
from fleet.drivers.ssh.render import rendered
from fleet.model.device import FieldValue
from fleet.model.links import canonical_links, concerning
from tests.drivers.ssh.ios_model import IosModel
from tests.drivers.ssh.test_render import VLANIF, WORDS, sides, standing, typed
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch

Fields = dict[str, FieldValue]
_WORD = st.sampled_from(
    ["cameras", "门 禁", "a vlan=7 b", "x", "翠湖-东门", "exit", "no", "vlan 9"]
)
_RULE = st.sampled_from(
    ["permit udp 10.7.0.0/24 port 5060", "permit udp any port 10000-20000", "permit ip any",
     "permit tcp 10.7.0.9/32 to 10.34.0.0/16 port 22", "permit icmp any", "deny tcp any port 80"]
)  # fmt: skip


@st.composite
def links(draw: st.DrawFn) -> Fields:
    """A wanted link of IOS; any of its fields may be left out."""
    numbers = draw(st.lists(st.integers(2, 4094), min_size=1, max_size=4, unique=True))
    ports = draw(st.lists(st.integers(1, 8), unique=True, max_size=5))
    cut = draw(st.integers(0, len(ports)))
    vlan = st.sampled_from([1, *numbers])
    whole: Fields = {
        "sysname": draw(st.sampled_from(["sw-1", "翠湖", "vlan"])),
        "vlans": [f"{n} {draw(_WORD)}" if draw(st.booleans()) else str(n) for n in numbers],
        "access_ports": [
            f"Gi0/{n} vlan={draw(vlan)}"
            + draw(st.sampled_from(["", " poe=on", " poe=off"]))
            + (f" desc={draw(_WORD)}" if draw(st.booleans()) else "")
            for n in ports[:cut]
        ],
        "uplink_ports": [
            f"Gi0/{n} vlans={','.join(str(v) for v in sorted(numbers))}"
            + (f" desc={draw(_WORD)}" if draw(st.booleans()) else "")
            for n in ports[cut:]
        ],
        "addresses": [f"Vlan{numbers[0]} 10.1.{draw(st.integers(0, 9))}.1/24"],
        "static_routes": [
            f"{net} via 10.1.0.{draw(st.integers(2, 5))}"
            for net in draw(st.sets(st.sampled_from(["0.0.0.0/0", "10.7.0.0/16", "10.8.1.9/32"])))
        ],
        "access_list": draw(st.lists(_RULE, max_size=4)),
        "access_list_on": f"Vlan{numbers[-1]}",
        "ntp_servers": draw(st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2"]), unique=True)),
    }
    left_out = draw(st.sets(st.sampled_from(sorted(whole)), max_size=6))
    return {name: value for name, value in whole.items() if name not in left_out}


def factory_new() -> IosModel:
    """A switch with its ports, of which nothing is said yet."""
    model = IosModel()
    model.type("hostname Switch")
    for number in range(1, 9):
        model.type(f"interface Gi0/{number}", "exit")
    return model


def change(model: IosModel, after: Fields) -> tuple[Fields, Fields]:
    """Type what turns the model into `after`; the sides of the change, as a plan seals them."""
    now = ios.fields_of(model.show(), POWER[1])
    old, new = sides(now, after)
    model.type(*ios.lines_of(model.show(), old, new, POWER))
    return old, new


@pytest.mark.property
@given(first=links(), second=links())
@settings(max_examples=120, deadline=None)
def test_ios_reads_back_what_was_wanted(first: Fields, second: Fields) -> None:
    """Goal: two changes of IOS after each other, each read back whole; the guard never stands on
    a list that is being made; the same once more is not one line."""
    model = factory_new()
    for after in (first, second):
        change(model, after)

        seen = ios.fields_of(model.show(), POWER[1])
        assert sides(seen, after) == ({}, {})
        assert not model.guarded_while_made
        assert change(model, after) == ({}, {})


@pytest.mark.property
@given(first=links(), second=links())
@settings(max_examples=120, deadline=None)
def test_ios_goes_back_to_what_stood(first: Fields, second: Fields) -> None:
    """Goal: the undo of a change of IOS, its sides swapped, brings every named value back.

    Symptom once: a description or a VLAN's name that the change had set outlived its undo, and
    rules that followed an empty list came to stand behind its denial of everything.
    """
    model = factory_new()
    change(model, first)
    old, new = change(model, second)

    model.type(*ios.lines_of(model.show(), new, old, POWER))

    seen = ios.fields_of(model.show(), POWER[1])
    for name, value in old.items():
        # A trunk that was an access port keeps its description: which of the two set it is lost.
        if name in ("access_ports", "uplink_ports") and moved(old, new):
            continue
        assert named(name, seen[name], value, new[name]) == canonical_links(name, value)


def moved(old: Fields, new: Fields) -> bool:
    """Whether a port changes its kind."""
    kinds = [
        {str(e).split()[0] for e in entries(side, name)}
        for name in ("access_ports", "uplink_ports")
        for side in (old, new)
    ]
    return bool((kinds[0] | kinds[1]) & (kinds[2] | kinds[3])) or kinds[0] != kinds[1]


def entries(fields: Mapping[str, FieldValue], name: str) -> list[str]:
    """A list of some fields, empty where it is left out."""
    value = fields.get(name, [])
    assert isinstance(value, list)
    return value


def named(name: str, seen: FieldValue, one: FieldValue, other: FieldValue) -> FieldValue:
    """What either side of a change names of what is seen."""
    both = [*one, *other] if isinstance(one, list) and isinstance(other, list) else one
    return concerning(name, canonical_links(name, seen), both)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_undo_takes_off_the_words_that_were_put_on(platform: Platform) -> None:
    """Goal: descriptions and names that a change set are gone after its undo, nothing else is.

    Symptom once: they outlived it, and the trial of the undo could never be told to stand.
    """
    terminal = Switch(platform).login()
    words = WORDS[platform]
    trunk = "GE1/0/4 vlans=7"
    typed(
        terminal,
        platform,
        {"vlans": ["7"], "access_ports": ["GE1/0/3 vlan=7 poe=on"], "uplink_ports": [trunk]},
    )
    after: Fields = {
        "vlans": ["7 门禁"],
        "access_ports": ["GE1/0/3 vlan=7 desc=东门 枪机"],
        "uplink_ports": [f"{trunk} desc=to router"],
    }
    before, _ = sides(standing(terminal, platform).fields(), after)
    typed(terminal, platform, after)

    lines = rendered(words, standing(terminal, platform), after, before)
    terminal("system-view")
    terminal.silent(*lines)
    if platform == "huawei_vrpv8":
        terminal("commit")
    terminal("return")

    seen = standing(terminal, platform).fields()
    assert lines.count("undo description") == 2
    assert "undo name" in lines
    assert "GE1/0/3 vlan=7 poe=on" in entries(seen, "access_ports")
    assert trunk in entries(seen, "uplink_ports")
    assert "7" in entries(seen, "vlans")


@pytest.mark.property
@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
@settings(max_examples=10, deadline=None, phases=[Phase.generate])
def test_scalars_lists_and_routes_go_back(platform: Platform, data: st.DataObject) -> None:
    """Goal: swapped sides of a change bring back name, LLDP, address, routes, list and servers."""
    terminal = Switch(platform).login()
    vlanif = f"{VLANIF[platform]}7"
    typed(terminal, platform, {"vlans": ["7 a"], "addresses": [f"{vlanif} 10.1.9.1/24"]})

    def drawn() -> Fields:
        return {
            "sysname": data.draw(st.sampled_from(["sw-1", "翠湖", "sw-2"])),
            "lldp_enabled": data.draw(st.booleans()),
            "addresses": [f"{vlanif} 10.1.{data.draw(st.integers(0, 5))}.1/24"],
            "static_routes": [
                f"{net} via 10.1.9.{data.draw(st.integers(2, 4))}"
                for net in data.draw(st.sets(st.sampled_from(["0.0.0.0/0", "10.8.0.0/16"])))
            ],
            "access_list": data.draw(st.lists(_RULE, max_size=3)),
            "access_list_on": vlanif,
            "ntp_servers": data.draw(st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2"]),
                                              unique=True)),
        }  # fmt: skip

    typed(terminal, platform, drawn())
    there = standing(terminal, platform).fields()
    old, new = sides(there, drawn())
    typed(terminal, platform, new)
    stands = standing(terminal, platform)

    lines = rendered(WORDS[platform], stands, new, old)
    terminal("system-view")
    terminal.silent(*lines)
    if platform == "huawei_vrpv8":
        terminal("commit")
    terminal("return")

    seen = standing(terminal, platform).fields()
    for name in ("sysname", "lldp_enabled", "addresses", "access_list", "access_list_on"):
        assert seen[name] == there[name]
    assert seen["ntp_servers"] == there["ntp_servers"]
    for route in entries(old, "static_routes"):
        assert route in entries(seen, "static_routes")
