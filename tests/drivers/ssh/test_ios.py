"""IOS and RGOS, against configurations as their references show them; no device was ever asked."""

from __future__ import annotations

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.platforms.cisco_ios import POWER, Ios
from fleet.drivers.ssh.platforms.ruijie_os import POWER as RUIJIE_POWER
from fleet.drivers.ssh.platforms.ruijie_os import Ruijie
from fleet.model.device import FieldValue

CISCO = """\
Building configuration...

Current configuration : 1713 bytes
!
version 15.2
hostname SW1
!
vlan 100
 name cameras
!
vlan 200,210
!
interface GigabitEthernet0/1
 description east gate
 switchport access vlan 100
 switchport mode access
 power inline never
!
interface GigabitEthernet0/2
!
interface GigabitEthernet0/24
 description to router
 switchport trunk allowed vlan 1,100,200-202
 switchport mode trunk
!
interface GigabitEthernet0/25
 no switchport
 ip address 10.7.34.2 255.255.255.252
 ip access-group fleet-uplink in
!
interface Vlan100
 ip address 10.34.1.1 255.255.255.0
!
ip route 0.0.0.0 0.0.0.0 10.34.1.254
ip route 10.9.0.0 255.255.0.0 GigabitEthernet0/25
!
ip access-list extended fleet-uplink
 10 permit udp 10.7.0.0 0.0.0.255 any eq 5060
 20 permit udp any host 10.34.1.9 range 10000 20000
 30 deny   ip any any
!
ip access-list extended theirs
 permit ip any any
!
ntp server 10.34.0.1
end
"""
FIELDS: dict[str, FieldValue] = {
    "sysname": "SW1",
    "vlans": ["100 cameras", "200", "210"],
    "access_ports": [
        "GigabitEthernet0/1 vlan=100 poe=off desc=east gate",
        "GigabitEthernet0/2 vlan=1 poe=on",
    ],
    "uplink_ports": ["GigabitEthernet0/24 vlans=100,200-202 desc=to router"],
    "addresses": ["GigabitEthernet0/25 10.7.34.2/30", "Vlan100 10.34.1.1/24"],
    "static_routes": ["0.0.0.0/0 via 10.34.1.254"],
    "access_list": [
        "permit udp 10.7.0.0/24 port 5060",
        "permit udp any to 10.34.1.9/32 port 10000-20000",
    ],
    "access_list_on": "GigabitEthernet0/25",
    "ntp_servers": ["10.34.0.1"],
}


def test_a_configuration_is_taken_apart() -> None:
    """Goal: every field that the platform has, and nothing of what is not ours."""
    found = ios.fields_of(CISCO, POWER[1])

    assert found == FIELDS
    assert set(found) == ios.FIELDS


def test_ruijie_writes_a_blank_before_the_number() -> None:
    """Goal: the same port by the same name, with its own word for power."""
    shown = "interface GigabitEthernet 0/1\n switchport access vlan 7\n no poe enable\n!\n"

    found = ios.fields_of(shown, RUIJIE_POWER[1])

    assert found["access_ports"] == ["GigabitEthernet0/1 vlan=7 poe=off"]


def test_the_same_is_no_line() -> None:
    """Goal: what stands already is not typed."""
    quiet = {k: v for k, v in FIELDS.items() if isinstance(v, list) and k != "access_list"}

    assert ios.lines_of(CISCO, quiet, quiet, POWER) == []


def test_only_what_differs_is_typed() -> None:
    """Goal: VLANs first, the guard off while its list is made, the name last."""
    after: dict[str, FieldValue] = {
        "sysname": "SW2",
        "vlans": ["100 cameras", "300 doors"],
        "access_ports": ["GigabitEthernet0/2 vlan=300 poe=off desc=door"],
        "uplink_ports": ["GigabitEthernet0/24 vlans=100,300"],
        "addresses": ["Vlan100 10.34.2.1/24"],
        "static_routes": ["0.0.0.0/0 via 10.34.2.254"],
        "access_list": ["permit tcp 10.7.0.9/32 to 10.34.0.0/16 port 22"],
        "ntp_servers": ["10.34.0.2"],
    }
    before = {k: FIELDS[k] for k in after} | {
        "vlans": ["100 cameras"],
        "access_ports": ["GigabitEthernet0/2 vlan=1 poe=on"],
        "uplink_ports": ["GigabitEthernet0/24 vlans=100,200-202"],
        "addresses": ["Vlan100 10.34.1.1/24"],
    }

    assert ios.lines_of(CISCO, before, after, POWER) == [
        "vlan 300", "name doors", "exit",
        "interface GigabitEthernet0/2", "switchport mode access", "switchport access vlan 300",
        "power inline never", "description door", "exit",
        "interface GigabitEthernet0/24", "switchport mode trunk",
        "switchport trunk allowed vlan 100,300", "exit",
        "interface Vlan100", "ip address 10.34.2.1 255.255.255.0", "exit",
        "no ip route 0.0.0.0 0.0.0.0 10.34.1.254", "ip route 0.0.0.0 0.0.0.0 10.34.2.254",
        "interface GigabitEthernet0/25", "no ip access-group fleet-uplink in", "exit",
        "no ip access-list extended fleet-uplink", "ip access-list extended fleet-uplink",
        "permit tcp 10.7.0.9 0.0.0.0 10.34.0.0 0.0.255.255 eq 22", "deny ip any any", "exit",
        "interface GigabitEthernet0/25", "ip access-group fleet-uplink in", "exit",
        "no ntp server 10.34.0.1", "ntp server 10.34.0.2",
        "hostname SW2",
    ]  # fmt: skip


def test_what_is_wanted_no_more_is_taken_away() -> None:
    """Goal: an undo of a whole link: addresses, routes, servers and VLANs go."""
    before: dict[str, FieldValue] = {
        "vlans": ["300 doors"],
        "addresses": ["Vlan300 10.34.3.1/24"],
        "static_routes": ["10.9.0.0/16 via 10.34.3.2"],
        "ntp_servers": ["10.34.0.2"],
    }

    assert ios.lines_of(CISCO, before, {k: [] for k in before}, POWER) == [
        "interface Vlan300", "no ip address", "exit",
        "no ip route 10.9.0.0 255.255.0.0 10.34.3.2",
        "no ntp server 10.34.0.2", "no vlan 300",
    ]  # fmt: skip


def test_a_rule_without_a_canonical_form_shows_as_it_is() -> None:
    """Goal: a difference, never one of ours."""
    shown = "ip access-list extended fleet-uplink\n permit tcp any any established\n"

    assert ios.fields_of(shown, POWER[1])["access_list"] == ["permit tcp any any established"]


def test_prompts_of_every_mode_are_one_device() -> None:
    """Goal: user, privileged and configuration mode, of IOS and RGOS."""
    for manners in (Ios.manners, Ruijie.manners):
        for prompt in ("SW1>", "SW1#", "SW1(config)#", "SW1(config-if-GigabitEthernet 0/1)#"):
            found = manners.prompt.fullmatch(prompt)
            assert found is not None
            assert found["name"] == "SW1"
        assert manners.prompt.fullmatch("% Invalid input") is None
        for refused in ("% Invalid input detected at '^' marker.", "   ^", "Error: no"):
            assert manners.error.search(refused)
