"""A digest over the code that decides what a plan means: rules, diff, drivers, rollout, model."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import fleet

ROOMS = ("model", "inventory", "policy", "plan", "drivers", "rollout")


@cache
def code_digest() -> str:
    """sha256 in hex over the product version and every module of the deciding rooms."""
    found = hashlib.sha256(fleet.__version__.encode())
    root = Path(fleet.__file__).parent
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            found.update(str(file.relative_to(root)).encode() + b"\0")
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
