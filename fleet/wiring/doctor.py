"""Puts the doctor's checks together for one state folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.adapters.clock import SystemClock
from fleet.adapters.leases import FileLeases, held_by
from fleet.adapters.processes import LinuxProcesses
from fleet.app import doctor, doctor_state
from fleet.journal import HashJournal
from fleet.wiring.journal import has_journal, open_journal


def examine(state_dir: Path) -> tuple[doctor.Check, ...]:
    """Every check of this machine and of `state_dir`, in the order in which they are shown.

    Looks only: nothing is made, mended or locked.
    """
    book, last = doctor_state.journal(lambda: _opened(state_dir))
    leases = FileLeases(state_dir, LinuxProcesses())
    return (
        *(check() for check in doctor.machine()),
        doctor_state.folder(state_dir),
        doctor_state.keys(state_dir),
        book,
        doctor_state.locks(lambda: [held_by(h) for h in leases.holders()]),
        doctor.disk(state_dir),
        doctor.clock(SystemClock().now(), last or None),
    )


@contextmanager
def _opened(state_dir: Path) -> Iterator[HashJournal | None]:
    if not has_journal(state_dir):
        yield None
        return
    journal = open_journal(state_dir)
    try:
        yield journal
    finally:
        journal.close()
