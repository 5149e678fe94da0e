"""The journal's tables, the same for every database, and the version of their form."""

from __future__ import annotations

import sqlalchemy as sa

# A journal of a newer form is refused, not guessed at.
SCHEMA_VERSION = 1
VERSION_KEY = "schema_version"

metadata = sa.MetaData()

journal = sa.Table(
    "journal",
    metadata,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    *(
        sa.Column(name, sa.Text(), nullable=False)
        for name in ("at", "kind", "rollout", "subject", "data", "prev", "digest")
    ),
    sqlite_strict=True,
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text(), primary_key=True),
    sa.Column("value", sa.Text(), nullable=False),
    sqlite_strict=True,
)

for _name in ("rollout", "kind", "subject"):
    sa.Index(f"journal_by_{_name}", journal.c[_name], journal.c.seq)
