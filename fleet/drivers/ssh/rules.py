"""Rules of an access list: canonical ↔ the words that VRP and Comware share."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

DENY_ALL = "deny ip any"
# Ports that these command lines show by name (their references, `rule` in an advanced list).
PORT_NAMES = {
    "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "dns": 53, "bootps": 67,
    "bootpc": 68, "tftp": 69, "www": 80, "pop3": 110, "ntp": 123, "snmp": 161, "snmptrap": 162,
    "bgp": 179, "syslog": 514,
}  # fmt: skip


def rule_to(entry: str) -> str:
    """A canonical entry in the device's words: `permit udp source 10.7.0.0 0.0.0.255 …`."""
    words = entry.split()
    action, protocol, source = words[:3]
    rest = dict(zip(words[3::2], words[4::2], strict=True))
    parts = [action, protocol]
    if source != "any":
        parts.append(f"source {_wildcard(source)}")
    if "to" in rest:
        parts.append(f"destination {_wildcard(rest['to'])}")
    if "port" in rest:
        low, _, high = rest["port"].partition("-")
        parts.append(
            f"destination-port range {low} {high}" if high else f"destination-port eq {low}"
        )
    return " ".join(parts)


def rule_from(words: str) -> str:
    """The device's words as a canonical entry; what has no such form stays as the device says it.

    A rule that stays so equals no entry that the inventory can hold, so it shows as a difference.
    """
    tokens = words.split()
    if len(tokens) < 2:
        return words
    action, protocol, left = tokens[0], tokens[1], tokens[2:]
    source, target, ports = "any", "", ""
    while left:
        keyword = left.pop(0)
        if keyword in ("source", "destination") and left:
            network = wildcard_network(left)
            if network is None:
                return words
            if keyword == "source":
                source = network
            elif network != "any":
                target = f" to {network}"
        elif keyword == "destination-port" and (told := _ports(left)):
            ports = f" port {told}"
        else:
            return words
    return f"{action} {protocol} {source}{target}{ports}"


def wildcard_network(left: list[str]) -> str | None:
    """Take `any`, or an address and its wildcard, off the words; None where they are neither."""
    if left[0] == "any":
        left.pop(0)
        return "any"
    if len(left) < 2:
        return None
    address, wildcard = left.pop(0), left.pop(0)
    try:
        inverse = int(IPv4Address(wildcard)) if "." in wildcard else int(wildcard)
        length = 32 - inverse.bit_length()
        if inverse != (1 << inverse.bit_length()) - 1:
            return None
        return str(IPv4Network(f"{address}/{length}", strict=False))
    except ValueError:
        return None


def _ports(left: list[str]) -> str | None:
    operator = left.pop(0) if left else ""
    count = {"eq": 1, "range": 2}.get(operator, 0)
    told = [str(PORT_NAMES.get(word, word)) for word in left[:count]]
    del left[:count]
    return "-".join(told) if told and all(word.isdigit() for word in told) else None


def _wildcard(network: str) -> str:
    told = IPv4Network(network)
    return f"{told.network_address} {told.hostmask if told.prefixlen < 32 else 0}"
