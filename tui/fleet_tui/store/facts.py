"""What the journal tells, record by record: rollouts, what devices were seen to hold, events.

A record is looked at once. Nothing is asked of a device; what no record tells is not there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fleet.app.watch import Told, problems_of, tell
from fleet.model.device import FieldValue
from fleet.model.observation import Fault
from fleet.model.text import Text
from fleet.ports.journal import Record
from fleet.ports.process import ProcessId
from fleet.rollout import records
from fleet.rollout.state import RolloutState
from fleet_tui.store.states import State

EVENTS_MAX = 20_000
_BY_OUTCOME = {
    "done": State.WRITTEN,
    "failed": State.FAILED,
    "stale": State.FAILED,
    "in_doubt": State.DOUBT,
    "not_applied": State.UNKNOWN,
}


@dataclass(frozen=True)
class Seen:
    """A value that a rollout read back from a device, and when."""

    value: FieldValue
    at: str
    rollout: str


@dataclass(frozen=True)
class ProvenVersion:
    """A write-only field: the reference proven on the device, by what, and when."""

    ref: str
    evidence: str
    at: str


@dataclass
class DeviceFacts:
    """What the journal knows of one device; `outcomes` are those of its newest rollout."""

    fields: dict[str, Seen] = field(default_factory=dict)
    proven: dict[str, ProvenVersion] = field(default_factory=dict)
    rollout: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    problems: tuple[Text, ...] = ()
    verified_at: str = ""
    refused_at: str = ""
    last_at: str = ""


@dataclass(frozen=True)
class Event:
    """One record as it is shown in the list of events."""

    seq: int
    at: str
    rollout: str
    subject: str
    kind: str
    told: Told


class Facts:
    """A projection of the journal; `gone` are rollouts without an end whose process is dead."""

    def __init__(self) -> None:
        self.seq = 0
        self.rollouts: dict[str, RolloutState] = {}
        self.devices: dict[str, DeviceFacts] = {}
        self.events: deque[Event] = deque(maxlen=EVENTS_MAX)
        self.settled_at: dict[str, deque[tuple[str, int]]] = {}
        self.gone: set[str] = set()

    def take(self, found: Iterable[Record]) -> set[str]:
        """Take records in, in order; returns the devices of which something is new."""
        touched: set[str] = set()
        for record in found:
            self.seq = record.seq
            self._rollout(record)
            if self._device(record):
                touched.add(record.subject)
            self.events.append(
                Event(
                    record.seq, record.at, record.rollout, record.subject, record.kind, tell(record)
                )
            )
            if record.kind in (records.RESUMED, records.ENDED):
                self.gone.discard(record.rollout)
                touched |= self._open_devices(record.rollout)
        return touched

    def mark_gone(self, rollout: str, gone: bool) -> set[str]:
        """Note whether the process of an unfinished rollout is dead; returns its open devices."""
        if gone == (rollout in self.gone):
            return set()
        self.gone.symmetric_difference_update({rollout})
        return self._open_devices(rollout)

    def unfinished(self) -> list[RolloutState]:
        """Rollouts without a recorded end."""
        return [s for s in self.rollouts.values() if not s.ended]

    def newest(self) -> RolloutState | None:
        """The rollout that began last."""
        return next(reversed(self.rollouts.values()), None)

    def status(self, rollout: str) -> str:
        """Its status word: how it ended, else running or died."""
        state = self.rollouts[rollout]
        return state.ended or ("died" if rollout in self.gone else "running")

    def state_of(self, device: str) -> State:
        """What the journal says of a device."""
        known = self.devices.get(device)
        if known is None:
            return State.UNKNOWN
        if known.problems:
            return State.DIFFERS
        words = set(known.outcomes.values())
        if "intent" in words:
            running = known.rollout in self.rollouts and self.status(known.rollout) == "running"
            return State.APPLYING if running else State.OPEN
        worst = max((_BY_OUTCOME.get(w, State.UNKNOWN) for w in words), default=State.UNKNOWN)
        if worst is State.WRITTEN and known.verified_at:
            return State.VERIFIED
        return worst

    def rate(self, rollout: str, now_s: float, window_s: float = 30.0) -> float:
        """Steps settled a second over the last `window_s` seconds; 0 where none was.

        A rollout that began to settle later than that is measured from its first step on.
        """
        ticks = [(seconds(at), n) for at, n in self.settled_at.get(rollout, ())]
        recent = [n for at, n in ticks if now_s - at <= window_s]
        if not recent:
            return 0.0
        return sum(recent) / max(1.0, min(window_s, now_s - ticks[0][0]))

    def _rollout(self, record: Record) -> None:
        if record.kind == records.STARTED:
            self.rollouts[record.rollout] = RolloutState(
                id=record.rollout,
                started_at=record.at,
                data=record.data,
                caller=ProcessId.model_validate(record.data["caller"]),
                actor=str(record.data["actor"]),
                last_seq=record.seq,
            )
        elif record.rollout in self.rollouts:
            self.rollouts[record.rollout].apply(record)

    def _device(self, record: Record) -> bool:
        kind, data = record.kind, record.data
        if kind not in _ABOUT_DEVICES or not record.subject:
            return False
        known = self.devices.setdefault(record.subject, DeviceFacts())
        known.last_at = record.at
        if kind == records.REFUSED:
            known.refused_at = record.at
        elif kind == records.LIFTED:
            known.refused_at = ""
        elif kind == records.PROVEN:
            known.proven[str(data["field"])] = ProvenVersion(
                str(data["ref"]), str(data["evidence"]), record.at
            )
        elif kind == records.VERIFIED:
            known.problems = tuple(problems_of(record))
            known.verified_at = record.at
        else:
            self._step(known, record)
        return True

    def _step(self, known: DeviceFacts, record: Record) -> None:
        data = record.data
        if known.rollout != record.rollout:
            known.rollout, known.outcomes, known.fault = record.rollout, {}, None
        known.problems, known.verified_at = (), ""
        step = str(data["step"])
        if record.kind == records.INTENT:
            known.outcomes[step] = "intent"
            return
        known.outcomes[step] = str(data["outcome"])
        fault = data.get("fault")
        if fault is not None:
            known.fault = Fault.model_validate(fault)
        for name, value in data.get("observed", {}).items():
            known.fields[name] = Seen(value, record.at, record.rollout)
        ticks = self.settled_at.setdefault(record.rollout, deque(maxlen=2048))
        if ticks and ticks[-1][0] == record.at:
            ticks[-1] = (record.at, ticks[-1][1] + 1)
        else:
            ticks.append((record.at, 1))

    def _open_devices(self, rollout: str) -> set[str]:
        state = self.rollouts.get(rollout)
        return {s.device for s in state.unsettled().values()} if state is not None else set()


_ABOUT_DEVICES = frozenset(
    {
        records.INTENT,
        records.SETTLED,
        records.PROVEN,
        records.REFUSED,
        records.LIFTED,
        records.VERIFIED,
    }
)


def seconds(stamp: str) -> float:
    """Seconds since 1970 of an RFC 3339 time with `Z`."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
