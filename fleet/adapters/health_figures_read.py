"""Figures that others told, read: no library to load, no trace (as health_read.py)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pydantic import ValidationError

from fleet.adapters.health_read import unusable
from fleet.adapters.sqlite_read import rows_of
from fleet.model.errors import StoreError
from fleet.model.health import CompoundFigures, DeviceFigures
from fleet.model.text import text

DB_NAME = "figures.db"


def figures_file(state_dir: Path) -> Path:
    """Where a state folder keeps them."""
    return state_dir / "health" / DB_NAME


class FiguresReader:
    """The reading half of `fleet.ports.health_figures.HealthFigures`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def devices(self, begin: str, end: str) -> list[DeviceFigures]:
        """See HealthFigures."""
        rows = self._all(
            'SELECT value FROM device WHERE begin >= ? AND "end" <= ? ORDER BY device, begin',
            begin,
            end,
        )
        try:
            return [DeviceFigures.model_validate_json(row["value"]) for row in rows]
        except ValidationError as error:
            raise self._failed(error) from error

    def compounds(self) -> list[CompoundFigures]:
        """See HealthFigures."""
        rows = self._all("SELECT value FROM compound ORDER BY compound, evidence")
        try:
            return [CompoundFigures.model_validate_json(row["value"]) for row in rows]
        except ValidationError as error:
            raise self._failed(error) from error

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        try:
            # SQLite makes the file before the tables: in between nothing was taken in yet.
            known = self._path.exists() and rows_of(
                self._path, "SELECT 1 FROM sqlite_master WHERE name = 'compound'"
            )
            return rows_of(self._path, query, values) if known else []
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> StoreError:
        return unusable(self._path, text("{e}", "数据库报告：{e}", e=error))
