"""Making a plan: observe what is targeted, compare, group into steps and waves, seal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fleet.app.compose import Ground, Planned, Standing, compose, wanted_specs
from fleet.app.context import App
from fleet.app.observe import OnSeen, observe
from fleet.app.select import select
from fleet.model.device import Device
from fleet.model.errors import PolicyDenied, SecretError
from fleet.model.fleet import City
from fleet.model.observation import DeviceObservation
from fleet.model.stack import PlatformSpec, StackPreview
from fleet.model.text import Text, text
from fleet.policy import judge

LOGIN_FAULTS = frozenset({"login_refused", "login_budget"})


async def make_plan(
    app: App, targets: Sequence[str] = (), on_seen: OnSeen | None = None, looking: bool = False
) -> Planned:
    """Observe and plan.

    With `looking` (drift) nothing is prepared for an `up`: rules do not deny, and a stack that is
    not clean is refreshed instead of previewed.

    Raises:
        PolicyDenied: a rule of severity error is broken by what is declared.
        UsageError: a target matches nothing.
        SecretError: no device could be read because every login failed.
        EngineError: a stack that is not clean cannot be previewed.
    """
    if not looking:
        obey_policy(app.city, targets)
    chosen = select(app.city, targets)
    devices = [d for _, ds in chosen for d in ds]
    seen = await observe(app, devices, on_seen)
    not_locked_out(devices, seen)
    specs = wanted_specs(app.city, [c for c, _ in chosen], bool(targets))
    stacks = await preview_stacks(app, specs, looking)
    return compose(ground_of(app), targets, chosen, Standing(seen, app.proven(), stacks))


def ground_of(app: App) -> Ground:
    """What a plan stands on, out of the app, at this moment."""
    return Ground(app.city, app.drivers, app.code, app.commit, app.clock.now())


async def preview_stacks(
    app: App, specs: Sequence[PlatformSpec], looking: bool = False
) -> list[StackPreview]:
    """What `up` would do to each stack; a clean one costs no engine.

    Raises:
        EngineError: a stack that is not clean cannot be previewed.
        LockHeld: somebody else acts on it.
    """
    previews = []
    for spec in specs:
        engine = app.engine()
        if await asyncio.to_thread(engine.clean, spec):
            previews.append(StackPreview(stack=spec.stack, spec=spec))
            continue
        with app.hold([f"stack/{spec.district}"], "plan"):
            if looking:
                changes = await asyncio.to_thread(engine.refresh, spec)
                previews.append(StackPreview(stack=spec.stack, spec=spec, changes=changes))
            else:
                previews.append(await asyncio.to_thread(engine.preview, spec))
    return previews


def obey_policy(city: City, targets: Sequence[str]) -> None:
    """Refuse a plan over compounds that break a rule of severity error.

    Raises:
        PolicyDenied: with every such finding.
    """
    names = {c.id for c, _ in select(city, targets)}
    broken = [
        f
        for f in judge(city)
        if f.severity == "error" and (f.compound is None or f.compound in names)
    ]
    if broken:
        raise PolicyDenied(
            text("{n} rules of the notice are broken", "违反通知规则 {n} 条", n=len(broken)),
            broken,
        )


def not_locked_out(devices: Sequence[Device], seen: Mapping[str, DeviceObservation]) -> None:
    """Every login failing is no fleet of broken devices but a wrong secret.

    Raises:
        SecretError: with the first of them.
    """
    faults = {k: o.fault for k, o in seen.items() if o.fault is not None}
    if devices and len(faults) == len(devices):
        codes = {f.code for f in faults.values()}
        if codes <= LOGIN_FAULTS:
            first = next(iter(faults))
            raise SecretError(
                text(
                    "every login failed, so nothing could start; first {d}: {why}",
                    "所有登录均失败，无法开始；首个 {d}：{why}",
                    d=first,
                    why=Text(en=faults[first].en, zh=faults[first].zh),
                ),
                text("correct the secrets in the vault", "请更正密码库中的口令"),
            )
