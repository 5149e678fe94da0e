"""What a plain `ansible-playbook --check` needs: the differences of one compound's stage."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from fleet.app.plan import make_plan
from fleet.wiring.build import open_app


def differences(city_dir: str, compound: str, stage: str) -> list[dict[str, Any]]:
    """Observe one compound and return what `fleet plan` would change in one stage.

    Each entry: `device`, `field`, `before`, `after` (a secret: its versions, never its value),
    `driver`. Nothing is written.

    Raises:
        FleetError: as `fleet plan`.
    """
    city = Path(city_dir).absolute()
    state = Path(os.environ.get("FLEET_STATE") or city / ".fleet").absolute()
    with open_app(city, state) as app:
        plan = asyncio.run(make_plan(app, [compound], looking=True)).plan
    return [
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
