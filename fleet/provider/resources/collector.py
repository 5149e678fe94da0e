"""The collector service: what it watches by is the inventory, so only its terms are inputs."""

from __future__ import annotations

from typing import ClassVar

from fleet.model.base import Frozen
from fleet.model.collector import CollectorConfig, CollectorTerms
from fleet.provider.resources.service import ServiceInputs, ServiceKind
from fleet.wiring.provider import CollectorService


class CollectorInputs(CollectorTerms, ServiceInputs):
    """Inputs of a collector; folders are the machine's own and no inputs."""


class CollectorKind(ServiceKind[CollectorInputs]):
    """`fleet:index:Collector`: outputs config (sha256), listening (addresses) and running."""

    type_name: ClassVar[str] = "fleet:index:Collector"
    inputs: ClassVar[type[Frozen]] = CollectorInputs

    def service(self, wanted: CollectorInputs) -> CollectorService:
        """See ServiceKind."""
        return self.machine.collector(wanted.district)

    def places(self, wanted: CollectorInputs) -> tuple[tuple[str, ...], int]:
        """See ServiceKind."""
        return wanted.trap_addresses, wanted.trap_port

    def config(self, wanted: CollectorInputs) -> CollectorConfig:
        """See ServiceKind."""
        return CollectorConfig(
            **wanted.model_dump(),
            city_dir=str(self.machine.city_dir),
            state_dir=str(self.machine.state_dir),
            control_socket=str(self.service(wanted).control_socket),
        )
