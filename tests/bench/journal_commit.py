"""What one durable append costs on this disk: `python -m tests.bench.journal_commit [FOLDER]`.

Appends batches of 1, 10 and 100 records to a fresh journal and prints milliseconds a batch; FULL is
the product's setting, NORMAL (which may lose the last commits at a power cut) only a comparison.
Then reads and verifies the lot, which is what a resume pays.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from fleet.adapters.clock import SystemClock
from fleet.adapters.store import SqlStore
from fleet.journal import HashJournal
from fleet.ports.journal import Draft

BATCHES = 300


def intent(number: int) -> Draft:
    """A step's intent such as a permit batch holds: three fields before and after."""
    fields = {name: {"before": "旧", "after": "新", "n": number} for name in ("a", "b", "c")}
    return Draft(kind="intent", rollout="r-1", subject=f"device-{number}", data=fields)


def measured(act: Callable[[], object]) -> float:
    """Milliseconds that `act` takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def line(label: str, milliseconds: list[float]) -> None:
    """Median and 95th percentile."""
    cuts = statistics.quantiles(milliseconds, n=20)
    print(f"{label:<34} median {statistics.median(milliseconds):7.2f} ms   p95 {cuts[18]:7.2f} ms")


def bench(folder: Path, synchronous: str) -> None:
    """Measure one setting in a folder of its own."""
    store = SqlStore.in_folder(folder)
    journal = HashJournal(store, SystemClock())
    if synchronous != "FULL":
        sa.event.listen(
            store._dialect.engine,
            "checkout",
            lambda c, *_: c.execute(f"PRAGMA synchronous={synchronous}"),
        )
    for size in (1, 10, 100):
        drafts = [intent(n) for n in range(size)]
        times = [measured(lambda: journal.append(drafts)) for _ in range(BATCHES)]  # noqa: B023  # called at once
        line(f"{synchronous}, batch of {size}", times)
    took = measured(journal.verify)
    print(f"verify {journal.head().seq} records: {took:.0f} ms")
    journal.close()


def main() -> None:
    """Both settings, on the disk that the argument (default: the temporary folder) lies on."""
    where = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        for synchronous in ("FULL", "NORMAL"):
            bench(Path(folder, synchronous), synchronous)


if __name__ == "__main__":
    main()
