"""A rollout as its plan and its records tell it: waves, stages, devices, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.model.change import DeviceWork
from fleet.model.device import Stage
from fleet.model.plan import Plan
from fleet.rollout.state import RolloutState

_STAGES = tuple(stage.value for stage in Stage)


@dataclass
class Part:
    """Steps of one wave or of one stage in it; `devices` that failed in it."""

    steps: int = 0
    done: int = 0
    open: int = 0
    failed: set[str] = field(default_factory=set)


@dataclass
class WavePart(Part):
    """One wave with its stages in their order."""

    number: int = 0
    compounds: tuple[str, ...] = ()
    stages: dict[str, Part] = field(default_factory=dict)


@dataclass(frozen=True)
class Radius:
    """What an act would touch: devices and compounds, and how many requests."""

    devices: tuple[str, ...]
    compounds: tuple[str, ...]
    steps: int


class Progress:
    """Made once for a plan; sums follow each step that changed instead of being counted anew."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.waves: list[WavePart] = []
        self.works: dict[str, DeviceWork] = {w.target.device: w for w in plan.works}
        self._place: dict[str, tuple[WavePart, Part]] = {}
        self._known: dict[str, str] = {}
        compound_wave = {}
        for wave in plan.waves:
            part = WavePart(number=wave.number, compounds=wave.compounds)
            self.waves.append(part)
            compound_wave.update(dict.fromkeys(wave.compounds, part))
        for work in plan.works:
            part = compound_wave[work.compound]
            stage = part.stages.setdefault(work.stage.value, Part())
            for step in work.steps:
                part.steps += 1
                stage.steps += 1
                self._place[step.id] = (part, stage)
        for part in self.waves:
            part.stages = {s: part.stages[s] for s in _STAGES if s in part.stages}

    @property
    def steps(self) -> int:
        """All steps of the plan."""
        return len(self._place)

    def update(self, state: RolloutState) -> None:
        """Take in what became of steps since the last call."""
        for name, step in state.steps.items():
            old = self._known.get(name)
            if old == step.outcome or name not in self._place:
                continue
            self._known[name] = step.outcome
            for part in self._place[name]:
                part.done += (step.outcome == "done") - (old == "done")
                part.open += (step.outcome == "intent") - (old == "intent")
                if step.outcome in ("failed", "stale", "in_doubt"):
                    part.failed.add(step.device)
        for device, problems in state.problems.items():
            work = self.works.get(device)
            if problems and work is not None and work.steps:
                for part in self._place[work.steps[0].id]:
                    part.failed.add(device)

    def open_devices(self, state: RolloutState) -> list[str]:
        """Devices with a permitted, unsettled step."""
        return sorted({s.device for s in state.unsettled().values()})

    def radius(self, verb: str, state: RolloutState) -> Radius:
        """What `verb` would touch."""
        if verb == "undo":
            return self._radius({s for s in state.done() if s in self._place})
        if verb == "approve":
            wave = next((w for w in self.plan.waves if w.number == state.waits_for()), None)
            mine = [w for w in self.works.values() if wave and w.compound in wave.compounds]
            return self._radius({s.id for w in mine for s in w.steps} - state.done())
        if verb == "retry":
            failed = {*state.failed(), *state.held}
            steps = {s.id for d in failed if d in self.works for s in self.works[d].steps}
            return self._radius(steps)
        return self._radius(set(self._place) - state.done())

    def _radius(self, steps: set[str]) -> Radius:
        devices = sorted({s.partition("/")[0] for s in steps})
        compounds = dict.fromkeys(self.works[d].compound for d in devices if d in self.works)
        return Radius(tuple(devices), tuple(compounds), len(steps))


def eta_s(left: int, rate: float) -> float | None:
    """Seconds until `left` steps are done; None where nothing moves."""
    return left / rate if rate > 0 and left > 0 else None
