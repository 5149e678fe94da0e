"""Alarms go out: what has to be told is tried, journalled before and after, and tried again.

No audit, no act: a message leaves only after the try is in the journal. A route that fails waits
on its own; the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from fleet.app.alarms import AlarmDesk, meaning
from fleet.health.telling import (
    KINDS,
    STALE_S,
    Due,
    Ledger,
    RouteState,
    telling,
    told,
    untold,
    wanted_by,
)
from fleet.health.times import seconds, stamp
from fleet.model.errors import DeliveryFailed
from fleet.model.fleet import City
from fleet.model.notify import Route
from fleet.model.text import Lang, Text, text
from fleet.ports.clock import Clock
from fleet.ports.health import Alarm
from fleet.ports.journal import Journal
from fleet.ports.tell import Event, Message, Sender

LOOK_EVERY_S = 5.0
_BEHIND_SHOWN = 20
_HEADS: Mapping[Event, Text] = {
    "raised": text("ALARM", "告警"),
    "over": text("over", "恢复"),
    "test": text("test", "测试"),
}
_TRIAL = text("this is a test of the route", "发送途径测试")


class Teller:
    """Tells alarms of `compounds` (None: of the whole city) by the city's routes.

    Each compound's alarms are told by one of them alone: by the collector that watches it.
    """

    def __init__(
        self,
        city: City,
        desk: AlarmDesk,
        journal: Journal,
        senders: Mapping[str, Sender],
        clock: Clock,
        compounds: Collection[str] | None = None,
    ) -> None:
        self._compounds = compounds
        self._city = city
        self._desk = desk
        self._journal = journal
        self._senders = senders
        self._clock = clock
        self._ledger = Ledger()
        self._seq = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop` is set; without a route there is nothing to do but to wait for it.

        Raises:
            StoreError: the journal cannot be written, so nothing may be told.
        """
        while not stop.is_set():
            if self._senders:
                await self.once()
            waits = [
                asyncio.create_task(stop.wait()),
                asyncio.create_task(self._clock.sleep(LOOK_EVERY_S)),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in waits:
                    task.cancel()

    async def once(self) -> int:
        """Tell all that is due now, every route at once; how many messages were told."""
        alarms = self._look()
        counts = await asyncio.gather(
            *(self._route(name, sender, alarms) for name, sender in self._senders.items())
        )
        return sum(counts)

    async def _route(self, name: str, sender: Sender, alarms: Sequence[Alarm]) -> int:
        count = 0
        for due in self._ledger.due(name, self._mine(name, alarms), self._now()):
            self._journal.append([telling(due)])
            try:
                evidence = await sender.send(self.message(due.event, due.alarm))
            except DeliveryFailed as error:
                self._journal.append([untold(due, str(error))])
                break
            self._journal.append([told(due, evidence)])
            count += 1
        return count

    async def test(self, name: str) -> str:
        """Try one route with a message that is no alarm; the receiver's word.

        Raises:
            DeliveryFailed: it was not taken.
            StoreError: the journal cannot be written, so nothing was sent.
        """
        now = self._clock.now()
        due = Due(name, "test", test_alarm(now), 1)
        self._journal.append([telling(due)])
        try:
            evidence = await self._senders[name].send(self.message("test", due.alarm))
        except DeliveryFailed as error:
            self._journal.append([untold(due, str(error))])
            raise
        self._journal.append([told(due, evidence)])
        return evidence

    def states(self) -> dict[str, tuple[RouteState, int]]:
        """How each route fares, and how many messages wait for it."""
        alarms, now = self._look(), self._now()
        return {
            name: (
                self._ledger.route(name),
                self._ledger.pending(name, self._mine(name, alarms), now),
            )
            for name in self._city.alarms.routes
        }

    def message(self, event: Event, alarm: Alarm) -> Message:
        """What is said of an alarm."""
        names = {c.id: c.name for c in self._city.compounds()}
        where = names.get(alarm.compound, alarm.compound)
        what = _TRIAL if event == "test" else meaning(alarm.kind)
        lang = self._city.alarms.language
        return Message(
            key=f"{alarm.id}.{event}",
            event=event,
            at=self._clock.now(),
            city=self._city.name,
            compound_name=where,
            what=what,
            alarm=alarm,
            subject=_subject(event, alarm, where, what, lang),
            body=_body(alarm, where, what, lang),
        )

    def _look(self) -> list[Alarm]:
        """The alarms that may be news, with what people said of them; the ledger is brought up."""
        fresh = [r for kind in KINDS for r in self._journal.records(kind=kind, after=self._seq)]
        for record in sorted(fresh, key=lambda r: r.seq):
            self._ledger.learn(record)
            self._seq = record.seq
        since = stamp(self._now() - STALE_S - timedelta(hours=1).total_seconds())
        ours = self._compounds
        alarms = [a for a in self._desk.alarms(since) if ours is None or a.compound in ours]
        self._ledger.forget(a.id for a in alarms)
        return alarms

    def _mine(self, name: str, alarms: Sequence[Alarm]) -> list[Alarm]:
        route: Route | None = self._city.alarms.routes.get(name)
        return [a for a in alarms if route is None or wanted_by(route.only, a)]

    def _now(self) -> float:
        return seconds(self._clock.now())


def test_alarm(now: str) -> Alarm:
    """An alarm that is none, to try a route with."""
    return Alarm(id="test0000", kind="test", subject="test", compound="test", begun=now)


def _subject(event: Event, alarm: Alarm, where: str, what: Text, lang: Lang) -> str:
    many = text(", {n} devices", "，{n} 台设备", n=len(alarm.behind)) if alarm.behind else ""
    line = text(
        "[{h}] {w}: {s} {m}{b}",
        "【{h}】{w}：{s} {m}{b}",
        h=_HEADS[event],
        w=where,
        s=alarm.subject,
        m=what,
        b=many,
    )
    return line.render(lang)


def _body(alarm: Alarm, where: str, what: Text, lang: Lang) -> str:
    lines = [
        text("{w} ({c})", "{w}（{c}）", w=where, c=alarm.compound),
        text("{s}: {m}", "{s}：{m}", s=alarm.subject, m=what),
        text("since {t}", "开始 {t}", t=alarm.begun),
    ]
    if alarm.ended is not None:
        lines.append(text("over since {t}", "恢复 {t}", t=alarm.ended))
    if alarm.behind:
        shown = ", ".join(alarm.behind[:_BEHIND_SHOWN])
        more = "…" if len(alarm.behind) > _BEHIND_SHOWN else ""
        lines.append(
            text("{n} devices: {d}{e}", "{n} 台设备：{d}{e}", n=len(alarm.behind), d=shown, e=more)
        )
    lines.append(
        text(
            "fleet alarms ack {i} --reason …",
            "确认：fleet alarms ack {i} --reason …",
            i=alarm.id,
        )
    )
    return "\n".join(line.render(lang) for line in lines) + "\n"
