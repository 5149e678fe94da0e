"""What a permit allows its holder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.model.secret import Secret
from fleet.ports.driver import Credential, Trial


@dataclass(frozen=True)
class Grant:
    """What a permit allows: the login, the write-only values, and until when (boot seconds).

    `trial` is what the device must know the change by, where it takes changes on trial; the id is
    in the journal. Then nothing of the change can move the device any more at `deadline`.
    """

    credential: Credential
    secrets: Mapping[str, Secret]
    deadline: float
    trial: Trial | None = None
