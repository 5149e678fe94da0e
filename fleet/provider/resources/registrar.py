"""The registrar service: a configuration of digests, not passwords, and one process by it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.errors import SecretError
from fleet.model.registrar import Account, RegistrarConfig
from fleet.model.text import text
from fleet.protocols.digest import ha1
from fleet.provider.resources.base import Kind
from fleet.provider.values import Plain
from fleet.wiring.provider import RegistrarState, config_digest


class AccountInputs(Frozen):
    """One credential that may log in; `fingerprint` ties it to the value that was generated."""

    username: str
    credential: str
    version: int = Field(ge=1)
    fingerprint: str


class RegistrarInputs(Frozen):
    """Inputs of a registrar; `certificate` is the fingerprint of its certificate."""

    district: str
    server_id: str
    server_domain: str
    addresses: tuple[str, ...] = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    accounts: tuple[AccountInputs, ...] = ()
    certificate: str


class RegistrarKind(Kind[RegistrarInputs]):
    """`fleet:index:Registrar`: outputs config (sha256), listening (addresses) and running."""

    type_name: ClassVar[str] = "fleet:index:Registrar"
    inputs: ClassVar[type[Frozen]] = RegistrarInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"district"})

    def identity(self, wanted: RegistrarInputs) -> str:
        """`registrar-DISTRICT`."""
        return f"registrar-{wanted.district}"

    def make(self, wanted: RegistrarInputs) -> dict[str, object]:
        """Write the configuration and have it run by the supervisor until it answers.

        Raises:
            EngineError: it does not come up.
            SecretError: a credential is not the one that its fingerprint was taken of.
        """
        config = self._config(wanted)
        self.machine.registrar(wanted.district).install(config)
        return self.expected(wanted, {})

    def look(self, wanted: RegistrarInputs) -> dict[str, object] | None:
        """Configuration bytes, bound addresses, and whether the process runs and answers."""
        service = self.machine.registrar(wanted.district)
        state = service.look(wanted.addresses, wanted.port)
        if state == RegistrarState() and not service.folder.exists():
            return None
        return {
            "config": state.config or "",
            "listening": list(state.listening),
            "running": state.process is not None and state.answers,
        }

    def expected(self, wanted: RegistrarInputs, state: Plain) -> dict[str, object]:
        """All of it: exactly this configuration, on every address, answering."""
        return {
            "config": config_digest(self._config(wanted)),
            "listening": list(wanted.addresses),
            "running": True,
        }

    def remove(self, wanted: RegistrarInputs) -> None:
        """End it, prove its ports free, remove its files.

        Raises:
            EngineError: a port of it stays bound.
        """
        self.machine.registrar(wanted.district).remove(wanted.addresses, wanted.port)

    def _config(self, wanted: RegistrarInputs) -> RegistrarConfig:
        service = self.machine.registrar(wanted.district)
        return RegistrarConfig(
            server_id=wanted.server_id,
            server_domain=wanted.server_domain,
            addresses=wanted.addresses,
            port=wanted.port,
            bindings_file=str(service.bindings_file()),
            control_socket=str(service.control_socket),
            accounts=tuple(self._account(a, wanted.server_domain) for a in wanted.accounts),
        )

    def _account(self, wanted: AccountInputs, realm: str) -> Account:
        value = self.machine.credential(wanted.credential, wanted.version)
        if self.machine.fingerprint(value) != wanted.fingerprint:
            raise SecretError(
                text(
                    "credential {c}@{v} is not the one this stack was made with",
                    "凭据 {c}@{v} 与创建该服务器时的不一致",
                    c=wanted.credential,
                    v=wanted.version,
                ),
                text("put the city key back from its escrow", "请从托管备份恢复城市密钥"),
            )
        return Account(
            username=wanted.username,
            version=wanted.version,
            ha1=ha1(wanted.username, realm, value),
        )
