"""The server engine port over Pulumi: inline programs, own provider, encrypted file backend."""

from __future__ import annotations

from fleet.adapters.pulumi._fork import NO_FORK_SUPPORT
from fleet.adapters.pulumi.engine import PulumiEngine

__all__ = ["NO_FORK_SUPPORT", "PulumiEngine"]
