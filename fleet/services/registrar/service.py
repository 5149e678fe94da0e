"""What the registrar answers (GB/T 28181-2022, 9.1 registration, 9.6 keepalive, 9.5 catalog).

Transport apart: a request and its source come in, a response goes out.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable

from fleet.model.registrar import Account, Binding, RefusalReason, RegistrarConfig
from fleet.protocols.digest import Challenge, Credentials, DigestError, parse_authorization
from fleet.protocols.manscdp import ManscdpError, parse
from fleet.protocols.sip import Request, Response, SipError, respond, uri_of
from fleet.services.registrar.accounts import Accounts
from fleet.services.registrar.bindings import Bindings, Bound, Clock
from fleet.services.registrar.calls import Calls
from fleet.services.registrar.catalogs import CatalogFailed, Catalogs
from fleet.services.registrar.nonces import Nonces
from fleet.services.registrar.refusals import Refusals
from fleet.services.registrar.saver import Saver
from fleet.services.registrar.terms import Terms, beijing_date, read_terms

CATALOG_S = 20.0
# A recorder may refuse a query that overtakes its own view of the registration: asked again.
ASK_AGAIN_S = (1.0, 5.0, 20.0)
ALLOWED = "REGISTER, MESSAGE"
_MANSCDP = "application/manscdp+xml"
Source = tuple[str, int]
log = logging.getLogger("registrar")


class Registrar:
    """One district's registrar; `clock` in seconds, never back, `wall` in seconds since 1970."""

    def __init__(
        self,
        config: RegistrarConfig,
        *,
        clock: Clock,
        wall: Clock,
        bindings: Bindings,
        saver: Saver,
        calls: Calls,
    ) -> None:
        self.config = config
        self._clock, self._wall = clock, wall
        self._bindings, self._saver = bindings, saver
        self._accounts = Accounts(config.accounts)
        self._nonces = Nonces(clock)
        self.refusals = Refusals(clock)
        identity = (config.server_id, config.server_domain)
        self._catalogs = Catalogs(calls, bindings, identity, config.port, saver.later)
        self._asked: dict[str, float] = {}
        self._querying: dict[str, asyncio.Task[None]] = {}

    async def answer(self, request: Request, source: Source, local: str) -> Response:
        """The response to a request that came from `source` to our address `local`.

        Raises:
            SipError: the request cannot even be answered (no Via, From, To, Call-ID or CSeq).
        """
        try:
            if request.cseq[1] != request.method:
                return self._reply(request, source, 400, "CSeq names another method")
            if request.method == "REGISTER":
                return await self._register(request, source, local)
            if request.method == "MESSAGE":
                return self._message(request, source)
        except (SipError, DigestError) as error:
            return self._reply(request, source, 400, f"Bad Request ({error})")
        return self._reply(request, source, 405, "Method Not Allowed", [("allow", ALLOWED)])

    def views(self) -> list[Binding]:
        """Every binding as the fleet is told of it, by id."""
        return sorted(
            (self._bindings.view(bound) for bound in self._bindings), key=lambda b: b.gb_id
        )

    def status(self) -> dict[str, object]:
        """How the service stands, for the control socket."""
        views = self.views()
        return {
            "server_id": self.config.server_id,
            "addresses": list(self.config.addresses),
            "port": self.config.port,
            "users": len(self._accounts),
            "bindings": len(views),
            "registered": sum(view.registered for view in views),
        }

    async def query_catalog(self, gb_id: str, timeout_s: float) -> Binding:
        """Query one recorder's catalog afresh.

        Raises:
            CatalogFailed: it is not registered, or did not give its whole catalog.
        """
        bound = self._bindings.get(gb_id)
        if bound is None:
            raise CatalogFailed(f"{gb_id} is not registered")
        await self._catalogs.query(bound, timeout_s)
        found = self._bindings.get(gb_id)
        if found is None:
            raise CatalogFailed(f"{gb_id} signed off meanwhile")
        return self._bindings.view(found)

    async def use_accounts(self, accounts: Iterable[Account]) -> None:
        """Take up new accounts; a binding whose credential version is gone has to log in anew.

        Raises:
            OSError: the bindings cannot be written.
        """
        self._accounts = Accounts(accounts)
        gone = [b for b in self._bindings if not self._accounts.accepts(b.gb_id, b.version)]
        for bound in gone:
            self._bindings.drop(bound.gb_id)
            log.info("%s dropped: its credential version %d is gone", bound.gb_id, bound.version)
        if gone:
            await self._saver.saved()

    async def stop(self) -> None:
        """End what is under way."""
        tasks = tuple(self._querying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _register(self, request: Request, source: Source, local: str) -> Response:
        wanted = uri_of(request.uri).user
        terms = read_terms(request)
        if wanted not in ("", self.config.server_id):
            self.refusals.note(terms.gb_id, source, "wrong_server_id")
            return self._reply(request, source, 404, "Not Found")
        header = request.get("authorization")
        if header is None:
            return self._challenge(request, source, stale=False)
        credentials = parse_authorization(header)
        account = self._accounts.authenticate(credentials, "REGISTER")
        reason = self._why_not(credentials, account, terms)
        if account is None or reason is not None:
            log.warning("%s from %s:%d: login refused (%s)", terms.gb_id, *source, reason)
            self.refusals.note(terms.gb_id, source, reason or "wrong_password")
            return self._reply(request, source, 403, "Forbidden")
        if not self._nonces.use(credentials.nonce, credentials.nc):
            return self._challenge(request, source, stale=True)
        if terms.expires_s == 0:
            return await self._sign_off(request, source, terms)
        if terms.expires_s < self.config.expires_min_s:
            self.refusals.note(terms.gb_id, source, "too_brief")
            least = ("min-expires", str(self.config.expires_min_s))
            return self._reply(request, source, 423, "Interval Too Brief", [least])
        return await self._bind(request, source, local, terms, account)

    def _why_not(
        self, credentials: Credentials, account: Account | None, terms: Terms
    ) -> RefusalReason | None:
        """Why a login is refused; None where it is right."""
        if credentials.realm != self.config.server_domain:
            return "wrong_realm"
        if credentials.username != terms.gb_id:
            return "other_id"
        if account is None:
            known = self._accounts.knows(credentials.username)
            return "wrong_password" if known else "unknown_id"
        return None

    async def _bind(
        self, request: Request, source: Source, local: str, terms: Terms, account: Account
    ) -> Response:
        now = self._clock()
        before = self._bindings.get(terms.gb_id)
        self._bindings.put(
            Bound(
                gb_id=terms.gb_id,
                contact=terms.contact,
                peer=terms.peer(source),
                local=local,
                expires=now + terms.expires_s,
                heard=now,
                version=account.version,
                keepalive=before.keepalive if before else None,
                catalog=before.catalog if before else None,
                catalog_at=before.catalog_at if before else None,
            )
        )
        try:
            await self._saver.saved()
        except OSError:
            self._bindings.drop(terms.gb_id)
            return self._reply(request, source, 500, "Server Internal Error")
        log.info(
            "%s registered from %s:%d with credential version %d for %d s",
            *(terms.gb_id, *source, account.version, terms.expires_s),
        )
        self.refusals.forget(terms.gb_id)
        self._query_later(terms.gb_id)
        granted = [
            ("contact", f"<{terms.contact}>;expires={terms.expires_s}"),
            ("expires", str(terms.expires_s)),
            ("date", beijing_date(self._wall())),
            ("x-gb-ver", "3.0"),
        ]
        return self._reply(request, source, 200, "OK", granted)

    async def _sign_off(self, request: Request, source: Source, terms: Terms) -> Response:
        before = self._bindings.drop(terms.gb_id)
        try:
            await self._saver.saved()
        except OSError:
            if before is not None:
                self._bindings.put(before)
            return self._reply(request, source, 500, "Server Internal Error")
        log.info("%s signed off", terms.gb_id)
        date = ("date", beijing_date(self._wall()))
        return self._reply(request, source, 200, "OK", [("expires", "0"), date])

    def _message(self, request: Request, source: Source) -> Response:
        gb_id = uri_of(request.need("from")).user
        bound = self._bindings.get(gb_id)
        # A keepalive carries no login: it counts only from where the login came (9.6).
        if bound is None or bound.peer[0] != source[0]:
            self.refusals.note(gb_id, source, "unregistered_report")
            return self._reply(request, source, 403, "Forbidden")
        kind = (request.get("content-type") or "").partition(";")[0].strip().lower()
        if kind != _MANSCDP:
            return self._reply(request, source, 415, "Unsupported Media Type")
        try:
            document = parse(request.body)
        except ManscdpError as error:
            return self._reply(request, source, 400, f"Bad Request ({error})")
        if document.kind == "Notify" and document.command == "Keepalive":
            if document.device_id != gb_id:
                return self._reply(request, source, 400, "Bad Request (another's keepalive)")
            self._kept_alive(gb_id, bound)
        elif document.kind == "Response" and document.command == "Catalog":
            self._catalogs.packet(gb_id, document, request.body)
        return self._reply(request, source, 200, "OK")

    def _kept_alive(self, gb_id: str, bound: Bound) -> None:
        self._bindings.kept_alive(gb_id)
        self._saver.later()
        # A query that failed is tried again, not more often than once in a minute.
        idle = gb_id not in self._querying and self._clock() - self._asked.get(gb_id, 0.0) > 60.0
        if bound.catalog is None and idle:
            self._query_later(gb_id)

    def _query_later(self, gb_id: str) -> None:
        """Query in the background; an older query of the same recorder is given up."""
        self._asked[gb_id] = self._clock()
        older = self._querying.get(gb_id)
        if older is not None:
            older.cancel()
        task = asyncio.get_running_loop().create_task(self._query(gb_id))
        self._querying[gb_id] = task
        task.add_done_callback(lambda done: self._queried(gb_id, done))

    def _queried(self, gb_id: str, done: asyncio.Task[None]) -> None:
        if self._querying.get(gb_id) is done:
            del self._querying[gb_id]

    async def _query(self, gb_id: str) -> None:
        for pause in (*ASK_AGAIN_S, None):
            try:
                binding = await self.query_catalog(gb_id, CATALOG_S)
            except CatalogFailed as error:
                log.warning("%s: no catalog: %s", gb_id, error)
            else:
                log.info("%s: catalog of %d channels", gb_id, len(binding.catalog or ()))
                return
            if pause is None or self._bindings.get(gb_id) is None:
                return
            await asyncio.sleep(pause)

    def _challenge(self, request: Request, source: Source, *, stale: bool) -> Response:
        challenge = Challenge(
            realm=self.config.server_domain, nonce=self._nonces.make(), qop="auth", stale=stale
        )
        header = [("www-authenticate", challenge.header())]
        return self._reply(request, source, 401, "Unauthorized", header)

    def _reply(
        self,
        request: Request,
        source: Source,
        status: int,
        reason: str,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Response:
        return respond(
            request,
            status,
            reason,
            to_tag=secrets.token_hex(4),
            received=source,
            headers=(*headers, ("user-agent", "compound-fleet")),
        )
