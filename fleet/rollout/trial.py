"""A step under trial: the device takes the change back by itself unless it is confirmed in time.

Confirmed is only what was read over a new connection, by the id that was journalled before the
first byte was sent. Whatever else happens is waited out and then looked at: a step under trial is
never done by looking while its trial is open (design §4.4).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from fleet.model.change import Step, Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    DeviceAsked,
    DeviceError,
    MalformedReply,
    NotKept,
    PathCut,
    SessionClosed,
    TooSlow,
    TrialBusy,
    TrialLost,
    Unreachable,
    WriteRefused,
)
from fleet.model.observation import Fault, Reading
from fleet.model.text import text
from fleet.ports.clock import Clock
from fleet.ports.driver import ArmsUndo, Driver, Session, Trial, TrialSession
from fleet.rollout.compare import between, differs, late, not_kept, observed, stale
from fleet.rollout.faults import fault_of
from fleet.rollout.grant import Grant
from fleet.rollout.settlement import Settlement

# How much later than it said a device may take its change back.
MARGIN_S = 5.0
# Looks at a device whose trial is open: at first often, since most come back at once.
LOOK_FIRST_S, LOOK_MOST_S = 1.0, 10.0
# How often a device is looked at once its trial must be over.
LOOKS_AFTER = 6
# A path that is back within this share of the trial was not cut: a port may need to come up again.
PATH_SHARE = 1 / 3
# The path or the device was in the way; it is looked at again. All else ends the looking.
_PATH = (Unreachable, TooSlow, SessionClosed)
_AGAIN = (MalformedReply, DeviceAsked, NotKept)


def trial_of(driver: Driver, rollout: str, target: Target, step: Step, boot: float) -> Trial | None:
    """The trial of a step that is about to be permitted at `boot` seconds; None: it has none.

    Its id is new for every intent, so that no attempt is taken for an earlier one.
    """
    seconds = trial_seconds(driver, target.kind, target.platform)
    if seconds == 0:
        return None
    name = hashlib.sha256(f"{rollout} {step.id} {boot:.6f}".encode()).hexdigest()[:12]
    return Trial(id=f"fleet-{name}", seconds=seconds)


def trial_seconds(driver: Driver, kind: DeviceKind, platform: str | None) -> int:
    """How long a device's trials last; 0 where it takes no change on trial."""
    return driver.trial_seconds(kind, platform) if isinstance(driver, ArmsUndo) else 0


def pending_s(driver: Driver, trial: Trial) -> float:
    """How long after its grant may begin a trial step can still move the device, in seconds."""
    sending = driver.write_trial_max_s if isinstance(driver, ArmsUndo) else 0.0
    return sending + driver.apply_time_max_s + trial.seconds + MARGIN_S


def path_lost(seen: Settlement) -> bool:
    """Whether a trial ended so that nothing else may be tried in its wave.

    The change cut the path, or nobody can tell what became of it.
    """
    cut = seen.fault is not None and seen.fault.code == PathCut.code
    return cut or seen.outcome == "in_doubt"


async def perform_trial(
    driver: Driver, target: Target, step: Step, grant: Grant, trial: Trial, clock: Clock
) -> Settlement:
    """Do one step under trial. Every way it can end is a `Settlement`."""
    watch = TrialWatch(driver, target, step, grant, trial, clock)
    try:
        async with driver.session(target, grant.credential) as session:
            await session.identify()
            live = (await session.read([step.resource])).fields
            if name := differs(step, live, "before"):
                return stale(target, name, live)
            if clock.boot() + pending_s(driver, trial) >= grant.deadline:
                return Settlement("not_applied", fault=late(target))
            began = clock.boot()
            broken = await _write(session, step, trial)
    except DeviceError as error:
        return Settlement("failed", fault=fault_of(error))
    if isinstance(broken, TrialBusy):
        return Settlement("failed", fault=fault_of(broken))
    if broken is not None:
        await clock.sleep(driver.apply_time_max_s)
        return await watch.taken_back(broken)
    return await watch.confirmed(began)


async def _write(session: Session, step: Step, trial: Trial) -> DeviceError | None:
    """Arm the undo and change; what went wrong on the way, or None."""
    values = {c.field: c.after for c in step.readable}
    before = {c.field: c.before for c in step.readable}
    try:
        await _of(session).write_trial(step.resource, values, before, trial)
    except DeviceError as error:
        return error
    return None


def _of(session: Session) -> TrialSession:
    if not isinstance(session, TrialSession):
        raise TypeError("a driver that arms undos has sessions that do")
    return session


@dataclass
class TrialWatch:
    """Watches one open trial until it is known what became of it.

    `confirms`: whether a look that finds the trial open and all values as sealed keeps it; `early`:
    whether a trial that the device never heard of is over. `reached` tells that the open trial was
    seen over a new connection; `path` and `wrong` are what went wrong on the way.
    """

    driver: Driver
    target: Target
    step: Step
    grant: Grant
    trial: Trial
    clock: Clock
    confirms: bool = True
    early: bool = False
    reached: bool = False
    path: Fault | None = None
    wrong: Fault | None = None
    seen: dict[str, FieldValue] = field(default_factory=dict)

    async def confirmed(self, began: float) -> Settlement:
        """Keep a change that the device accepted, or find out that it took it back."""
        until = began + self.trial.seconds * PATH_SHARE
        return self._failed(await self._wait(until))

    async def taken_back(self, error: DeviceError) -> Settlement:
        """The change was refused or broke off amid: never confirmed, waited out, looked at."""
        self.confirms = False
        self.early = isinstance(error, WriteRefused)
        self.wrong = fault_of(error)
        seen = await self._wait(self.clock.boot())
        if not isinstance(error, _PATH):
            self.path = None
        return self._failed(seen)

    async def found(self) -> Settlement:
        """What became of a trial whose worker is dead: open and as sealed is kept, by its id."""
        return await self._wait(None)

    async def _wait(self, confirm_until: float | None) -> Settlement:
        """Look until it is decided; a trial is confirmed up to a moment only (None: ever)."""
        over = self.clock.boot() + self.trial.seconds + MARGIN_S
        pause, after = LOOK_FIRST_S, 0
        while True:
            if confirm_until is not None and self.clock.boot() > confirm_until:
                self.confirms = False
            past = self.clock.boot() >= over
            found = await self._look(past)
            if found is not None:
                return found
            after += past
            if after >= LOOKS_AFTER:
                fault = self.path or self.wrong or fault_of(between(self.target, self.step))
                return Settlement("in_doubt", observed=self.seen, fault=fault)
            left = over - self.clock.boot()
            await self.clock.sleep(min(pause, left) if left > 0 else LOOK_FIRST_S * 2)
            pause = min(pause * 2, LOOK_MOST_S)

    async def _look(self, past: bool) -> Settlement | None:
        """One look on a connection of its own; None: not decided yet."""
        inside = False
        try:
            async with self.driver.session(self.target, self.grant.credential) as session:
                await session.identify()
                inside = True
                return await self._judge(session, past)
        except (*_PATH, *_AGAIN) as error:
            # Where not even a login came about, what answers there is no device to be asked.
            if isinstance(error, _PATH) or not inside:
                self.path = fault_of(error)
            else:
                self.wrong = self.wrong or fault_of(error)
        except DeviceError as error:
            return Settlement("in_doubt", observed=self.seen, fault=fault_of(error))
        return None

    async def _judge(self, session: Session, past: bool) -> Settlement | None:
        state = await _of(session).trial_state(self.trial.id)
        reading = await session.read([self.step.resource])
        self.seen = observed(self.step, reading.fields)
        new = differs(self.step, reading.fields, "after") is None
        if state == "open":
            return await self._open(session, reading)
        if state == "unknown" and not past:
            # Nobody knows whether its undo is still armed; only a refused change is over.
            old = differs(self.step, reading.fields, "before") is None
            return self._over(old) if self.early and old else None
        if new and state != "undone":
            await _of(session).save()
            evidence = "confirmed" if state == "confirmed" else "readback"
            return Settlement("done", evidence, self.seen, reboot_pending=reading.reboot_pending)
        return self._over(differs(self.step, reading.fields, "before") is None)

    async def _open(self, session: Session, reading: Reading) -> Settlement | None:
        """Confirm an open trial whose values hold; then state and values must both say so."""
        self.reached = True
        if wrong := differs(self.step, reading.fields, "after"):
            self.wrong = self.wrong or fault_of(not_kept(self.target, wrong))
            self.confirms = False
        if not self.confirms:
            return None
        trials = _of(session)
        if not await trials.confirm(self.trial.id):
            self.confirms = False
            self.wrong = fault_of(_lost(self.target))
            return None
        if await trials.trial_state(self.trial.id) != "confirmed":
            return None
        after = await session.read([self.step.resource])
        self.seen = observed(self.step, after.fields)
        if name := differs(self.step, after.fields, "after"):
            fault = fault_of(not_kept(self.target, name))
            return Settlement("in_doubt", observed=self.seen, fault=fault)
        await trials.save()
        return Settlement("done", "confirmed", self.seen, reboot_pending=after.reboot_pending)

    def _over(self, old: bool) -> Settlement:
        if old:
            return Settlement("not_applied", observed=self.seen)
        fault = fault_of(between(self.target, self.step))
        return Settlement("in_doubt", observed=self.seen, fault=fault)

    def _failed(self, seen: Settlement) -> Settlement:
        """What the device took back, with why: a path that was cut before anything else."""
        if seen.outcome != "not_applied":
            return seen
        if self.path is not None and not self.reached:
            fault = fault_of(_cut(self.target))
        else:
            fault = self.wrong or self.path or fault_of(_lost(self.target))
        return Settlement("failed", observed=seen.observed, fault=fault)


def _cut(target: Target) -> PathCut:
    return PathCut(
        target.device,
        text(
            "the change cut our own path; the device took it back by itself",
            "该变更切断了我们自己的通路；设备已自动回退",
        ),
        text(
            "look at the uplink ports, VLANs, addresses and routes of the plan",
            "请检查计划中的上联端口、VLAN、地址与路由",
        ),
    )


def _lost(target: Target) -> TrialLost:
    return TrialLost(
        target.device,
        text(
            "the device had taken the change back before it was confirmed",
            "在确认之前，设备已自动回退该变更",
        ),
        text("plan again; is the device very slow?", "请重新计划；设备是否过慢？"),
    )
