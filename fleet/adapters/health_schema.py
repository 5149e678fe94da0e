"""The tables of the collector's history; health_read.py has the version of their form."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[object]) -> sa.Table:
    return sa.Table(name, metadata, *columns, sqlite_strict=True)


def _text(name: str, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False)


def _number(name: str, key: bool = False, null: bool = False) -> sa.Column[object]:
    # Without autoincrement an INTEGER key is only a key.
    return sa.Column(name, sa.Integer(), primary_key=key, nullable=null, autoincrement=False)


# Times are milliseconds since 1970-01-01 UTC.
span = _table(
    "span",
    _text("device", key=True),
    _number("begin", key=True),
    _number("end"),
    _text("state"),
    _text("cause"),
)
going = _table(
    "going",
    _text("device", key=True),
    _text("state"),
    _number("begin"),
    _text("cause"),
    _number("seen"),
)
polls = _table(
    "polls",
    _text("device", key=True),
    _number("day", key=True),
    _number("answered"),
    _number("tried"),
)
alarm = _table(
    "alarm",
    _text("id", key=True),
    _text("kind"),
    _text("subject"),
    _text("compound"),
    _number("begun"),
    _number("ended", null=True),
    _text("behind"),
)
fact = _table(
    "fact", _text("subject", key=True), _text("name", key=True), _number("at"), _text("value")
)
trap = _table(
    "trap",
    _text("key", key=True),
    _number("at"),
    *(_text(n) for n in ("source", "version", "kind", "oid", "user", "engine_id", "data")),
    _number("repeats"),
)
counter = _table("counter", _text("name", key=True), _number("value"))
stranger = _table("stranger", _text("who", key=True), _number("times"), _number("last"))
meta = _table("meta", _text("key", key=True), sa.Column("value", sa.REAL(), nullable=False))

sa.Index("span_by_end", span.c.end)
sa.Index("polls_by_day", polls.c.day)
sa.Index("alarm_by_begun", alarm.c.begun)
sa.Index("trap_by_at", trap.c.at)
