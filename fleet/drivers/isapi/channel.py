"""Requests to one device, with and without login; every login is counted and none is repeated.

The challenge is fetched first, by a request without credentials, so that a body is never sent
before there is a nonce. After that each request carries its answer with a counted nonce. A 401 to
our credentials ends the session for good: a second try could lock the device (RFC 7616, 3.4).
"""

from __future__ import annotations

from fleet.drivers import complaints
from fleet.drivers.hiding import Hidden
from fleet.drivers.isapi.document import BadDocument
from fleet.drivers.isapi.http import HttpBroken, HttpOdd, Reply, Request, connect
from fleet.drivers.isapi.status import LoginState, is_absent, login_state
from fleet.drivers.isapi.tables import DEVICE_INFO, USER_CHECK
from fleet.model.change import Target
from fleet.model.errors import DeviceError, LoginRefused
from fleet.model.secret import Secret
from fleet.model.text import Text, text
from fleet.ports.driver import Credential
from fleet.protocols.digest import (
    Challenge,
    DigestError,
    authorization,
    odd_digests,
    parse_challenges,
)

# A device that says so has one wrong login between us and a lock-out.
ATTEMPTS_MIN = 2
BUSY = 503


class Channel:
    """One device, one credential; requests go one after another, each on its own connection.

    One after another, because the nonce count must arrive in order and because three requests in
    flight could be three wrong logins when somebody changes the password meanwhile.
    """

    def __init__(self, target: Target, credential: Credential) -> None:
        self._target = target
        self._credential = credential
        self._challenge: Challenge | None = None
        self._count = 0
        self._over: DeviceError | None = None
        self.hidden = Hidden()
        self.connecting = False
        self.proven = False

    @property
    def device(self) -> str:
        """The device's id."""
        return self._target.device

    @property
    def user(self) -> str:
        """Who logs in."""
        return self._credential.user

    @property
    def where(self) -> str:
        """ADDRESS:PORT."""
        return f"{self._target.address}:{self._target.port}"

    def password(self) -> Secret:
        """The login's password.

        Raises:
            LoginRefused: it has none; nothing was sent.
        """
        password = self._credential.password
        if password is None:
            raise complaints.no_login_here(
                self.device, text("the login has no password", "登录信息缺少口令")
            )
        return password

    async def plain(self, target: str) -> Reply:
        """GET without login.

        Raises:
            Unreachable, MalformedReply: as named.
        """
        return await self._send(Request("GET", target))

    async def get(self, target: str) -> Reply:
        """GET with login.

        Raises:
            LoginRefused, LoginBudgetSpent, SchemeMismatch: about the login.
            Unreachable, MalformedReply: as named.
        """
        return await self._authorised("GET", target, b"", ())

    async def put(self, target: str, body: bytes, content_type: str) -> Reply:
        """PUT with login, sent once; the errors are those of `get`."""
        return await self._authorised("PUT", target, body, (("Content-Type", content_type),))

    async def put_plain(self, target: str, body: bytes, content_type: str) -> Reply:
        """PUT without login, sent once: only a factory-new device takes one.

        Raises:
            Unreachable, MalformedReply: as named.
        """
        return await self._send(Request("PUT", target, (("Content-Type", content_type),), body))

    async def search(self, target: str, body: bytes) -> Reply:
        """POST a search, which changes nothing, with login; the errors are those of `get`."""
        return await self._authorised("POST", target, body, (("Content-Type", "application/xml"),))

    async def try_login(self, target: str) -> Reply | None:
        """GET with login, one attempt; None when it was refused. Other errors as `get`."""
        try:
            return await self.get(target)
        except LoginRefused:
            return None

    async def login_state(self) -> LoginState:
        """What the device tells about logins to one who is not logged in; costs no attempt."""
        return self._state(await self.plain(USER_CHECK))

    def odd_status(self, target: str, status: int) -> DeviceError:
        """What a status means that is no answer to the question: busy, or not understood."""
        if status == BUSY:
            return complaints.unreachable(
                self.device,
                self.where,
                text("it is busy (HTTP 503)", "设备繁忙（HTTP 503）"),
            )
        return complaints.malformed(self.device, target, f"HTTP {status}")

    def end(self, error: DeviceError) -> None:
        """Let no login happen in this session any more; each try raises `error`."""
        self._over = error

    async def _authorised(
        self, method: str, target: str, body: bytes, headers: tuple[tuple[str, str], ...]
    ) -> Reply:
        reply = await self._with_login(method, target, body, headers)
        if reply.status == 401 and (fresh := self._fresh(reply)) is not None:
            # Stale says that the answer was right for an old nonce: nothing was applied, no
            # attempt was counted (RFC 7616, 3.3). Answered once.
            self._challenge, self._count = fresh, 0
            reply = await self._with_login(method, target, body, headers)
            if reply.status == 401 and self._fresh(reply) is not None:
                raise complaints.malformed(
                    self.device,
                    target,
                    text("it calls every nonce stale", "设备始终称 nonce 已过期"),
                )
        if reply.status == 401:
            await self._refused(reply)
        self.proven = self.proven or reply.status == 200
        return reply

    async def _with_login(
        self, method: str, target: str, body: bytes, headers: tuple[tuple[str, str], ...]
    ) -> Reply:
        if self._over is not None:
            raise self._over
        password = self.password()
        challenge = self._challenge or await self._first_challenge()
        self._challenge = challenge
        self._count += 1
        try:
            answer = authorization(
                challenge,
                username=self.user,
                password=password.reveal(),
                method=method,
                uri=target,
                nc=self._count,
            )
        except DigestError:
            raise complaints.no_login_here(
                self.device,
                text("the user name cannot stand in a header", "用户名不能用于请求头"),
            ) from None
        return await self._send(
            Request(method, target, (*headers, ("Authorization", answer)), body)
        )

    async def _first_challenge(self) -> Challenge:
        """Fetch a challenge and, on the way, what the device tells about tries and locks."""
        asked = USER_CHECK
        reply = await self.plain(asked)
        if is_absent(reply.status, reply.body):
            asked = DEVICE_INFO
            reply = await self.plain(asked)
        if reply.status == 200:
            raise complaints.scheme_mismatch(
                self.device, text("access without login", "无需登录即可访问")
            )
        if reply.status not in (401, 403):
            raise self.odd_status(asked, reply.status)
        state = self._state(reply)
        if state.locked:
            self._over = complaints.locked(self.device, state.unlock)
            raise self._over
        if state.attempts_left is not None and state.attempts_left < ATTEMPTS_MIN:
            self._over = complaints.last_try(self.device, state.attempts_left)
            raise self._over
        challenge = self._digest(reply)
        if challenge is None:
            raise complaints.scheme_mismatch(self.device, _offered(reply))
        return challenge

    async def _refused(self, reply: Reply) -> None:
        state = self._state(reply)
        left = state.attempts_left
        if left is None and not state.locked:
            state = await self._told_afterwards()
            left = state.attempts_left
        why = None
        if state.locked:
            why = text(
                "it is locked now, unlock time {t}",
                "设备现已锁定，解锁时间 {t}",
                t=complaints.shown(self.hidden.words(state.unlock or "?")),
            )
        self._over = complaints.login_refused(self.device, self.user, left, why)
        raise self._over

    async def _told_afterwards(self) -> LoginState:
        """The tries left, where the refusal did not say; a refusal stands whatever comes here."""
        try:
            return await self.login_state()
        except DeviceError:
            return LoginState()

    def _fresh(self, reply: Reply) -> Challenge | None:
        challenge = self._digest(reply)
        return challenge if challenge is not None and challenge.stale else None

    def _digest(self, reply: Reply) -> Challenge | None:
        """The digest challenge that we can answer; None if there is none."""
        try:
            found = parse_challenges(reply.all("www-authenticate"))
        except DigestError as error:
            raise complaints.malformed(
                self.device,
                "WWW-Authenticate",
                self.hidden.told(
                    text("its login challenge is not valid: {w}", "登录质询无效：{w}", w=error)
                ),
            ) from None
        return found[0] if found else None

    def _state(self, reply: Reply) -> LoginState:
        try:
            return login_state(reply.body)
        except BadDocument as error:
            raise complaints.malformed(self.device, USER_CHECK, self.hidden.told(error)) from None

    async def _send(self, request: Request) -> Reply:
        self.connecting = True
        try:
            line = await connect(self._target.address, self._target.port)
            self.connecting = False
            return await line.exchange(request)
        except HttpBroken as error:
            raise complaints.unreachable(self.device, self.where, error.why) from None
        except HttpOdd as error:
            raise complaints.malformed(
                self.device, request.target, self.hidden.told(error)
            ) from None


def _offered(reply: Reply) -> str | Text:
    values = reply.all("www-authenticate")
    if odd := odd_digests(values):
        return text(
            "Digest in a form not answered here ({p})",
            "此处不支持的摘要形式（{p}）",
            p=", ".join(odd),
        )
    schemes = [value.split(" ", 1)[0] for value in values]
    return ", ".join(schemes) or text("no login scheme", "无任何登录方式")
