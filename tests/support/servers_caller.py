"""A program that calls the engine once and says what happens: to be killed in the middle."""

from __future__ import annotations

import sys
from pathlib import Path

from fleet.model.errors import FleetError
from fleet.model.stack import PlatformSpec, ResourceChange
from fleet.wiring.engine import open_engine


def main() -> int:
    """Preview, or preview and up, as the second argument says; the spec comes on stdin."""
    state, verb = Path(sys.argv[1]), sys.argv[2]
    spec = PlatformSpec.model_validate_json(sys.stdin.read())
    engine = open_engine(state, state)

    def tell(change: ResourceChange, phase: str) -> None:
        print(f"{phase} {change.name}", flush=True)

    try:
        preview = engine.preview(spec)
        print("previewed", preview.model_dump_json(), flush=True)
        if verb == "up":
            print("up", engine.up(preview, tell).model_dump_json(), flush=True)
    except FleetError as error:
        print("error", type(error).__name__, error.summary.en, flush=True)
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
