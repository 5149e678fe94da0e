"""The tables of the collector's history; health_read.py has the version of their form."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()


def _table(name: str, *columns: sa.Column[object]) -> sa.Table:
    return sa.Table(name, metadata, *columns, sqlite_strict=True)


def text_column(name: str, key: bool = False) -> sa.Column[object]:
    """A column of text, never NULL."""
    return sa.Column(name, sa.Text(), primary_key=key, nullable=False)


def _number(name: str, key: bool = False, null: bool = False) -> sa.Column[object]:
    # Without autoincrement an INTEGER key is only a key.
    return sa.Column(name, sa.Integer(), primary_key=key, nullable=null, autoincrement=False)


# Times are milliseconds since 1970-01-01 UTC.
span = _table(
    "span",
    text_column("device", key=True),
    _number("begin", key=True),
    _number("end"),
    text_column("state"),
    text_column("cause"),
)
going = _table(
    "going",
    text_column("device", key=True),
    text_column("state"),
    _number("begin"),
    text_column("cause"),
    _number("seen"),
)
polls = _table(
    "polls",
    text_column("device", key=True),
    _number("day", key=True),
    _number("answered"),
    _number("tried"),
)
alarm = _table(
    "alarm",
    text_column("id", key=True),
    text_column("kind"),
    text_column("subject"),
    text_column("compound"),
    _number("begun"),
    _number("ended", null=True),
    text_column("behind"),
)
fact = _table(
    "fact",
    text_column("subject", key=True),
    text_column("name", key=True),
    _number("at"),
    text_column("value"),
)
trap = _table(
    "trap",
    text_column("key", key=True),
    _number("at"),
    *(text_column(n) for n in ("source", "version", "kind", "oid", "user", "engine_id", "data")),
    _number("repeats"),
)
counter = _table("counter", text_column("name", key=True), _number("value"))
stranger = _table("stranger", text_column("who", key=True), _number("times"), _number("last"))
meta = _table("meta", text_column("key", key=True), sa.Column("value", sa.REAL(), nullable=False))

sa.Index("span_by_end", span.c.end)
sa.Index("polls_by_day", polls.c.day)
sa.Index("alarm_by_begun", alarm.c.begun)
sa.Index("trap_by_at", trap.c.at)
