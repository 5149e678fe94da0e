"""A district's registrar as a supervised service."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from fleet.adapters.supervision.service import Service
from fleet.model.base import Frozen
from fleet.model.registrar import RegistrarConfig


class RegistrarService(Service[RegistrarConfig]):
    """The registrar of one district; new accounts need no restart."""

    kind: ClassVar[str] = "registrar"
    model: ClassVar[type[Frozen]] = RegistrarConfig

    def bindings_file(self) -> Path:
        """Where the registrar keeps its bindings."""
        return self.folder / "bindings.json"

    def places(self, config: RegistrarConfig) -> tuple[tuple[str, ...], int]:
        """See Service."""
        return config.addresses, config.port

    def needs_restart(self, before: RegistrarConfig, after: RegistrarConfig) -> bool:
        """A reload reads the accounts afresh; sockets and identity are taken up at start only."""
        return before.model_copy(update={"accounts": after.accounts}) != after

    def take_up(self) -> None:
        """See Service."""
        answer = self.ask("reload")
        if not answer.get("ok"):
            raise self.not_up(str(answer.get("error")))
