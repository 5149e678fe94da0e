"""The collector's history, read: no library to load, no trace, no write right (sqlite_read.py)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fleet.adapters.sqlite_read import rows_of
from fleet.model.errors import StoreError
from fleet.model.text import Text, text
from fleet.ports.health_store import AlarmRow, FactRow, OpenRow, PollRow, SpanRow, Trap

DB_NAME = "health.db"
# A history of a newer form is refused, not guessed at.
SCHEMA_VERSION = 1
VERSION_KEY = "schema_version"
# Rows are read in pages, so that a long reading neither holds a snapshot nor fills the memory.
_PAGE = 2000


def history_file(state_dir: Path) -> Path:
    """Where a state folder keeps it."""
    return state_dir / "health" / DB_NAME


class HealthReader:
    """The reading half of `fleet.ports.health_store.HealthStore`.

    Raises:
        StoreError: the file cannot be read, or a newer fleet wrote it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        version = self.numbers().get(VERSION_KEY)
        if version != SCHEMA_VERSION:
            raise unusable(
                path,
                text(
                    "it has form {found}, and this fleet knows form {known}",
                    "其格式为 {found}，而本版 fleet 只认识格式 {known}",
                    found=version,
                    known=SCHEMA_VERSION,
                ),
                text("use the newer fleet that wrote it", "请使用写入它的较新版本 fleet"),
            )

    @classmethod
    def of(cls, state_dir: Path) -> HealthReader | None:
        """A state folder's history; None where no collector has made one yet.

        Raises:
            StoreError: as the class says.
        """
        file = history_file(state_dir)
        try:
            # SQLite makes the file before the tables: in between there is no history yet.
            made = file.exists() and rows_of(
                file, "SELECT 1 FROM sqlite_master WHERE name = 'meta'"
            )
        except sqlite3.Error as error:
            raise _failed(file, error) from error
        return cls(file) if made else None

    def opens(self) -> list[OpenRow]:
        """See HealthStore."""
        return [
            OpenRow(r["device"], r["state"], _s(r["begin"]), r["cause"], _s(r["seen"]))
            for r in self._all("SELECT * FROM going ORDER BY device")
        ]

    def spans(
        self, begin: float, end: float, devices: Sequence[str] | None = None
    ) -> Iterator[SpanRow]:
        """See HealthStore."""
        names = None if devices is None else json.dumps(list(devices))
        query = (
            'SELECT * FROM span WHERE begin < ? AND "end" > ? AND (device, begin) > (?, ?)'
            " AND (? IS NULL OR device IN (SELECT value FROM json_each(?)))"
            " ORDER BY device, begin LIMIT ?"
        )
        after: tuple[str, int] = ("", 0)
        while True:
            page = self._all(query, to_ms(end), to_ms(begin), *after, names, names, _PAGE)
            for r in page:
                yield SpanRow(r["device"], r["state"], _s(r["begin"]), _s(r["end"]), r["cause"])
            if len(page) < _PAGE:
                return
            after = (page[-1]["device"], page[-1]["begin"])

    def polls(self, first_day: int, last_day: int) -> list[PollRow]:
        """See HealthStore."""
        query = "SELECT * FROM polls WHERE day BETWEEN ? AND ? ORDER BY device, day"
        rows = self._all(query, first_day, last_day)
        return [PollRow(r["device"], r["day"], r["answered"], r["tried"]) for r in rows]

    def alarms(self, begin: float, end: float) -> list[AlarmRow]:
        """See HealthStore."""
        query = (
            "SELECT * FROM alarm WHERE begun < ? AND (ended IS NULL OR ended >= ?)"
            " ORDER BY begun, id"
        )
        return [
            AlarmRow(
                id=r["id"],
                kind=r["kind"],
                subject=r["subject"],
                compound=r["compound"],
                begun=_s(r["begun"]),
                ended=None if r["ended"] is None else _s(r["ended"]),
                behind=tuple(json.loads(r["behind"])),
            )
            for r in self._all(query, to_ms(end), to_ms(begin))
        ]

    def facts(self) -> list[FactRow]:
        """See HealthStore."""
        rows = self._all("SELECT * FROM fact ORDER BY subject, name")
        return [FactRow(r["subject"], r["name"], _s(r["at"]), json.loads(r["value"])) for r in rows]

    def traps(self, limit: int, after: float = 0.0) -> list[Trap]:
        """See HealthStore."""
        query = "SELECT * FROM trap WHERE at >= ? ORDER BY at DESC, key LIMIT ?"
        return [
            Trap(
                key=r["key"],
                at=_s(r["at"]),
                source=r["source"],
                version=r["version"],
                kind=r["kind"],
                oid=r["oid"],
                user=r["user"],
                engine_id=r["engine_id"],
                values=json.loads(r["data"]),
                repeats=r["repeats"],
            )
            for r in self._all(query, to_ms(after), limit)
        ]

    def counters(self) -> Mapping[str, int]:
        """See HealthStore."""
        return {r["name"]: r["value"] for r in self._all("SELECT * FROM counter ORDER BY name")}

    def strangers(self) -> Mapping[str, int]:
        """See HealthStore."""
        rows = self._all("SELECT * FROM stranger ORDER BY times DESC, who")
        return {r["who"]: r["times"] for r in rows}

    def meta(self) -> Mapping[str, float]:
        """See HealthStore."""
        return {key: value for key, value in self.numbers().items() if key != VERSION_KEY}

    def numbers(self) -> dict[str, float]:
        """All of `meta`, the form's version included."""
        return {r["key"]: r["value"] for r in self._all("SELECT * FROM meta")}

    def size(self) -> int:
        """See HealthStore."""
        query = (
            "SELECT page_size * (page_count - freelist_count) AS octets"
            " FROM pragma_page_size, pragma_page_count, pragma_freelist_count"
        )
        return int(self._all(query)[0]["octets"])

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _all(self, query: str, *values: object) -> list[sqlite3.Row]:
        try:
            return rows_of(self._path, query, values)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise _failed(self._path, error) from error


def _failed(where: Path, error: Exception) -> StoreError:
    return unusable(where, text("{e}", "数据库报告：{e}", e=error))


def unusable(where: object, why: Text, fix: Text | None = None) -> StoreError:
    """A history that cannot be used, with the reason."""
    summary = text(
        "the history of health {where} cannot be used: {why}",
        "健康历史 {where} 不可用：{why}",
        where=where,
        why=why,
    )
    return StoreError(summary, fix)


def to_ms(at: float) -> int:
    """Seconds → the milliseconds that are stored."""
    return round(at * 1000)


def _s(at: int) -> float:
    return at / 1000
