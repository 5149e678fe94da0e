"""What people say of alarms: acknowledged, silenced. It is in the journal, with reason and name.

A silence is a glob over alarm ids, subjects, compounds and kinds that holds until a time; a later
word on the same glob replaces an earlier one, so a silence is ended by one that is over at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from fleet.health.times import seconds
from fleet.ports.health import Alarm
from fleet.ports.journal import Draft, Record

ACK = "alarm.ack"
SILENCE = "alarm.silence"


def acknowledged(alarm: str, reason: str, actor: str) -> Draft:
    """Somebody has taken an alarm on."""
    return Draft(kind=ACK, subject=alarm, data={"reason": reason, "actor": actor})


def silenced(glob: str, until: str, reason: str, actor: str) -> Draft:
    """Alarms that match `glob` are not to be told until a time (RFC 3339)."""
    data = {"until": until, "reason": reason, "actor": actor}
    return Draft(kind=SILENCE, subject=glob, data=data)


class Silence(NamedTuple):
    """One silence as it stands."""

    glob: str
    until: str
    reason: str
    actor: str

    def covers(self, alarm: Alarm) -> bool:
        """Whether the alarm's id, subject, compound or kind matches."""
        names = (alarm.id, alarm.subject, alarm.compound, alarm.kind)
        return any(fnmatchcase(name, self.glob) for name in names)


class Words:
    """The journal's words on alarms."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._acks: dict[str, str] = {}
        self._silences: dict[str, Silence] = {}
        for record in records:
            data = record.data
            if record.kind == ACK:
                self._acks[record.subject] = f"{data['actor']}: {data['reason']}"
            elif record.kind == SILENCE:
                self._silences[record.subject] = Silence(
                    record.subject, str(data["until"]), str(data["reason"]), str(data["actor"])
                )

    def on(self, alarm: Alarm, now: str) -> Alarm:
        """The alarm with what was said of it and still holds."""
        until = [
            s.until
            for s in self._silences.values()
            if s.covers(alarm) and seconds(s.until) > seconds(now)
        ]
        return alarm.model_copy(
            update={
                "acknowledged": self._acks.get(alarm.id),
                "silenced_until": max(until, key=seconds, default=None),
            }
        )
