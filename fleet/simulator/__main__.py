"""A simulator process: `python -m fleet.simulator FOLDER`, its spec as JSON on stdin.

It detaches, keeps no descriptor of its caller, and says on stdout, once, how the start went.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from fleet.simulator.host import Host
from fleet.simulator.places import Places
from fleet.simulator.spec import from_json


def main() -> None:
    """Detach, run until told to end."""
    os.umask(0o077)
    spec = from_json(sys.stdin.read())
    if os.fork():
        # The caller gets this process back at once; the one that stays belongs to init.
        os._exit(0)
    os.setsid()
    os.chdir("/")
    places = Places(Path(sys.argv[1]))
    errors = os.open(places.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(errors, 2)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)

    def ready(told: dict[str, Any]) -> None:
        os.write(1, json.dumps(told, ensure_ascii=False).encode() + b"\n")
        os.dup2(null, 1)

    asyncio.run(Host(spec, places).run(ready))


if __name__ == "__main__":
    main()
