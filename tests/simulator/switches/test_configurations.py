"""Configurations as values: on disk, as text that can be typed again, as canonical fields."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator.ssh import canonical, comware_config, configuration, ledger, vrp_config
from fleet.simulator.ssh.configuration import Configuration, Port, Rule, Vlan
from fleet.simulator.ssh.ledger import Point, State, Trial
from fleet.simulator.ssh.naming import COMWARE7, VRP8, Naming, built_in
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch

NAMES = {"huawei_vrpv8": VRP8, "hp_comware": COMWARE7}
WRITERS = {"huawei_vrpv8": vrp_config.WRITER, "hp_comware": comware_config.WRITER}
WORDS = st.text("abcZ09-东门枪机", min_size=1, max_size=10).filter(lambda w: not w.startswith("-"))
VLAN = st.integers(2, 4094)
ADDRESS = st.tuples(*[st.integers(1, 223), *[st.integers(0, 255)] * 2, st.integers(1, 254)]).map(
    lambda parts: ".".join(map(str, parts))
)
NETWORK = st.tuples(st.integers(1, 223), st.integers(0, 255), st.integers(8, 16)).map(
    lambda parts: f"{parts[0]}.{parts[1] if parts[2] == 16 else 0}.0.0/{parts[2]}"
)
PORTS = st.one_of(
    st.just(""),
    st.integers(1, 65535).map(str),
    st.tuples(st.integers(1, 30000), st.integers(30001, 65535)).map(lambda p: f"{p[0]}-{p[1]}"),
)


@st.composite
def configurations(draw: st.DrawFn, platform: Platform) -> Configuration:
    """A switch as somebody may have configured it."""
    naming = NAMES[platform]
    vlans = {v: Vlan(*draw(st.tuples(WORDS | st.just(""), WORDS | st.just("")))) for v in
             sorted(draw(st.sets(VLAN, max_size=5)))}  # fmt: skip
    vlans = {1: Vlan(), **vlans}
    ports = built_in(platform, "switch")
    numbers = st.sampled_from(sorted(vlans))
    for name in draw(st.sets(st.sampled_from(sorted(ports)), max_size=6)):
        trunk = draw(st.booleans())
        ports[name] = Port(
            description=draw(WORDS | st.just("")),
            trunk=trunk,
            pvid=1 if trunk else draw(numbers),
            allowed=tuple(sorted(draw(st.sets(VLAN | st.just(1), max_size=5)))) if trunk else (1,),
            poe=draw(st.booleans()) if ports[name].poe is not None else None,
            shut=draw(st.booleans()),
        )
    lists = {
        number: {
            at * 5: Rule(
                draw(st.booleans()),
                "udp",
                draw(NETWORK | st.just("")),
                draw(NETWORK | st.just("")),
                draw(PORTS),
            )
            for at in range(1, draw(st.integers(1, 4)))
        }
        for number in sorted(draw(st.sets(st.integers(3000, 3999), max_size=2)))
    }
    used = draw(st.sets(ADDRESS, max_size=2))
    for vlan, address in zip(sorted(vlans)[1:], sorted(used), strict=False):
        ports[f"{naming.vlan}{vlan}"] = Port(
            routed=True,
            address=f"{address}/24",
            filter_in=draw(st.sampled_from(sorted(lists) or [0])),
        )
    return Configuration(
        sysname=draw(WORDS),
        vlans=vlans,
        ports=ports,
        lldp=draw(st.booleans()),
        routes=tuple(sorted(draw(st.sets(st.tuples(NETWORK, ADDRESS), max_size=3)))),
        lists=lists,
        ntp=tuple(sorted(draw(st.sets(ADDRESS, max_size=3)))),
    )


@pytest.mark.property
@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_what_is_shown_can_be_typed(platform: Platform, data: st.DataObject) -> None:
    """The text of any configuration, typed into a device from its box, gives that configuration."""
    wanted = data.draw(configurations(platform))
    switch = Switch(platform)
    terminal = switch.login()
    terminal("system-view")
    for section in "\n".join(WRITERS[platform].document(wanted)[1:-1]).split("\n#"):
        lines = [line.strip() for line in section.strip("\n").split("\n")]
        typed = [w for w in lines if w and not w.startswith(("version", "port link-mode", "#"))]
        # A port without any setting is as in its box.
        if len(typed) > 1 or not section.strip().startswith("interface GE"):
            terminal.silent(*typed)
        if terminal.shell.session.view.kind != "system":
            terminal.silent("quit")
    if platform == "huawei_vrpv8":
        terminal.silent("commit")
    assert switch.box.now().running == wanted


@pytest.mark.property
@pytest.mark.parametrize("platform", PLATFORMS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_what_is_kept_comes_back(platform: Platform, data: st.DataObject) -> None:
    """A ledger's document is read as what was written."""
    one, other = data.draw(configurations(platform)), data.draw(configurations(platform))
    trial = data.draw(st.none() | st.just(Trial(other, 17.5, 3, "tx-1")))
    state = State(one, other, trial, (Point(1000000001, "admin", "VTY 0", 5.0, "l", "d"),))
    assert ledger.from_json(ledger.to_json(state)) == state
    assert configuration.from_json(configuration.to_json(one)) == one


@pytest.mark.property
@given(configurations("huawei_vrpv8"), configurations("huawei_vrpv8"))
@settings(max_examples=20, deadline=None)
def test_what_a_field_says_can_be_tampered_in(one: Configuration, other: Configuration) -> None:
    """The words of one configuration's lists, tampered into another, are there afterwards."""
    shown = canonical.fields(one)
    for field in ("sysname", "access_list", "ntp_servers", "lldp_enabled"):
        value = shown[field]
        words = ";".join(value) if isinstance(value, list) else str(value)
        words = words.lower() if isinstance(value, bool) else words
        made = canonical.tampered(other, field, words, VRP8)
        assert canonical.fields(made)[field] == value
    for field in ("vlans", "access_ports", "uplink_ports"):
        entries = shown[field]
        assert isinstance(entries, list)
        made = canonical.tampered(other, field, ";".join(entries), VRP8)
        after = canonical.fields(made)[field]
        assert isinstance(after, list)
        assert set(entries) <= set(after)


def test_the_fields_of_a_configuration() -> None:
    """In the inventory's words, in their one order, without what is there from the factory."""
    config = Configuration(
        sysname="翠湖-SW01",
        vlans={1: Vlan(), 100: Vlan("cameras"), 200: Vlan("", "doors"), 300: Vlan()},
        ports={
            "GE1/0/10": Port(pvid=100, poe=True, description="东门 枪机"),
            "GE1/0/2": Port(poe=False),
            "10GE1/0/1": Port(trunk=True, allowed=(1, 100, 200, 201, 202)),
            "Vlanif100": Port(routed=True, address="10.34.1.1/24", filter_in=3001),
        },
        lldp=True,
        routes=(("0.0.0.0/0", "10.34.1.254"),),
        lists={3001: {5: Rule(True, "udp", "10.7.0.0/24", "", "5060"), 10: canonical.DENY_ALL}},
        ntp=("10.0.0.1",),
    )
    assert canonical.fields(config) == {
        "sysname": "翠湖-SW01",
        "vlans": ["100 cameras", "200 doors", "300"],
        "access_ports": ["GE1/0/2 vlan=1 poe=off", "GE1/0/10 vlan=100 poe=on desc=东门 枪机"],
        "uplink_ports": ["10GE1/0/1 vlans=100,200-202"],
        "lldp_enabled": True,
        "addresses": ["Vlanif100 10.34.1.1/24"],
        "static_routes": ["0.0.0.0/0 via 10.34.1.254"],
        "access_list": ["permit udp 10.7.0.0/24 port 5060"],
        "access_list_on": "Vlanif100",
        "ntp_servers": ["10.0.0.1"],
    }


@pytest.mark.parametrize(
    ("field", "words", "wanted"),
    [
        ("vlans", "100 cameras;200 doors", ["100 cameras", "200 doors"]),
        ("vlans", "100 cameras;-100", []),
        ("uplink_ports", "10GE1/0/1 vlans=7,9-11 desc=up", ["10GE1/0/1 vlans=7,9-11 desc=up"]),
        ("addresses", "Vlanif100 10.0.0.1/24", ["Vlanif100 10.0.0.1/24"]),
        ("addresses", "Vlanif100 10.0.0.1/24;-Vlanif100", []),
        ("static_routes", "0.0.0.0/0 via 10.0.0.1", ["0.0.0.0/0 via 10.0.0.1"]),
        (
            "static_routes",
            "0.0.0.0/0 via 10.0.0.1;0.0.0.0/0 via 10.0.0.2",
            ["0.0.0.0/0 via 10.0.0.2"],
        ),
        ("access_list", "permit udp any port 1-9;deny tcp 10.0.0.0/8 to 10.1.0.0/16",
         ["permit udp any port 1-9", "deny tcp 10.0.0.0/8 to 10.1.0.0/16"]),
        ("access_list_on", "GE1/0/1", "GE1/0/1"),
        ("ntp_servers", "10.0.0.2;10.0.0.1", ["10.0.0.1", "10.0.0.2"]),
        ("lldp_enabled", "true", True),
    ],
)  # fmt: skip
def test_tampering(field: str, words: str, wanted: object) -> None:
    """Additive lists change what they name, `-KEY` takes an entry out, the others are replaced."""
    config = Configuration("sw", ports=built_in("huawei_vrpv8", "switch"))
    made = canonical.tampered(config, field, words, VRP8)
    assert canonical.fields(made)[field] == wanted
    moved = {"access_ports"} if field == "uplink_ports" else set()
    assert set(canonical.changed(config, made)) == ({field, *moved} if wanted else set())


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("sysname", ""),
        ("vlans", "0 none"),
        ("vlans", "4095 much"),
        ("access_ports", "GE7/0/1 vlan=1"),
        ("access_ports", "GE1/0/1 vlan=x"),
        ("access_ports", "10GE1/0/1 poe=on"),
        ("access_ports", "GE1/0/1 vlans=1"),
        ("uplink_ports", "GE1/0/1 vlan=1"),
        ("lldp_enabled", "yes"),
        ("addresses", "GE1/0/1 10.0.0.1/24"),
        ("addresses", "nowhere 10.0.0.1/24"),
        ("addresses", "Vlanif1 10.0.0.300/24"),
        ("static_routes", "10.0.0.0/24 via"),
        ("access_list", "allow everything"),
        ("access_list_on", "nowhere"),
        ("ntp_servers", "a clock"),
    ],
)
def test_words_that_are_no_value(field: str, words: str) -> None:
    """Refused as a whole."""
    config = Configuration("sw", ports=built_in("huawei_vrpv8", "switch"))
    with pytest.raises(ValueError, match=r".+"):
        canonical.tampered(config, field, words, VRP8)


@pytest.mark.parametrize("naming", [VRP8, COMWARE7])
@pytest.mark.parametrize("kind", ["switch", "router"])
def test_every_port_in_the_box_has_its_names(naming: Naming, kind: str) -> None:
    """Short and full name of each are read as the same port."""
    platform = "huawei_vrpv8" if naming is VRP8 else "hp_comware"
    for name in built_in(platform, kind):
        assert naming.short(name) == naming.short(naming.full(name)) == name
