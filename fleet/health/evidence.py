"""Which word on a device counts, where several hands tell: one kind of evidence for each figure.

Figures of different kinds are never mixed for one device. The verified kinds come first, and
between these two the one that watched longer; an unverified word counts only where no verified one
says anything. A rate over many devices says how much of it stands on which evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from fleet.health.times import seconds
from fleet.model.base import Frozen
from fleet.model.evidence import Evidence
from fleet.model.health import DeviceFigures


class Settled(Frozen):
    """One device's word for a period: its evidence, who said it, and the seconds they tell.

    `unknown_s` is what of the period nobody of this evidence tells. `online` is the newest word on
    a moment, where only such words are there.
    """

    device: str
    compound: str
    evidence: Evidence
    sources: tuple[str, ...]
    as_of: str
    online_s: float = 0.0
    offline_s: float = 0.0
    unknown_s: float = 0.0
    answered: int = 0
    tried: int = 0
    online: bool | None = None

    @property
    def rate(self) -> float | None:
        """Online of watched time, or the word on a moment; None where nothing is told."""
        watched = self.online_s + self.offline_s
        if watched > 0:
            return self.online_s / watched
        return None if self.online is None else float(self.online)


class ToldRate(Frozen):
    """A rate over devices: `verified` over the verified ones alone, `told` over all that tell.

    `devices` counts the devices behind each kind of evidence; `silent` nobody says anything of.
    """

    verified: float | None
    told: float | None
    devices: Mapping[Evidence, int]
    silent: int


def settle(rows: Iterable[DeviceFigures], begin: str, end: str) -> dict[str, Settled]:
    """The word that counts for each device in [begin, end), from rows of any origin.

    A row counts where it lies within the period as a whole; of two rows of the same device, period
    and evidence the one with the newer `as_of` counts.
    """
    first, last = seconds(begin), seconds(end)
    newest: dict[tuple[str, str, str, Evidence], DeviceFigures] = {}
    for row in rows:
        if seconds(row.begin) < first or seconds(row.end) > last:
            continue
        key = (row.device, row.begin, row.end, row.origin.evidence)
        before = newest.get(key)
        if before is None or seconds(before.origin.as_of) <= seconds(row.origin.as_of):
            newest[key] = row
    by_word: dict[tuple[str, Evidence], list[DeviceFigures]] = {}
    for row in newest.values():
        by_word.setdefault((row.device, row.origin.evidence), []).append(row)
    found: dict[str, Settled] = {}
    for same in by_word.values():
        word = _sum(same, last - first)
        before_it = found.get(word.device)
        if before_it is None or _weight(word) > _weight(before_it):
            found[word.device] = word
    return found


def told_rate(words: Mapping[str, Settled], devices: Iterable[str]) -> ToldRate:
    """The mean over `devices` of their rates, by what stands behind them (domain.md §2.4)."""
    mine = [words[d] for d in sorted(set(devices) & set(words))]
    rates = [(w, r) for w in mine if (r := w.rate) is not None]
    counts = Counter(w.evidence for w, _ in rates)
    return ToldRate(
        verified=_mean([r for w, r in rates if w.evidence.verified]),
        told=_mean([r for _, r in rates]),
        devices={kind: counts[kind] for kind in Evidence if counts[kind]},
        silent=len(set(devices)) - len(rates),
    )


def _sum(rows: list[DeviceFigures], whole_s: float) -> Settled:
    latest = max(rows, key=lambda r: seconds(r.origin.as_of))
    online = sum(r.online_s or 0.0 for r in rows)
    offline = sum(r.offline_s or 0.0 for r in rows)
    moments = [r for r in rows if r.online is not None]
    moment = max(moments, key=lambda r: seconds(r.origin.as_of), default=None)
    return Settled(
        device=latest.device,
        compound=latest.compound,
        evidence=latest.origin.evidence,
        sources=tuple(sorted({r.origin.source for r in rows})),
        as_of=latest.origin.as_of,
        online_s=online,
        offline_s=offline,
        unknown_s=max(0.0, whole_s - online - offline),
        answered=sum(r.answered or 0 for r in rows),
        tried=sum(r.tried or 0 for r in rows),
        online=None if moment is None else moment.online,
    )


def _weight(word: Settled) -> tuple[bool, bool, float, int]:
    """Orders words: one that tells anything, a verified one, the longer watch, the stronger."""
    watched = word.online_s + word.offline_s if word.evidence.verified else 0.0
    return (word.rate is not None, word.evidence.verified, watched, -word.evidence.rank)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
