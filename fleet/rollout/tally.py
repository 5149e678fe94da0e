"""How a rollout stands: what is done, what failed, what is left, and the voice that tells it.

One tally lives for a whole run; stages, permits and settlements write into it and read from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from fleet.model.change import DeviceWork, Step
from fleet.model.device import Stage
from fleet.model.observation import Fault
from fleet.model.plan import Plan, Wave
from fleet.rollout.progress import Event, Listener
from fleet.rollout.settlement import Settlement
from fleet.rollout.state import RolloutState


@dataclass
class Tally:
    """Done steps by id and failed devices with why, of one plan.

    `held` maps devices that were not started to the failed link that they are reached through.
    """

    plan: Plan
    listener: Listener
    done: set[str] = field(default_factory=set)
    failed: dict[str, Fault | None] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, state: RolloutState, listener: Listener) -> Tally:
        """Begin with what the journal says."""
        return cls(plan, listener, state.done(), dict(state.failed()), dict(state.held))

    def left(self) -> int:
        """How many steps of the whole plan are not done."""
        return sum(1 for w in self.plan.works for s in w.steps if s.id not in self.done)

    def remaining(self, wave: Wave, stage: Stage) -> list[DeviceWork]:
        """What is left to do in a stage; what is behind a failed link waits for another rollout."""
        return self.open(self.plan.work_in(wave, stage))

    def open(self, works: Iterable[DeviceWork]) -> list[DeviceWork]:
        """Works with what is left of them; failed, held and done ones are left out."""
        left = []
        for work in works:
            steps = tuple(s for s in work.steps if s.id not in self.done)
            failed = work.target.device in self.failed or self.failed_link(work)
            if steps and not failed:
                left.append(work.model_copy(update={"steps": steps}))
        return left

    def failed_link(self, work: DeviceWork) -> str | None:
        """A link that a device is reached through and that failed in this rollout."""
        return next((link for link in work.through if link in self.failed), None)

    def open_link(self, work: DeviceWork) -> str | None:
        """A link that a device is reached through and that is still to be changed."""
        return next((w.target.device for w in self.open(self._links_of(work))), None)

    def hold(self, works: Iterable[DeviceWork]) -> dict[str, str]:
        """Note and return which of some works are newly held, each with the failed link."""
        found = {}
        for work in works:
            link, device = self.failed_link(work), work.target.device
            undone = any(s.id not in self.done for s in work.steps)
            if link is not None and undone and device not in self.failed:
                found[device] = link
        new = {d: link for d, link in found.items() if d not in self.held}
        self.held.update(new)
        return new

    def steps(self, ids: Set[str]) -> list[tuple[DeviceWork, Step]]:
        """The steps of some ids with their works, in the order of their ids."""
        found = {s.id: (w, s) for w in self.plan.works for s in w.steps if s.id in ids}
        return [found[k] for k in sorted(found)]

    def settled(self, step: Step, seen: Settlement) -> None:
        """Take in and tell what became of a step that was looked at."""
        self._take(step.device, step.id, seen.outcome, seen.fault)
        self.say("settled", device=step.device, step=step.id, detail=seen.outcome, fault=seen.fault)

    def heard(self, event: Event) -> None:
        """Keep account of settlements on their way to the listener."""
        if event.kind == "settled":
            self._take(event.device, event.step, event.detail, event.fault)
        self.listener(event)

    def say(
        self,
        kind: str,
        wave: int = 0,
        stage: str = "",
        device: str = "",
        step: str = "",
        detail: str = "",
        fault: Fault | None = None,
    ) -> None:
        """Tell something, with the counts as they are now."""
        self.listener(
            Event(
                kind=kind,
                wave=wave,
                stage=stage,
                device=device,
                step=step,
                detail=detail,
                done=len(self.done),
                failed=len(self.failed),
                left=self.left(),
                fault=fault,
            )
        )

    def _take(self, device: str, step: str, outcome: str, fault: Fault | None) -> None:
        if outcome == "done":
            self.done.add(step)
        elif outcome != "not_applied":
            self.failed[device] = fault

    def _links_of(self, work: DeviceWork) -> list[DeviceWork]:
        return [w for w in self.plan.works if w.target.device in work.through]
