"""Rules of access lists in the words that VRP and Comware share.

`permit udp source 10.7.0.0 0.0.0.255 destination-port eq 5060`; a wildcard of one address is `0`.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from fleet.simulator.ssh.configuration import Refused, Rule
from fleet.simulator.ssh.grammar import numeral

PROTOCOLS = ("ip", "tcp", "udp", "icmp")
_WRONG = "The rule has a wrong parameter."


def read(words: str) -> tuple[int | None, Rule]:
    """A rule as it was typed after `rule`: its number if one was given, and what it says.

    Raises:
        Refused: it is none.
    """
    left = words.split()
    number = int(left.pop(0)) if left and numeral(left[0]) else None
    if len(left) < 2 or left[0] not in ("permit", "deny") or left[1] not in PROTOCOLS:
        raise Refused(_WRONG)
    permit, protocol = left[0] == "permit", left[1]
    told: dict[str, str] = {}
    left = left[2:]
    while left:
        keyword = left.pop(0)
        if keyword in told:
            raise Refused(_WRONG)
        if keyword in ("source", "destination"):
            told[keyword] = _network(left)
        elif keyword == "destination-port" and protocol in ("tcp", "udp"):
            told[keyword] = _ports(left)
        else:
            raise Refused(_WRONG)
    networks = told.get("source", ""), told.get("destination", "")
    return number, Rule(permit, protocol, *networks, told.get("destination-port", ""))


def shown(rule: Rule) -> str:
    """A rule as the configuration shows it, without its number."""
    parts = ["permit" if rule.permit else "deny", rule.protocol]
    for keyword, network in (("source", rule.source), ("destination", rule.destination)):
        if network:
            parts.append(f"{keyword} {_wildcard(network)}")
    if rule.ports:
        low, _, high = rule.ports.partition("-")
        parts.append(
            f"destination-port range {low} {high}" if high else f"destination-port eq {low}"
        )
    return " ".join(parts)


def _network(left: list[str]) -> str:
    if left and left[0] == "any":
        left.pop(0)
        return ""
    if len(left) < 2:
        raise Refused(_WRONG)
    address, wildcard = left.pop(0), left.pop(0)
    try:
        inverse = 0 if wildcard == "0" else int(IPv4Address(wildcard))
        length = 32 - inverse.bit_length()
        if inverse != (1 << inverse.bit_length()) - 1:
            raise Refused(_WRONG)
        return str(IPv4Network(f"{IPv4Address(address)}/{length}", strict=False))
    except ValueError:
        raise Refused(_WRONG) from None


def _ports(left: list[str]) -> str:
    operator = left.pop(0) if left else ""
    count = {"eq": 1, "range": 2}.get(operator, 0)
    told = [left.pop(0) for _ in range(min(count, len(left)))]
    if len(told) != count or not count or not all(_port(word) for word in told):
        raise Refused(_WRONG)
    if int(told[0]) > int(told[-1]):
        raise Refused(_WRONG)
    return "-".join(told)


def _port(word: str) -> bool:
    return numeral(word) and int(word) <= 65535


def _wildcard(network: str) -> str:
    told = IPv4Network(network)
    return f"{told.network_address} {told.hostmask if told.prefixlen < 32 else 0}"
