"""The kinds of record a rollout writes, and how each is drafted: one place for every shape."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from fleet.model.change import Step
from fleet.model.device import FieldValue
from fleet.model.errors import LoginRefused
from fleet.model.observation import Fault
from fleet.model.plan import Plan
from fleet.model.secret import SecretRef
from fleet.model.stack import StackOutputs
from fleet.model.text import Text
from fleet.ports.driver import Trial
from fleet.ports.journal import Draft
from fleet.ports.process import ProcessId
from fleet.rollout.settlement import Settlement

STARTED = "rollout.started"
RESUMED = "rollout.resumed"
ENDED = "rollout.ended"
REQUEST = "rollout.request"
WAVE = "wave.started"
TREE = "tree"
INTENT = "step.intent"
SETTLED = "step.settled"
PROVEN = "credential.proven"
REFUSED = "login.refused"
LIFTED = "login.lifted"
STACK = "stack.up"
VERIFIED = "device.verified"
HELD = "device.held"
PINNED = "hostkey.vouched"
WAITING = "rollout.waiting"
APPROVED = "rollout.approved"
PROBE = "login.probe"


def started(
    rollout: str,
    plan: Plan,
    caller: ProcessId,
    actor: str,
    undo_of: str = "",
    accepted: Collection[str] = (),
) -> Draft:
    """A rollout begins; the sealed plan itself lies in the state folder under the same digest.

    `accepted` are the kinds of need that the operator consented to.
    """
    data = {
        "plan": plan.seal.digest,
        "commit": plan.seal.commit,
        "compounds": [c for wave in plan.waves for c in wave.compounds],
        "stacks": [s.stack for s in plan.stacks if s.dirty],
        "devices": len(plan.works),
        "steps": sum(len(w.steps) for w in plan.works),
        "caller": caller.model_dump(mode="json"),
        "actor": actor,
        "undo_of": undo_of,
        "accepted": sorted(accepted),
    }
    return Draft(kind=STARTED, rollout=rollout, data=data)


def resumed(rollout: str, caller: ProcessId, actor: str) -> Draft:
    """Another process takes a rollout up."""
    data = {"caller": caller.model_dump(mode="json"), "actor": actor}
    return Draft(kind=RESUMED, rollout=rollout, data=data)


def ended(rollout: str, status: str, **counts: int) -> Draft:
    """A rollout's end: done, partial, halted, paused, waiting, aborted, interrupted or failed."""
    return Draft(kind=ENDED, rollout=rollout, data={"status": status, **counts})


def request(rollout: str, verb: str, actor: str) -> Draft:
    """Somebody asks a running rollout to pause or abort."""
    return Draft(kind=REQUEST, rollout=rollout, data={"verb": verb, "actor": actor})


def wave(rollout: str, number: int, compounds: Iterable[str]) -> Draft:
    """A wave begins."""
    return Draft(kind=WAVE, rollout=rollout, data={"wave": number, "compounds": list(compounds)})


def waiting(rollout: str, number: int) -> Draft:
    """A wave may not begin before somebody approves it."""
    return Draft(kind=WAITING, rollout=rollout, data={"wave": number})


def approved(rollout: str, number: int, plan: str, actor: str) -> Draft:
    """Somebody approves a wave of the plan with that digest."""
    data = {"wave": number, "plan": plan, "actor": actor}
    return Draft(kind=APPROVED, rollout=rollout, data=data)


def tree(rollout: str, role: str, processes: Iterable[ProcessId]) -> Draft:
    """Processes that may write: journalled before the first grant, proved dead by a resume."""
    data = {"role": role, "processes": [p.model_dump(mode="json") for p in processes]}
    return Draft(kind=TREE, rollout=rollout, data=data)


def intent(
    rollout: str, device: str, step: str, boot: float, boot_id: str, trial: Trial | None = None
) -> Draft:
    """A permit is about to be granted; `boot` is CLOCK_BOOTTIME in seconds of that boot.

    `trial` is what the device will know the change by while it may still take it back.
    """
    data: dict[str, Any] = {"step": step, "boottime_ms": round(boot * 1000), "boot_id": boot_id}
    if trial is not None:
        data["trial"] = trial.model_dump(mode="json")
    return Draft(kind=INTENT, rollout=rollout, subject=device, data=data)


def held(rollout: str, device: str, link: str) -> Draft:
    """A device is not started, since a link that it is reached through failed."""
    return Draft(kind=HELD, rollout=rollout, subject=device, data={"link": link})


def settled(
    rollout: str,
    device: str,
    step: str,
    outcome: str,
    evidence: str = "",
    observed: Mapping[str, FieldValue] | None = None,
    fault: Fault | None = None,
) -> Draft:
    """What became of a step.

    `outcome`: done, failed (nothing written), stale, in_doubt, or not_applied (may be written).
    `evidence`: readback, witness, login, registration, confirmed (a trial) or accepted.
    """
    data: dict[str, Any] = {"step": step, "outcome": outcome, "evidence": evidence}
    data["observed"] = dict(observed or {})
    if fault is not None:
        data["fault"] = fault.model_dump(mode="json", exclude_defaults=True)
    return Draft(kind=SETTLED, rollout=rollout, subject=device, data=data)


def proven(rollout: str, device: str, field: str, ref: SecretRef, evidence: str) -> Draft:
    """A device is proven to hold one version of a write-only field."""
    return Draft(
        kind=PROVEN,
        rollout=rollout,
        subject=device,
        data={"field": field, "ref": str(ref), "evidence": evidence},
    )


def refused(device: str, fault: Fault, rollout: str = "") -> Draft:
    """A login was refused: an attempt is spent for half an hour."""
    return Draft(
        kind=REFUSED, rollout=rollout, subject=device, data={"attempts_left": fault.attempts_left}
    )


def lifted(device: str, actor: str, attempts_left: int | None) -> Draft:
    """An operator corrected the password: the waiting time after a refused login ends now."""
    return Draft(kind=LIFTED, subject=device, data={"actor": actor, "attempts_left": attempts_left})


def pinned(device: str, fingerprint: str, actor: str) -> Draft:
    """An operator vouches for a device's SSH host key."""
    return Draft(kind=PINNED, subject=device, data={"fingerprint": fingerprint, "actor": actor})


def stack_up(rollout: str, outputs: StackOutputs) -> Draft:
    """The resolution record: what a stack gave, secrets as version numbers."""
    return Draft(
        kind=STACK, rollout=rollout, subject=outputs.stack, data=outputs.model_dump(mode="json")
    )


def verified(rollout: str, device: str, problems: Sequence[Text]) -> Draft:
    """The verify stage looked at a device; `problems` is empty when all is as sealed."""
    data = {"problems": [p.en for p in problems], "problems_zh": [p.zh for p in problems]}
    return Draft(kind=VERIFIED, rollout=rollout, subject=device, data=data)


def probe(rollout: str, device: str, step: str) -> Draft:
    """A login with the new password is about to be tried, to find out whether it arrived."""
    return Draft(kind=PROBE, rollout=rollout, subject=device, data={"step": step})


def settlement(rollout: str, step: Step, seen: Settlement) -> list[Draft]:
    """All records of one settled step: what became of it, proven versions, a spent login."""
    drafts = [
        settled(
            rollout, step.device, step.id, seen.outcome, seen.evidence, seen.observed, seen.fault
        )
    ]
    if seen.outcome == "done":
        drafts += [
            proven(rollout, step.device, c.field, c.secret, seen.evidence)
            for c in step.write_only
            if c.secret is not None
        ]
    if seen.fault is not None and seen.fault.code == LoginRefused.code:
        drafts.append(refused(step.device, seen.fault, rollout))
    return drafts
