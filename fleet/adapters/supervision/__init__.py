"""The local target: services of a state folder under one unprivileged supervisord of its own."""

from __future__ import annotations

from fleet.adapters.supervision.registrar import RegistrarService, RegistrarState
from fleet.adapters.supervision.supervisor import Supervisor

__all__ = ["RegistrarService", "RegistrarState", "Supervisor"]
