"""Secrets by `secret://generated/NAME?version=N`, derived from the city key when asked for."""

from __future__ import annotations

from fleet.adapters.keys import StateKeys
from fleet.adapters.secrets.derive import derive_password
from fleet.model.secret import Secret, SecretRef


class GeneratedSecrets:
    """Derives; keeps the city key in memory from the first use on."""

    def __init__(self, keys: StateKeys) -> None:
        self._keys = keys
        self._city_key: bytes | None = None

    def resolve(self, ref: SecretRef) -> Secret:
        """Return the value of that name and version.

        Raises:
            SecretError: the city key is damaged or gone.
        """
        if self._city_key is None:
            self._city_key = self._keys.city_key()
        return Secret(derive_password(self._city_key, ref.name, ref.version))
