"""Everything a switch refuses: in which words, at which character, and that nothing came of it."""

from __future__ import annotations

import pytest

from tests.simulator.switches.kit import PLATFORMS, Platform, Switch, Terminal

both = pytest.mark.parametrize("platform", PLATFORMS)
MARK = {"huawei_vrpv8": "Error: ", "hp_comware": ""}
LINE_MARK = {"huawei_vrpv8": "Error: ", "hp_comware": " % "}
PLACE = {"huawei_vrpv8": "[~HUAWEI]", "hp_comware": "[H3C]"}
ACL = {"huawei_vrpv8": "acl number 3000", "hp_comware": "acl advanced 3000"}
FIBRE = {"huawei_vrpv8": "10GE1/0/1", "hp_comware": "XGE1/0/25"}
IN_VLAN = {"huawei_vrpv8": "port default vlan", "hp_comware": "port access vlan"}
CARRY = {"huawei_vrpv8": "port trunk allow-pass vlan", "hp_comware": "port trunk permit vlan"}
NTP = {"huawei_vrpv8": "ntp unicast-server", "hp_comware": "ntp-service unicast-server"}
FILTER = {"huawei_vrpv8": "traffic-filter acl 3000 inbound",
          "hp_comware": "packet-filter 3000 inbound"}  # fmt: skip
WRONG_RULE = "The rule has a wrong parameter."


def in_system(platform: Platform, switch: Switch | None = None) -> Terminal:
    """A session in the system view."""
    terminal = (switch or Switch(platform)).login()
    terminal("system-view")
    return terminal


def spelled(platform: Platform, line: str) -> str:
    """A line with the platform's own words in the places of the braces."""
    return line.format(
        acl=ACL[platform],
        fibre=FIBRE[platform],
        in_vlan=IN_VLAN[platform],
        carry=CARRY[platform],
        ntp=NTP[platform],
        filter=FILTER[platform],
    )


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("interface GE1/0/25",), "The interface does not exist."),
    (("interface GE0/0/0",), "The interface does not exist."),
    (("interface LoopBack1/0/1",), "The interface does not exist."),
    (("interface Vlanif4095",), "The VLAN does not exist."),
    (("undo interface {fibre}",), "The interface cannot be deleted."),
    (("undo interface Vlanif7",), "The interface does not exist."),
    (("undo interface LoopBack7",), "The interface does not exist."),
    (("undo vlan 1",), "The default VLAN cannot be deleted."),
    (("vlan 7", "quit", "interface Vlanif7", "quit", "undo vlan 7"),
     "The VLAN has a VLAN interface; delete that first."),
    (("interface GE1/0/1", "{in_vlan} 4094"), "The VLAN does not exist."),
    (("interface GE1/0/1", "port link-type trunk", "{in_vlan} 1"),
     "The port is not an access port."),
    (("interface GE1/0/1", "{carry} 7"), "The port is not a trunk port."),
    (("interface GE1/0/1", "undo {carry} 7"), "The port is not a trunk port."),
    (("interface GE1/0/1", "ip address 10.0.0.1 24"), "The port is in bridge mode."),
    (("interface Vlanif1", "port link-type trunk"), "The port is in route mode."),
    (("interface Vlanif1", "port link-type access"), "The port is in route mode."),
    (("interface Vlanif1", "undo port link-type"), "The port is in route mode."),
    (("interface Vlanif1", "poe enable"), "The interface does not support PoE."),
    (("interface {fibre}", "undo poe enable"), "The interface does not support PoE."),
    (("interface Vlanif1", "ip address 10.0.0.1 24", "quit", "interface LoopBack0",
      "ip address 10.0.0.1 255.255.255.0"), "The address already exists."),
    (("ip route-static 10.0.0.0 24 10.1.1.1", "undo ip route-static 10.0.0.0 24 10.1.1.2"),
     "The route does not exist."),
    (("undo {ntp} 10.0.0.1",), "The NTP server does not exist."),
    (("undo {acl}",), "The ACL does not exist."),
    (("{acl}", "quit", "interface Vlanif1", "{filter}", "quit", "undo {acl}"),
     "The ACL is in use."),
    (("interface Vlanif1", "undo {filter}"), "The ACL is not applied to the interface."),
    (("{acl}", "undo rule 0"), "The rule does not exist."),
    (("{acl}", "rule allow ip"), WRONG_RULE),
    (("{acl}", "rule permit gre"), WRONG_RULE),
    (("{acl}", "rule permit icmp destination-port eq 1"), WRONG_RULE),
    (("{acl}", "rule permit udp source 10.0.0.0 255.255.255.0"), WRONG_RULE),
    (("{acl}", "rule 65535 permit ip"), "The rule number is out of range."),
    (("sysname " + "门" * 65,), "The system name is invalid."),
    (("sysname 东 门",), "The system name is invalid."),
    (("interface GE1/0/1", "description " + "门" * 81), "The description is too long."),
]  # fmt: skip


@both
@pytest.mark.parametrize(("lines", "words"), REFUSED)
def test_a_value_that_cannot_be(platform: Platform, lines: tuple[str, ...], words: str) -> None:
    """Said in the platform's form; neither what runs nor the candidate has anything of it."""
    switch = Switch(platform)
    terminal = in_system(platform, switch)
    terminal.silent(*(spelled(platform, line) for line in lines[:-1]))
    before = switch.box.now()
    candidate = list(terminal.shell.session.edits)
    assert terminal(spelled(platform, lines[-1])) == MARK[platform] + words
    assert switch.box.now() == before
    assert terminal.shell.session.edits == candidate


NO_COMMANDS = [
    ("vlan 0", "vlan ", "Wrong parameter"),
    ("vlan 4095", "vlan ", "Wrong parameter"),
    ("vlan", "vlan", "Incomplete command"),
    ("interface", "interface", "Incomplete command"),
    ("interface Ethernet1/0/1", "interface ", "Wrong parameter"),
    ("sysname", "sysname", "Incomplete command"),
    ("ip route-static 10.0.0.0 33 10.0.0.1", "ip route-static 10.0.0.0 ", "Wrong parameter"),
    ("ip route-static 10.0.0.0 0.0.0.255 10.0.0.1", "ip route-static 10.0.0.0 ",
     "Wrong parameter"),
    ("ip route-static 10.0.0.0 24 10.0.0", "ip route-static 10.0.0.0 24 ", "Wrong parameter"),
    ("ip route-static 10.0.0.0 24", "ip route-static 10.0.0.0 24", "Incomplete command"),
    ("ip route-static 10.0.0.0 24 10.0.0.1 60", "ip route-static 10.0.0.0 24 10.0.0.1 ",
     "Too many parameters"),
    ("acl number 2999", "acl number ", "Wrong parameter"),
    ("acl number 4000", "acl number ", "Wrong parameter"),
    ("display acl 1999", "display acl ", "Wrong parameter"),
    ("display acl 5000", "display acl ", "Wrong parameter"),
    ("display v", "display ", "Ambiguous command"),
    ("display", "display", "Incomplete command"),
    ("display clock now", "display clock ", "Too many parameters"),
    ("configure terminal", "", "Unrecognized command"),
    ("port link-type trunk", "", "Unrecognized command"),
    ("undo sysname", "undo ", "Unrecognized command"),
]  # fmt: skip


@both
@pytest.mark.parametrize(("line", "good", "fault"), NO_COMMANDS)
def test_a_line_that_is_no_command(platform: Platform, line: str, good: str, fault: str) -> None:
    """The caret stands below the first character that is wrong, the words below the caret."""
    switch = Switch(platform)
    terminal = in_system(platform, switch)
    assert terminal(line).split("\n") == [
        " " * len(PLACE[platform] + good) + "^",
        f"{LINE_MARK[platform]}{fault} found at '^' position.",
    ]
    assert switch.kept == []


@both
@pytest.mark.parametrize(
    "line", ["vlan 100", "interface GE1/0/1", "sysname other", "commit", "quit now"]
)
def test_configuration_waits_for_its_view(platform: Platform, line: str) -> None:
    """In the user's view there is nothing to configure, and the session stays."""
    switch = Switch(platform)
    terminal = switch.login()
    assert terminal(line).endswith(" found at '^' position.")
    assert (terminal.ended, switch.kept) == (False, [])


@both
@pytest.mark.parametrize("digit", ["²", "６", "٣", "①", "三"])
@pytest.mark.parametrize(
    "line",
    ["vlan {}", "undo vlan {}", "acl number 300{}", "display acl 300{}", "interface Vlanif{}",
     "interface GE1/0/{}", "ip route-static 10.0.0.{} 24 10.0.0.1"],
)  # fmt: skip
def test_a_digit_of_another_script_ends_no_session(
    platform: Platform, digit: str, line: str
) -> None:
    """Only 0 to 9 are numbers; anything else is refused, and the next line is answered."""
    switch = Switch(platform)
    terminal = in_system(platform, switch)
    assert terminal(line.format(digit)).endswith(" found at '^' position.")
    assert (terminal.prompt, switch.kept) == (PLACE[platform], [])
    assert "UTC" in terminal("display clock")


@both
@pytest.mark.parametrize(
    "words",
    ["² permit ip", "permit udp destination-port eq ²", "permit udp destination-port range 1 ６",
     "permit udp source ²0.0.0.0 0"],
)  # fmt: skip
def test_a_rule_with_a_digit_of_another_script(platform: Platform, words: str) -> None:
    """Refused as any wrong rule is."""
    terminal = in_system(platform)
    terminal.silent(ACL[platform])
    assert terminal(f"rule {words}") == MARK[platform] + WRONG_RULE


@both
@pytest.mark.parametrize(
    "words",
    ["permit udp destination-port range 9 1",
     "permit udp source 10.0.0.0 0 source 10.0.0.1 0",
     "permit udp source any source any",
     "permit tcp destination any destination 10.0.0.0 0",
     "permit tcp destination-port eq 1 destination-port eq 2"],
)  # fmt: skip
def test_a_rule_that_contradicts_itself(platform: Platform, words: str) -> None:
    """A range that runs backwards, or something said twice."""
    terminal = in_system(platform)
    terminal.silent(ACL[platform])
    assert terminal(f"rule {words}") == MARK[platform] + WRONG_RULE


@both
def test_a_full_list_takes_no_rule_more(platform: Platform) -> None:
    """After the last number there is none to append with; a number that is free still goes."""
    terminal = in_system(platform)
    terminal.silent(ACL[platform], "rule 65534 permit ip")
    assert terminal("rule deny ip") == MARK[platform] + "The rule number is out of range."
    terminal.silent("rule 7 deny ip", "undo rule 65534", "rule permit icmp")
    if platform == "huawei_vrpv8":
        terminal.silent("commit")
    assert terminal("display this").split("\n")[2:-2] == [" rule 7 deny ip", " rule 10 permit icmp"]


@pytest.mark.parametrize("wrong", ["01", "1/0/1", "٣"])
def test_one_vlan_has_one_interface(wrong: str) -> None:
    """Another spelling of its number is no second one, beside which the VLAN could be deleted."""
    terminal = in_system("hp_comware")
    terminal.silent("vlan 3", "quit")
    terminal(f"interface Vlan-interface{wrong}")
    assert terminal.prompt == "[H3C]"
    assert "Vlan-interface" not in terminal("display current-configuration")


GONE = [
    "ip address 10.0.0.1 24", "undo ip address", "description x", "undo description", "shutdown",
    "port link-type trunk", "port link-type access", "poe enable", "undo poe enable",
    "{in_vlan} 1", "undo {in_vlan}", "{carry} 7", "undo {carry} 7", "undo {filter}",
]  # fmt: skip


@both
@pytest.mark.parametrize("line", GONE)
def test_a_view_whose_interface_is_gone_ends_no_session(platform: Platform, line: str) -> None:
    """The candidate was cleared or another deleted it: each line is refused, none breaks."""
    switch = Switch(platform)
    terminal = in_system(platform, switch)
    terminal.silent("vlan 9", "quit", "interface Vlanif9")
    if platform == "huawei_vrpv8":
        terminal.silent("clear configuration candidate")
    else:
        in_system(platform, switch).silent("undo interface Vlanif9")
    asked = spelled(platform, line)
    assert terminal(asked) == MARK[platform] + "The interface does not exist."
    assert terminal("display this") == "#\n#\nreturn"
    assert "UTC" in terminal("display clock")


@both
def test_a_view_whose_vlan_is_gone(platform: Platform) -> None:
    """Its name and description find nothing."""
    switch = Switch(platform)
    terminal = in_system(platform, switch)
    terminal.silent("vlan 9")
    if platform == "huawei_vrpv8":
        terminal.silent("clear configuration candidate")
    else:
        in_system(platform, switch).silent("undo vlan 9")
    for line in ("name x", "undo name", "description x", "undo description"):
        assert terminal(line) == MARK[platform] + "The VLAN does not exist."
    assert list(switch.box.now().running.vlans) == [1]


def test_a_routed_port_is_in_no_vlan() -> None:
    """A router's port takes none, so that nothing is kept which nobody could see."""
    for platform in PLATFORMS:
        router = Switch(platform, "router")
        terminal = in_system(platform, router)
        terminal.silent("vlan 7", "quit")
        terminal("interface GE0/0/1" if platform == "huawei_vrpv8" else "interface GE0/1")
        for line in (f"{IN_VLAN[platform]} 7", f"undo {IN_VLAN[platform]}"):
            assert terminal(line) == MARK[platform] + "The port is in route mode."


@both
@pytest.mark.parametrize("told", ["a | b", "东门 | include 枪机", "| begin", "x |"])
def test_a_description_with_a_bar_is_kept_whole(platform: Platform, told: str) -> None:
    """Only a `display` is filtered; elsewhere a bar is a character as any other."""
    switch = Switch(platform)
    terminal = in_system(platform, switch)
    terminal.silent("interface GE1/0/1", f"description {told}")
    if platform == "huawei_vrpv8":
        terminal.silent("commit")
    assert switch.box.now().running.ports["GE1/0/1"].description == told
    assert f" description {told}" in terminal("dis this").split("\n")
    assert terminal("dis this | include description") == f" description {told}"
