# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a compound's upper side, from the inventory and the recorded stack outputs."""

from __future__ import annotations

import os
from pathlib import Path

from fleet.model.stack import StackOutputs
from fleet.wiring.build import load_city


def servers(city_dir: Path, compound: str) -> dict[str, str]:
    """Facts by name, without any secret; empty where the compound has no uplink.

    Addresses and ids are the inventory's own, exact before anything stands. `standing` says
    whether the district's stack has been brought up; an operator's platform has no stack of ours,
    and then no engine is asked.

    Raises:
        InventoryError: the city cannot be read.
        EngineError: the recorded outputs cannot be read.
    """
    city = load_city(city_dir)
    district = city.district_of(compound)
    uplink = next(c.uplink for c in district.compounds if c.id == compound)
    if uplink is None:
        return {}
    known = {
        "registrar": f"{uplink.server_address}:{uplink.server_port}",
        "server_id": uplink.server_id,
        "server_domain": uplink.server_domain,
        "source": uplink.source,
    }
    if uplink.source == "operator":
        return known
    return {**known, **_recorded(city_dir, district.code)}


def _recorded(city_dir: Path, district: str) -> dict[str, str]:
    from fleet.wiring.engine import open_engine

    state = Path(os.environ.get("FLEET_STATE") or city_dir / ".fleet").absolute()
    outputs: StackOutputs | None = open_engine(city_dir, state).outputs(district)
    if outputs is None:
        return {"standing": "no"}
    versions = (f"{name}@{max(v)}" for name, v in sorted(outputs.credentials.items()) if v)
    return {
        "standing": "yes",
        "ca_fingerprint": outputs.ca_fingerprint,
        "credentials": ", ".join(versions),
    }
