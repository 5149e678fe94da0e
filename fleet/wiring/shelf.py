"""Sealed plans of rollouts in the state folder: `plans/<rollout>.json`, 0600, whole or absent."""

from __future__ import annotations

from pathlib import Path

from fleet.adapters.atomic import private_folder, write_private
from fleet.model.errors import AlteredPlan, StoreError
from fleet.model.text import text


class FileShelf:
    """Implements `fleet.app.context.PlanShelf`."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "plans"

    def put(self, rollout: str, document: bytes) -> None:
        """Store a plan document.

        Raises:
            StoreError: the disk refuses it; nothing may start then.
        """
        try:
            write_private(private_folder(self._folder) / f"{rollout}.json", document)
        except OSError as error:
            raise StoreError(
                text("the plan cannot be stored: {e}", "无法保存计划：{e}", e=error)
            ) from error

    def get(self, rollout: str) -> bytes:
        """Return a plan document; AlteredPlan if it is not there."""
        try:
            return (self._folder / f"{rollout}.json").read_bytes()
        except OSError as error:
            raise AlteredPlan(
                text(
                    "the plan of rollout {r} is not in the state folder: {e}",
                    "状态目录中没有下发 {r} 的计划：{e}",
                    r=rollout,
                    e=error.strerror,
                )
            ) from error
