"""The command language of Cisco IOS, which Ruijie RGOS follows: canonical fields ↔ its lines.

Experimental: made after the command references, never tried on a device. Ports and interfaces are
called as the configuration writes them, without the blank that RGOS puts before the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from fleet.drivers.ssh.rules import PORT_NAMES, wildcard_network
from fleet.model.device import FieldValue
from fleet.model.links import PORTS, attributes, key_of, order, vlan_numbers, vlan_words
from fleet.model.text import Text, text

# Our own list; the only one that is taken apart and put together.
LIST = "fleet-uplink"
FIELDS = frozenset(
    {
        "sysname", "vlans", "access_ports", "uplink_ports", "addresses", "static_routes",
        "access_list", "access_list_on", "ntp_servers",
    }
)  # fmt: skip
Fields = Mapping[str, FieldValue]
_ALL = range(2, 4095)
_CARRIES = "switchport trunk allowed vlan "


def fields_of(shown: str, power_off: str) -> dict[str, FieldValue]:
    """The canonical fields of a shown configuration; `power_off` takes a port's power away.

    Raises:
        ValueError: a number or an address in it is none.
    """
    access, uplink, addresses, rules = list[str](), list[str](), list[str](), list[str]()
    vlans: dict[int, str] = {}
    found: dict[str, FieldValue] = {"sysname": "", "access_list_on": ""}
    routes, servers = list[str](), list[str]()
    for head, lines in _sections(shown):
        words = head.split()
        match words:
            case ["hostname", name]:
                found["sysname"] = name
            case ["vlan", numbers] if re.fullmatch(r"[\d,-]+", numbers):
                name = next((x.partition(" ")[2] for x in lines if x.startswith("name ")), "")
                vlans.update({v: name for v in vlan_numbers(numbers) if v != 1})
            case ["interface", *named]:
                port = "".join(named)
                told = _address(lines)
                addresses += [f"{port} {a}" for a in told]
                if f"ip access-group {LIST} in" in lines:
                    found["access_list_on"] = port
                if not told and "no switchport" not in lines and "/" in port:
                    (uplink if "switchport mode trunk" in lines else access).append(
                        _port(port, lines, power_off)
                    )
            case ["ip", "route", net, mask, hop, *_] if net[0].isdigit() and hop[0].isdigit():
                told_net = IPv4Network(f"{net}/{mask}", strict=False)
                routes.append(f"{told_net} via {IPv4Address(hop)}")
            case ["ip", "access-list", "extended", name] if name == LIST:
                rules = [_rule_from(line) for line in lines]
            case ["ntp", "server", server, *_]:
                servers.append(server)
    if rules and rules[-1] == "deny ip any":
        rules.pop()
    return found | {
        "vlans": [f"{v} {n}".strip() for v, n in sorted(vlans.items())],
        "access_ports": sorted(access, key=order),
        "uplink_ports": sorted(uplink, key=order),
        "addresses": sorted(addresses, key=order),
        "static_routes": sorted(routes, key=order),
        "access_list": list(rules),
        "ntp_servers": sorted(servers, key=order),
    }


def lines_of(shown: str, before: Fields, after: Fields, power: tuple[str, str]) -> list[str]:
    """The lines of a change, to be typed in configuration mode.

    Args:
        shown: the running configuration, for where the list is applied and whether it stands.
        before: the fields that change, as they stand.
        after: the same fields as they are wanted.
        power: the lines that give a port's power and take it away.

    Raises:
        ValueError: see `fields_of`.
    """
    lines: list[str] = []
    for entry in _new(before, after, "vlans"):
        name, had = attributes("vlans", entry).get("name"), _stood(before, "vlans", entry)
        said = [f"name {name}"] if name else ["no name"] if "name" in had else []
        lines += [f"vlan {key_of(entry)}", *said, "exit"]
    moved = {key_of(e) for field in PORTS for e in _new(before, after, field)}
    for field in PORTS:
        for entry in _gone(before, after, field):
            if key_of(entry) not in moved:
                lines += _bare_port(entry, attributes(field, entry))
    for field in PORTS:
        for entry in _new(before, after, field):
            lines += _port_lines(field, _stood(before, field, entry), entry, power)
    for entry in _gone(before, after, "addresses"):
        lines += [f"interface {key_of(entry)}", "no ip address", "exit"]
    for entry in _new(before, after, "addresses"):
        told = IPv4Interface(entry.split()[1])
        lines += [f"interface {key_of(entry)}", f"ip address {told.ip} {told.netmask}", "exit"]
    old = _of(before, "static_routes")
    keys = {key_of(e) for e in _new(before, after, "static_routes")}
    undone = [e for e in old if e not in _of(after, "static_routes")]
    lines += [f"no {_route(e)}" for e in undone]
    lines += [_route(e) for e in _of(after, "static_routes") if key_of(e) in keys]
    lines += _list(shown, str(fields_of(shown, power[1])["access_list_on"]), after)
    lines += [f"no ntp server {s}" for s in _gone(before, after, "ntp_servers")]
    lines += [f"ntp server {s}" for s in _new(before, after, "ntp_servers")]
    lines += [f"no vlan {key_of(e)}" for e in _gone(before, after, "vlans")]
    if "sysname" in after:
        lines.append(f"hostname {after['sysname']}")
    return lines


def judge(field: str, value: object) -> Text | None:
    """Why IOS has no form for a value; None where it has."""
    if isinstance(value, list) and field == "addresses":
        keys = [key_of(str(e)) for e in value]
        if lost := next((k for k in keys if keys.count(k) > 1), None):
            return text(
                "{k}: this platform's interfaces have one address",
                "{k}：该平台每个接口只有一个地址",
                k=lost,
            )
    return None


def _sections(shown: str) -> Iterator[tuple[str, list[str]]]:
    head, inside = "", list[str]()
    for line in shown.splitlines():
        if line.startswith(" ") and head:
            inside.append(line.strip())
        elif line.strip():
            if head:
                yield head, inside
            head, inside = line.strip(), []
    if head:
        yield head, inside


def _address(lines: Sequence[str]) -> list[str]:
    found = [re.fullmatch(r"ip address (\S+) (\d+\.\d+\.\d+\.\d+)", line) for line in lines]
    return [str(IPv4Interface(f"{m[1]}/{m[2]}")) for m in found if m]


def _port(name: str, lines: Sequence[str], power_off: str) -> str:
    desc = next((x.partition(" ")[2] for x in lines if x.startswith("description ")), "")
    described = f" desc={desc}" if desc else ""
    if "switchport mode trunk" in lines:
        return f"{name} vlans={vlan_words(v for v in _carried(lines) if v != 1)}{described}"
    vlan = next((x.split()[-1] for x in lines if x.startswith("switchport access vlan ")), "1")
    return f"{name} vlan={vlan} poe={'off' if power_off in lines else 'on'}{described}"


def _carried(lines: Sequence[str]) -> set[int]:
    """What a trunk carries; IOS breaks a long list into several lines, all but the first `add`."""
    told = [x.removeprefix(_CARRIES) for x in lines if x.startswith(_CARRIES)]
    found = set[int]() if told else set(_ALL)
    for words in told:
        how, _, numbers = words.rpartition(" ")
        if words in ("none", "all"):
            found = set(_ALL) if words == "all" else set()
        elif how == "except":
            found = set(_ALL) - set(vlan_numbers(numbers))
        else:
            found |= set(vlan_numbers(numbers))
    return found


def _port_lines(
    field: str, had: Mapping[str, str], entry: str, power: tuple[str, str]
) -> list[str]:
    want = attributes(field, entry)
    lines = [f"interface {key_of(entry)}"]
    if field == "access_ports":
        lines += ["switchport mode access", f"switchport access vlan {want['vlan']}"]
        if "poe" in want:
            lines.append(power[0] if want["poe"] == "on" else power[1])
    else:
        lines += ["switchport mode trunk", f"switchport trunk allowed vlan {want['vlans']}"]
    if "desc" in want:
        lines.append(f"description {want['desc']}")
    elif "desc" in had:
        # Only an undo wants it gone: a plan says nothing of what the inventory does not name.
        lines.append("no description")
    return [*lines, "exit"]


def _bare_port(entry: str, had: Mapping[str, str]) -> list[str]:
    """A port of which nothing is said any more: as from the factory, but for its power."""
    trunk = ["switchport mode access", "no switchport trunk allowed vlan"]
    lines = trunk if "vlans" in had else ["no switchport access vlan"]
    return [
        f"interface {key_of(entry)}",
        *lines,
        *(["no description"] if "desc" in had else []),
        "exit",
    ]


def _list(shown: str, on: str, after: Fields) -> Iterator[str]:
    """Guard off, list anew, guard on: an empty list in use permits everything."""
    if "access_list" not in after and "access_list_on" not in after:
        return
    target = str(after.get("access_list_on", on) or "")
    if on:
        yield from (f"interface {on}", f"no ip access-group {LIST} in", "exit")
    if "access_list" in after:
        head = f"ip access-list extended {LIST}"
        # Even one without a rule of ours: its denial of everything would stand before the new ones.
        if head in (line.rstrip() for line in shown.splitlines()):
            yield f"no {head}"
        yield head
        yield from (_rule_to(entry) for entry in [*_of(after, "access_list"), "deny ip any"])
        yield "exit"
    if target:
        yield from (f"interface {target}", f"ip access-group {LIST} in", "exit")


def _rule_to(entry: str) -> str:
    words = entry.split()
    rest = dict(zip(words[3::2], words[4::2], strict=True))
    parts = [words[0], words[1], _wild(words[2]), _wild(rest.get("to", "any"))]
    if "port" in rest:
        low, _, high = rest["port"].partition("-")
        parts.append(f"range {low} {high}" if high else f"eq {low}")
    return " ".join(parts)


def _rule_from(line: str) -> str:
    words = [w for i, w in enumerate(line.split()) if i or not w.isdigit()]
    try:
        action, protocol, left = words[0], words[1], words[2:]
        source, target = _network(left), _network(left)
        # What has no canonical form stays as it is, so that it shows as a difference.
        if left and len(left) != {"eq": 2, "range": 3}[left[0]]:
            return line
        ports = [str(PORT_NAMES.get(word, word)) for word in left[1:]]
    except (IndexError, KeyError, ValueError):
        return line
    to = "" if target == "any" else f" to {target}"
    return f"{action} {protocol} {source}{to}" + (f" port {'-'.join(ports)}" if ports else "")


def _network(left: list[str]) -> str:
    if left[0] == "host":
        address = IPv4Address(left[1])
        del left[:2]
        return f"{address}/32"
    # Never as a mask: the wildcard 0.0.0.0 is one host, the mask is everybody.
    if (network := wildcard_network(left)) is None:
        raise ValueError("no network")
    return network


def _wild(network: str) -> str:
    if network == "any":
        return network
    told = IPv4Network(network)
    return f"{told.network_address} {told.hostmask}"


def _route(entry: str) -> str:
    prefix, _, hop = entry.partition(" via ")
    told = IPv4Network(prefix)
    return f"ip route {told.network_address} {told.netmask} {hop}"


def _new(before: Fields, after: Fields, field: str) -> list[str]:
    return [e for e in _of(after, field) if e not in _of(before, field)]


def _gone(before: Fields, after: Fields, field: str) -> list[str]:
    keys = {key_of(e) for e in _of(after, field)}
    return [e for e in _of(before, field) if field in after and key_of(e) not in keys]


def _stood(before: Fields, field: str, entry: str) -> dict[str, str]:
    """What stands under an entry's key."""
    old = next((e for e in _of(before, field) if key_of(e) == key_of(entry)), None)
    return attributes(field, old) if old else {}


def _of(fields: Fields, name: str) -> list[str]:
    value = fields.get(name)
    return value if isinstance(value, list) else []
