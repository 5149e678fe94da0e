"""`make chaos`: kill an apply at many points, each part in turn, and print what each came to."""

from __future__ import annotations

import argparse
import sys
import tempfile
from itertools import cycle
from pathlib import Path

from tests.chaos.rounds import Point, disturbed, fresh, undisturbed
from tests.support.line import line_up
from tests.support.victims import ROLES

LATE = ("", "", "cuihu-cam-03")


def points(count: int) -> list[Point]:
    """Points spread over an apply: every other one by its time, the rest by its writes.

    Parts and lateness take turns. Engine and provider do not run amid the device writes, so points
    by writes kill the other parts.
    """
    timed, written = cycle(ROLES), cycle(ROLES[:4])
    found = []
    for number, late in zip(range(count), cycle(LATE), strict=False):
        share = (number + 0.5) / count
        by_writes = number % 2 == 1
        role = next(written) if by_writes else next(timed)
        found.append(Point(share * 0.95, role, late, by_writes))
    return found


def main() -> int:
    """Run the rounds; 1 when one of them did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=30)
    parser.add_argument("--only", type=int, help="only this point, counting from 1")
    asked = parser.parse_args()
    failed = killed = amid = 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, line_up(Path(folder)) as line:
        fresh(line)
        took, base = undisturbed(line)
        total = sum(sum(c.values()) for c in base.values())
        print(f"undisturbed: {took:.1f} s, {total} writes on {len(base)} devices", flush=True)
        chosen = points(asked.points)
        for number, point in enumerate(chosen, start=1):
            if asked.only and number != asked.only:
                continue
            done = disturbed(line, point, took, base)
            killed += done.killed
            amid += 0 < done.writes < total
            failed += bool(done.wrong)
            verdict = "held" if not done.wrong else f"FAILED: {'; '.join(done.wrong[:4])}"
            what = f"{point.role}{', a device 2 s late' if point.late else ''}"
            measure = "the writes" if point.by_writes else "the time"
            moment = f"at {point.share:.0%} of {measure}, {what}, {done.writes} of {total} writes"
            print(f"{number:>3} {moment}: {verdict}", flush=True)
    print(f"{killed} killed ({amid} amid the writes), {failed} did not hold")
    return 1 if failed or not killed else 0


if __name__ == "__main__":
    sys.exit(main())
