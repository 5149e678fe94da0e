"""What was seen of a whole fleet at one time, to be signed and planned from without credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.change import Target
from fleet.model.observation import DeviceObservation
from fleet.model.secret import SecretRef
from fleet.model.stack import PlatformSpec, ResourceChange


class DeviceSight(Frozen):
    """One device as it was seen, and where and as what it was looked for."""

    target: Target
    seen: DeviceObservation


class StackSight(Frozen):
    """One district's servers against the inputs they had to have; no `changes` means they stood."""

    spec: PlatformSpec
    changes: tuple[ResourceChange, ...] = ()


class FleetObservation(Frozen):
    """Devices, proven versions of write-only fields, and servers of one city at one time.

    `taken_at` (RFC 3339, UTC) is when looking began, so that an age never looks too small. `proven`
    maps device → write-only field → the reference whose version the journal proves. No value in it
    is a secret; it does hold what devices said about themselves.
    """

    format: Literal[1] = 1
    city: str
    taken_at: str
    devices: tuple[DeviceSight, ...] = ()
    proven: Mapping[str, Mapping[str, SecretRef]] = Field(default_factory=dict)
    stacks: tuple[StackSight, ...] = ()
