"""What a plain `ansible-playbook --check` needs: the differences of one compound's stage."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from fleet.app.plan import make_plan
from fleet.model.device import Device
from fleet.wiring.build import load_city, open_app


def differences(city_dir: str, compound: str, stage: str) -> list[dict[str, Any]]:
    """Observe one compound and return what `fleet plan` would change in one stage.

    Each entry: `device`, `field`, `before`, `after` (a secret: its versions, never its value),
    `driver`; a device that cannot be observed has the field "(not observed)" and why. Nothing is
    written.

    Raises:
        FleetError: as `fleet plan`.
    """
    city = Path(city_dir).absolute()
    state = Path(os.environ.get("FLEET_STATE") or city / ".fleet").absolute()
    with open_app(city, state) as app:
        plan = asyncio.run(make_plan(app, [compound], looking=True)).plan
    stages = {d.id: d.stage for d in _devices(city, compound)}
    unseen = [
        {
            "device": device,
            "field": "(not observed)",
            "before": None,
            "after": fault.en,
            "driver": "",
        }
        for device, fault in plan.faults.items()
        if stages.get(device) == stage
    ]
    return unseen + [
        {
            "device": work.target.device,
            "field": change.field,
            "before": f"version {change.before_version}" if change.secret else change.before,
            "after": f"version {change.secret.version}" if change.secret else change.after,
            "driver": work.target.driver,
        }
        for work in plan.works
        if work.stage == stage
        for step in work.steps
        for change in step.changes
    ]


def _devices(city: Path, compound: str) -> tuple[Device, ...]:
    return load_city(city).compound(compound).devices
