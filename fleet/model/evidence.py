"""What stands behind a figure of health: who saw it, and whether that counts as verified.

Police networks do not reach cameras, so the centre's figures come from several hands. Each says
whose word it is; none is ever added to a stronger one as if it were the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from fleet.model.base import Frozen

# A moment in one spelling only (UTC, milliseconds, `Z`), so that text sorts as time does.
Stamp = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]


class Evidence(StrEnum):
    """The four kinds of word, strongest first."""

    MEASURED = "measured"  # by a collector of this state folder
    SITE_SIGNED = "site-signed"  # by a site's collector, in a file signed with its enrolled key
    PLATFORM_EXPORTED = "platform-exported"  # by the upper platform, in its own online sheet
    DECLARED = "declared"  # by a person, in the inventory

    @property
    def verified(self) -> bool:
        """Whether it was measured by a collector whose hand is proved."""
        return self in VERIFIED

    @property
    def rank(self) -> int:
        """0 for the strongest; orders kinds of word."""
        return list(Evidence).index(self)


VERIFIED = frozenset({Evidence.MEASURED, Evidence.SITE_SIGNED})


class Origin(Frozen):
    """Where a figure comes from.

    `source` names it so that a person finds it again: "collector", the site with its key's
    fingerprint, a sheet's file name and sha256, or the inventory's file and line. `as_of` is the
    moment up to which it speaks, `taken_in` when we took it (None: not taken in).
    """

    evidence: Evidence
    source: str
    as_of: Stamp
    taken_in: Stamp | None = None
