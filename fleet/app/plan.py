"""Making a plan: observe what is targeted, compare, group into steps and waves, seal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.app.context import App
from fleet.app.observe import OnSeen, observe
from fleet.app.select import select
from fleet.model.change import DeviceWork
from fleet.model.device import Device
from fleet.model.errors import PolicyDenied, SecretError
from fleet.model.fleet import Compound
from fleet.model.observation import DeviceObservation, Fault, Reading
from fleet.model.plan import Plan, Seal
from fleet.model.stack import StackPreview
from fleet.model.text import Text, text
from fleet.plan.canonical import digest
from fleet.plan.diff import diff_device, managed_values
from fleet.plan.platform import needs_stack, platform_spec
from fleet.plan.seal import sealed
from fleet.plan.steps import device_work
from fleet.plan.waves import overshoot_max, waves
from fleet.policy import judge
from fleet.policy.observed import judge_observed
from fleet.ports.driver import Driver, unwritable, written_resources
from fleet.rollout.credentials import Proven

LOGIN_FAULTS = frozenset({"login_refused", "login_budget"})


@dataclass(frozen=True)
class Planned:
    """A plan with what was seen on the way, for showing drift and citing rules."""

    plan: Plan
    observations: dict[str, DeviceObservation]
    citations: tuple[Text, ...]


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
        _obey_policy(app, targets)
    chosen = select(app.city, targets)
    devices = [d for _, ds in chosen for d in ds]
    seen = await observe(app, devices, on_seen)
    faults = {k: o.fault for k, o in seen.items() if o.fault is not None}
    _not_locked_out(devices, faults)
    works, notes = _works(app, devices, seen)
    sizes = {c.id: sum(w.compound == c.id for w in works) for c, _ in chosen}
    order = waves([c for c, n in sizes.items() if n], sizes, app.city.limits)
    if overshoot_max(app.city.limits) and works:
        notes.append(_overshoot(app))
    plan = Plan(
        city=app.city.code,
        created_at=app.clock.now(),
        targets=tuple(targets),
        limits=app.city.limits,
        stacks=tuple(await _stacks(app, [c for c, _ in chosen], bool(targets), looking)),
        waves=tuple(order),
        works=_ordered(works, [c for wave in order for c in wave.compounds]),
        faults=faults,
        notes=tuple(notes),
        seal=Seal(
            inventory={c.id: c.content for c, _ in chosen},
            code=app.code,
            observed=seals(app.proven(), devices, seen),
            commit=app.commit,
        ),
    )
    return Planned(sealed(plan), seen, tuple(_citations(devices, seen)))


def seals(
    proven: Proven, devices: Sequence[Device], seen: dict[str, DeviceObservation]
) -> dict[str, str]:
    """What each readable device is sealed to: its managed values and proven versions."""
    found = {}
    for device in devices:
        reading = seen[device.id].reading
        if reading is not None:
            values = managed_values(device, reading)
            versions = {k: str(v) for k, v in proven.of(device.id).items() if k in device.secrets}
            found[device.id] = digest([values, versions])
    return found


def _works(
    app: App, devices: Sequence[Device], seen: dict[str, DeviceObservation]
) -> tuple[list[DeviceWork], list[Text]]:
    works: list[DeviceWork] = []
    notes: list[Text] = []
    for device in devices:
        reading = seen[device.id].reading
        if reading is None:
            continue
        driver = app.drivers[device.driver]
        resources = driver.resources(device.kind)
        barred = _barred(driver, device)
        kept = {f: v for f, v in device.settings.items() if f not in barred}
        wanted = device.model_copy(update={"settings": kept})
        found = diff_device(wanted, reading, resources, app.proven().of(device.id))
        notes += [*barred.values(), *found.notes]
        notes += _pending(device, reading)
        if found.changes:
            works.append(device_work(device, found.changes, resources))
    return works, notes


def _barred(driver: Driver, device: Device) -> dict[str, Text]:
    """Managed fields with a value that the driver has no form for, each with a note.

    A field that the driver does not have at all is noted by the comparison.
    """
    found = {}
    for field in written_resources(driver, device.kind, device.settings):
        why = unwritable(driver, device.kind, field, device.settings[field])
        if why is not None:
            found[field] = text(
                "{d}: {f} is left as it is, since its value cannot be written: {w}",
                "{d}：{f} 的值无法写入，保持原状：{w}",
                d=device.id,
                f=field,
                w=why,
            )
    return found


def _ordered(works: Sequence[DeviceWork], compounds: Sequence[str]) -> tuple[DeviceWork, ...]:
    stages = list(type(works[0].stage)) if works else []
    return tuple(sorted(works, key=lambda w: (compounds.index(w.compound), stages.index(w.stage))))


async def _stacks(
    app: App, compounds: Sequence[Compound], targeted: bool, looking: bool
) -> list[StackPreview]:
    """Previews of the stacks that the compounds need; a clean one costs no engine.

    Without targets every district's servers belong to the plan; a targeted compound whose uplink
    and secrets the operator gives needs no stack, and then no engine either.
    """
    needed = {c.district for c in compounds if needs_stack(c)}
    previews = []
    for district in app.city.districts:
        spec = platform_spec(district)
        if spec is None or (targeted and district.code not in needed):
            continue
        engine = app.engine()
        if await asyncio.to_thread(engine.clean, spec):
            previews.append(StackPreview(stack=spec.stack, spec=spec))
            continue
        with app.hold([f"stack/{district.code}"], "plan"):
            if looking:
                changes = await asyncio.to_thread(engine.refresh, spec)
                previews.append(StackPreview(stack=spec.stack, spec=spec, changes=changes))
            else:
                previews.append(await asyncio.to_thread(engine.preview, spec))
    return previews


def _obey_policy(app: App, targets: Sequence[str]) -> None:
    names = {c.id for c, _ in select(app.city, targets)}
    broken = [
        f
        for f in judge(app.city)
        if f.severity == "error" and (f.compound is None or f.compound in names)
    ]
    if broken:
        raise PolicyDenied(
            text("{n} rules of the notice are broken", "违反通知规则 {n} 条", n=len(broken)),
            broken,
        )


def _not_locked_out(devices: Sequence[Device], faults: dict[str, Fault]) -> None:
    """Every login failing is no fleet of broken devices but a wrong secret."""
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


def _citations(devices: Sequence[Device], seen: dict[str, DeviceObservation]) -> list[Text]:
    """Rules that the devices themselves break, whatever the inventory declares (rule 14)."""
    found = []
    for device in devices:
        reading = seen[device.id].reading
        ways = reading.fields.get("auth_ways") if reading is not None else None
        if isinstance(ways, list) and (finding := judge_observed(device, ways)) is not None:
            found.append(
                text(
                    "{d} [{c}] {s}", "{d} [{c}] {s}", d=device.id, c=finding.code, s=finding.summary
                )
            )
    return found


def _pending(device: Device, reading: Reading) -> list[Text]:
    if not reading.reboot_pending:
        return []
    return [
        text(
            "{d}: {f} is stored and takes effect after a reboot",
            "{d}：{f} 已保存，重启后生效",
            d=device.id,
            f=", ".join(reading.reboot_pending),
        )
    ]


def _overshoot(app: App) -> Text:
    return text(
        "up to {n} devices change at once, so up to {o} failures past the threshold are accepted",
        "最多同时变更 {n} 台设备，因此可能超出失败阈值至多 {o} 台",
        n=app.city.limits.in_flight,
        o=overshoot_max(app.city.limits),
    )
