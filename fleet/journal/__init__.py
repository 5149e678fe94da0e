"""Append-only, hash-chained truth: what the fleet meant to do, did, and saw."""

from fleet.journal.hashjournal import HashJournal

__all__ = ["HashJournal"]
