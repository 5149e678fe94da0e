"""A recorder's catalog against the inventory; a file of its own, since pages load it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class CatalogDiff:
    """A recorder's catalog against the inventory, as sets of channel ids.

    `spare` are declared spare channels that it offers: no fault, but worth telling.
    """

    missing: tuple[str, ...]
    extra: tuple[str, ...]
    spare: tuple[str, ...]


def compare_catalog(
    declared: Sequence[str], spare: Sequence[str], seen: Sequence[str]
) -> CatalogDiff:
    """Compare catalogs (GB/T 28181-2022, annex A.2.1): order and repetition do not count."""
    have = set(seen)
    return CatalogDiff(
        missing=tuple(sorted(set(declared) - set(spare) - have)),
        extra=tuple(sorted(have - set(declared) - set(spare))),
        spare=tuple(sorted(have & set(spare))),
    )
