"""Alarms leave: journalled before, told once, tried again, over restarts, one route apart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.app.alarms import AlarmDesk
from fleet.app.tell import Teller
from fleet.health.history import History
from fleet.health.telling import TELLING, TOLD, UNTOLD
from fleet.health.times import seconds
from fleet.model.errors import DeliveryFailed, StoreError
from fleet.model.notify import AlarmTerms, CommandRoute, Route
from fleet.model.text import text
from fleet.ports.health_store import AlarmRow, Batch
from fleet.ports.tell import Message
from tests.support.fakes import FakeClock, Trace, WatchedJournal
from tests.support.fakes_city import cameras


@dataclass
class Out:
    """A way out that works, fails or hangs as the test says."""

    fails: bool = False
    hangs: bool = False
    sent: list[Message] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message: Message) -> str:
        """Take a message."""
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails:
            raise DeliveryFailed(text("peer: no connection", "对端：无法连接"))
        self.sent.append(message)
        return "250 taken"

    def keys(self) -> list[str]:
        """What was taken."""
        return [m.key for m in self.sent]


class Desk:
    """A history with alarms, a journal, and tellers as processes make them."""

    def __init__(self, folder: Path, **outs: Out) -> None:
        self.clock = FakeClock()
        self.journal = WatchedJournal(self.clock, Trace())
        self.store = SqlHealth.in_folder(folder)
        self.outs = outs
        routes: dict[str, Route] = {n: CommandRoute(argv=("x",)) for n in outs}
        town = cameras(2, 20)
        self.city = town.model_copy(update={"alarms": AlarmTerms(language="zh", routes=routes)})
        self.desk = AlarmDesk(History(self.store, self.now), self.journal, self.clock, "tester")

    def now(self) -> float:
        """The world's wall clock."""
        return seconds(self.clock.now())

    def teller(self) -> Teller:
        """A teller as a new process has it."""
        return Teller(self.city, self.desk, self.journal, self.outs, self.clock)

    def alarm(
        self, name: str, behind: tuple[str, ...] = (), ended: bool = False, **more: str
    ) -> None:
        """Write an alarm into the history, as the collector does."""
        row = AlarmRow(
            name, more.get("kind", "device_unreachable"), more.get("subject", "c1-cam-1"), "c1",
            self.now() - 60, self.now() if ended else None, behind,
        )  # fmt: skip
        self.store.write(Batch(alarms=[row], meta={"beat": self.now(), "poll_s": 60.0}))

    def kinds(self) -> list[str]:
        """The journal's words on telling."""
        return [r.kind for r in self.journal.records() if r.kind in (TELLING, TOLD, UNTOLD)]


async def test_one_message_a_cause_with_eighteen_devices_behind_it(tmp_path: Path) -> None:
    """A dead recorder and its cameras: one message, which counts them."""
    desk, out = Desk(tmp_path, r=Out()), Out()
    desk.outs["r"] = out
    behind = tuple(f"c1-cam-{n}" for n in range(1, 19))
    desk.alarm("aa", behind, kind="recorder_unreachable", subject="c1-nvr-1")

    assert await desk.teller().once() == 1
    desk.alarm("aa", (*behind, "c1-cam-19"), kind="recorder_unreachable", subject="c1-nvr-1")
    assert await desk.teller().once() == 0

    (message,) = out.sent
    assert message.key == "aa.raised"
    assert message.subject == "【告警】c1 小区：c1-nvr-1 录像机及其摄像机均无应答，18 台设备"
    assert "c1-cam-18" in message.body
    assert "fleet alarms ack aa" in message.body
    assert message.what.en == "recorder and its cameras do not answer"
    assert desk.kinds() == [TELLING, TOLD]
    assert [r.data["evidence"] for r in desk.journal.records(kind=TOLD)] == ["250 taken"]


async def test_a_try_is_in_the_journal_before_the_message_leaves(tmp_path: Path) -> None:
    """No audit, no act: with a disk that fails nothing is sent."""
    out = Out()
    desk = Desk(tmp_path, r=out)
    desk.alarm("aa")
    teller = desk.teller()
    desk.journal.fail_at = desk.journal.appends + 1

    with pytest.raises(StoreError):
        await teller.once()

    assert out.sent == []


async def test_a_route_that_fails_is_tried_again_and_the_other_goes_on(tmp_path: Path) -> None:
    """Goal: nothing lost, nothing doubled, and no route waits for another."""
    bad, good = Out(fails=True), Out()
    desk = Desk(tmp_path, bad=bad, good=good)
    desk.alarm("aa")
    desk.alarm("bb", subject="c1-cam-2")
    teller = desk.teller()

    assert await teller.once() == 2
    assert await teller.once() == 0
    assert desk.kinds().count(UNTOLD) == 1
    bad.fails = False
    await desk.clock.sleep(16)
    assert await teller.once() == 2

    assert sorted(bad.keys()) == sorted(good.keys()) == ["aa.raised", "bb.raised"]


async def test_a_new_collector_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    """Goal: told is told; failed is tried again; killed in between is tried again by its key."""
    out = Out()
    desk = Desk(tmp_path, r=out)
    desk.alarm("aa")
    await desk.teller().once()
    desk.alarm("bb", subject="c1-cam-2")
    out.hangs = True
    out.asked.clear()
    killed = asyncio.create_task(desk.teller().once())
    await asyncio.wait_for(out.asked.wait(), 20)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    out.hangs = False

    await desk.clock.sleep(20)
    assert await desk.teller().once() == 1

    assert out.keys() == ["aa.raised", "bb.raised"]
    tries = [r.data["attempt"] for r in desk.journal.records(kind=TELLING, subject="bb")]
    assert tries == [1, 2]


async def test_over_is_told_where_raised_was(tmp_path: Path) -> None:
    """Goal: the second and last message, with both times."""
    out = Out()
    desk = Desk(tmp_path, r=out)
    desk.alarm("aa")
    await desk.teller().once()
    desk.alarm("aa", ended=True)

    await desk.teller().once()

    assert out.keys() == ["aa.raised", "aa.over"]
    assert "恢复 " in out.sent[1].body


async def test_what_people_said_is_heard_at_once(tmp_path: Path) -> None:
    """Goal: acknowledged and silenced causes are not sent, by any teller."""
    out = Out()
    desk = Desk(tmp_path, r=out)
    desk.alarm("aa")
    desk.alarm("bb", subject="c1-cam-2")
    desk.desk.acknowledge("aa", "going there")
    desk.desk.silence("c1-cam-2", "2026-12-01T00:00:00Z", "roadworks")

    assert await desk.teller().once() == 0


async def test_it_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """Goal: looks again and again; a stop ends it without a message lost."""
    out = Out()
    desk = Desk(tmp_path, r=out)
    stop = asyncio.Event()
    work = asyncio.create_task(desk.teller().run(stop))
    await asyncio.sleep(0.01)
    desk.alarm("aa")
    await asyncio.wait_for(out.asked.wait(), 20)
    stop.set()
    await work

    assert out.keys() == ["aa.raised"]


async def test_states_for_a_person(tmp_path: Path) -> None:
    """Goal: what waits, what failed last and why; a test message mends the count."""
    out = Out(fails=True)
    desk = Desk(tmp_path, r=out)
    desk.alarm("aa")
    teller = desk.teller()
    await teller.once()

    state, waiting = teller.states()["r"]
    assert (state.failures, waiting, state.why) == (1, 1, "peer: no connection")
    with pytest.raises(DeliveryFailed):
        await teller.test("r")
    out.fails = False
    assert await teller.test("r") == "250 taken"
    assert teller.states()["r"][0].failures == 0
    assert out.sent[0].subject.startswith("【测试】")


async def test_each_compound_is_told_of_by_one_collector(tmp_path: Path) -> None:
    """Goal: two districts' collectors over one history send no message twice."""
    out = Out()
    desk = Desk(tmp_path, r=out)
    desk.alarm("aa")
    other = Teller(desk.city, desk.desk, desk.journal, desk.outs, desk.clock, {"c2"})
    mine = Teller(desk.city, desk.desk, desk.journal, desk.outs, desk.clock, {"c1"})

    assert (await other.once(), await mine.once()) == (0, 1)
