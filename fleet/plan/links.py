"""What hangs on which switch and router, and what a change of one may cost those behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.model.change import DeviceWork
from fleet.model.device import LINK_KINDS, DeviceKind
from fleet.model.fleet import City, Compound
from fleet.model.plan import PlanNeed
from fleet.model.text import Text, text
from fleet.ports.driver import ArmsUndo, Driver

# How long a switch is away when it restarts, and a camera behind it after power is back: the long
# end of what access switches and cameras take; the outage is priced with both.
RESTART_S = 240
BOOT_S = 60


def reached_through(compound: Compound) -> dict[str, tuple[str, ...]]:
    """For each device, the switches and routers that it is reached through, nearest first.

    These are the switch that it hangs on, what that one hangs on, and so forth, then the edge
    routers of the compound, except for what a router itself hangs on.
    """
    via = {d.id: d.via for d in compound.devices}
    via |= {s.id: s.via for s in compound.unmanaged}
    links = {d.id for d in compound.devices if d.kind in LINK_KINDS}
    routers = [d.id for d in compound.devices if d.kind is DeviceKind.ROUTER]
    found = {}
    for device in compound.devices:
        chain = _chain(device.id, via)
        edge = [r for r in routers if r != device.id and device.id not in _chain(r, via)]
        found[device.id] = tuple(dict.fromkeys(i for i in [*chain, *edge] if i in links))
    return found


def needs_of(
    city: City, drivers: Mapping[str, Driver], works: Sequence[DeviceWork]
) -> tuple[PlanNeed, ...]:
    """What an operator must consent to before these works are done, or must at least see."""
    found = []
    for work in works:
        driver, target = drivers[work.target.driver], work.target
        if not isinstance(driver, ArmsUndo):
            continue
        fields = [c.field for step in work.steps for c in step.changes]
        for need in driver.needs(target, fields):
            dark = _behind(city, work) if need.kind == "reboot" else ()
            said = need.text if need.kind != "reboot" else _priced(need.text, dark)
            found.append(
                PlanNeed(
                    kind=need.kind,
                    device=target.device,
                    text=said,
                    dark=dark,
                    dark_s=RESTART_S + BOOT_S if dark else 0,
                )
            )
    return tuple(found)


def _chain(device: str, via: Mapping[str, str | None]) -> list[str]:
    """What a device hangs on, nearest first; a circle ends where it closes."""
    found = [device]
    while (up := via.get(found[-1])) is not None and up not in found:
        found.append(up)
    return found[1:]


def _behind(city: City, work: DeviceWork) -> tuple[str, ...]:
    """Devices that go dark with a link: what hangs on it; with a router all of its compound."""
    if work.target.kind is DeviceKind.ROUTER:
        mine = [d for d in city.devices() if d.compound == work.compound]
        return tuple(d.id for d in mine if d.id != work.target.device)
    return tuple(d.id for d in city.behind(work.target.device))


def _priced(said: Text, dark: Sequence[str]) -> Text:
    if not dark:
        return said
    return text(
        "{s}; then {n} devices behind it go dark for about {m} min: {d}",
        "{s}；届时其后 {n} 台设备中断约 {m} 分钟：{d}",
        s=said,
        n=len(dark),
        m=round((RESTART_S + BOOT_S) / 60),
        d=", ".join(dark),
    )
