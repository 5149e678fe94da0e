"""One ISAPI device: answers from its pages, keeps what it accepts, and has its faults."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace

from fleet.protocols.digest import ha1
from fleet.simulator import faults
from fleet.simulator.errors import SimError
from fleet.simulator.isapi import recordings, tables
from fleet.simulator.isapi.activation import (
    ACTIVATE,
    ACTIVATE_STATUS,
    activate_status,
    password_of,
    refuse_weak,
)
from fleet.simulator.isapi.factory import device_info, factory_documents
from fleet.simulator.isapi.http import Cut, HttpServer, Request, Vanish
from fleet.simulator.isapi.login import USER_CHECK, Login
from fleet.simulator.isapi.pages import Page
from fleet.simulator.isapi.words import NAMESPACES, Answer, BadContent, document, response
from fleet.simulator.isapi.xml import Xml
from fleet.simulator.lockout import Lockout
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Kept, Store
from fleet.simulator.values import Value, decode_zone, first_fitting

DEVICE_INFO = "/ISAPI/System/deviceInfo"
REBOOT = "/ISAPI/System/reboot"
# Told of each write with the fields that changed and the secrets that arrived (field → text).
OnWrite = Callable[[list[str], dict[str, str]], Awaitable[None]]


def factory(spec: DeviceSpec) -> Kept:
    """A device as it came out of its box, already activated by its installer."""
    return Kept(documents=factory_documents(spec), ha1=spec.ha1)


class IsapiDevice:
    """A camera, door reader or recorder."""

    def __init__(self, spec: DeviceSpec, store: Store, lockout_s: float) -> None:
        self.spec = spec
        self.store = store
        self.on_write: OnWrite | None = None
        self.online: Callable[[], bool] = lambda: False
        self._pages = tables.pages(spec)
        self._grow()
        self._login = Login(spec, store, Lockout(store, lockout_s))
        self._http = HttpServer(self._handle, lambda: store.count("sessions"))
        self._late: set[asyncio.Task[Answer]] = set()
        self._port = spec.port
        self._away: asyncio.Task[None] | None = None

    def _grow(self) -> None:
        """Pages that the spec gained since this memory was made are as from the factory."""
        kept = self.store.kept
        made = factory_documents(self.spec)
        if new := {path: text for path, text in made.items() if path not in kept.documents}:
            self.store.commit(replace(kept, documents={**kept.documents, **new}))

    async def start(self) -> None:
        """Listen at the device's address.

        Raises:
            OSError: it is taken.
        """
        self._port = await self._http.start(self.spec.address, self._port)

    async def stop(self) -> None:
        """Stop listening and drop what was waiting."""
        waiting = [*self._late, *([self._away] if self._away else [])]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self._http.stop()

    def values(self) -> dict[str, Value]:
        """Every readable field that the device stores, canonical."""
        found: dict[str, Value] = {}
        for path, page in self._pages.items():
            found |= page.read(self.store.kept.documents[path])
        return found

    async def tamper(self, field: str, words: str) -> None:
        """Change a stored value by hand: neither logged nor counted.

        Raises:
            SimError: no such field here, or a value that it cannot hold.
        """
        documents = self.store.kept.documents
        for path, page in self._pages.items():
            if field in page.read(documents[path]):
                try:
                    changed = self._changed(page, documents[path], field, words)
                except (ValueError, BadContent) as error:
                    raise SimError(
                        "bad-value",
                        device=self.spec.id,
                        field=field,
                        value=words,
                        why=str(error),
                    ) from None
                self.store.commit(replace(self.store.kept, documents={**documents, path: changed}))
                await self._tell([field], {})
                return
        raise SimError("unknown-field", device=self.spec.id, field=field, known=list(self.values()))

    @staticmethod
    def _changed(page: Page, stored: str, field: str, words: str) -> str:
        changed = first_fitting(words, lambda value: page.change(stored, field, value))
        page.read(changed)
        return changed

    async def set_fault(self, fault: str, value: str) -> None:
        """Give the device a fault, or take all of them with `none`."""
        kept = self.store.kept
        if fault == faults.NONE:
            self.store.commit(replace(kept, faults={}, active=True))
            return
        if fault == "factory-new":
            fresh = factory_documents(self.spec)
            kept = replace(kept, documents=fresh, active=False, failures=0, locked_until=0.0)
        self.store.commit(replace(kept, faults={**kept.faults, fault: value}))
        if fault == "factory-new":
            await self._tell(list(self.values()), {})

    async def _handle(self, request: Request) -> Answer | Cut:
        if "hang" in self.store.kept.faults:
            # Until its power is switched off and on: then this task is cancelled.
            await asyncio.Event().wait()
        answer = await self._answer(request)
        active = self.store.kept.faults
        if slow := faults.seconds(active, "slow"):
            await asyncio.sleep(slow)
        return Cut(answer, int(active["drop"])) if "drop" in active else answer

    async def _answer(self, request: Request) -> Answer:
        path, _, query = request.target.partition("?")
        where = f"{path}?format=json" if "format=json" in query.split("&") else path
        if path == ACTIVATE_STATUS and request.method == "GET":
            return document(activate_status(self.spec, self.store.kept.active))
        if not self.store.kept.active:
            return self._activate(request) if path == ACTIVATE else self._no(where, "notActivated")
        refused = self._login.refuse(request.method, request.target, request.headers)
        if refused is not None:
            return refused
        if request.method == "GET":
            return self._get(where)
        if request.method == "PUT":
            return await self._put(where, request.body)
        if request.method == "POST" and where == recordings.SEARCH:
            return self._search(request.body)
        return self._no(where, "methodNotAllowed", status=405)

    def _search(self, question: bytes) -> Answer:
        if self.spec.kind != "recorder" or self.spec.personality == "a":
            return self._no(recordings.SEARCH, "notSupport", status=404)
        space = NAMESPACES[self.spec.personality]
        told = recordings.found(question, space, dt.datetime.now(dt.UTC))
        if told is None:
            return self._no(recordings.SEARCH, "badXmlContent")
        self.store.count("reads")
        return document(told)

    def _get(self, path: str) -> Answer:
        text = self._text(path)
        if text is None:
            return self._no(path, "notSupport", status=404)
        self.store.count("reads")
        return document(text)

    def _text(self, path: str) -> str | None:
        if path == DEVICE_INFO:
            return device_info(self.spec, "swap-identity" in self.store.kept.faults)
        if path == USER_CHECK:
            return self._login.told(good=True)
        if path == tables.SERVICE_STATUS and tables.SERVICE in self._pages:
            return self._status()
        stored = self.store.kept.documents.get(path)
        if stored is None or path not in self._pages:
            return None
        return _shown(path, stored, int(self.store.kept.faults.get("clock", 0)))

    def _status(self) -> str:
        word = "online" if self.online() else "offline"
        space = Xml(self.store.kept.documents[tables.SERVICE]).namespace
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<GB28181ServiceStatus version="1.0" xmlns="{space}">\n'
            f"<registerStatus>{word}</registerStatus>\n</GB28181ServiceStatus>\n"
        )

    async def _put(self, path: str, body: bytes) -> Answer:
        if path == REBOOT:
            self._go_away()
            return response(self.spec.personality, path, 1)
        page = self._pages.get(path)
        if page is None:
            known = self._text(path) is not None
            return self._no(path, *(("methodNotAllowed", 405) if known else ("notSupport", 404)))
        if late := faults.seconds(self.store.kept.faults, "late"):
            # The request is in the device's queue now: it is applied also when the sender is gone.
            task = asyncio.create_task(self._apply_late(late, page, body))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            return await asyncio.shield(task)
        return await self._apply(page, body)

    async def _apply_late(self, seconds: float, page: Page, body: bytes) -> Answer:
        await asyncio.sleep(seconds)
        return await self._apply(page, body)

    async def _apply(self, page: Page, body: bytes) -> Answer:
        active = self.store.kept.faults
        if "refuse" in active:
            return self._no(page.path, "invalidOperation")
        reboot = active.get("reboot")
        if reboot == "before":
            self._reboot_once()
        stored = self.store.kept.documents[page.path]
        try:
            arrived, secrets = page.accept(stored, body)
            if told := secrets.get("admin_password"):
                refuse_weak(self.spec.user, told)
        except BadContent as error:
            return response(self.spec.personality, page.path, 6, error.sub, error.message)
        changed = [] if "keep-nothing" in active else self._keep(page, arrived, secrets)
        if "keep-nothing" in active:
            self.store.commit(self.store.kept, secrets=list(secrets))
        else:
            await self._tell(changed, secrets)
        if reboot == "after":
            self._reboot_once()
        code = 7 if page.reboot and changed else 1
        return response(self.spec.personality, page.path, code)

    def _keep(self, page: Page, arrived: str, secrets: dict[str, str]) -> list[str]:
        """Store a judged document with its secrets and their log; returns the changed fields."""
        kept = self.store.kept
        before, after = page.read(kept.documents[page.path]), page.read(arrived)
        changed = [field for field in after if after[field] != before.get(field)]
        pending = (*kept.pending, *changed) if page.reboot else kept.pending
        kept = replace(
            kept,
            documents={**kept.documents, page.path: arrived},
            pending=tuple(dict.fromkeys(pending)),
        )
        if told := secrets.get("admin_password"):
            kept = replace(kept, ha1=ha1(self.spec.user, self.spec.realm, told))
        if told := secrets.get("gb_password"):
            # The realm of a registrar is its domain, so the password itself need not be kept.
            user, domain = str(after["gb_device_id"]), str(after["gb_server_domain"])
            kept = replace(kept, sip_ha1=ha1(user, domain, told))
        self.store.commit(kept, changed=changed, secrets=list(secrets))
        return changed

    def _activate(self, request: Request) -> Answer:
        if request.method != "PUT":
            return self._no(ACTIVATE, "methodNotAllowed", status=405)
        try:
            password = password_of(request.body)
            refuse_weak(self.spec.user, password)
        except BadContent as error:
            return response(self.spec.personality, ACTIVATE, 6, error.sub, error.message)
        kept = self.store.kept
        left = {k: v for k, v in kept.faults.items() if k != "factory-new"}
        new = ha1(self.spec.user, self.spec.realm, password)
        kept = replace(kept, active=True, ha1=new, faults=left)
        self.store.commit(kept, secrets=["admin_password"])
        return response(self.spec.personality, ACTIVATE, 1)

    def _no(self, path: str, sub: str, status: int | None = None) -> Answer:
        return response(self.spec.personality, path, 4, sub, status=status)

    def _reboot_once(self) -> None:
        """The fault `reboot`: gone in the middle of this request, and only of this one."""
        kept = self.store.kept
        left = {k: v for k, v in kept.faults.items() if k != "reboot"}
        self.store.commit(replace(kept, faults=left))
        self._go_away()
        raise Vanish

    def _go_away(self) -> None:
        self.store.commit(replace(self.store.kept, pending=()))
        if self._away is None or self._away.done():
            self._away = asyncio.create_task(self._reboot())

    async def _reboot(self) -> None:
        # The answer, if there is one, gets out before the line goes.
        await asyncio.sleep(0.05)
        await self._http.stop()
        await asyncio.sleep(faults.REBOOT_S)
        await faults.again(lambda: self._http.start(self.spec.address, self._port))

    async def _tell(self, changed: list[str], secrets: dict[str, str]) -> None:
        if self.on_write is not None and (changed or secrets):
            await self.on_write(changed, secrets)


def _shown(path: str, stored: str, ahead_s: int) -> str:
    """A stored document as it is shown: with the clock as it stands, without any secret."""
    if path != tables.TIME:
        return stored
    xml = Xml(stored)
    zone = str(decode_zone(xml.get("timeZone") or ""))
    offset = dt.timedelta(hours=int(zone[4:6]), minutes=int(zone[7:9]))
    east = offset if zone[3] == "+" else -offset
    now = dt.datetime.now(dt.UTC).astimezone(dt.timezone(east)) + dt.timedelta(seconds=ahead_s)
    xml.set("localTime", now.isoformat(timespec="seconds"))
    return xml.text()
