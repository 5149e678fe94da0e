"""One store for all sources of a city; each source is opened by the first reference that needs it.

Only the environment is emptied at once: its values must be gone before the first child starts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from fleet.adapters.keys import StateKeys
from fleet.adapters.secrets.environment import EnvironmentSecrets
from fleet.adapters.secrets.generated import GeneratedSecrets
from fleet.adapters.secrets.vault import VaultSecrets
from fleet.model.fleet import City
from fleet.model.secret import Secret, SecretRef, SecretSource
from fleet.ports.secrets import SecretStore


class CitySecrets:
    """Implements `fleet.ports.secrets.SecretStore` over one store a source."""

    def __init__(self, sources: Mapping[SecretSource, SecretStore]) -> None:
        self._sources = sources

    def resolve(self, ref: SecretRef) -> Secret:
        """Return the value.

        Raises:
            SecretError: it is not there, or its source cannot be opened; the text names both.
        """
        return self._sources[ref.source].resolve(ref)


def open_store(
    city_dir: Path,
    city: City,
    state_dir: Path,
    environ: MutableMapping[str, str] | None = None,
) -> CitySecrets:
    """The secrets of one city; touches no file, and takes its variables out of `environ`.

    The vault file and its password file are named by the city, relative to `city_dir`.
    """
    file, password_file = (
        city_dir / name if name else None for name in (city.secrets_file, city.vault_password_file)
    )
    names = {ref.name for ref in references(city) if ref.source == "env"}
    return CitySecrets(
        {
            "vault": VaultSecrets(file, password_file),
            "generated": GeneratedSecrets(StateKeys(state_dir)),
            "env": EnvironmentSecrets(names, os.environ if environ is None else environ),
        }
    )


def references(city: City) -> Iterator[SecretRef]:
    """Every reference that the city's compounds and devices hold."""
    for compound in city.compounds():
        if compound.uplink is not None and compound.uplink.password is not None:
            yield compound.uplink.password
        for device in compound.devices:
            login = device.login
            yield from (r for r in (login.password, login.auth, login.priv) if r is not None)
            yield from device.secrets.values()
