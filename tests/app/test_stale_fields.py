"""A plan that no longer fits says which fields moved, before and now."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.errors import StalePlan
from tests.support.fakes_city import cameras, world
from tests.support.fakes_plans import applied, planned


async def test_a_stale_plan_names_the_fields_that_moved(tmp_path: Path) -> None:
    """Those that it would change, and those that stood as declared; with both values."""
    w = world(cameras(1, 1), tmp_path)
    fields = w.devices["c1-cam-1"].fields
    fields["time_mode"] = "ntp"
    plan = (await planned(w)).plan
    fields["osd_text"], fields["time_mode"] = "by\x1b[2Jhand", "manual"

    with pytest.raises(StalePlan) as caught:
        await applied(w, plan)

    said = caught.value.summary.en
    assert w.written() == []
    assert "osd_text: – → by [2Jhand" in said
    assert "time_mode: ntp → manual" in said
    assert "channel_name" not in said
    assert "\x1b" not in said
