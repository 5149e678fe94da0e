"""The configuration file, read at start and again when the accounts change."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from pydantic import ValidationError

from fleet.model.registrar import RegistrarConfig

CONFIG_MAX = 16 * 1024 * 1024


class CannotRun(Exception):
    """The service cannot start or go on; the text says why and holds no secret."""


def read_config(path: Path) -> RegistrarConfig:
    """Read the configuration file.

    Raises:
        CannotRun: it is not there, is no configuration, or names no address of its own.
    """
    try:
        with path.open("rb") as stream:
            config = RegistrarConfig.model_validate_json(stream.read(CONFIG_MAX))
    except OSError as error:
        raise CannotRun(f"the configuration cannot be read: {error}") from None
    except ValidationError as error:
        # Only the places: the values hold HA1.
        places = {".".join(str(part) for part in e["loc"]) or "the file" for e in error.errors()}
        raise CannotRun(f"the configuration is not valid: {', '.join(sorted(places))}") from None
    if not config.addresses or not all(_own(address) for address in config.addresses):
        raise CannotRun("the configuration must name each IPv4 address to bind, and not 0.0.0.0")
    return config


def _own(address: str) -> bool:
    try:
        return not ipaddress.IPv4Address(address).is_unspecified
    except ValueError:
        return False
