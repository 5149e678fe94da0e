"""A plan out of what is declared and what stands: no device, no secret and no state folder needed.

`make_plan` gives it what was read this moment, `plan_observed` what a signed observation holds;
from here both go the same way, so that the two plans of one world have one content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fleet.model.change import DeviceWork
from fleet.model.device import Device, FieldValue, Stage
from fleet.model.fleet import City, Compound
from fleet.model.observation import DeviceObservation, Reading
from fleet.model.plan import Plan, Seal
from fleet.model.stack import PlatformSpec, StackPreview
from fleet.model.text import Text, text
from fleet.plan.canonical import digest
from fleet.plan.diff import diff_device, managed_values
from fleet.plan.links import needs_of, reached_through
from fleet.plan.platform import needs_stack, platform_spec
from fleet.plan.seal import sealed
from fleet.plan.steps import device_work
from fleet.plan.waves import overshoot_max, waves
from fleet.policy.observed import judge_observed
from fleet.ports.driver import Driver, unwritable, written_resources
from fleet.rollout.credentials import Proven

_SHOWN_MAX = 60


@dataclass(frozen=True)
class Ground:
    """What a plan stands on besides the devices; `now` is its time (RFC 3339)."""

    city: City
    drivers: Mapping[str, Driver]
    code: str
    commit: str | None
    now: str


@dataclass(frozen=True)
class Standing:
    """What stands: one observation a chosen device, proven versions, the stacks' changes.

    `observed_at` is the time of the signed observation; None if all was looked at for this plan.
    """

    devices: Mapping[str, DeviceObservation]
    proven: Proven
    stacks: Sequence[StackPreview]
    observed_at: str | None = None


@dataclass(frozen=True)
class Planned:
    """A plan with what was seen on the way, for showing drift and citing rules."""

    plan: Plan
    observations: Mapping[str, DeviceObservation]
    citations: tuple[Text, ...]


Chosen = Sequence[tuple[Compound, Sequence[Device]]]


def compose(ground: Ground, targets: Sequence[str], chosen: Chosen, stands: Standing) -> Planned:
    """Compare, group into steps and waves, and seal."""
    city, seen = ground.city, stands.devices
    devices = [d for _, ds in chosen for d in ds]
    works, notes = _works(ground, devices, stands)
    sizes = Counter(w.compound for w in works)
    order = waves([c.id for c, _ in chosen if sizes[c.id]], sizes, city.limits)
    if overshoot_max(city.limits) and works:
        notes.append(_overshoot(city))
    plan = Plan(
        city=city.code,
        created_at=ground.now,
        targets=tuple(targets),
        observed_at=stands.observed_at,
        limits=city.limits,
        stacks=tuple(stands.stacks),
        waves=tuple(order),
        works=_ordered(works, [c for wave in order for c in wave.compounds]),
        faults={k: o.fault for k, o in seen.items() if o.fault is not None},
        notes=tuple(notes + _unasked(chosen, seen)),
        needs=needs_of(city, ground.drivers, works),
        seal=Seal(
            inventory={c.id: c.content for c, _ in chosen},
            code=ground.code,
            observed=seals(stands.proven, devices, seen),
            commit=ground.commit,
        ),
    )
    return Planned(sealed(plan), seen, tuple(_citations(devices, seen)))


def wanted_specs(city: City, compounds: Iterable[Compound], targeted: bool) -> list[PlatformSpec]:
    """The stacks that belong to a plan of these compounds.

    Without targets every district's servers belong to the plan; a targeted compound whose uplink
    and secrets the operator gives needs no stack, and then no engine either.
    """
    needed = {c.district for c in compounds if needs_stack(c)}
    specs = [(d.code, platform_spec(d)) for d in city.districts]
    return [s for code, s in specs if s is not None and (not targeted or code in needed)]


def seals(
    proven: Proven, devices: Sequence[Device], seen: Mapping[str, DeviceObservation]
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


def moved_fields(
    plan: Plan, devices: Sequence[Device], seen: Mapping[str, DeviceObservation]
) -> dict[str, str]:
    """By device, each readable field that stood otherwise when the plan was made.

    Where the plan changes nothing the device stood as declared: the inventory is still the same.
    """
    planned = {
        w.target.device: {c.field: c.before for s in w.steps for c in s.changes} for w in plan.works
    }
    found = {}
    for device in devices:
        reading = seen[device.id].reading
        if reading is None:
            continue
        then = {**device.settings, **planned.get(device.id, {})}
        moved = [
            f"{name}: {_shown(then[name])} → {_shown(value)}"
            for name, value in managed_values(device, reading).items()
            if name in then and _shown(then[name]) != _shown(value)
        ]
        if moved:
            found[device.id] = ", ".join(moved)
    return found


def _shown(value: FieldValue) -> str:
    """A value on one short line, without what a terminal obeys; a list is a set here."""
    words = ", ".join(sorted(map(str, value))) if isinstance(value, list) else str(value)
    line = "".join(c if c.isprintable() else " " for c in words)[:_SHOWN_MAX]
    if isinstance(value, list):
        return f"[{line}]"
    return "–" if value in (None, "") else line


def _works(
    ground: Ground, devices: Sequence[Device], stands: Standing
) -> tuple[list[DeviceWork], list[Text]]:
    works: list[DeviceWork] = []
    notes: list[Text] = []
    through: dict[str, tuple[str, ...]] = {}
    for compound in {d.compound for d in devices}:
        through |= reached_through(ground.city.compound(compound))
    for device in devices:
        reading = stands.devices[device.id].reading
        if reading is None:
            continue
        driver = ground.drivers[device.driver]
        resources = driver.resources(device.kind)
        barred = _barred(driver, device)
        kept = {f: v for f, v in device.settings.items() if f not in barred}
        wanted = device.model_copy(update={"settings": kept})
        found = diff_device(wanted, reading, resources, stands.proven.of(device.id))
        notes += [*barred.values(), *found.notes]
        notes += _pending(device, reading)
        if found.changes:
            works.append(device_work(device, found.changes, resources, through[device.id]))
    return works, notes


def _barred(driver: Driver, device: Device) -> dict[str, Text]:
    """Managed fields with a value that the driver has no form for, each with a note.

    A field that the driver does not have at all is noted by the comparison.
    """
    found = {}
    for field in written_resources(driver, device.kind, device.settings):
        why = unwritable(driver, device.kind, field, device.settings[field], device.platform)
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
    place = {name: number for number, name in enumerate(compounds)}
    stages = {stage: number for number, stage in enumerate(Stage)}
    return tuple(sorted(works, key=lambda w: (place[w.compound], stages[w.stage])))


def _citations(devices: Sequence[Device], seen: Mapping[str, DeviceObservation]) -> list[Text]:
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


def _unasked(chosen: Chosen, seen: Mapping[str, DeviceObservation]) -> list[Text]:
    """Unmanaged switches with devices behind them that could not be read: nobody can ask them."""
    found = []
    for compound, devices in chosen:
        for switch in compound.unmanaged:
            mute = [d.id for d in devices if d.via == switch.id and seen[d.id].fault is not None]
            if mute:
                found.append(
                    text(
                        "{s} is unmanaged and is never asked; unread behind it: {d}",
                        "{s} 为非网管交换机，无法询问；其后未能读取：{d}",
                        s=switch.id,
                        d=", ".join(mute),
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


def _overshoot(city: City) -> Text:
    return text(
        "up to {n} devices change at once, so up to {o} failures past the threshold are accepted",
        "最多同时变更 {n} 台设备，因此可能超出失败阈值至多 {o} 台",
        n=city.limits.in_flight,
        o=overshoot_max(city.limits),
    )
