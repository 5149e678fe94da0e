"""The collector service's configuration file; nothing in it is secret."""

from __future__ import annotations

from pydantic import Field

from fleet.model.base import Frozen


class CollectorConfig(Frozen):
    """What the collector watches and how; paths are absolute.

    `district` None watches the whole city. Each device is polled once in `poll_s` seconds; what was
    not looked at for longer than two polls is unknown. Notifications are received on `trap_port` of
    each of `trap_addresses` (none: not at all); `community` is a `secret://` reference for v2c
    (None: no v2c). History is kept `keep_days` days and at most `max_mb` MiB of it.
    """

    city_dir: str
    state_dir: str
    district: str | None = None
    poll_s: float = Field(60.0, ge=0.2, le=3600)
    trap_addresses: tuple[str, ...] = ()
    trap_port: int = Field(16200, ge=1, le=65535)
    community: str | None = None
    clock_limit_s: float = Field(60.0, gt=0)
    keep_days: int = Field(400, ge=1)
    max_mb: int = Field(512, ge=1)
