"""The local target: services of a state folder under one unprivileged supervisord of its own."""

from __future__ import annotations

from fleet.adapters.supervision.collector import CollectorService
from fleet.adapters.supervision.registrar import RegistrarService
from fleet.adapters.supervision.service import Service, ServiceState, config_digest, revive
from fleet.adapters.supervision.supervisor import Supervisor

__all__ = [
    "CollectorService",
    "RegistrarService",
    "Service",
    "ServiceState",
    "Supervisor",
    "config_digest",
    "revive",
]
