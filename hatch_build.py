"""Put the data folders into the wheel, file by file, and never a state folder.

A plain ``force-include`` would be shorter, but it copies whatever lies in the folder, and a used
city keeps ``.fleet/`` (credentials, journal) right there. It would also copy the data into
site-packages on an editable install, where the checkout itself must be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = ("inventories", "playbooks", "stacks/engine")
NEVER = frozenset({".fleet", ".ansible", ".git", "__pycache__", ".cache"})


class DataHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling: its config type is of no use here
    """Ships example city, playbooks and engine module under ``fleet/_data/``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add every data file to a standard wheel; an editable one reads the checkout instead."""
        if version != "standard":
            return
        root = Path(self.root)
        for folder in DATA:
            for path in sorted((root / folder).rglob("*")):
                inside = path.relative_to(root)
                if path.is_file() and NEVER.isdisjoint(inside.parts):
                    build_data["force_include"][str(path)] = f"fleet/_data/{inside.as_posix()}"
