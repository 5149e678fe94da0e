"""Honest stand-ins for the ports that have no device behind them: time, processes, secrets, leases.

Each keeps the contract of its port, and one shared `Trace` keeps the order in which things happen.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fleet.journal.hashjournal import HashJournal
from fleet.model.errors import AlteredPlan, EngineError, LockHeld, SecretError, StoreError
from fleet.model.secret import Secret, SecretRef
from fleet.model.stack import PlatformSpec, ResourceChange, StackOutputs, StackPreview
from fleet.model.text import text
from fleet.ports.engine import OnResource
from fleet.ports.journal import Draft, Record
from fleet.ports.process import ProcessId
from tests.journal.memory import MemoryStore, disk_error

BOOT = "boot-of-these-tests"


@dataclass
class Trace:
    """What happened, in order: `(what, subject)`; journals and devices write into the same one."""

    events: list[tuple[str, str]] = field(default_factory=list)
    awaited: list[tuple[str, asyncio.Event]] = field(default_factory=list)

    def note(self, what: str, subject: str) -> None:
        """One more thing happened."""
        self.events.append((what, subject))
        for name, event in self.awaited:
            if name == what:
                event.set()

    def next(self, what: str) -> asyncio.Event:
        """An event that is set when such a thing happens from now on."""
        event = asyncio.Event()
        self.awaited.append((what, event))
        return event

    def of(self, what: str) -> list[str]:
        """The subjects of one kind of event, in order."""
        return [subject for kind, subject in self.events if kind == what]


class FakeClock:
    """Time that passes only while somebody sleeps; sleepers overlap as they do in real time."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def now(self) -> str:
        """A wall clock that agrees with the boot clock."""
        at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def boot(self) -> float:
        """Seconds since this boot."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let everybody else run, then let the time be over."""
        self.slept.append(seconds)
        until = self.seconds + seconds
        await asyncio.sleep(0.001)
        self.seconds = max(self.seconds, until)


class FakeProcesses:
    """The processes of a machine: all live but those that ended or were declared dead.

    Every process of these tests has this one's pid; `fork` makes the ones that follow differ from
    those before in their start time, as after a kill and a new call.
    """

    def __init__(self) -> None:
        self.start = 1
        self.dead: set[int] = set()
        self.immortal: set[int] = set()
        self.ended: list[int] = []

    def fork(self) -> None:
        """From now on a new process acts."""
        self.start += 1

    def kill_all(self) -> None:
        """Every process up to now is gone, with kill -9."""
        self.dead |= set(range(self.start + 1))
        self.fork()

    def me(self) -> ProcessId:
        """The process that acts."""
        return ProcessId(pid=os.getpid(), start=self.start, boot=BOOT, host="here")

    def identify(self, pid: int) -> ProcessId | None:
        """The process that acts; others do not exist."""
        return self.me() if pid == os.getpid() and self.start not in self.dead else None

    def alive(self, process: ProcessId) -> bool:
        """Whether it neither ended nor was declared dead."""
        return process.start not in self.dead

    def end(self, process: ProcessId, grace_s: float) -> bool:
        """End it, unless it cannot be ended."""
        self.ended.append(process.start)
        if process.start in self.immortal:
            return False
        self.dead.add(process.start)
        return True


class FakeSecrets:
    """Every reference has a value of its own, but for those that are `missing`."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.wrong: dict[str, str] = {}
        self.resolved: list[str] = []

    def resolve(self, ref: SecretRef) -> Secret:
        """The value of a reference."""
        self.resolved.append(str(ref))
        if str(ref) in self.missing:
            raise SecretError(text("no secret {r}", "没有密钥 {r}", r=ref))
        return Secret(self.wrong.get(str(ref), value_of(ref)))


def value_of(ref: SecretRef) -> str:
    """The value that `FakeSecrets` gives for a reference."""
    return f"value of {ref.name} v{ref.version}"


class FakeLeases:
    """Leases by name; `held` are somebody else's."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.taken: list[tuple[str, ...]] = []
        self.mine: set[str] = set()

    @contextmanager
    def hold(self, names: Sequence[str], purpose: str) -> Iterator[None]:
        """Take all or none."""
        for name in names:
            if name in self.held or name in self.mine:
                holder = self.held.get(name, "this very process")
                raise LockHeld(text("{n}: {h}", "{n}：{h}", n=name, h=holder))
        self.taken.append(tuple(names))
        self.mine |= set(names)
        try:
            yield
        finally:
            self.mine -= set(names)


class FakeShelf:
    """Plans in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, rollout: str, document: bytes) -> None:
        """Keep a document."""
        self.kept[rollout] = document

    def get(self, rollout: str) -> bytes:
        """Give it back."""
        if rollout not in self.kept:
            raise AlteredPlan(text("no plan of {r}", "没有 {r} 的计划", r=rollout))
        return self.kept[rollout]


class WatchedJournal:
    """The real hash journal over memory; notes what it made durable and fails when told.

    `fail_at` is the number (from 1) of the append that fails; all later ones fail by the journal's
    own rule.
    """

    def __init__(self, clock: FakeClock, trace: Trace) -> None:
        self.clock = clock
        self.store = MemoryStore()
        self.real = HashJournal(self.store, clock)
        self.trace = trace
        self.fail_at = 0
        self.appends = 0

    def append(self, drafts: Sequence[Draft]) -> tuple[Record, ...]:
        """Append, or fail as a full disk does."""
        self.appends += 1
        if self.appends == self.fail_at:
            self.store.fail = disk_error()
        try:
            records = self.real.append(drafts)
        except StoreError:
            self.trace.note("journal failed", str(self.appends))
            raise
        for record in records:
            self.trace.note(record.kind, str(record.data.get("step") or record.subject))
        return records

    def records(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Record]:
        """Records in order, filtered."""
        return self.real.records(rollout, kind, subject, after)

    def verify(self) -> int:
        """Check the whole chain."""
        return self.real.verify()

    def reopen(self) -> None:
        """The same records, opened by the next process on a disk that works again."""
        self.store.fail, self.fail_at = None, 0
        self.real = HashJournal(self.store, self.clock)

    def kinds(self, *kinds: str) -> list[Record]:
        """The records of some kinds."""
        return [r for r in self.records() if r.kind in kinds]


class FakeEngine:
    """A server engine over a set of stacks that stand; it counts how often it is asked."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.standing: dict[str, PlatformSpec] = {}
        self.broken = False
        self.during_up: Callable[[], None] = lambda: None

    def clean(self, spec: PlatformSpec) -> bool:
        """Whether it stands with exactly this spec."""
        self.trace.note("engine clean", spec.district)
        return self.standing.get(spec.district) == spec

    def preview(self, spec: PlatformSpec) -> StackPreview:
        """One registrar to create."""
        self.trace.note("engine preview", spec.district)
        if self.broken:
            raise EngineError(text("the engine is broken", "引擎故障"))
        return StackPreview(
            stack=spec.stack,
            spec=spec,
            changes=(self._change(),),
            plan_file=f"pulumi/plans/{spec.district}.json",
            plan_sha256="0" * 64,
        )

    def up(self, preview: StackPreview, on_resource: OnResource | None = None) -> StackOutputs:
        """Make it stand."""
        self.trace.note("engine up", preview.spec.district)
        self.during_up()
        if self.broken:
            raise EngineError(text("the engine is broken", "引擎故障"))
        for change in preview.changes:
            if on_resource is not None:
                on_resource(change, "done")
        self.standing[preview.spec.district] = preview.spec
        return self._outputs(preview.spec)

    def refresh(self, spec: PlatformSpec) -> tuple[ResourceChange, ...]:
        """What is missing."""
        self.trace.note("engine refresh", spec.district)
        return (self._change(),)

    def outputs(self, district: str) -> StackOutputs | None:
        """What the last `up` gave."""
        spec = self.standing.get(district)
        return None if spec is None else self._outputs(spec)

    def recover(self, district: str) -> tuple[str, ...]:
        """Nothing is ever pending."""
        return ()

    def destroy(self, district: str, on_resource: OnResource | None = None) -> None:
        """Take it down."""
        self.standing.pop(district, None)

    def stop(self) -> None:
        """Count that the call under way was to end."""
        self.trace.note("engine stop", "")

    def stacks(self) -> tuple[str, ...]:
        """What stands."""
        return tuple(self.standing)

    def _change(self) -> ResourceChange:
        return ResourceChange(
            urn="urn:registrar", type="fleet:Service", name="registrar", action="create"
        )

    def _outputs(self, spec: PlatformSpec) -> StackOutputs:
        versions: dict[str, tuple[int, ...]] = {}
        for one in spec.credentials:
            versions[one.name] = (*versions.get(one.name, ()), one.version)
        return StackOutputs(
            credentials=versions,
            stack=spec.stack,
            server_id=spec.server_id,
            server_domain=spec.server_domain,
            addresses=spec.addresses,
            port=spec.port,
            ca_fingerprint="ab" * 16,
        )
