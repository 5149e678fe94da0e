"""What a reviewer saw, as content: two plans with one review fingerprint do the same.

A pull request's plan is made from an observation, without credentials; the plan that is applied
after the merge is made where the credentials are. Between them lie a commit (so no commit is in the
fingerprint: a merge or squash changes it and nothing else) and a second look at the devices. Bound
are what is declared (contents of the targeted compounds' files and all they inherit, limits,
targets, product code) and what would be written (each field before → after on each device, each
stack's inputs that need an `up`). Notes, faults, times and the order of waves follow from these.
"""

from __future__ import annotations

import re

from fleet.model.plan import Plan
from fleet.model.text import Text, text
from fleet.plan.canonical import digest

# The fault of a device that the observation does not hold as the inventory now has it.
NOT_OBSERVED = "not_observed"
_SHAPE = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{64}")


def review_fingerprint(plan: Plan) -> str:
    """Two sha256 in hex with a dot between: what is declared, and what would be written."""
    return f"{_declared(plan)}.{_written(plan)}"


def is_review_fingerprint(words: str) -> bool:
    """Whether a text has the form of a review fingerprint."""
    return _SHAPE.fullmatch(words) is not None


def differs(reviewed: str, fresh: Plan) -> Text | None:
    """Why a fresh plan is not what was reviewed; None if it may be applied.

    A plan without work is accepted if what is declared was reviewed: the changes stand already, as
    after a pipeline that is run twice, and nothing would be written.
    """
    declared = reviewed.partition(".")[0]
    if declared != _declared(fresh):
        return _other_content()
    if reviewed != review_fingerprint(fresh) and not fresh.empty:
        return text(
            "the files are what was reviewed, but the devices or servers changed since: the plan "
            "is another one",
            "文件与评审时一致，但设备或服务器此后已变化：计划不同",
        )
    return None


def unreviewed(reviewed: Plan, fresh: Plan) -> list[Text]:
    """What a fresh plan would write that the reviewed one does not show; empty lets it pass.

    Less may be written than was reviewed (a device that cannot be read now, a change that stands
    already). A device that the observation did not hold, as one that the pull request adds, may get
    what the reviewed files declare for it: the reviewed plan names it as such.
    """
    if _declared(reviewed) != _declared(fresh):
        return [_other_content()]
    seen = {w.target.device: w for w in reviewed.works}
    unseen = {d for d, fault in reviewed.faults.items() if fault.code == NOT_OBSERVED}
    found = [
        text(
            "{d}: what would be written is not what was reviewed",
            "{d}：将写入的内容与评审时不同",
            d=work.target.device,
        )
        for work in fresh.works
        if work.target.device not in unseen and work != seen.get(work.target.device)
    ]
    stacks = {s.stack: s.spec for s in reviewed.stacks if s.dirty}
    found += [
        text(
            "{s}: its servers would change, which was not reviewed",
            "{s}：其服务器将变更，未经评审",
            s=stack.stack,
        )
        for stack in fresh.stacks
        if stack.dirty and stacks.get(stack.stack) != stack.spec
    ]
    return found


def _declared(plan: Plan) -> str:
    limits = plan.limits.model_dump(mode="json")
    seal = plan.seal
    return digest([plan.city, list(plan.targets), limits, dict(seal.inventory), seal.code])


def _written(plan: Plan) -> str:
    works = sorted((w.model_dump(mode="json") for w in plan.works), key=_device)
    stacks = {s.stack: s.spec.model_dump(mode="json") for s in plan.stacks if s.dirty}
    return digest([works, stacks])


def _device(work: dict[str, dict[str, str]]) -> str:
    return work["target"]["device"]


def _other_content() -> Text:
    return text(
        "the files, limits, targets or fleet itself are not what was reviewed",
        "文件、限额、目标或 fleet 本身与评审时不同",
    )
