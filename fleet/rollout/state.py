"""What the journal says of a rollout: a projection, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fleet.model.observation import Fault
from fleet.model.plan import Plan
from fleet.ports.driver import Trial
from fleet.ports.journal import Journal, Record
from fleet.ports.process import Processes, ProcessId
from fleet.rollout import records

# A rollout that ended this way can be taken up where it stopped.
RESUMABLE = frozenset({"paused", "waiting", "interrupted", "failed"})
Status = Literal[
    "running",
    "died",
    "done",
    "partial",
    "halted",
    "paused",
    "waiting",
    "aborted",
    "interrupted",
    "failed",
]


@dataclass
class StepState:
    """One step: its last word (`intent` until settled) and when it was permitted.

    `trial` is what the device knows an unsettled change by, where it takes changes on trial.
    """

    device: str
    outcome: str
    intended_at: str = ""
    evidence: str = ""
    fault: Fault | None = None
    observed: Mapping[str, Any] = field(default_factory=dict)
    trial: Trial | None = None


@dataclass
class RolloutState:
    """One rollout as its records tell it.

    `asked` is the newest wave that an approval was asked for, `approvals` who approved which wave;
    `held` maps devices that were not started to the failed link that they are reached through.
    """

    id: str
    started_at: str
    data: Mapping[str, Any]
    caller: ProcessId
    actor: str
    ended: str = ""
    ended_at: str = ""
    last_seq: int = 0
    wave: int = 0
    steps: dict[str, StepState] = field(default_factory=dict)
    processes: list[ProcessId] = field(default_factory=list)
    stacks: set[str] = field(default_factory=set)
    problems: dict[str, list[str]] = field(default_factory=dict)
    problems_zh: dict[str, list[str]] = field(default_factory=dict)
    requests: list[tuple[int, str, str]] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    approvals: dict[int, str] = field(default_factory=dict)

    def apply(self, record: Record) -> None:
        """Take one more record into account."""
        self.last_seq = record.seq
        data = record.data
        if record.kind == records.RESUMED:
            self.caller = ProcessId.model_validate(data["caller"])
            self.ended = self.ended_at = ""
        elif record.kind == records.ENDED:
            self.ended, self.ended_at = str(data["status"]), record.at
        elif record.kind == records.REQUEST:
            self.requests.append((record.seq, str(data["verb"]), str(data["actor"])))
        elif record.kind == records.TREE:
            self.processes += [ProcessId.model_validate(p) for p in data["processes"]]
        elif record.kind == records.STACK:
            self.stacks.add(record.subject)
        elif record.kind == records.VERIFIED:
            self.problems[record.subject] = list(data["problems"])
            self.problems_zh[record.subject] = list(data.get("problems_zh", data["problems"]))
        else:
            self._apply_progress(record)

    def _apply_progress(self, record: Record) -> None:
        """Take in what happened to waves, steps and what is behind a failed link."""
        data = record.data
        if record.kind == records.WAVE:
            self.wave = int(data["wave"])
        elif record.kind == records.WAITING:
            self.asked = int(data["wave"])
        elif record.kind == records.APPROVED:
            self.approvals[int(data["wave"])] = str(data["actor"])
        elif record.kind == records.HELD:
            self.held[record.subject] = str(data["link"])
        elif record.kind == records.INTENT:
            step, trial = str(data["step"]), data.get("trial")
            known = None if trial is None else Trial.model_validate(trial)
            self.steps[step] = StepState(record.subject, "intent", record.at, trial=known)
        elif record.kind == records.SETTLED:
            fault = data.get("fault")
            self.steps[str(data["step"])] = StepState(
                device=record.subject,
                outcome=str(data["outcome"]),
                evidence=str(data.get("evidence", "")),
                fault=None if fault is None else Fault.model_validate(fault),
                observed=dict(data.get("observed", {})),
            )

    def status(self, processes: Processes) -> Status:
        """Running, died (its process is gone without a word), or how it ended."""
        if self.ended:
            return self.ended  # type: ignore[return-value]  # the journal holds our own words
        return "running" if processes.alive(self.caller) else "died"

    def resumable(self, processes: Processes) -> bool:
        """Whether `rollout resume` can take it up."""
        status = self.status(processes)
        return status == "died" or status in RESUMABLE

    def waits_for(self) -> int | None:
        """The wave that waits for an approval; None where none does."""
        open_end = self.ended in ("", "waiting")
        return self.asked if open_end and self.asked not in {0, *self.approvals} else None

    def unsettled(self) -> dict[str, StepState]:
        """Steps that were permitted and of which nothing is known."""
        return {k: s for k, s in self.steps.items() if s.outcome == "intent"}

    def done(self) -> set[str]:
        """Ids of the steps that are proved done."""
        return {k for k, s in self.steps.items() if s.outcome == "done"}

    def failed(self) -> dict[str, Fault | None]:
        """Devices that failed, with why; a step that may be written again is no failure."""
        bad = ("failed", "stale", "in_doubt")
        found = {s.device: s.fault for s in self.steps.values() if s.outcome in bad}
        return found | {d: None for d, p in self.problems.items() if p and d not in found}

    def counts(self, plan: Plan) -> tuple[int, int, int]:
        """Steps done, devices failed, steps left."""
        steps = [s.id for w in plan.works for s in w.steps]
        done = len(self.done() & set(steps))
        return done, len(self.failed()), len(steps) - done


def rollouts(journal: Journal) -> list[RolloutState]:
    """Every rollout of the journal, oldest first."""
    return list(_project(journal.records()).values())


def rollout(journal: Journal, rollout_id: str) -> RolloutState | None:
    """One rollout; None if the journal knows none of that id."""
    return _project(journal.records(rollout=rollout_id)).get(rollout_id)


def unfinished(
    journal: Journal, processes: Processes, compounds: Iterable[str]
) -> RolloutState | None:
    """The newest rollout on any of these compounds that must be resumed or aborted first."""
    wanted = set(compounds)
    for state in reversed(rollouts(journal)):
        if wanted & set(state.data["compounds"]) and not state.ended:
            return state
        if wanted & set(state.data["compounds"]) and state.resumable(processes):
            return state
    return None


def _project(found: Iterable[Record]) -> dict[str, RolloutState]:
    states: dict[str, RolloutState] = {}
    for record in found:
        if record.kind == records.STARTED:
            states[record.rollout] = RolloutState(
                id=record.rollout,
                started_at=record.at,
                data=record.data,
                caller=ProcessId.model_validate(record.data["caller"]),
                actor=str(record.data["actor"]),
                last_seq=record.seq,
            )
        elif record.rollout in states:
            states[record.rollout].apply(record)
    return states
