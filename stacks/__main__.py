"""Entry for users of the `pulumi` command: the stack's configuration names a specification file.

fleet --format json stacks list > stacks.json
pulumi config set spec stacks.json && pulumi config set district 340705 && pulumi up
"""

from __future__ import annotations

import json
from pathlib import Path

import pulumi

from fleet_stacks.platform import platform


def main() -> None:
    """Read the specification that `spec` and `district` name, and declare its platform."""
    config = pulumi.Config()
    specs = json.loads(Path(config.require("spec")).read_text("utf-8"))
    district = config.require("district")
    platform(next(s["spec"] for s in specs if s["district"] == district))


main()
