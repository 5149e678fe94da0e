"""What the kinds of supervised service have in common: one process by one configuration."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from fleet.model.base import Frozen
from fleet.provider.resources.base import Kind
from fleet.provider.values import Plain
from fleet.wiring.provider import Service, ServiceState, config_digest


class ServiceInputs(Frozen):
    """Every service belongs to one district."""

    district: str


Inputs = TypeVar("Inputs", bound=ServiceInputs)


class ServiceKind(Kind[Inputs], Generic[Inputs]):
    """Outputs config (sha256), listening (addresses) and running."""

    replaced_by: ClassVar[frozenset[str]] = frozenset({"district"})

    def service(self, wanted: Inputs) -> Service[Any]:
        """The service under supervision."""
        raise NotImplementedError

    def config(self, wanted: Inputs) -> Frozen:
        """Its configuration.

        Raises:
            SecretError: a credential is not the one that its fingerprint was taken of.
        """
        raise NotImplementedError

    def places(self, wanted: Inputs) -> tuple[tuple[str, ...], int]:
        """The UDP addresses and the port that it binds."""
        raise NotImplementedError

    def identity(self, wanted: Inputs) -> str:
        """`KIND-DISTRICT`."""
        return self.service(wanted).name

    def make(self, wanted: Inputs) -> dict[str, object]:
        """Write the configuration and have it run by the supervisor until it answers.

        Raises:
            EngineError: it does not come up.
            SecretError: see `config`.
        """
        self.service(wanted).install(self.config(wanted))
        return self.expected(wanted, {})

    def look(self, wanted: Inputs) -> dict[str, object] | None:
        """Configuration bytes, bound addresses, and whether the process runs and answers."""
        service = self.service(wanted)
        state = service.look(*self.places(wanted))
        if state == ServiceState() and not service.folder.exists():
            return None
        return {
            "config": state.config or "",
            "listening": list(state.listening),
            "running": state.process is not None and state.answers,
        }

    def expected(self, wanted: Inputs, state: Plain) -> dict[str, object]:
        """All of it: exactly this configuration, on every address, answering."""
        return {
            "config": config_digest(self.config(wanted)),
            "listening": list(self.places(wanted)[0]),
            "running": True,
        }

    def remove(self, wanted: Inputs) -> None:
        """End it, prove its ports free, remove its files.

        Raises:
            EngineError: a port of it stays bound.
        """
        self.service(wanted).remove(*self.places(wanted))
