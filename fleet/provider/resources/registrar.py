"""The registrar service: a configuration of digests, not passwords, and one process by it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.errors import SecretError
from fleet.model.registrar import Account, RegistrarConfig
from fleet.model.text import text
from fleet.protocols.digest import ha1
from fleet.provider.resources.service import ServiceInputs, ServiceKind
from fleet.wiring.provider import RegistrarService


class AccountInputs(Frozen):
    """One credential that may log in; `fingerprint` ties it to the value that was generated."""

    username: str
    credential: str
    version: int = Field(ge=1)
    fingerprint: str


class RegistrarInputs(ServiceInputs):
    """Inputs of a registrar; `certificate` is the fingerprint of its certificate."""

    server_id: str
    server_domain: str
    addresses: tuple[str, ...] = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    accounts: tuple[AccountInputs, ...] = ()
    certificate: str


class RegistrarKind(ServiceKind[RegistrarInputs]):
    """`fleet:index:Registrar`: outputs config (sha256), listening (addresses) and running."""

    type_name: ClassVar[str] = "fleet:index:Registrar"
    inputs: ClassVar[type[Frozen]] = RegistrarInputs

    def service(self, wanted: RegistrarInputs) -> RegistrarService:
        """See ServiceKind."""
        return self.machine.registrar(wanted.district)

    def places(self, wanted: RegistrarInputs) -> tuple[tuple[str, ...], int]:
        """See ServiceKind."""
        return wanted.addresses, wanted.port

    def config(self, wanted: RegistrarInputs) -> RegistrarConfig:
        """See ServiceKind."""
        service = self.service(wanted)
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
