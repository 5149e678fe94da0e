"""Canonical bytes: the one way in which values are written before they are hashed."""

from __future__ import annotations

import hashlib
import json

from pydantic import BaseModel


def canonical_bytes(value: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8; equal values give equal bytes.

    Raises:
        TypeError: the value holds something that JSON does not have.
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(value: object) -> str:
    """sha256 over the canonical bytes, in hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()
