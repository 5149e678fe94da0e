"""The one door to pysnmp, which comes without types."""

from __future__ import annotations

from typing import Any

from pysnmp.carrier.asyncio.dgram import udp  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity import config  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity.engine import SnmpEngine  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto import error as proto_error  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]  # no types upstream

# A value of a class of theirs.
Foreign = Any

__all__ = ["Foreign", "SnmpEngine", "config", "proto_error", "rfc1902", "rfc1905", "udp", "v2c"]
