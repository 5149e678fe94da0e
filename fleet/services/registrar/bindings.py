"""Who is registered: in memory by the boot clock, on disk by the wall clock.

The boot clock does not jump when somebody sets the time, and does not survive a reboot; so times
are turned on their way to the file and back. A binding holds no secret: only the version of the
credential that authenticated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.registrar import Binding

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bound:
    """One recorder's binding; times in seconds of the boot clock, `peer` where to send requests.

    `heard` is the last sign of life: the registration, a keepalive, or our own restart, since
    nobody can keep alive towards a registrar that does not run.
    """

    gb_id: str
    contact: str
    peer: tuple[str, int]
    local: str
    expires: float
    heard: float
    version: int
    keepalive: float | None = None
    catalog: tuple[str, ...] | None = None
    catalog_at: float | None = None


class Kept(Frozen):
    """One binding as it stands in the file; times in seconds since 1970, UTC."""

    gb_id: str
    contact: str
    peer_address: str
    peer_port: int
    local: str
    expires: float
    version: int
    keepalive: float | None = None
    catalog: tuple[str, ...] | None = None
    catalog_at: float | None = None


class KeptFile(Frozen):
    """The bindings file: JSON, mode 0600."""

    format: int = Field(default=1, ge=1, le=1)
    bindings: tuple[Kept, ...] = ()


class Bindings:
    """The bindings by GB id; at most one for each account, so bounded by the configuration."""

    def __init__(self, clock: Clock, wall: Clock, silent_max_s: float) -> None:
        self._clock = clock
        self._wall = wall
        self._silent_max_s = silent_max_s
        self._bound: dict[str, Bound] = {}

    def __iter__(self) -> Iterator[Bound]:
        """Every binding, also of the silent and expired."""
        return iter(tuple(self._bound.values()))

    def get(self, gb_id: str) -> Bound | None:
        """The binding, also of the silent; None once it expired or was given up."""
        bound = self._bound.get(gb_id)
        return bound if bound is not None and bound.expires > self._clock() else None

    def put(self, bound: Bound) -> None:
        """Set a binding."""
        self._bound[bound.gb_id] = bound

    def drop(self, gb_id: str) -> Bound | None:
        """Remove a binding and return it."""
        return self._bound.pop(gb_id, None)

    def kept_alive(self, gb_id: str) -> None:
        """Note a keepalive of one that is bound."""
        now = self._clock()
        self._bound[gb_id] = replace(self._bound[gb_id], heard=now, keepalive=now)

    def listed(self, gb_id: str, catalog: tuple[str, ...]) -> None:
        """Note the catalog of one that is bound."""
        self._bound[gb_id] = replace(self._bound[gb_id], catalog=catalog, catalog_at=self._clock())

    def view(self, bound: Bound) -> Binding:
        """What the fleet is told of one binding."""
        now = self._clock()
        alive = bound.expires > now and now - bound.heard <= self._silent_max_s
        return Binding(
            gb_id=bound.gb_id,
            registered=alive,
            contact=bound.contact,
            expires_in_s=max(0.0, bound.expires - now),
            keepalive_age_s=None if bound.keepalive is None else max(0.0, now - bound.keepalive),
            credential_version=bound.version,
            catalog=bound.catalog,
            catalog_age_s=None if bound.catalog_at is None else max(0.0, now - bound.catalog_at),
            peer=f"{bound.peer[0]}:{bound.peer[1]}",
        )

    def encode(self) -> bytes:
        """The file's bytes."""
        shift = self._wall() - self._clock()
        kept = tuple(_kept(bound, shift) for bound in self._bound.values())
        return KeptFile(bindings=kept).model_dump_json().encode() + b"\n"

    def load(self, data: bytes, accepts: Callable[[str, int], bool]) -> None:
        """Take up the file's bindings whose credential version `accepts` still knows.

        Raises:
            ValueError: these are not the bytes of a bindings file.
        """
        shift = self._wall() - self._clock()
        for kept in KeptFile.model_validate_json(data).bindings:
            if accepts(kept.gb_id, kept.version):
                self._bound[kept.gb_id] = _bound(kept, shift, self._clock())


def _kept(bound: Bound, shift: float) -> Kept:
    return Kept(
        gb_id=bound.gb_id,
        contact=bound.contact,
        peer_address=bound.peer[0],
        peer_port=bound.peer[1],
        local=bound.local,
        expires=bound.expires + shift,
        version=bound.version,
        keepalive=_moved(bound.keepalive, shift),
        catalog=bound.catalog,
        catalog_at=_moved(bound.catalog_at, shift),
    )


def _bound(kept: Kept, shift: float, now: float) -> Bound:
    return Bound(
        gb_id=kept.gb_id,
        contact=kept.contact,
        peer=(kept.peer_address, kept.peer_port),
        local=kept.local,
        expires=kept.expires - shift,
        heard=now,
        version=kept.version,
        keepalive=_moved(kept.keepalive, -shift),
        catalog=kept.catalog,
        catalog_at=_moved(kept.catalog_at, -shift),
    )


def _moved(moment: float | None, shift: float) -> float | None:
    return None if moment is None else moment + shift
