"""The configuration file, read at start and again when the accounts change."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from fleet.model.registrar import RegistrarConfig
from fleet.services.configfile import CannotRun, read_config_as


def read_config(path: Path) -> RegistrarConfig:
    """Read the configuration file.

    Raises:
        CannotRun: it is not there, is no configuration, or names no address of its own.
    """
    config = read_config_as(RegistrarConfig, path)
    if not config.addresses or not all(_own(address) for address in config.addresses):
        raise CannotRun("the configuration must name each IPv4 address to bind, and not 0.0.0.0")
    return config


def _own(address: str) -> bool:
    try:
        return not ipaddress.IPv4Address(address).is_unspecified
    except ValueError:
        return False
