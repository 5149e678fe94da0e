"""A caller to be killed: permit server and playbook runner in one process, as in fleet itself.

Run by path with FOLDER DEVICE TIMEOUT_S MODE; prints the outcome as a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.adapters.ansible.permits import Permits
from tests.adapters.ansible.support import runner, stage


async def main(folder: Path, device: str, timeout_s: float, mode: str) -> None:
    """Run one stage under permits."""
    async with Permits(folder) as permits:
        ansible = runner(folder, device, mode, lambda tree: permits.record(list(tree)))
        outcome = await ansible.run(stage(permits.socket, timeout_s))
        said = {**outcome.model_dump(), "leftovers": len(ansible.leftovers)}
        print(json.dumps(said), flush=True)
        # Long enough for a write that should not come.
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4]))
