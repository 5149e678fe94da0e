"""A recorder's GB/T 28181 side: REGISTER (9.1), status reports (9.6), its catalog (9.5)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.protocols.digest import (
    Challenge,
    DigestError,
    authorization_ha1,
    ha1,
    parse_challenges,
)
from fleet.protocols.manscdp import (
    CONTENT_TYPE,
    ManscdpError,
    catalog_response,
    keepalive,
    parse,
)
from fleet.protocols.sip import Request, Response
from fleet.simulator.sip.endpoint import NoAnswer, Peer, SipEndpoint, answered, ok

# Between two attempts, doubled up to the limit: a recorder never gives up.
_RETRY_S, _RETRY_MAX_S = 1.0, 30.0
# Items in one packet of a catalog's answer (1, 2, 4 or 8 on real recorders).
_ITEMS = 4
# What a recorder believes to be its address behind a translating router.
_HIDDEN = "192.168.1.64:5060"


@dataclass(frozen=True, slots=True)
class Uplink:
    """What a recorder registers with; `secret` is its HA1 in the realm `domain`.

    `password` is there only as long as the process that was told it lives: it answers a registrar
    whose realm is another than its domain.
    """

    enabled: bool
    server_id: str
    domain: str
    server: Peer
    device_id: str
    expires_s: int
    keepalive_s: int
    keepalive_count: int
    channels: tuple[str, ...]
    secret: str
    password: str | None = field(default=None, repr=False)


class UplinkAgent:
    """The user agent of one recorder."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._endpoint = SipEndpoint(self._asked)
        self._uplink: Uplink | None = None
        self._loop: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0
        self._call = ""
        self.online = False
        # Behind a router that translates addresses and forgets after so many seconds.
        self.nat_s: float | None = None
        self.mute = False

    async def start(self) -> None:
        """Bind the agent's socket, at a port of its own choice.

        Raises:
            OSError: the address cannot be had.
        """
        await self._endpoint.start(self._address, 0)

    async def stop(self) -> None:
        """Fall silent, without a word to the registrar: as a device that loses its power."""
        await self._halt()
        await self._endpoint.stop()

    async def use(self, uplink: Uplink) -> None:
        """Register anew with these parameters, at once; or sign off where it is not enabled."""
        before, was_online = self._uplink, self.online
        await self._halt()
        if (
            before is not None
            and was_online
            and (not uplink.enabled or before.server != uplink.server)
        ):
            self._spawn(self._sign_off(before))
        self._uplink = uplink
        if uplink.enabled:
            self._loop = asyncio.create_task(self._run(uplink))

    async def _halt(self) -> None:
        self.online = False
        waiting = [*self._tasks, *([self._loop] if self._loop else [])]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        self._loop = None

    def _spawn(self, coroutine: object) -> None:
        if asyncio.iscoroutine(coroutine):
            task: asyncio.Task[None] = asyncio.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, uplink: Uplink) -> None:
        retry = _RETRY_S
        while True:
            try:
                granted = await self._register(uplink, uplink.expires_s)
            except (NoAnswer, DigestError):
                granted = None
            if granted is None:
                await asyncio.sleep(retry)
                retry = min(retry * 2, _RETRY_MAX_S)
                continue
            retry = _RETRY_S
            self.online = True
            await self._keep_alive(uplink, granted)
            self.online = False

    async def _register(self, uplink: Uplink, expires_s: int) -> int | None:
        """One registration; the seconds granted, None when it was refused."""
        self._call = secrets.token_hex(8)
        reply = await self._endpoint.ask(self._registration(uplink, expires_s), uplink.server)
        if reply.status == 401:
            (challenge, *_) = parse_challenges(reply.all("www-authenticate")) or [None]
            secret = _secret(uplink, challenge)
            if challenge is None or secret is None:
                return None
            answer = authorization_ha1(
                challenge,
                username=uplink.device_id,
                secret=secret,
                method="REGISTER",
                uri=_server_uri(uplink),
            )
            request = self._registration(uplink, expires_s, (("authorization", answer),))
            reply = await self._endpoint.ask(request, uplink.server)
        return _granted(reply, expires_s) if reply.status == 200 else None

    def _registration(
        self, uplink: Uplink, expires_s: int, more: tuple[tuple[str, str], ...] = ()
    ) -> Request:
        own = f"{self._endpoint.address}:{self._endpoint.port}"
        contact = f"<sip:{uplink.device_id}@{own if self.nat_s is None else _HIDDEN}>"
        headers = (("contact", contact), ("expires", str(expires_s)), *more)
        record = f"<sip:{uplink.device_id}@{uplink.domain}>"
        return self._request("REGISTER", uplink, record, headers)

    def _request(
        self,
        method: str,
        uplink: Uplink,
        to: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes = b"",
    ) -> Request:
        self._count += 1
        call = self._call if method == "REGISTER" else secrets.token_hex(8)
        tag = secrets.token_hex(4)
        return Request(
            headers=(
                self._endpoint.via(),
                ("from", f"<sip:{uplink.device_id}@{uplink.domain}>;tag={tag}"),
                ("to", to),
                ("call-id", f"{call}@{self._endpoint.address}"),
                ("cseq", f"{self._count} {method}"),
                ("max-forwards", "70"),
                ("user-agent", "compound-fleet simulated recorder"),
                ("x-gb-ver", "3.0"),
                *headers,
            ),
            body=body,
            method=method,
            uri=_server_uri(uplink),
        )

    async def _keep_alive(self, uplink: Uplink, granted_s: int) -> None:
        """Report until the registration is due again or too many reports went unanswered (9.6)."""
        clock = asyncio.get_running_loop().time
        due = clock() + max(granted_s * 0.9, 1.0)
        missed = 0
        while missed < uplink.keepalive_count:
            if self.mute:
                missed = 0
            elif not await self._tell(uplink, keepalive(uplink.device_id, self._count + 1)):
                missed += 1
            else:
                missed = 0
            left = due - clock()
            if left <= uplink.keepalive_s:
                await asyncio.sleep(max(0.0, left))
                return
            await asyncio.sleep(uplink.keepalive_s)

    async def _tell(self, uplink: Uplink, body: bytes) -> bool:
        """Send one MESSAGE to the upper side; whether it took it."""
        to = f"<{_server_uri(uplink)}>"
        request = self._request("MESSAGE", uplink, to, (("content-type", CONTENT_TYPE),), body)
        try:
            return (await self._endpoint.ask(request, uplink.server)).status == 200
        except NoAnswer:
            return False

    async def _sign_off(self, uplink: Uplink) -> None:
        try:
            await self._register(uplink, 0)
        except (NoAnswer, DigestError):
            # The upper side is gone: then there is nothing to sign off from.
            return

    def _asked(self, request: Request, peer: Peer) -> Response | None:
        """Answer the upper side: a catalog query is taken and answered by MESSAGEs of our own."""
        uplink = self._uplink
        if self._forgotten():
            return None
        if request.method == "OPTIONS":
            return ok(request, peer)
        if request.method != "MESSAGE":
            return answered(request, peer, 405, "Method Not Allowed")
        if uplink is None or not self.online:
            return answered(request, peer, 403, "Forbidden")
        try:
            query = parse(request.body)
        except ManscdpError:
            return answered(request, peer, 400, "Bad Request")
        if (query.kind, query.command) == ("Query", "Catalog"):
            self._spawn(self._send_catalog(uplink, query.sn))
        return ok(request, peer)

    def _forgotten(self) -> bool:
        """Whether the router in between has forgotten us, so that nothing from outside arrives."""
        idle = asyncio.get_running_loop().time() - self._endpoint.sent_at
        return self.nat_s is not None and idle > self.nat_s

    async def _send_catalog(self, uplink: Uplink, sn: str) -> None:
        items = [_item(uplink, number, i) for number, i in enumerate(uplink.channels, 1)]
        packets = [items[at : at + _ITEMS] for at in range(0, len(items), _ITEMS)] or [[]]
        for packet in packets:
            body = catalog_response(uplink.device_id, sn, len(items), packet)
            if not await self._tell(uplink, body):
                return


def _item(uplink: Uplink, number: int, channel: str) -> Mapping[str, str]:
    return {
        "DeviceID": channel,
        "Name": f"Channel {number:02}",
        "Manufacturer": "Simulated",
        "Model": "Simulated",
        "CivilCode": channel[:6],
        "Address": "",
        "Parental": "0",
        "ParentID": uplink.device_id,
        "RegisterWay": "1",
        "Secrecy": "0",
        "Status": "ON",
    }


def _secret(uplink: Uplink, challenge: Challenge | None) -> str | None:
    """The HA1 that answers a challenge; None where there is no credential for its realm."""
    if challenge is None:
        return None
    if challenge.realm == uplink.domain and challenge.algorithm.upper() == "MD5":
        return uplink.secret or None
    if uplink.password is None:
        return None
    return ha1(uplink.device_id, challenge.realm, uplink.password, challenge.algorithm)


def _server_uri(uplink: Uplink) -> str:
    return f"sip:{uplink.server_id}@{uplink.domain}"


def _granted(reply: Response, asked_s: int) -> int:
    told = reply.get("expires") or ""
    return int(told) if told.isascii() and told.isdigit() and len(told) < 9 else asked_s
