"""The program `python -m fleet_tui`, which `fleet watch` becomes: a first frame, then the rest."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from fleet.model.exitcodes import ExitCode
from fleet_tui.opening import Opening


def parser() -> argparse.ArgumentParser:
    """The arguments that `fleet watch` passes on."""
    made = argparse.ArgumentParser(prog="fleet_tui", description="The screens of compound-fleet.")
    made.add_argument("--city", type=Path, default=Path())
    made.add_argument("--state", type=Path)
    made.add_argument("--lang", choices=["zh", "en"], default="en")
    made.add_argument("--write", action="store_true")
    made.add_argument("--ascii", action="store_true")
    made.add_argument("--plan", type=Path)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run to the end; returns the exit code of the contract."""
    found = parser().parse_args(argv)
    # Until the screens take over, a signal must still give the terminal back.
    signal.signal(signal.SIGTERM, _terminated)
    try:
        with Opening(found.lang, str(found.city)) as opening:
            # Here and not above: the first frame does not wait for what it announces.
            from fleet_tui.start import start

            return start(found, opening)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(int(ExitCode.TERMINATED))


if __name__ == "__main__":
    sys.exit(main())
