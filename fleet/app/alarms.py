"""Alarms as people see them: what each kind means, which stand, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.health import words
from fleet.health.alarms import (
    CATALOG,
    CLOCK,
    COMPOUND,
    DEVICE,
    FLAPPING,
    RECORDER,
    REFUSED,
    SWITCH,
    TRAP,
    UNREGISTERED,
    UPLINK,
)
from fleet.health.times import seconds, stamp
from fleet.model.errors import UsageError
from fleet.model.text import Text, text
from fleet.ports.clock import Clock
from fleet.ports.health import Alarm, HealthHistory
from fleet.ports.journal import Journal, Record

KIND_WORDS: Mapping[str, Text] = {
    COMPOUND: text("no device of the compound answers", "小区内所有设备均无应答"),
    SWITCH: text("switch and all that hangs on it do not answer", "交换机及其下联设备均无应答"),
    UPLINK: text("the upper platform cannot be reached", "上级平台无法到达"),
    CATALOG: text("the upper side's catalog is not the inventory's", "上级平台目录与台账不一致"),
    RECORDER: text("recorder and its cameras do not answer", "录像机及其摄像机均无应答"),
    DEVICE: text("does not answer", "无应答"),
    FLAPPING: text("goes up and down all the time", "频繁上下线"),
    UNREGISTERED: text("not registered at the upper side", "未在上级平台注册"),
    CLOCK: text("its clock is wrong", "时钟偏差过大"),
    REFUSED: text("refused our login; left alone for 30 min", "拒绝登录；30 分钟内不再尝试"),
    "wrong_identity": text("another device answers there", "该地址应答的是另一台设备"),
    "malformed_reply": text("its answers cannot be understood", "应答无法理解"),
}


def meaning(kind: str) -> Text:
    """What an alarm of this kind says, for a person."""
    if kind.startswith(f"{TRAP}:"):
        return text("sent notification {o}", "发来告警通知 {o}", o=kind.partition(":")[2])
    return KIND_WORDS.get(kind, Text(en=kind, zh=kind))


class AlarmDesk:
    """Reads alarms and writes what people say of them into the journal, with name and reason."""

    def __init__(
        self, history: HealthHistory | None, journal: Journal, clock: Clock, actor: str
    ) -> None:
        self._history = history
        self._journal = journal
        self._clock = clock
        self._actor = actor

    def alarms(self, begin: str | None = None) -> Sequence[Alarm]:
        """Alarms that stand now or, with `begin`, that stood at any moment since; oldest first."""
        if self._history is None:
            return []
        now = self._clock.now()
        said = words.Words(self._records())
        end = stamp(seconds(now) + 1)
        found = [said.on(a, now) for a in self._history.alarms(begin or now, end)]
        return found if begin is not None else [a for a in found if a.ended is None]

    def acknowledge(self, alarm_id: str, reason: str) -> Alarm:
        """Say that somebody has taken an alarm on.

        Raises:
            UsageError: there is no such alarm.
            StoreError: it cannot be journalled, so it was not said.
        """
        found = [a for a in self.alarms("1970-01-01T00:00:00Z") if a.id == alarm_id]
        if not found:
            raise UsageError(
                text("no such alarm: {a}", "没有这个告警：{a}", a=alarm_id),
                text("see: fleet alarms list", "请看：fleet alarms list"),
            )
        self._journal.append([words.acknowledged(alarm_id, reason, self._actor)])
        return found[0]

    def silence(self, glob: str, until: str, reason: str) -> str:
        """Have alarms that match `glob` not told until a time (RFC 3339); returns it in UTC.

        Raises:
            UsageError: the time is no time.
            StoreError: it cannot be journalled, so it does not hold.
        """
        try:
            at = stamp(seconds(until))
        except ValueError as error:
            raise UsageError(
                text("not a time: {u}", "不是有效时间：{u}", u=until),
                text("like 2026-11-25T08:00:00+08:00", "格式如 2026-11-25T08:00:00+08:00"),
            ) from error
        self._journal.append([words.silenced(glob, at, reason, self._actor)])
        return at

    def _records(self) -> list[Record]:
        both = [*self._journal.records(kind=words.ACK), *self._journal.records(kind=words.SILENCE)]
        return sorted(both, key=lambda r: r.seq)
