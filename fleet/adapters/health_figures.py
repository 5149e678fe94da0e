"""Figures that others told, in SQLite: `STATE/health/figures.db`, 0600, durable.

A file of its own beside the collector's history: the collector is the only writer of that one, and
taking in a site's file must not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from fleet.adapters.health_figures_read import FiguresReader
from fleet.adapters.health_schema import text_column
from fleet.adapters.store_dialects import SqliteDialect
from fleet.adapters.store_errors import told
from fleet.model.evidence import Origin
from fleet.model.health import CompoundFigures, DeviceFigures

_metadata = sa.MetaData()

# Times are stamps in the model's one spelling, which sort as time does.
_device = sa.Table(
    "device",
    _metadata,
    text_column("device", key=True),
    text_column("begin", key=True),
    text_column("end", key=True),
    text_column("evidence", key=True),
    text_column("as_of"),
    text_column("value"),
    sqlite_strict=True,
)
_compound = sa.Table(
    "compound",
    _metadata,
    text_column("compound", key=True),
    text_column("evidence", key=True),
    text_column("as_of"),
    text_column("value"),
    sqlite_strict=True,
)
sa.Index("device_by_end", _device.c.end)


class SqlFigures(FiguresReader):
    """Implements `fleet.ports.health_figures.HealthFigures`, bounded.

    What ended more than `keep_days` before the newest word is dropped.

    Raises:
        StoreError: the file cannot be opened or made.
    """

    def __init__(self, path: Path, keep_days: int = 400) -> None:
        super().__init__(path)
        self._keep = timedelta(days=keep_days)
        self._where = str(path)
        with told(self._where):
            dialect = SqliteDialect(path)
            self._engine = dialect.engine
            self._writer = dialect.begin_write()
            with self._writer.begin() as connection:
                _metadata.create_all(connection)
            dialect.made()

    def put(
        self, devices: Sequence[DeviceFigures], compounds: Sequence[CompoundFigures] = ()
    ) -> tuple[int, int]:
        """See HealthFigures."""
        with told(self._where), self._writer.begin() as connection:
            changed = (
                sum(_put(connection, _device, _device_row(row)) for row in devices),
                sum(_put(connection, _compound, _compound_row(row)) for row in compounds),
            )
            _drop_old(connection, self._keep)
            return changed

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _drop_old(connection: sa.Connection, keep: timedelta) -> None:
    newest = connection.execute(sa.select(sa.func.max(_device.c.as_of))).scalar_one()
    if newest is not None:
        before = datetime.fromisoformat(newest.replace("Z", "+00:00")) - keep
        cutoff = before.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        connection.execute(_device.delete().where(_device.c.end <= cutoff))


def _put(connection: sa.Connection, table: sa.Table, row: dict[str, object]) -> int:
    statement = insert(table).values(row)
    keys = [c.name for c in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    statement = statement.on_conflict_do_update(
        index_elements=keys, set_=changed, where=table.c.as_of <= statement.excluded.as_of
    )
    return connection.execute(statement).rowcount


def _device_row(row: DeviceFigures) -> dict[str, object]:
    return {
        "device": row.device,
        "begin": row.begin,
        "end": row.end,
        **_said(row.origin, row.model_dump_json()),
    }


def _compound_row(row: CompoundFigures) -> dict[str, object]:
    return {"compound": row.compound, **_said(row.origin, row.model_dump_json())}


def _said(origin: Origin, value: str) -> dict[str, object]:
    return {"evidence": str(origin.evidence), "as_of": origin.as_of, "value": value}
