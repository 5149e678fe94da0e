"""Entry of `pulumi-resource-fleet`: the engine starts it and reads its port from stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fleet.provider.watch import end_with

USAGE = """\
pulumi-resource-fleet is started by the Pulumi engine, with the engine's address as argument.
FLEET_STATE names the state folder and FLEET_CITY the inventory's; `fleet stacks` sets both.
"""


def main() -> None:
    """Serve until the engine ends."""
    state, city = os.environ.get("FLEET_STATE", ""), os.environ.get("FLEET_CITY", "")
    if not os.path.isabs(state) or not os.path.isabs(city) or not sys.argv[1:]:
        sys.stderr.write(USAGE)
        sys.exit(64)
    parent = os.getppid()
    end_with(parent)
    # Everything made below is for this user only, also what libraries make.
    os.umask(0o077)
    from pulumi.provider.experimental.server import main as serve

    from fleet import __version__
    from fleet.provider.provider import FleetProvider
    from fleet.wiring.provider import LocalMachine

    serve(sys.argv[1:], __version__, FleetProvider(LocalMachine(Path(state), Path(city))))
