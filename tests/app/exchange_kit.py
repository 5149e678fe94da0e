"""A site and a centre, each with a state folder of its own, and files between them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.adapters.health_figures import SqlFigures
from fleet.adapters.signing import KeySigner, verify
from fleet.app.exchange import Exporter, Importer
from fleet.health.history import History
from fleet.health.times import day_begin, day_of, seconds
from fleet.journal.canonical import canonical
from fleet.model.errors import ForeignFile
from fleet.model.fleet import City
from fleet.ports.health_store import Batch, OpenRow, PollRow, SpanRow
from fleet.wiring.exchange import FileSpool
from tests.support.fakes import FakeClock, Trace, WatchedJournal
from tests.support.fakes_city import cameras

DAY = 86_400.0
# Three whole days before the clock's today, in Beijing.
TODAY = day_begin(day_of(seconds("2026-11-24T02:16:40Z")))


@dataclass
class Site:
    """A site with a history of its own, its key and journal."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        """Its inventory has both compounds, as a copy of the centre's."""
        self.city = cameras(2, 2)
        self.journal = WatchedJournal(self.clock, Trace())
        self.store = SqlHealth.in_folder(self.folder)
        self.signer = KeySigner(self.folder / "keys" / "site-key.pem")
        self.spool = FileSpool(self.folder / "exports")

    def now(self) -> float:
        """The wall clock."""
        return seconds(self.clock.now())

    def exporter(self) -> Exporter:
        """As a new process has it."""
        history = History(self.store, self.now)
        return Exporter(self.city, history, self.journal, self.signer, self.spool, self.clock)

    def watched(self, days: int = 3, name: str = "c1-cam-1") -> None:
        """A device that was online but for one hour in each of the last days, and still is."""
        spans, polls = [], []
        for back in range(days, 0, -1):
            begin = TODAY - back * DAY
            spans.append(SpanRow(name, "offline", begin, begin + 3600, "unreachable"))
            spans.append(SpanRow(name, "online", begin + 3600, begin + DAY, ""))
            polls.append(PollRow(name, day_of(begin), 1380, 1440))
        going = [OpenRow(name, "online", TODAY, "", self.now())]
        self.store.write(Batch(closed=spans, opened=going, polls=polls))
        self.beat()

    def beat(self) -> None:
        """The collector's sign of life."""
        rows = [row._replace(seen=self.now()) for row in self.store.opens()]
        self.store.write(
            Batch(opened=rows, meta={"beat:340705": self.now(), "poll_s:340705": 60.0})
        )


@dataclass
class Centre:
    """A centre with its figures and journal."""

    folder: Path
    town: City = field(default_factory=lambda: cameras(2, 2))
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        """Nothing enrolled, nothing taken in."""
        self.folder.mkdir(exist_ok=True)
        self.journal = WatchedJournal(self.clock, Trace())
        self.figures = SqlFigures(self.folder / "figures.db")
        self.desk = Importer(self.town, self.figures, self.journal, verify, self.clock, "tester")

    def rows(self) -> int:
        """How many day figures there are."""
        return len(self.figures.devices("2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"))

    def refused(self, data: bytes) -> str:
        """Why a file is refused; nothing of it may be left behind."""
        before, records = self.rows(), len(list(self.journal.records()))
        with pytest.raises(ForeignFile) as caught:
            self.desk.take(data)
        assert (self.rows(), len(list(self.journal.records()))) == (before, records)
        assert caught.value.summary.zh
        return str(caught.value)


def signed(site: Site, body: dict[str, object]) -> bytes:
    """A file that the site's key signs, whatever it says."""
    signature = site.signer.sign(canonical(body).encode())
    return canonical({"body": body, "signature": signature}).encode() + b"\n"


def opened(data: bytes) -> dict[str, object]:
    """A file's body."""
    body: dict[str, object] = json.loads(data)["body"]
    return body
