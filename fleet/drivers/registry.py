"""Finds drivers by name: ours without any installation step, others by entry point.

Nothing is imported until a driver is asked for, and only that one: an entry point that nobody
names is never loaded, so a package that is merely installed runs no code here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from fleet.ports.driver import Driver

GROUP = "fleet.drivers"
# The built-in ones, so that a checkout whose metadata is older than its code works too.
BUILT_IN: Mapping[str, str] = {
    "isapi": "fleet.drivers.isapi.driver:IsapiDriver",
    "snmp": "fleet.drivers.snmp.driver:SnmpDriver",
    "ssh": "fleet.drivers.ssh.driver:SshDriver",
}


class Drivers(Mapping[str, Driver]):
    """Name → driver; loads on first use and keeps the one instance.

    Built-in names cannot be taken over by an installed package.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, Driver] = {}
        self._outside: dict[str, EntryPoint] | None = None

    def __getitem__(self, name: str) -> Driver:
        """Return the driver called `name`.

        Raises:
            KeyError: there is none of that name.
            TypeError: what is installed under that name is not a driver.
        """
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*BUILT_IN, *self._found()}))

    def __len__(self) -> int:
        return len({*BUILT_IN, *self._found()})

    def __contains__(self, name: object) -> bool:
        return name in BUILT_IN or name in self._found()

    def _found(self) -> dict[str, EntryPoint]:
        if self._outside is None:
            self._outside = {e.name: e for e in entry_points(group=GROUP)}
        return self._outside

    def _load(self, name: str) -> Driver:
        if name in BUILT_IN:
            module, _, attribute = BUILT_IN[name].partition(":")
            factory = getattr(import_module(module), attribute)
        else:
            factory = self._found()[name].load()
        driver: Driver = factory()
        if getattr(driver, "name", None) != name or not callable(getattr(driver, "session", None)):
            raise TypeError(f"entry point {name!r} in {GROUP} is not a driver of that name")
        return driver


def drivers() -> Mapping[str, Driver]:
    """Return all drivers that can be used, by name; each is imported when it is first asked for."""
    return Drivers()
