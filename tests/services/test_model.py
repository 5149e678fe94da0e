"""The registrar against a model of itself: any order of logins, replays, silence and restarts.

The model is a dictionary; the registrar is the real one without sockets, on a clock moved by hand.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fleet.model.registrar import Account, RegistrarConfig
from fleet.protocols.digest import Challenge, authorization, ha1, parse_challenges
from fleet.protocols.manscdp import CONTENT_TYPE, keepalive
from fleet.protocols.sip import Request, Response
from fleet.services.registrar.bindings import Bindings
from fleet.services.registrar.calls import Calls
from fleet.services.registrar.saver import Saver
from fleet.services.registrar.service import Registrar
from tests.services.device import DOMAIN, SERVER

T = TypeVar("T")
IDS = [f"3407050100118000000{n}" for n in range(3)]
VERSIONS = (1, 2)
SILENCE_S = 180.0
SOURCE = ("127.0.0.9", 5061)
STRANGER = ("127.0.0.8", 5061)


class RegistrarMachine(RuleBasedStateMachine):
    """Rules are what the world can do; invariants are what the fleet is told."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.now = 10_000.0
        self.expected: dict[str, tuple[int, float, float]] = {}
        self.used: list[str] = []
        self.cseq = 0

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run one step of the service."""
        return self.loop.run_until_complete(work)

    def clock(self) -> float:
        """Both clocks at once: they never jump here."""
        return self.now

    @initialize()
    def boot(self) -> None:
        """The first start."""
        self.start()

    def start(self) -> None:
        """Put a registrar together as the program does."""
        config = RegistrarConfig(
            server_id=SERVER,
            server_domain=DOMAIN,
            addresses=("127.0.0.1",),
            port=5060,
            bindings_file=str(self.folder / "bindings.json"),
            control_socket=str(self.folder / "s"),
            accounts=tuple(
                Account(username=gb_id, version=v, ha1=ha1(gb_id, DOMAIN, f"pw{v}"))
                for gb_id in IDS
                for v in VERSIONS
            ),
        )
        bindings = Bindings(self.clock, self.clock, SILENCE_S)
        kept = Path(config.bindings_file)
        if kept.exists():
            bindings.load(kept.read_bytes(), lambda user, version: user in IDS)
        saver = Saver(kept, bindings.encode)
        self.saving = self.loop.create_task(saver.run())
        self.registrar = Registrar(
            config,
            clock=self.clock,
            wall=self.clock,
            bindings=bindings,
            saver=saver,
            calls=Calls(lambda local, data, peer: None),
        )

    def halt(self) -> None:
        """Kill it: nothing is written on the way out."""
        self.saving.cancel()
        self.run(self.registrar.stop())

    def request(
        self, method: str, gb_id: str, *headers: tuple[str, str], body: bytes = b""
    ) -> Request:
        """A request of one device."""
        self.cseq += 1
        own = f"<sip:{gb_id}@{DOMAIN}>"
        return Request(
            method=method,
            uri=f"sip:{SERVER}@{DOMAIN}",
            headers=(
                ("via", f"SIP/2.0/UDP 127.0.0.9;branch=z9hG4bK{self.cseq}"),
                ("from", own),
                ("to", own),
                ("call-id", "c"),
                ("cseq", f"{self.cseq} {method}"),
                *headers,
            ),
            body=body,
        )

    def ask(self, request: Request, source: tuple[str, int] = SOURCE) -> Response:
        """The registrar's answer."""
        return self.run(self.registrar.answer(request, source, "127.0.0.1"))

    def register(self, gb_id: str, expires_s: int, login: str | None) -> Response:
        """One REGISTER."""
        headers = [("contact", f"<sip:{gb_id}@127.0.0.9:5061>"), ("expires", str(expires_s))]
        if login is not None:
            headers.append(("authorization", login))
        return self.ask(self.request("REGISTER", gb_id, *headers))

    def challenge(self, gb_id: str) -> Challenge:
        """A fresh one."""
        answer = self.register(gb_id, 3600, None)
        assert answer.status == 401
        (challenge,) = parse_challenges(answer.all("www-authenticate"))
        return challenge

    @rule(
        gb_id=st.sampled_from(IDS),
        version=st.sampled_from(VERSIONS),
        expires=st.integers(3600, 9000),
    )
    def logs_in(self, gb_id: str, version: int, expires: int) -> None:
        """A right login binds, with the version whose password it was."""
        login = authorization(
            self.challenge(gb_id),
            username=gb_id,
            password=f"pw{version}",
            method="REGISTER",
            uri=f"sip:{SERVER}@{DOMAIN}",
        )

        answer = self.register(gb_id, expires, login)

        assert (answer.status, answer.get("expires")) == (200, str(expires))
        self.used.append(login)
        self.expected[gb_id] = (version, self.now + expires, self.now)

    @rule(gb_id=st.sampled_from(IDS), expires=st.sampled_from([0, 60, 3600]))
    def logs_in_wrongly(self, gb_id: str, expires: int) -> None:
        """A wrong password changes nothing, whatever it asks for."""
        login = authorization(
            self.challenge(gb_id),
            username=gb_id,
            password="wrong",
            method="REGISTER",
            uri=f"sip:{SERVER}@{DOMAIN}",
        )

        assert self.register(gb_id, expires, login).status == 403

    @rule(data=st.data(), expires=st.sampled_from([0, 3600]))
    def replays(self, data: st.DataObject, expires: int) -> None:
        """A captured login under a new request changes nothing."""
        if not self.used:
            return
        login = data.draw(st.sampled_from(self.used))
        gb_id = login.split('"')[1]

        assert self.register(gb_id, expires, login).status == 401

    @rule(gb_id=st.sampled_from(IDS))
    def signs_off(self, gb_id: str) -> None:
        """Expires 0 with a right login unbinds."""
        login = authorization(
            self.challenge(gb_id),
            username=gb_id,
            password="pw1",
            method="REGISTER",
            uri=f"sip:{SERVER}@{DOMAIN}",
        )

        assert self.register(gb_id, 0, login).status == 200
        self.expected.pop(gb_id, None)

    @rule(gb_id=st.sampled_from(IDS), source=st.sampled_from([SOURCE, STRANGER]))
    def keeps_alive(self, gb_id: str, source: tuple[str, int]) -> None:
        """A keepalive counts from where the login came, and only for one that is bound."""
        message = self.request(
            "MESSAGE", gb_id, ("content-type", CONTENT_TYPE), body=keepalive(gb_id, 1)
        )
        version, until, _ = self.expected.get(gb_id, (0, 0.0, 0.0))
        good = source == SOURCE and until > self.now

        assert self.ask(message, source).status == (200 if good else 403)
        if good:
            self.expected[gb_id] = (version, until, self.now)

    @rule(seconds=st.sampled_from([1.0, 170.0, 400.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        """Silence and expiry."""
        self.now += seconds

    @rule()
    def is_killed_and_started(self) -> None:
        """What was answered 200 is there again; silence counts from the restart."""
        self.halt()
        self.start()
        self.expected = {
            gb_id: (version, until, self.now)
            for gb_id, (version, until, _) in self.expected.items()
        }

    @invariant()
    def the_fleet_is_told_the_truth(self) -> None:
        """Exactly the bindings of the model, with version and state."""
        told = {
            view.gb_id: (view.credential_version, view.registered)
            for view in self.registrar.views()
        }
        assert told == {
            gb_id: (version, until > self.now and self.now - heard <= SILENCE_S)
            for gb_id, (version, until, heard) in self.expected.items()
        }

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.halt()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()
        shutil.rmtree(self.folder)


TestRegistrar = RegistrarMachine.TestCase
TestRegistrar.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
