"""The collector's history in SQLite: `STATE/health/health.db`, 0600, durable and bounded.

One process writes (the collector holds a lease), any number read. The bounds: nothing that ended
more than `keep_days` ago, at most `max_bytes` in use by rows and indexes (what is oldest goes
first), `TRAPS_MAX` notifications, `STRANGERS_MAX` senders; SQLite's own log beside it is cut back
to 4 MiB. Whole batches are one transaction, synchronous=FULL, so what was stored outlasts kill -9
and a power cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from fleet.adapters import health_schema as t
from fleet.adapters.health_read import (
    SCHEMA_VERSION,
    VERSION_KEY,
    HealthReader,
    history_file,
    to_ms,
)
from fleet.adapters.store_dialects import SqliteDialect
from fleet.adapters.store_errors import told
from fleet.ports.health_store import (
    AlarmRow,
    Batch,
    FactRow,
    OpenRow,
    SpanRow,
    Trap,
)

TRAPS_MAX = 20_000
STRANGERS_MAX = 500
_DAY_MS = 86_400_000
_LOG_MAX = 4 * 1024 * 1024


class SqlHealth(HealthReader):
    """Implements `fleet.ports.health_store.HealthStore`."""

    def __init__(self, path: Path, keep_days: int = 400, max_bytes: int = 512 * 2**20) -> None:
        self._where = str(path)
        self._keep_ms = keep_days * _DAY_MS
        self._max_bytes = max_bytes
        with told(self._where):
            dialect = SqliteDialect(path)
            self._engine = dialect.engine
            self._writer = dialect.begin_write()
            self._make(dialect)
        super().__init__(path)

    @classmethod
    def in_folder(
        cls, state_dir: Path, keep_days: int = 400, max_bytes: int = 512 * 2**20
    ) -> SqlHealth:
        """The history of a state folder, made where there is none.

        Raises:
            StoreError: it cannot be opened, is damaged, or was written by a newer fleet.
        """
        return cls(history_file(state_dir), keep_days, max_bytes)

    def write(self, batch: Batch) -> None:
        """See HealthStore."""
        with told(self._where), self._writer.begin() as connection:
            _put(connection, t.span, [_span_values(r) for r in batch.closed])
            _put(connection, t.going, [_going_values(r) for r in batch.opened])
            _put(connection, t.alarm, [_alarm_values(r) for r in batch.alarms])
            _put(connection, t.fact, [_fact_values(r) for r in batch.facts])
            _put(connection, t.meta, [{"key": k, "value": v} for k, v in batch.meta.items()])
            _add(connection, t.polls, [r._asdict() for r in batch.polls], "answered", "tried")
            counts = [{"name": n, "value": v} for n, v in batch.add.items()]
            _add(connection, t.counter, counts, "value")
            _strangers(connection, batch.strangers, batch.at)
            for key in batch.retire:
                connection.execute(t.meta.delete().where(t.meta.c.key == key))
            for device in batch.forget:
                connection.execute(t.going.delete().where(t.going.c.device == device))
                connection.execute(t.fact.delete().where(t.fact.c.subject == device))

    def add_traps(self, traps: Sequence[Trap]) -> tuple[bool, ...]:
        """See HealthStore."""
        new: list[bool] = []
        with told(self._where), self._writer.begin() as connection:
            for trap in traps:
                statement = insert(t.trap).values(_trap_values(trap))
                statement = statement.on_conflict_do_update(
                    index_elements=[t.trap.c.key], set_={"repeats": t.trap.c.repeats + 1}
                )
                row = connection.execute(statement.returning(t.trap.c.repeats)).scalar_one()
                new.append(int(row) == 0)
        return tuple(new)

    def prune(self, now: float) -> int:
        """See HealthStore."""
        cutoff = to_ms(now) - self._keep_ms
        with told(self._where), self._writer.begin() as connection:
            gone = _drop_before(connection, cutoff)
            gone += _keep_newest(connection, t.trap, t.trap.c.at, TRAPS_MAX)
            gone += _keep_newest(connection, t.stranger, t.stranger.c.last, STRANGERS_MAX)
        while self.size() > self._max_bytes:
            with told(self._where), self._writer.begin() as connection:
                less = _drop_oldest_tenth(connection)
            if not less:
                break
            gone += less
        with told(self._where):
            # Outside of any transaction, or the log cannot be cut back.
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()
        return gone

    def close(self) -> None:
        """See HealthStore."""
        self._engine.dispose()

    def _make(self, dialect: SqliteDialect) -> None:
        with self._engine.begin() as connection:
            fresh = not sa.inspect(connection).has_table(t.meta.name)
        if fresh:
            with self._writer.begin() as connection:
                t.metadata.create_all(connection)
                row = {"key": VERSION_KEY, "value": SCHEMA_VERSION}
                connection.execute(insert(t.meta).values(row).on_conflict_do_nothing())
            dialect.made()
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA journal_size_limit={_LOG_MAX}")


def _span_values(row: SpanRow) -> dict[str, object]:
    return row._asdict() | {"begin": to_ms(row.begin), "end": to_ms(row.end)}


def _going_values(row: OpenRow) -> dict[str, object]:
    return row._asdict() | {"begin": to_ms(row.begin), "seen": to_ms(row.seen)}


def _alarm_values(row: AlarmRow) -> dict[str, object]:
    times = {"begun": to_ms(row.begun), "ended": None if row.ended is None else to_ms(row.ended)}
    return row._asdict() | times | {"behind": json.dumps(row.behind)}


def _fact_values(row: FactRow) -> dict[str, object]:
    value = json.dumps(dict(row.value), sort_keys=True)
    return {"subject": row.subject, "name": row.name, "at": to_ms(row.at), "value": value}


def _trap_values(trap: Trap) -> dict[str, object]:
    values = trap.model_dump(exclude={"values", "at"})
    return values | {
        "at": to_ms(trap.at),
        "data": json.dumps(dict(trap.values), ensure_ascii=False, sort_keys=True),
        "repeats": 0,
    }


def _put(connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those of the same key."""
    values = list(rows)
    if not values:
        return
    statement = insert(table)
    keys = [c.name for c in table.primary_key]
    changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), values)


def _add(
    connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], *sums: str
) -> None:
    """Insert rows, or add to the numbers of those of the same key."""
    if not rows:
        return
    statement = insert(table)
    summed = {name: table.c[name] + statement.excluded[name] for name in sums}
    keys = [c.name for c in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=summed), rows)


def _strangers(connection: sa.Connection, seen: Mapping[str, int], at: float) -> None:
    if not seen:
        return
    rows = [{"who": who[:200], "times": n, "last": to_ms(at)} for who, n in seen.items()]
    statement = insert(t.stranger)
    changed = {
        "times": t.stranger.c.times + statement.excluded.times,
        "last": statement.excluded.last,
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=[t.stranger.c.who], set_=changed), rows
    )


def _drop_before(connection: sa.Connection, cutoff_ms: int) -> int:
    """Everything that was over before a moment."""
    day = (cutoff_ms + 8 * 3_600_000) // _DAY_MS
    deletions = (
        t.span.delete().where(t.span.c.end < cutoff_ms),
        t.polls.delete().where(t.polls.c.day < day),
        t.alarm.delete().where(t.alarm.c.ended < cutoff_ms),
        t.trap.delete().where(t.trap.c.at < cutoff_ms),
    )
    return sum(connection.execute(d).rowcount for d in deletions)


def _drop_oldest_tenth(connection: sa.Connection) -> int:
    """The oldest tenth of the time that the history covers; 0 where there is nothing to drop."""
    ends = [
        connection.execute(sa.select(sa.func.min(column), sa.func.max(column))).one()
        for column in (t.span.c.end, t.trap.c.at)
    ]
    known = [value for pair in ends for value in pair if value is not None]
    if not known:
        return 0
    first, last = min(known), max(known)
    return _drop_before(connection, first + max(1, (last - first) // 10) + 1)


def _keep_newest(
    connection: sa.Connection, table: sa.Table, by: sa.ColumnElement[Any], most: int
) -> int:
    key = next(iter(table.primary_key))
    keep = sa.select(key).order_by(by.desc(), key).limit(most)
    return connection.execute(table.delete().where(key.not_in(keep))).rowcount
