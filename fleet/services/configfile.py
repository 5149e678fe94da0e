"""A service's configuration file, read at its start."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from fleet.model.base import Frozen

CONFIG_MAX = 16 * 1024 * 1024
Config = TypeVar("Config", bound=Frozen)


class CannotRun(Exception):
    """The service cannot start or go on; the text says why and holds no secret."""


def read_config_as(model: type[Config], path: Path) -> Config:
    """Read the configuration file.

    Raises:
        CannotRun: it is not there or is no configuration.
    """
    try:
        with path.open("rb") as stream:
            return model.model_validate_json(stream.read(CONFIG_MAX))
    except OSError as error:
        raise CannotRun(f"the configuration cannot be read: {error}") from None
    except ValidationError as error:
        # Only the places: the values may hold what must not be shown.
        places = {".".join(str(part) for part in e["loc"]) or "the file" for e in error.errors()}
        raise CannotRun(f"the configuration is not valid: {', '.join(sorted(places))}") from None
