"""Where secrets come from: the vault file, the city key, the environment; opened when needed."""

from __future__ import annotations

from fleet.adapters.secrets.store import CitySecrets, open_store

__all__ = ["CitySecrets", "open_store"]
