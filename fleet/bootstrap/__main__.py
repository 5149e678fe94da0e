"""``python3 -m fleet.bootstrap``: what the Makefile calls, before and after there is a ``.venv``.

help: the Makefile's targets. setup: environment and engine. engine: the engine alone.
needs: what the system must bring. bundle: one file to install without a network.
Exit codes: 0 done, 1 failed, 3 the system lacks something, 64 usage, 130 and 143 by signal.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fleet.bootstrap import needs
from fleet.bootstrap.bundle import make_bundle
from fleet.bootstrap.checkout import Checkout
from fleet.bootstrap.obtain import EngineUnavailable, ensure_engine
from fleet.bootstrap.packages import SetupFailed
from fleet.bootstrap.places import shipped
from fleet.bootstrap.talk import Talk, language_of

ROOT = Path(__file__).resolve().parents[2]
EXIT_FAILED, EXIT_LACKING, EXIT_USAGE, EXIT_INTERRUPTED = 1, 3, 64, 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"{self.prog}: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Parse, act, and turn what went wrong into one line and an exit code."""
    parser = _Parser(prog="python3 -m fleet.bootstrap")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("help")
    verbs.add_parser("setup")
    verbs.add_parser("engine")
    verbs.add_parser("bundle").add_argument("--out", type=Path, default=ROOT / "dist")
    lacking = verbs.add_parser("needs")
    lacking.add_argument("--tests", action="store_true")
    lacking.add_argument("--packages", action="store_true")
    options = parser.parse_args(arguments)
    talk = Talk(language_of())
    signal.signal(signal.SIGTERM, _terminated)
    try:
        if options.verb == "help":
            print(talk.text("help"), end="")
            return 0
        if options.verb == "needs":
            return _needs(talk, tests=options.tests, listed=options.packages)
        checkout = Checkout(ROOT, talk)
        if options.verb == "setup":
            return _setup(checkout, talk)
        if options.verb == "bundle":
            make_bundle(ROOT, checkout.python, options.out, talk)
            return 0
        # An installed wheel has no checkout: there, the Python that runs this has the SDK.
        python = checkout.python if checkout.python.exists() else Path(sys.executable)
        ensure_engine(shipped("stacks/engine"), python=python, talk=talk)
    except (SetupFailed, EngineUnavailable, OSError, subprocess.SubprocessError) as failure:
        talk.say("failed", reason=failure)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def _terminated(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)  # SystemExit unwinds, so that work folders go


def _setup(checkout: Checkout, talk: Talk) -> int:
    started = time.monotonic()
    if not needs.report(needs.missing(needs.SETUP), talk):
        return EXIT_LACKING
    with checkout.alone():
        changed = checkout.prepare()
    engine = ensure_engine(shipped("stacks/engine"), python=checkout.python, talk=talk)
    changed = changed or engine.origin in ("installer", "build")
    command = checkout.fleet.relative_to(checkout.root)
    seconds = time.monotonic() - started
    talk.say("done" if changed else "ready", command=command, seconds=seconds)
    return 0


def _needs(talk: Talk, *, tests: bool, listed: bool) -> int:
    absent = needs.missing((*needs.SETUP, *needs.TESTS) if tests else needs.SETUP)
    if listed:
        print(*needs.packages(absent))
        return 0
    return 0 if needs.report(absent, talk) else EXIT_LACKING


if __name__ == "__main__":
    sys.exit(main())
