"""A sealed plan over servers and devices: what, in which order, and made for which state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.change import DeviceWork
from fleet.model.device import Stage
from fleet.model.fleet import RolloutLimits
from fleet.model.observation import Fault
from fleet.model.stack import StackPreview
from fleet.model.text import Text


class Wave(Frozen):
    """Compounds that go together; the first wave is the canary."""

    number: int
    compounds: tuple[str, ...]


class PlanNeed(Frozen):
    """What a plan asks consent for ("experimental", "reboot"), or must at least show ("others").

    `dark` are the devices that lose power or path for about `dark_s` seconds when the device has
    to restart, because only that takes its change back.
    """

    kind: Literal["experimental", "reboot", "others"]
    device: str
    text: Text
    dark: tuple[str, ...] = ()
    dark_s: int = 0


class Seal(Frozen):
    """What the plan was made from; each is a sha256 in hex over canonical bytes.

    `inventory` maps compound → content of its file and all it inherits; `code` covers the product
    version and rules; `observed` maps device → its managed fields as observed; `digest` is over the
    whole plan without itself. `commit` is recorded and not sealed.
    """

    inventory: Mapping[str, str]
    code: str
    observed: Mapping[str, str]
    digest: str = ""
    commit: str | None = None


class Plan(Frozen):
    """A plan; `works` holds only devices with changes, in wave and stage order.

    `faults` are devices that could not be observed; `stacks` every stack that the targets need,
    dirty or not. `observed_at` is the time of the signed observation that it was made from; None
    if servers and devices were looked at for it. A plan made from an observation binds what was
    reviewed (plan/review.py); apply plans again and compares.
    """

    city: str
    created_at: str
    targets: tuple[str, ...]
    observed_at: str | None = None
    limits: RolloutLimits
    stacks: tuple[StackPreview, ...] = ()
    waves: tuple[Wave, ...] = ()
    works: tuple[DeviceWork, ...] = ()
    faults: Mapping[str, Fault] = Field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    needs: tuple[PlanNeed, ...] = ()
    seal: Seal

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.works and not any(s.dirty for s in self.stacks)

    def work_in(self, wave: Wave, stage: Stage) -> Iterator[DeviceWork]:
        """The work of one stage of one wave."""
        for work in self.works:
            if work.compound in wave.compounds and work.stage is stage:
                yield work

    def work(self, device: str) -> DeviceWork:
        """The work of one device; StopIteration if it has none."""
        return next(w for w in self.works if w.target.device == device)
