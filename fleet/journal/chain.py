"""The hash chain, pure: each record's digest covers its content and the digest before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import cast

from fleet.journal.canonical import canonical, plain
from fleet.ports.journal import Draft, Record
from fleet.ports.store import Head, Row

# Part of every digest, so that a later form of record can never be taken for this one.
VERSION = b"compound-fleet journal 1\n"
GENESIS = Head(0, "0" * 64)


def digest(row: Row) -> str:
    """SHA-256 in hex over version tag, the digest before, a line feed, and the canonical content.

    The content is a JSON object of `seq`, `at`, `kind`, `rollout`, `subject` and `data`, where
    `data` stands as its stored text; a text that is not UTF-8 gives a digest that fits nothing.
    """
    content = canonical(
        {
            "seq": row.seq,
            "at": row.at,
            "kind": row.kind,
            "rollout": row.rollout,
            "subject": row.subject,
            "data": row.data,
        }
    )
    body = f"{row.prev}\n{content}".encode(errors="surrogateescape")
    return hashlib.sha256(VERSION + body).hexdigest()


def extend(head: Head, drafts: Sequence[Draft], at: str) -> tuple[Row, ...]:
    """The rows that follow `head`, one a draft.

    Raises:
        AssertionError: a draft holds a secret.
        TypeError, ValueError: a draft holds what JSON has not.
    """
    rows: list[Row] = []
    for draft in drafts:
        row = Row(
            seq=head.seq + 1,
            at=at,
            kind=draft.kind,
            rollout=draft.rollout,
            subject=draft.subject,
            data=canonical(plain(draft.data)),
            prev=head.digest,
            digest="",
        )
        row = row._replace(digest=digest(row))
        rows.append(row)
        head = Head(row.seq, row.digest)
    return tuple(rows)


def fault(row: Row) -> str | None:
    """What is wrong with one row by itself, or None: `type`, `digest` or `data`."""
    seq, *texts = cast("tuple[object, ...]", row)  # damage shows as any type
    if not isinstance(seq, int) or not all(isinstance(t, str) for t in texts):
        return "type"
    if digest(row) != row.digest:
        return "digest"
    try:
        return None if isinstance(json.loads(row.data), dict) else "data"
    except ValueError:
        return "data"


def break_after(head: Head, row: Row) -> str | None:
    """What is wrong with `row` as the one that follows `head`, or None; also `seq`, `prev`."""
    if row.seq != head.seq + 1:
        return "seq"
    if row.prev != head.digest:
        return "prev"
    return fault(row)


def record(row: Row) -> Record:
    """A sound row as a record."""
    return Record(**{**row._asdict(), "data": json.loads(row.data)})
