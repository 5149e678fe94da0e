"""The provider's composition root: what its resources may touch of this machine."""

from __future__ import annotations

from pathlib import Path

from fleet.adapters.atomic import clear_killed, create_private, private_folder, write_private
from fleet.adapters.keys import StateKeys
from fleet.adapters.secrets.derive import derive_bytes, derive_password, fingerprint
from fleet.adapters.supervision import (
    CollectorService,
    RegistrarService,
    Service,
    ServiceState,
    Supervisor,
    config_digest,
)

__all__ = [
    "CollectorService",
    "LocalMachine",
    "RegistrarService",
    "Service",
    "ServiceState",
    "config_digest",
]


class LocalMachine:
    """This machine as the target of one state folder's stacks; secrets stay in memory.

    `city_dir` is the inventory that a collector watches by.
    """

    def __init__(self, state_dir: Path, city_dir: Path) -> None:
        self.state_dir = state_dir
        self.city_dir = city_dir
        self._keys = StateKeys(state_dir)
        self._supervisor = Supervisor(state_dir)

    def credential(self, name: str, version: int) -> str:
        """The value of a generated credential.

        Raises:
            SecretError: the city key is damaged or gone.
        """
        return derive_password(self._keys.city_key(), name, version)

    def fingerprint(self, value: str) -> str:
        """16 hex digits that tell this value from others.

        Raises:
            SecretError: the city key is damaged or gone.
        """
        return fingerprint(self._keys.city_key(), value)

    def secret_bytes(self, info: str, length: int) -> bytes:
        """Key material for the purpose `info`, the same each time.

        Raises:
            SecretError: the city key is damaged or gone.
        """
        return derive_bytes(self._keys.city_key(), info, length)

    def ca_key_file(self, district: str) -> Path:
        """Where the district's CA key lies."""
        return self._keys.ca_key_file(district)

    def certificate_file(self, district: str, name: str) -> Path:
        """Where a certificate of the district lies."""
        return self.state_dir / "services" / district / "certificates" / f"{name}.pem"

    def registrar(self, district: str) -> RegistrarService:
        """The district's registrar."""
        return RegistrarService(self._supervisor, district)

    def collector(self, district: str) -> CollectorService:
        """The district's collector."""
        return CollectorService(self._supervisor, district)

    @staticmethod
    def write(path: Path, data: bytes) -> None:
        """Replace a file, 0600, whole or not at all."""
        private_folder(path.parent)
        write_private(path, data)

    @staticmethod
    def create(path: Path, data: bytes) -> bool:
        """Make a file, 0600, unless it exists; whether it was made."""
        private_folder(path.parent)
        return create_private(path, data)

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a file, and its folders as far as they are empty."""
        clear_killed(path)
        path.unlink(missing_ok=True)
        for folder in (path.parent, path.parent.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
