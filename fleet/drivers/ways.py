"""Ways through a door or gate: the one order in which every driver lists them."""

from __future__ import annotations

# The order of methods, and so of ways and of the methods within a way.
WAY_ORDER = ("card", "id_card", "face", "fingerprint", "iris", "password", "qr", "plate")


def canonical_ways(ways: list[str]) -> list[str]:
    """Sort ways and the methods within each into their one order; doubles fall together."""
    joined = {"+".join(sorted(set(way.split("+")), key=_rank)) for way in ways}
    return sorted(joined, key=lambda way: ([_rank(m) for m in way.split("+")], way))


def _rank(method: str) -> int:
    return WAY_ORDER.index(method) if method in WAY_ORDER else len(WAY_ORDER)
