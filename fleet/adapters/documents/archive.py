"""A zip archive whose bytes follow from its members alone.

Both office libraries put the time of saving into the members' headers, and order and attributes
are theirs; a report made twice must be the same file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

# The earliest time that a zip header can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
# Readers look here first; it must lead the archive (ISO/IEC 29500-2, annex C).
_FIRST = "[Content_Types].xml"


def repacked(data: bytes, replaced: Mapping[str, bytes] | None = None) -> bytes:
    """The same archive with members in a fixed order, with fixed times, order and attributes.

    `replaced` gives new content for members of these names.
    """
    new = dict(replaced or {})
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for name in sorted(source.namelist(), key=lambda n: (n != _FIRST, n)):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system = 0
            info.external_attr = 0o600 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, new.get(name) or source.read(name))
    return out.getvalue()


def moment(at: str) -> datetime:
    """A time of ours (UTC, RFC 3339) as the libraries want it: UTC without a zone."""
    return datetime.fromisoformat(at.replace("Z", "+00:00")).replace(tzinfo=None, microsecond=0)


def printable(value: str) -> str:
    """A text without what XML 1.0 cannot hold."""
    return "".join(c for c in value if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
