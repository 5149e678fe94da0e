"""The worker against a server that a test plays: late grants, silence, hanging up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from fleet.model.change import Fidelity, FieldChange
from fleet.model.device import DeviceKind
from fleet.rollout import worker as module
from fleet.rollout.wire import Message, receive, send
from fleet.rollout.worker import Report, Worker
from tests.support.fakes import value_of
from tests.support.fakes_city import BOOTSTRAP, World, cameras, city, compound, device, world
from tests.support.fakes_plans import change, planned, step, work

ONE = "c1-cam-1/03-osd"
CREDENTIAL = {"user": "admin", "password": value_of(BOOTSTRAP)}


class Server:
    """One conversation with one worker, in the hands of a test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def hear(self) -> Message:
        """The worker's next message."""
        async with asyncio.timeout(5):
            message = await receive(self.reader)
        assert message is not None
        return message

    async def say(self, **message: object) -> None:
        """Answer."""
        await send(self.writer, message)

    async def grant(self, ask: Message, deadline: float = 1e9) -> None:
        """Grant an ask."""
        await self.say(
            device=ask["device"],
            grant=ask["step"],
            ask=ask["ask"],
            deadline=deadline,
            credential=CREDENTIAL,
            secrets={},
        )

    async def settle(self, message: Message, go: str | None = None) -> str:
        """Answer a settlement with the outcome it tells, or with another."""
        outcome = str(message["settle"]["outcome"])
        await self.say(device=message["device"], settled=message["step"], go=go or outcome)
        return outcome


Play = Callable[[Server], Awaitable[None]]


@contextlib.asynccontextmanager
async def played(path: Path, play: Play) -> AsyncIterator[None]:
    """Listen, and play the server's part; what goes wrong in it fails the test."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await play(Server(reader, writer))
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)
        finally:
            writer.close()

    async with await asyncio.start_unix_server(serve, path):
        yield
        await done


async def work_with(w: World, play: Play, stage: str = "cameras") -> Report:
    """Run a worker against a played server."""
    path = w.folder / "s"
    async with played(path, play):
        worker = Worker(w.drivers, w.clock, w.processes.me())
        async with asyncio.timeout(5):
            return await worker.run(str(path), "c1", stage)


async def jobs(server: Server, *works: object, stage: str = "cameras") -> Message:
    """Take the hello and hand out jobs, by default one camera's."""
    hello = await server.hear()
    found = works or (work(step(ONE)),)
    dumped = [w.model_dump(mode="json") for w in found]  # type: ignore[attr-defined]  # a stand-in
    await server.say(jobs=dumped, stage=stage)
    return hello


@pytest.fixture
def w(tmp_path: Path) -> World:
    """Two cameras."""
    return world(cameras(1, 2), tmp_path)


async def test_a_worker_says_who_it_is(w: World) -> None:
    """Compound, stage and process, before anything else; no work means a quiet end."""

    async def play(server: Server) -> None:
        hello = await server.hear()
        assert (hello["compound"], hello["stage"]) == ("c1", "cameras")
        assert hello["process"] == w.processes.me().model_dump()
        await server.say(jobs=[], stage="cameras")

    assert await work_with(w, play) == Report()


async def test_granted_written_settled_reported(w: World) -> None:
    """The good way: the report lists the field and its difference."""

    async def play(server: Server) -> None:
        await jobs(server)
        await server.grant(await server.hear())
        assert await server.settle(await server.hear()) == "done"

    report = await work_with(w, play)

    assert report.changed == {"c1-cam-1": ["osd_text"]}
    assert report.differences == [
        {"device": "c1-cam-1", "field": "osd_text", "before": "", "after": "东门"}
    ]
    assert w.written() == ["c1-cam-1/osd"]


@pytest.mark.parametrize("reason", ["threshold", "pause", "closed"])
async def test_refused_is_not_started(w: World, reason: str) -> None:
    """Nothing is written, and the report says why."""

    async def play(server: Server) -> None:
        await jobs(server)
        await server.hear()
        await server.say(device="c1-cam-1", refuse=reason)

    report = await work_with(w, play)

    assert report.not_started == {"c1-cam-1": reason}
    assert w.written() == []


async def test_a_server_that_hangs_up_before_a_grant_stops_the_worker(w: World) -> None:
    """End of file: no write."""

    async def play(server: Server) -> None:
        await jobs(server)
        await server.hear()

    assert (await work_with(w, play)).not_started == {"c1-cam-1": "caller gone"}
    assert w.written() == []


async def test_a_server_that_hangs_up_after_a_write_ends_the_device(w: World) -> None:
    """The step under way is done once; the next one is not begun."""

    async def play(server: Server) -> None:
        await jobs(server, work(step(ONE), step("c1-cam-1/04-cloud")))
        await server.grant(await server.hear())
        await server.hear()

    await work_with(w, play)

    assert w.written() == ["c1-cam-1/osd"]


async def test_a_server_that_refuses_the_worker_is_an_error(w: World) -> None:
    """No jobs: the playbook's task fails loudly."""

    async def play(server: Server) -> None:
        await server.hear()

    with pytest.raises(ConnectionRefusedError):
        await work_with(w, play)


async def test_nobody_listening_is_an_error(w: World) -> None:
    """An OSError, for the task to report."""
    with pytest.raises(OSError, match="No such file"):
        await Worker(w.drivers, w.clock, w.processes.me()).run(str(w.folder / "s"), "c1", "x")


async def test_a_grant_past_the_asks_own_deadline_is_given_back_unwritten(w: World) -> None:
    """The answer is too late by the boot clock: settled as `not_applied`, and asked for anew."""

    async def play(server: Server) -> None:
        await jobs(server)
        first = await server.hear()
        w.clock.seconds = first["deadline"] + 1
        await server.grant(first)
        assert await server.settle(await server.hear()) == "not_applied"
        assert w.written() == []
        second = await server.hear()
        assert second["ask"] > first["ask"]
        assert second["deadline"] > first["deadline"]
        await server.grant(second)
        assert await server.settle(await server.hear()) == "done"

    assert (await work_with(w, play)).changed == {"c1-cam-1": ["osd_text"]}


async def test_a_permit_that_ran_out_before_the_write_is_given_back(w: World) -> None:
    """Granted in time, used too late: nothing is written, and it is asked for again."""

    async def play(server: Server) -> None:
        await jobs(server)
        await server.grant(await server.hear(), deadline=w.clock.boot())
        assert await server.settle(await server.hear()) == "not_applied"
        assert w.written() == []
        await server.grant(await server.hear())
        await server.settle(await server.hear())

    await work_with(w, play)

    assert w.written() == ["c1-cam-1/osd"]


async def test_a_grant_that_crosses_the_next_ask_does_not_start_a_chase(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker gave up waiting and asked again just as the first grant came.

    It hands the first one back and takes the second, which is under way; it does not ask a third
    time, or each grant would cross the next ask for ever.
    """
    monkeypatch.setattr(module, "ASK_S", 0.05)

    async def play(server: Server) -> None:
        await jobs(server)
        first = await server.hear()
        second = await server.hear()
        monkeypatch.setattr(module, "ASK_S", 5.0)
        await server.grant(first)
        given_back = await server.hear()
        assert await server.settle(given_back) == "not_applied"
        await server.grant(second)
        assert await server.settle(await server.hear()) == "done"

    assert (await work_with(w, play)).changed == {"c1-cam-1": ["osd_text"]}


async def test_devices_go_side_by_side_and_steps_one_by_one(w: World) -> None:
    """Both devices ask at once; a device's second step is asked for after the first settled."""

    async def play(server: Server) -> None:
        two = [step(f"c1-cam-{n}/03-osd") for n in (1, 2)]
        cloud = step("c1-cam-1/04-cloud", change("cloud_enabled", True, False))
        await jobs(server, work(two[0], cloud), work(two[1]))
        asks = [await server.hear(), await server.hear()]
        assert {a["step"] for a in asks} == {"c1-cam-1/03-osd", "c1-cam-2/03-osd"}
        for ask in asks:
            await server.grant(ask)
        seen = [await server.hear(), await server.hear()]
        for message in seen:
            await server.settle(message)
        last = await server.hear()
        assert last["step"] == "c1-cam-1/04-cloud"
        await server.grant(last)
        await server.settle(await server.hear())

    report = await work_with(w, play)

    assert report.changed["c1-cam-1"] == ["osd_text", "cloud_enabled"]


@pytest.mark.parametrize("go", ["in_doubt", "failed"])
async def test_the_callers_word_is_final(w: World, go: str) -> None:
    """A step that the caller does not count as done ends the device."""

    async def play(server: Server) -> None:
        await jobs(server, work(step(ONE), step("c1-cam-1/04-cloud")))
        await server.grant(await server.hear())
        await server.settle(await server.hear(), go)

    report = await work_with(w, play)

    assert (report.changed, w.written()) == ({}, ["c1-cam-1/osd"])


async def test_verify_reads_and_names_what_differs(w: World) -> None:
    """Every readable field of the plan is compared with its sealed value."""
    w.devices["c1-cam-1"].fields["osd_text"] = "东门"
    seen: dict[str, Message] = {}

    async def play(server: Server) -> None:
        await jobs(server, work(step(ONE)), work(step("c1-cam-2/03-osd")), stage="verify")
        for _ in range(2):
            look = await server.hear()
            assert look["look"] is True
            await server.say(device=look["device"], credential=CREDENTIAL)
        for _ in range(2):
            message = await server.hear()
            seen[message["device"]] = message

    await work_with(w, play, "verify")

    assert seen["c1-cam-1"]["problems"] == []
    assert seen["c1-cam-2"]["problems"] == ["osd_text"]
    assert w.written() == []


async def test_verify_accepts_what_the_device_rounded(tmp_path: Path) -> None:
    """A predicted field that the write accepted is no problem when it is read again."""
    w = world(city([compound("c1", [device("c1-gate-1", DeviceKind.GATE)])]), tmp_path)
    w.devices["c1-gate-1"].fields["close_delay_s"] = 6
    delay = FieldChange(field="close_delay_s", before=0, after=7, fidelity=Fidelity.PREDICTED)

    async def play(server: Server) -> None:
        job = work(step("c1-gate-1/01-gate", delay), kind=DeviceKind.GATE)
        await jobs(server, job, stage="verify")
        look = await server.hear()
        await server.say(device=look["device"], credential=CREDENTIAL)
        assert (await server.hear())["problems"] == []

    await work_with(w, play, "verify")


async def test_verify_tells_a_device_that_cannot_be_read(w: World) -> None:
    """Its fault travels as a value."""
    w.devices["c1-cam-1"].unreachable = True

    async def play(server: Server) -> None:
        await jobs(server, stage="verify")
        look = await server.hear()
        await server.say(device=look["device"], credential=CREDENTIAL)
        assert (await server.hear())["fault"]["code"] == "unreachable"

    report = await work_with(w, play, "verify")

    assert report.failed["c1-cam-1"].code == "unreachable"


async def test_verify_without_a_login_is_not_started(w: World) -> None:
    """The caller has none to give."""

    async def play(server: Server) -> None:
        await jobs(server, stage="verify")
        await server.hear()
        await server.say(device="c1-cam-1", none="budget")

    assert (await work_with(w, play, "verify")).not_started == {"c1-cam-1": "budget"}


async def test_a_hundred_devices_need_one_connection(tmp_path: Path) -> None:
    """All asks of a compound travel on one socket and each answer finds its device."""
    w = world(cameras(1, 100), tmp_path)
    works = (await planned(w)).plan.works

    async def play(server: Server) -> None:
        await jobs(server, *[x.model_copy(update={"steps": x.steps[-1:]}) for x in works])
        asks = [await server.hear() for _ in range(100)]
        for ask in reversed(asks):
            await server.grant(ask)
        for _ in range(100):
            await server.settle(await server.hear())

    report = await work_with(w, play)

    assert len(report.changed) == 100
    assert sorted(w.written()) == sorted(f"c1-cam-{n}/osd" for n in range(1, 101))
