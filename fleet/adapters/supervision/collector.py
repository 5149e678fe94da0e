"""A district's collector as a supervised service."""

from __future__ import annotations

from typing import ClassVar

from fleet.adapters.supervision.service import Service
from fleet.model.base import Frozen
from fleet.model.collector import CollectorConfig


class CollectorService(Service[CollectorConfig]):
    """The collector of one district; its history lies outside of its folder and outlives it."""

    kind: ClassVar[str] = "collector"
    model: ClassVar[type[Frozen]] = CollectorConfig
    # It reads the inventory before it can say that it cannot run.
    start_s: ClassVar[int] = 10

    def places(self, config: CollectorConfig) -> tuple[tuple[str, ...], int]:
        """See Service."""
        return config.trap_addresses, config.trap_port
