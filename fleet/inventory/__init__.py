"""YAML files of a city, read with the place of every value, inherited and cross-checked."""

from fleet.inventory.load import Loaded, load

__all__ = ["Loaded", "load"]
