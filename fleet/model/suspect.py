"""Things in the files that no inventory may hold, as found by the reader; never their values.

The reader sees every key and value, the rules do not: it notes what looks like a secret in clear
or like a resident's data, and the policy judges it (clause 18 of 铜公通〔2021〕123号).
"""

from __future__ import annotations

from typing import Literal

from fleet.model.base import Frozen
from fleet.model.diagnostic import Position

SecretSuspicion = Literal["plaintext", "default_password", "url_login", "private_key", "open_vault"]
ResidentSuspicion = Literal["id_card", "mobile", "resident_key"]


class Suspect(Frozen):
    """One suspicious place; `key` is the key it stands under, empty in running text."""

    what: SecretSuspicion | ResidentSuspicion
    position: Position
    key: str = ""
    compound: str | None = None
    device: str | None = None
