"""Field changes and the steps that carry them: a step is one request to one device."""

from __future__ import annotations

from enum import StrEnum

from fleet.model.base import Frozen
from fleet.model.device import DeviceKind, FieldValue, Login, Stage
from fleet.model.secret import SecretRef


class Fidelity(StrEnum):
    """How well the plan knows a field's value after apply; unknown counts as a change."""

    EXACT = "exact"
    PREDICTED = "predicted"
    UNKNOWN = "unknown"


class FieldChange(Frozen):
    """One field of one device, before and after.

    A write-only field has no values: `secret` is the reference wanted, `before_version` the version
    the journal proved on the device (None: never), and its fidelity is unknown.
    """

    field: str
    before: FieldValue = None
    after: FieldValue = None
    fidelity: Fidelity = Fidelity.EXACT
    secret: SecretRef | None = None
    before_version: int | None = None

    @property
    def write_only(self) -> bool:
        """Whether the device never gives this field back."""
        return self.secret is not None


class Step(Frozen):
    """One request to one device: the fields of one resource, in the device's fixed order.

    `id` is `DEVICE/NN-RESOURCE`, stable for the same plan; `witness` holds readable fields of the
    same request that change with it (design §4.6).
    """

    id: str
    device: str
    resource: str
    changes: tuple[FieldChange, ...]

    @property
    def readable(self) -> tuple[FieldChange, ...]:
        """The changes that can be read back."""
        return tuple(c for c in self.changes if not c.write_only)

    @property
    def write_only(self) -> tuple[FieldChange, ...]:
        """The changes that need a functional proof."""
        return tuple(c for c in self.changes if c.write_only)


class Target(Frozen):
    """All a driver needs to find a device and be sure it is the right one; no secret.

    `platform` and `host_key` exist on devices that are reached over SSH.
    """

    device: str
    kind: DeviceKind
    driver: str
    address: str
    port: int
    serial: str | None = None
    engine_id: str | None = None
    platform: str | None = None
    host_key: str | None = None


class DeviceWork(Frozen):
    """The sealed work of one device within a wave's stage.

    `through` are the switches and routers that it is reached through: none of them may be under
    change with it, and where one failed it is not started.
    """

    target: Target
    compound: str
    stage: Stage
    login: Login
    steps: tuple[Step, ...]
    through: tuple[str, ...] = ()
