"""Changes grouped into steps: one request a resource, in the driver's fixed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.model.change import DeviceWork, FieldChange, Step, Target
from fleet.model.device import Device
from fleet.ports.driver import Resource


def target_of(device: Device) -> Target:
    """The part of a device that a driver needs."""
    return Target(
        device=device.id,
        kind=device.kind,
        driver=device.driver,
        address=device.address,
        port=device.port,
        serial=device.serial,
        engine_id=device.engine_id,
        platform=device.platform,
        host_key=device.host_key,
    )


def device_work(
    device: Device,
    changes: Mapping[str, FieldChange],
    resources: Sequence[Resource],
    through: tuple[str, ...] = (),
) -> DeviceWork:
    """The steps of one device; resources without a change are left out.

    `through` are the links that it is reached through (plan/links.py).

    Step ids count the resources of the kind, not the steps, so that the same resource has the same
    id in every plan.
    """
    steps = []
    for number, resource in enumerate(resources, start=1):
        mine = tuple(changes[s.name] for s in resource.fields if s.name in changes)
        if mine:
            steps.append(
                Step(
                    id=f"{device.id}/{number:02d}-{resource.name}",
                    device=device.id,
                    resource=resource.name,
                    changes=mine,
                )
            )
    return DeviceWork(
        target=target_of(device),
        compound=device.compound,
        stage=device.stage,
        login=device.login,
        steps=tuple(steps),
        through=through,
    )
