"""Health leaves a site and enters the centre: signed by the one, enrolled and judged by the other.

A file counts as exported once it is in the journal; its bytes stay in the state folder, so that one
that got lost on its way is written again as it was. A file that is not taken in leaves nothing
behind.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Protocol

from fleet.health import sitefile
from fleet.health.days import day_figures
from fleet.health.history import History
from fleet.health.online_sheet import figures_of
from fleet.health.sitefile import SiteBody, SiteFile, Taken, fingerprint
from fleet.health.times import day_begin, day_of, seconds, stamp
from fleet.model.base import Frozen
from fleet.model.errors import UsageError
from fleet.model.evidence import Evidence, Origin
from fleet.model.fleet import City
from fleet.model.text import text
from fleet.ports.clock import Clock
from fleet.ports.health_figures import HealthFigures
from fleet.ports.journal import Draft, Journal
from fleet.ports.sheets import SheetReader
from fleet.ports.signing import Signer, Verify

EXPORTED = "health.exported"
ENROLLED = "health.enrolled"
IMPORTING, IMPORTED = "health.importing", "health.imported"
_DAY_S = 86_400.0
# How far back the first file of a site reaches where nobody says.
FIRST_DAYS = 31


class Imported(Frozen):
    """What became of one file; `missing` are serial numbers that never came."""

    site: str
    serial: int
    begin: str
    until: str
    rows: int
    changed: int
    missing: tuple[int, ...] = ()


class SheetTaken(Frozen):
    """What became of a sheet; `strangers` are ids that no device of the inventory has."""

    file: str
    rows: int
    changed: int
    devices: int
    strangers: tuple[str, ...] = ()


class Enrolled(Frozen):
    """A site and the key that may sign for it."""

    site: str
    key: str
    at: str

    @property
    def fingerprint(self) -> str:
        """For comparing."""
        return fingerprint(self.key)


def members_of(city: City, site: str) -> dict[str, str]:
    """The devices of a site (a compound or a district) with their compounds.

    Raises:
        UsageError: there is no such compound or district.
    """
    chosen = [c for c in city.compounds() if site in (c.id, c.district)]
    if not chosen:
        raise UsageError(
            text("no such compound or district: {s}", "没有这个小区或区县：{s}", s=site),
            text("see: fleet status", "请看：fleet status"),
        )
    return {d.id: c.id for c in chosen for d in c.devices}


def site_of(city: City, given: str | None) -> str:
    """The site that a collector stands for: as given, else the only one that watches itself.

    Raises:
        UsageError: it cannot be told which one is meant.
    """
    if given is not None:
        members_of(city, given)
        return given
    compounds = list(city.compounds())
    own = [c.id for c in compounds if c.watched_by == "site"]
    found = own or [c.id for c in compounds]
    if len(found) != 1:
        raise UsageError(
            text("which site? say --site COMPOUND", "请用 --site 小区 指明站点"),
            text("one of {s}", "可用：{s}", s=", ".join(found)),
        )
    return found[0]


class Spool(Protocol):
    """Keeps the bytes of exported files."""

    def put(self, site: str, serial: int, data: bytes) -> None:
        """Keep a file, whole or not at all; StoreError where it cannot be kept."""
        ...

    def get(self, site: str, serial: int) -> bytes | None:
        """A file that was kept; None where it is gone."""
        ...


class Exporter:
    """The site's side."""

    def __init__(
        self,
        city: City,
        history: History | None,
        journal: Journal,
        signer: Signer,
        spool: Spool,
        clock: Clock,
    ) -> None:
        self._city = city
        self._history = history
        self._journal = journal
        self._signer = signer
        self._spool = spool
        self._clock = clock

    def export(self, site: str, since: str | None = None) -> tuple[SiteBody, bytes]:
        """Sign what was seen since the last file, the day that ran then included.

        Raises:
            UsageError: no collector ever ran here, or nothing was seen since the last file.
            StoreError: history, spool or journal cannot be used; nothing was exported.
        """
        done = list(self._journal.records(kind=EXPORTED, subject=site))
        last = done[-1].data if done else {}
        until = self._seen_until(site)
        begin = self._begin(str(last.get("until", "")), since, until)
        body = self._body(site, int(last.get("serial", 0)) + 1, str(last.get("digest", "")),
                          begin, until)  # fmt: skip
        if not body.rows or until <= str(last.get("until", "")):
            raise UsageError(text("nothing was seen since then", "此后没有观测到任何内容"))
        data = sitefile.to_bytes(body, self._signer)
        self._spool.put(site, body.serial, data)
        self._journal.append([_draft(EXPORTED, body, sha256(data).hexdigest())])
        return body, data

    def again(self, site: str, serial: int) -> tuple[str, bytes]:
        """A file that was exported before, as it was; its period's end and its bytes.

        Raises:
            UsageError: there was no such file, or it is no longer kept.
        """
        records = self._journal.records(kind=EXPORTED, subject=site)
        told = next((r.data for r in records if r.data["serial"] == serial), None)
        data = self._spool.get(site, serial)
        if told is None or data is None or sha256(data).hexdigest() != told["digest"]:
            raise UsageError(
                text(
                    "file {n} of {s} is not kept here",
                    "此处没有 {s} 的第 {n} 号文件",
                    n=serial,
                    s=site,
                )
            )
        return str(told["until"]), data

    def _body(self, site: str, serial: int, prev: str, begin: str, until: str) -> SiteBody:
        if self._history is None:
            raise UsageError(text("no collector ever ran here", "此处从未运行过采集服务"))
        origin = Origin(evidence=Evidence.MEASURED, source="collector", as_of=until)
        figures = day_figures(self._history, members_of(self._city, site), begin, until, origin)
        rows = tuple(sitefile.row_of(f) for f in figures if sitefile.tells(f))
        return SiteBody(
            format="fleet-health/1",
            city=self._city.code,
            site=site,
            key=self._signer.public,
            serial=serial,
            prev=prev,
            begin=begin,
            until=until,
            rows=rows,
        )

    def _seen_until(self, site: str) -> str:
        """The last sign of life of the collector that watches the site: nobody knows more."""
        beats = {} if self._history is None else self._history.beats()
        districts = {c.district for c in self._city.compounds() if site in (c.id, c.district)}
        ages = [age for scope, age in beats.items() if scope in districts]
        if not ages:
            raise UsageError(text("no collector ever ran here", "此处从未运行过采集服务"))
        return stamp(seconds(self._clock.now()) - max(ages))

    def _begin(self, before: str, since: str | None, until: str) -> str:
        first = seconds(since) if since is not None else seconds(until) - FIRST_DAYS * _DAY_S
        return stamp(day_begin(day_of(seconds(before) if before else first)))


class Importer:
    """The centre's side."""

    def __init__(
        self,
        city: City,
        figures: HealthFigures,
        journal: Journal,
        verify: Verify,
        clock: Clock,
        actor: str,
    ) -> None:
        self._city = city
        self._figures = figures
        self._journal = journal
        self._verify = verify
        self._clock = clock
        self._actor = actor

    def enrolled(self) -> list[Enrolled]:
        """The key that may sign for each site: the last one enrolled."""
        found: dict[str, Enrolled] = {}
        for record in self._journal.records(kind=ENROLLED):
            key = str(record.data["key"])
            found[record.subject] = Enrolled(site=record.subject, key=key, at=record.at)
        return [found[site] for site in sorted(found)]

    def enrol(self, site: str, words: str, replace: bool = False) -> Enrolled:
        """Have files of a site taken in that this key has signed.

        Raises:
            UsageError: no such site, no public key, or the site has another key already.
            StoreError: it cannot be journalled, so it does not hold.
        """
        members_of(self._city, site)
        key = words.strip()
        if not _is_key(key):
            raise UsageError(
                text("that is no public key", "不是公钥"),
                text("at the site: fleet health key", "请在站点执行：fleet health key"),
            )
        known = {e.site: e for e in self.enrolled()}
        if site in known and known[site].key != key and not replace:
            raise UsageError(
                text(
                    "{s} has key {k} already", "{s} 已登记密钥 {k}", s=site,
                    k=known[site].fingerprint,
                ),
                text(
                    "after asking the site why it changed: --replace",
                    "向站点核实更换原因后再用 --replace",
                ),
            )  # fmt: skip
        if site not in known or known[site].key != key:
            data = {"key": key, "actor": self._actor}
            self._journal.append([Draft(kind=ENROLLED, subject=site, data=data)])
        return {e.site: e for e in self.enrolled()}[site]

    def take(self, data: bytes) -> Imported:
        """Take in a site's file, all of it or nothing.

        Raises:
            ForeignFile: see `fleet.health.sitefile.check`.
            StoreError: it could not be stored or journalled; taken in again, nothing is doubled.
        """
        file = sitefile.from_bytes(data, self._verify)
        body, now = file.body, self._clock.now()
        keys = {e.key for e in self.enrolled() if e.site == body.site}
        taken = self._taken(body.site)
        members = members_of(self._city, body.site) if keys else {}
        sitefile.check(file, self._city.code, keys, members, taken, now)
        self._journal.append([self._draft(IMPORTING, file)])
        rows = file.figures(now)
        changed, _ = self._figures.put(rows)
        self._journal.append([self._draft(IMPORTED, file)])
        return Imported(
            site=body.site,
            serial=body.serial,
            begin=body.begin,
            until=body.until,
            rows=len(rows),
            changed=changed,
            missing=sitefile.gap(file, taken),
        )

    def take_sheet(
        self, name: str, data: bytes, read: SheetReader, as_of: str | None = None
    ) -> SheetTaken:
        """Take in the upper platform's online sheet, all of it or nothing.

        Raises:
            UsageError: it is no sheet.
            InventoryError: cells are wrong; each is named with row and column.
            ForeignFile: the same file was taken in before.
            StoreError: it could not be stored or journalled.
        """
        digest, now = sha256(data).hexdigest(), self._clock.now()
        if any(r.data["digest"] == digest for r in self._journal.records(kind=IMPORTED)):
            sitefile.refuse(text("it was taken in before", "此前已经导入"))
        known = {
            gb_id: (d.id, d.compound)
            for d in self._city.devices()
            if (gb_id := str(d.settings.get("gb_device_id") or d.gb_id or ""))
        }
        source = f"{name} {digest[:16]}"
        sheet = figures_of(read(data), name, source, known, as_of, now)
        told = {"digest": digest, "rows": len(sheet.figures), "actor": self._actor}
        self._journal.append([Draft(kind=IMPORTING, subject=name, data=told)])
        changed, _ = self._figures.put(sheet.figures)
        self._journal.append([Draft(kind=IMPORTED, subject=name, data=told)])
        return SheetTaken(
            file=name,
            rows=len(sheet.figures),
            changed=changed,
            devices=len({f.device for f in sheet.figures}),
            strangers=tuple(sheet.strangers),
        )

    def _taken(self, site: str) -> list[Taken]:
        names = Taken.model_fields
        # A sheet's records stand under its file's name, which may be a site's: they have no serial.
        records = [
            r for r in self._journal.records(kind=IMPORTED, subject=site) if "serial" in r.data
        ]
        return [
            Taken.model_validate({"site": site, **{n: v for n, v in r.data.items() if n in names}})
            for r in records
        ]

    def _draft(self, kind: str, file: SiteFile) -> Draft:
        draft = _draft(kind, file.body, file.digest)
        return draft.model_copy(update={"data": {**draft.data, "actor": self._actor}})


def _draft(kind: str, body: SiteBody, digest: str) -> Draft:
    data = {
        "serial": body.serial,
        "begin": body.begin,
        "until": body.until,
        "digest": digest,
        "prev": body.prev,
        "signer": fingerprint(body.key),
        "rows": len(body.rows),
    }
    return Draft(kind=kind, subject=body.site, data=data)


def _is_key(words: str) -> bool:
    scheme, _, rest = words.partition(":")
    return scheme == "ed25519" and len(rest) == 44 and rest.endswith("=") and rest.isascii()
