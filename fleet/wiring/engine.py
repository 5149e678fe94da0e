"""The composition root of the servers' side: the engine adapter with its program."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from fleet.ports.engine import ServerEngine

# Programs stand above wiring in the picture, as any user's own would: found by name, not imported.
_PROGRAM = ("fleet_stacks.platform", "platform")


def open_engine(city_dir: Path, state_dir: Path) -> ServerEngine:
    """The server engine of one state folder; starts nothing and makes nothing."""
    from fleet.adapters.pulumi import PulumiEngine

    return PulumiEngine(state_dir, city_dir, _program)


def _program(spec: Mapping[str, object]) -> None:
    module, name = _PROGRAM
    cast("object", getattr(importlib.import_module(module), name)(spec))
