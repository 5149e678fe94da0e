"""The collector service's configuration file; nothing in it is secret."""

from __future__ import annotations

from pydantic import Field

from fleet.model.base import Frozen


class CollectorTerms(Frozen):
    """How a collector watches.

    Each device is polled once in `poll_s` seconds; what was not looked at for longer than two polls
    is unknown. Notifications are received on `trap_port` of each of `trap_addresses` (none: not at
    all); `community` is a `secret://` reference for v2c (None: no v2c). A clock that is off by more
    than `clock_limit_s` is an alarm. History is kept `keep_days` days and at most `max_mb` MiB.
    """

    poll_s: float = Field(60.0, ge=0.2, le=3600)
    trap_addresses: tuple[str, ...] = ()
    trap_port: int = Field(16200, ge=1, le=65535)
    community: str | None = None
    clock_limit_s: float = Field(60.0, gt=0)
    keep_days: int = Field(400, ge=1)
    max_mb: int = Field(512, ge=1)


class CollectorConfig(CollectorTerms):
    """What one collector watches, and where it keeps it; paths are absolute.

    `district` None watches the whole city; `compounds` narrows it to these. `control_socket` is
    where it answers how it is (None: nowhere).
    """

    city_dir: str
    state_dir: str
    district: str | None = None
    compounds: tuple[str, ...] = ()
    control_socket: str | None = None
