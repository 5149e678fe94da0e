"""`python -m fleet.services.collector --config FILE`: exit 0 when told to stop, 1 on failure."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from pydantic import ValidationError

from fleet.model.collector import CollectorConfig
from fleet.model.errors import FleetError
from fleet.wiring.health import collect

CONFIG_MAX = 1024 * 1024
log = logging.getLogger("collector")


class CannotRun(Exception):
    """The service cannot start; the text says why and holds no secret."""


def read_config(path: Path) -> CollectorConfig:
    """Read the configuration file.

    Raises:
        CannotRun: it is not there or is no configuration.
    """
    try:
        with path.open("rb") as stream:
            return CollectorConfig.model_validate_json(stream.read(CONFIG_MAX))
    except OSError as error:
        raise CannotRun(f"the configuration cannot be read: {error}") from None
    except ValidationError as error:
        places = {".".join(str(part) for part in e["loc"]) or "the file" for e in error.errors()}
        raise CannotRun(f"the configuration is not valid: {', '.join(sorted(places))}") from None


async def serve(config: CollectorConfig) -> None:
    """Collect until SIGTERM or SIGINT.

    Raises:
        FleetError: see `fleet.wiring.health.collect`.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await collect(config, stopping, _ready)
    log.info("ended")


def _ready(heard_on: list[tuple[str, int]]) -> None:
    places = ", ".join(f"{address}:{port}" for address, port in heard_on)
    log.info("watching; notifications on %s", places or "no address")


def main(argv: list[str] | None = None) -> int:
    """Run the service until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="fleet.services.collector")
    parser.add_argument("--config", type=Path, required=True, help="CollectorConfig as JSON")
    given = parser.parse_args(argv)
    os.umask(0o077)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        asyncio.run(serve(read_config(given.config)))
    except (CannotRun, FleetError) as error:
        log.critical("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
