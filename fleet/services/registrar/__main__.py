"""`python -m fleet.services.registrar --config FILE`: exit 0 when told to stop, 1 on failure."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from fleet.services.configfile import CannotRun
from fleet.services.registrar.run import serve


def main(argv: list[str] | None = None) -> int:
    """Run the service until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="fleet.services.registrar")
    parser.add_argument("--config", type=Path, required=True, help="RegistrarConfig as JSON")
    given = parser.parse_args(argv)
    os.umask(0o077)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        asyncio.run(serve(given.config))
    except CannotRun as error:
        logging.getLogger("registrar").critical("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
