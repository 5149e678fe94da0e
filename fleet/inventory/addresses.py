"""IP addresses beyond what a pattern can say: numbers within bounds, and one spelling of each."""

from __future__ import annotations

import ipaddress

from fleet.inventory.scope import Scope
from fleet.model.diagnostic import Position
from fleet.model.text import text


def check_address(address: str, place: Position, scope: Scope, field: str) -> None:
    """Note an address that only looks like one."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        scope.note(
            "wrong-type",
            place,
            text("{a} is no IP address", "{a} 不是 IP 地址", a=address),
            text(
                "four numbers from 0 to 255, like 127.34.1.11", "四个 0 到 255 的数，如 127.34.1.11"
            ),
            field=field,
        )


def endpoint(address: str, port: int) -> str:
    """Address and port in the one spelling by which two of them are compared (RFC 5952)."""
    try:
        return f"{ipaddress.ip_address(address)}:{port}"
    except ValueError:
        return f"{address}:{port}"  # Noted where it stands.
