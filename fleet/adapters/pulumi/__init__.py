"""The server engine port over Pulumi: inline programs, own provider, encrypted file backend."""

from __future__ import annotations

from fleet.adapters.pulumi.engine import PulumiEngine

__all__ = ["PulumiEngine"]
