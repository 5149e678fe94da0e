"""Looking at a server's host key without logging in, for an operator who is about to pin it."""

from __future__ import annotations

import asyncio

from fleet.drivers import complaints
from fleet.drivers.ssh.hostkey import shown_keys
from fleet.drivers.ssh.login import looking, where
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.model.change import Target
from fleet.ports.driver import HostKey


async def look(target: Target, deadline_s: float) -> HostKey:
    """See fleet.ports.driver.ShowsHostKey."""
    pace = Pace(deadline_s)
    try:
        return await asyncio.to_thread(_look, target, pace)
    except Overdue:
        raise complaints.too_slow(target.device, where(target), deadline_s) from None
    finally:
        pace.stop()


def _look(target: Target, pace: Pace) -> HostKey:
    with looking(target, pace):
        return next(iter(shown_keys(target.address, target.port, pace)))
