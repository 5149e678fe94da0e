"""The one extra login of a doubtful password: journalled before it is tried, never spent twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.rollout import records
from tests.rollout.test_settle import ADMIN, USER, settle
from tests.support.fakes import value_of
from tests.support.fakes_city import cameras, world
from tests.support.fakes_devices import FakeSession


async def test_resumes_killed_again_and_again_spent_a_login_each(tmp_path: Path) -> None:
    """A probe begun and never answered is not begun again: in doubt, and no further attempt."""
    w = world(cameras(1, 1), tmp_path)
    w.journal.append([records.probe("r1", "c1-cam-1", USER.id)])

    seen = await settle(w, USER)

    assert seen.outcome == "in_doubt"
    assert seen.fault is not None
    assert seen.fault.code == "login_budget"
    assert w.wrong_logins() == {}


async def test_a_probe_is_begun_again_where_the_device_tells_that_tries_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own word rules: four tries are enough for one more."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = value_of(ADMIN)
    w.journal.append([records.probe("r1", "c1-cam-1", USER.id)])

    async def four(_session: FakeSession) -> int | None:
        return 4

    monkeypatch.setattr(FakeSession, "attempts_left", four)

    assert (await settle(w, USER)).outcome == "done"


async def test_a_new_intent_has_a_probe_of_its_own(tmp_path: Path) -> None:
    """Begun, answered, permitted again: the reserved attempt is there again."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = value_of(ADMIN)
    w.journal.append(
        [
            records.probe("r1", "c1-cam-1", USER.id),
            records.settled("r1", "c1-cam-1", USER.id, "not_applied"),
            records.intent("r1", "c1-cam-1", USER.id, 1.0, "boot"),
        ]
    )

    assert (await settle(w, USER)).outcome == "done"
