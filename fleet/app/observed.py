"""Observations: taken where the credentials are, planned from where there are none."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.app.compose import Ground, Planned, Standing, compose, wanted_specs
from fleet.app.context import App
from fleet.app.observe import OnSeen, observe
from fleet.app.plan import not_locked_out, obey_policy, preview_stacks
from fleet.app.select import select
from fleet.model.device import Device
from fleet.model.errors import ConsentNeeded
from fleet.model.observation import DeviceObservation, Fault
from fleet.model.plan import Plan
from fleet.model.sight import DeviceSight, FleetObservation, StackSight
from fleet.model.stack import CredentialSpec, PlatformSpec, ResourceChange, StackPreview
from fleet.model.text import Text, join, text
from fleet.plan.review import NOT_OBSERVED, differs, review_fingerprint, unreviewed
from fleet.plan.steps import target_of
from fleet.rollout.credentials import Proven

SHOWN = 5


async def take(
    app: App, targets: Sequence[str] = (), on_seen: OnSeen | None = None
) -> FleetObservation:
    """Look at servers and devices; nothing is judged and nothing written.

    Raises:
        UsageError: a target matches nothing.
        SecretError: no device could be read because every login failed.
        EngineError: a stack that is not clean cannot be previewed.
    """
    began = app.clock.now()
    chosen = select(app.city, targets)
    devices = [d for _, ds in chosen for d in ds]
    seen = await observe(app, devices, on_seen)
    not_locked_out(devices, seen)
    specs = wanted_specs(app.city, [c for c, _ in chosen], bool(targets))
    stacks = await preview_stacks(app, specs)
    return FleetObservation(
        city=app.city.code,
        taken_at=began,
        devices=tuple(DeviceSight(target=target_of(d), seen=seen[d.id]) for d in devices),
        proven={d.id: found for d in devices if (found := app.proven().of(d.id))},
        stacks=tuple(StackSight(spec=s.spec, changes=s.changes) for s in stacks),
    )


def plan_observed(
    ground: Ground, observation: FleetObservation, targets: Sequence[str] = ()
) -> Planned:
    """Plan from what was seen then; no device, engine, secret or state folder is touched.

    Raises:
        PolicyDenied: a rule of severity error is broken by what is declared.
        UsageError: a target matches nothing.
    """
    obey_policy(ground.city, targets)
    chosen = select(ground.city, targets)
    sights = {s.target.device: s for s in observation.devices}
    devices = {d.id: _seen(d, sights.get(d.id)) for _, ds in chosen for d in ds}
    proven = Proven(refs={d: dict(refs) for d, refs in observation.proven.items()})
    known = {s.spec.stack: s for s in observation.stacks}
    specs = wanted_specs(ground.city, [c for c, _ in chosen], bool(targets))
    stacks = [_preview(spec, known.get(spec.stack)) for spec in specs]
    stands = Standing(devices, proven, stacks, observation.taken_at)
    return compose(ground, targets, chosen, stands)


def obey_review(reviewed: str, again: Plan | None, fresh: Plan) -> None:
    """Let only reviewed content pass.

    Args:
        reviewed: the review fingerprint that the reviewers saw.
        again: the reviewed plan made once more, from the same observation; with it a difference is
            named, and devices that the observation did not hold may get what is declared.
        fresh: the plan made now.

    Raises:
        ConsentNeeded: something would be done that was not reviewed; nothing was written.
    """
    if again is None:
        why = differs(reviewed, fresh)
        if why is not None:
            raise _not_reviewed([why])
    elif review_fingerprint(again) != reviewed:
        raise _not_reviewed(
            [
                text(
                    "files, fleet or observation do not give the plan that was reviewed",
                    "由当前文件、fleet 与观测得不到评审过的计划",
                )
            ]
        )
    else:
        obey_reviewed_plan(again, fresh)


def obey_reviewed_plan(reviewed: Plan, fresh: Plan) -> None:
    """Let only the content of a reviewed plan file pass.

    Raises:
        ConsentNeeded: something would be done that is not in it; nothing was written.
    """
    if reasons := unreviewed(reviewed, fresh):
        raise _not_reviewed(reasons)


def _not_reviewed(reasons: list[Text]) -> ConsentNeeded:
    shown = reasons[:SHOWN]
    if len(reasons) > SHOWN:
        shown.append(text("and {n} more", "另有 {n} 处", n=len(reasons) - SHOWN))
    return ConsentNeeded(
        text("not reviewed: {why}", "未经评审：{why}", why=join(shown)),
        text(
            "nothing was written; observe and review again",
            "未写入任何内容；请重新观测并评审",
        ),
    )


def _seen(device: Device, sight: DeviceSight | None) -> DeviceObservation:
    """A sight of this device; one of another address, driver or identity is a sight of another."""
    if sight is not None and sight.target == target_of(device):
        return sight.seen
    return DeviceObservation(
        device=device.id,
        fault=Fault(
            code=NOT_OBSERVED,
            en="the observation does not hold this device; all that is declared may be written",
            zh="观测中没有该设备；声明的全部内容都可能写入",
        ),
    )


def _preview(spec: PlatformSpec, sight: StackSight | None) -> StackPreview:
    """What `up` would do, as far as the inputs tell: the engine itself is not asked."""
    if sight is not None and sight.spec == spec:
        return StackPreview(stack=spec.stack, spec=spec, changes=sight.changes)
    before = sight.spec if sight is not None else None
    had = {_name(c) for c in before.credentials} if before else set()
    has = {_name(c) for c in spec.credentials}
    changes = [_change(spec, "platform", "inputs", "update" if before else "create")]
    changes += [_change(spec, "credential", n, "create") for n in sorted(has - had)]
    changes += [_change(spec, "credential", n, "delete") for n in sorted(had - has)]
    return StackPreview(stack=spec.stack, spec=spec, changes=tuple(changes))


def _change(spec: PlatformSpec, kind: str, name: str, action: str) -> ResourceChange:
    return ResourceChange.model_validate(
        {
            "urn": f"observed:{spec.stack}:{kind}:{name}",
            "type": kind,
            "name": name,
            "action": action,
        }
    )


def _name(credential: CredentialSpec) -> str:
    return f"{credential.name}@{credential.version}"
