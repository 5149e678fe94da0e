"""The one door to pysnmp and pyasn1, which come without types."""

from __future__ import annotations

from typing import Any

from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]  # no types upstream
from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]  # no types upstream
from pyasn1.type import univ  # type: ignore[import-untyped]  # no types upstream
from pysnmp.carrier.asyncio.dgram import udp  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity import config  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity.engine import SnmpEngine  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity.rfc3413 import cmdgen  # type: ignore[import-untyped]  # no types upstream
from pysnmp.error import PySnmpError  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto import errind, rfc1902, rfc1905  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message  # type: ignore[import-untyped]  # same
from pysnmp.proto.secmod.rfc3414.service import (  # type: ignore[import-untyped]  # no types upstream
    UsmSecurityParameters,
)

# A value of a class of theirs.
Foreign = Any

# What decoding hostile BER was seen to raise beside the libraries' own errors.
HOSTILE_BER = (
    PyAsn1Error,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)

__all__ = [
    "HOSTILE_BER",
    "Foreign",
    "PyAsn1Error",
    "PySnmpError",
    "SNMPv3Message",
    "SnmpEngine",
    "UsmSecurityParameters",
    "cmdgen",
    "config",
    "decoder",
    "encoder",
    "errind",
    "rfc1902",
    "rfc1905",
    "udp",
    "univ",
    "v2c",
]
