"""`python -m fleet.services.collector --config FILE`: exit 0 when told to stop, 1 on failure."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from fleet.model.collector import CollectorConfig
from fleet.model.errors import FleetError, InventoryError
from fleet.services.configfile import CannotRun, read_config_as
from fleet.services.control import Answer, Control, ControlTaken
from fleet.wiring.health import collect

log = logging.getLogger("collector")
_FINDINGS_SHOWN = 5


class Served:
    """One collector with its control socket, which answers once it watches."""

    def __init__(self, config: CollectorConfig) -> None:
        self._config = config
        self._places: list[tuple[str, int]] = []
        self._control: Control | None = None
        self._serving: asyncio.Task[None] | None = None
        if config.control_socket is not None:
            self._control = Control(Path(config.control_socket), {"status": self.status})

    async def run(self) -> None:
        """Collect until SIGTERM or SIGINT.

        Raises:
            CannotRun: the control socket cannot be had.
            FleetError: see `fleet.wiring.health.collect`.
        """
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        try:
            if self._control is not None:
                self._control.claim()
            await collect(self._config, stopping, self._ready)
        except (OSError, ControlTaken) as error:
            raise CannotRun(str(error)) from error
        finally:
            if self._control is not None:
                await self._control.close()
        log.info("ended")

    async def status(self, request: Mapping[str, object]) -> Answer:
        """What it watches, and where it hears notifications."""
        places = [f"{address}:{port}" for address, port in self._places]
        return {"ok": True, "district": self._config.district, "notifications_on": places}

    def _ready(self, heard_on: list[tuple[str, int]]) -> None:
        self._places = heard_on
        if self._control is not None:
            self._serving = asyncio.create_task(self._control.serve())
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
        asyncio.run(Served(read_config_as(CollectorConfig, given.config)).run())
    except (CannotRun, FleetError) as error:
        log.critical("%s", error)
        if isinstance(error, InventoryError):
            for finding in error.diagnostics[:_FINDINGS_SHOWN]:
                log.critical("%s: %s", finding.position, finding.summary)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
