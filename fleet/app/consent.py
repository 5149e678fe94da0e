"""Consents that a plan needs beyond a yes: given by name, journalled with the rollout."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fleet.model.errors import ConsentNeeded
from fleet.model.plan import Plan, PlanNeed
from fleet.model.text import join, text

# What can be consented to, by the word that does it; "others" is only shown.
CONSENTS = ("experimental", "reboot")


def missing(plan: Plan, accepted: Collection[str]) -> Iterator[PlanNeed]:
    """The needs of a plan that were not consented to."""
    for need in plan.needs:
        if need.kind in CONSENTS and need.kind not in accepted:
            yield need


def check_consents(plan: Plan, accepted: Collection[str]) -> None:
    """Refuse a plan whose needs were not consented to.

    Raises:
        ConsentNeeded: each device is named with what its change needs; nothing was done.
    """
    lacking = list(missing(plan, accepted))
    if not lacking:
        return
    kinds = [k for k in CONSENTS if k in {n.kind for n in lacking}]
    said = [
        text("{d} ({k}): {w}", "{d}（{k}）：{w}", d=n.device, k=n.kind, w=n.text) for n in lacking
    ]
    words = " ".join(f"--accept {k}" for k in kinds)
    raise ConsentNeeded(
        text("consent is missing: {w}", "缺少同意：{w}", w=join(said)),
        text("if that is meant, give {a}", "如确认，请使用 {a}", a=words),
    )
