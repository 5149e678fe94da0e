"""Messages go out to programs that we did not write: aiosmtpd, Python's HTTP server, a shell."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import http.server
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fleet.adapters.tell.command import CommandSender
from fleet.adapters.tell.line import SAID_MAX, said
from fleet.adapters.tell.smtp import MailSender
from fleet.adapters.tell.webhook import HookSender
from fleet.model.errors import DeliveryFailed, SecretError
from fleet.model.notify import CommandRoute, HookRoute, MailRoute
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text
from fleet.ports.health import Alarm
from fleet.ports.tell import Message, Sender
from tests.drivers.isapi_device import free_address

REF = SecretRef(source="vault", name="tell")
SECRET = "Aa1+correct-horse"
ALARM = Alarm(
    id="aa11", kind="compound_unreachable", subject="cuihu", compound="cuihu",
    begun="2026-11-24T02:00:00.000Z", behind=("cuihu-cam-01", "cuihu-cam-02"),
)  # fmt: skip
MESSAGE = Message(
    key="aa11.raised",
    event="raised",
    at="2026-11-24T02:00:05.000Z",
    city="铜陵市",
    compound_name="翠湖一号",
    what=text("no device answers", "所有设备均无应答"),
    alarm=ALARM,
    subject="【告警】翠湖一号：cuihu 所有设备均无应答\r\nBcc: evil@example.org",
    body="翠湖一号（cuihu）\n所有设备均无应答\n",
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """An address, and a certificate for it that signs itself, with its key."""
    folder, address = tmp_path_factory.mktemp("tls"), free_address()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / "ca.pem", folder / "key.pem"
    crt.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return address, crt, pem


def server_context(certificate: tuple[str, Path, Path]) -> ssl.SSLContext:
    """The peer's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate[1], certificate[2])
    return context


class Box(Handler):
    """Keeps the mails that arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """One mail, as it came over the wire."""
        self.mails.append(envelope.content)
        self.receivers = list(envelope.rcpt_tos)
        return "250 queued as 7"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Some are not there."""
        if address.startswith("nobody"):
            return "550 no such receiver"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: Any) -> None:
        """Not used: the bytes are what matters."""


def allow(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """The one login that is right."""
    good = (
        isinstance(data, LoginPassword)
        and data.login == b"fleet"
        and data.password == SECRET.encode()
    )
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(address: str, **how: Any) -> Iterator[tuple[Box, int]]:
    """aiosmtpd at an address."""
    box = Box()
    with socket.socket() as free:
        free.bind((address, 0))
        port = int(free.getsockname()[1])
    server = Controller(box, hostname=address, port=port, **how)
    server.start()
    try:
        yield box, port
    finally:
        server.stop()


def mail_route(host: str, port: int, **more: Any) -> MailRoute:
    """A route to a peer."""
    values = {"security": "none", "sender": "fleet@example.org", "to": ("duty@example.org",)}
    return MailRoute.model_validate({"host": host, "port": port, **values, **more})


def right() -> Secret:
    """The secret in force."""
    return Secret(SECRET)


async def refused(sender: Sender) -> str:
    """Why a message was not taken; never with the secret in it."""
    with pytest.raises(DeliveryFailed) as caught:
        await sender.send(MESSAGE)
    words = f"{caught.value} {caught.value.summary.zh} {caught.value!r} {caught.value.__cause__!r}"
    assert SECRET not in words
    return str(caught.value)


async def test_a_mail_arrives_as_it_was_meant() -> None:
    """Goal: Chinese whole, one stable id, the server's word as evidence, no header smuggled in."""
    address = free_address()
    with mail_server(address) as (box, port):
        sender = MailSender(mail_route(address, port), lambda: None)
        evidence = await sender.send(MESSAGE)
        await sender.send(MESSAGE)

    assert evidence == "250 queued as 7"
    first, second = (email.message_from_bytes(m, policy=email.policy.default) for m in box.mails)
    assert first["Subject"].startswith("【告警】翠湖一号：cuihu 所有设备均无应答")
    assert first["Bcc"] is None
    assert box.receivers == ["duty@example.org"]
    assert first["Message-ID"] == second["Message-ID"] == "<aa11.raised@example.org>"
    assert first["Date"].startswith("Tue, 24 Nov 2026 02:00:05")
    body = first.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == MESSAGE.body


# aiosmtpd does not see that it speaks under TLS from the first byte.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_login_under_checked_tls(
    certificate: tuple[str, Path, Path], security: str
) -> None:
    """Goal: the password goes out after the certificate was checked, and only then."""
    address, authority, _ = certificate
    context = server_context(certificate)
    how: dict[str, Any] = {"authenticator": allow, "auth_required": True}
    how |= (
        {"ssl_context": context, "auth_require_tls": False}
        if security == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    with mail_server(address, **how) as (box, port):
        route = mail_route(address, port, security=security, user="fleet", password=REF)
        assert await MailSender(route, right, authority).send(MESSAGE) == "250 queued as 7"
        wrong = await refused(MailSender(route, lambda: Secret("wrong"), authority))
        unchecked = await refused(MailSender(route, right))
        other = mail_route("localhost", port, security=security, user="fleet", password=REF)
        misnamed = await refused(MailSender(other, right, authority))

    assert len(box.mails) == 1
    assert "535" in wrong
    assert "CERTIFICATE_VERIFY_FAILED" in unchecked
    assert misnamed


async def test_some_receivers_are_not_there() -> None:
    """Goal: those that are get it, and the evidence says so; with none it failed."""
    address = free_address()
    with mail_server(address) as (box, port):
        both = mail_route(address, port, to=("nobody@example.org", "duty@example.org"))
        none = mail_route(address, port, to=("nobody@example.org",))
        evidence = await MailSender(both, lambda: None).send(MESSAGE)
        why = await refused(MailSender(none, lambda: None))

    assert evidence == "250 queued as 7; 1 of 2 receivers refused"
    assert "550 no such receiver" in why
    assert len(box.mails) == 1


async def test_nobody_there_and_no_secret() -> None:
    """Goal: each failure is one kind, with its reason; a missing secret sends nothing."""
    address = free_address()
    assert "refused" in await refused(MailSender(mail_route(address, 1), lambda: None))

    def missing() -> Secret:
        raise SecretError(text("no secret tell", "没有密钥 tell"))

    with mail_server(address) as (box, port):
        why = await refused(MailSender(mail_route(address, port, user="fleet"), missing))
    assert "no secret tell" in why
    assert box.mails == []


@contextmanager
def dripping(address: str, greeting: bytes) -> Iterator[int]:
    """A peer that sends its greeting at a byte each moment, for ever."""
    stop = threading.Event()
    listening = socket.create_server((address, 0))

    def drip() -> None:
        listening.settimeout(0.1)
        held = []
        while not stop.is_set():
            try:
                held.append(listening.accept()[0])
            except TimeoutError:
                continue
            for byte in greeting * 10_000:
                if stop.wait(0.02):
                    break
                try:
                    held[-1].sendall(bytes([byte]))
                except OSError:
                    break
        for one in held:
            one.close()

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        stop.set()
        thread.join()
        listening.close()


@pytest.mark.parametrize("make", ["mail", "hook"])
async def test_a_peer_that_drips_is_cut_off_at_the_deadline(make: str) -> None:
    """Goal: the whole delivery is bounded, not each read; the route goes on."""
    address = free_address()
    with dripping(address, b"220-wait\r\n" if make == "mail" else b"HTTP/1.1 100 ") as port:
        sender: Sender = (
            MailSender(mail_route(address, port), lambda: None, deadline_s=0.5)
            if make == "mail"
            else HookSender(HookRoute(url=f"http://{address}:{port}/"), lambda: None, None, 0.5)
        )
        assert "the time is over" in await refused(sender)


async def test_a_cancelled_delivery_ends_its_connection() -> None:
    """Goal: a collector that is told to stop does not wait for somebody's mail server."""
    address = free_address()
    with dripping(address, b"220-wait\r\n") as port:
        sender = MailSender(mail_route(address, port), lambda: None, deadline_s=600.0)
        work = asyncio.create_task(sender.send(MESSAGE))
        await asyncio.sleep(0.1)
        work.cancel()
        (ended,) = await asyncio.gather(work, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)
        await asyncio.get_running_loop().shutdown_default_executor()


class Post(http.server.BaseHTTPRequestHandler):
    """Python's HTTP server, keeping what was posted and answering as the test says."""

    got: list[tuple[str, dict[str, str], bytes]]
    status = 204

    def do_POST(self) -> None:
        """One POST."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).got.append((self.path, dict(self.headers), body))
        self.send_response(type(self).status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class Web(http.server.ThreadingHTTPServer):
    """Quiet about clients that hang up, as those do that do not trust its certificate."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to say."""


@contextmanager
def web_server(
    address: str, context: ssl.SSLContext | None = None, status: int = 204
) -> Iterator[tuple[type[Post], int]]:
    """Python's HTTP server at an address."""
    handler = type("Posted", (Post,), {"got": [], "status": status})
    server = Web((address, 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield handler, server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_webhook_gets_json_and_a_token_under_tls(
    certificate: tuple[str, Path, Path],
) -> None:
    """Goal: path and query kept, the key for telling repeats, the whole message as JSON."""
    address, authority, _ = certificate
    with web_server(address, server_context(certificate)) as (handler, port):
        route = HookRoute(url=f"https://{address}:{port}/alarms?city=tongling", token=REF)
        assert await HookSender(route, right, authority).send(MESSAGE) == "HTTP 204"
        unchecked = await refused(HookSender(route, right))

    ((path, headers, body),) = handler.got
    assert path == "/alarms?city=tongling"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Idempotency-Key"] == "aa11.raised"
    assert headers["Content-Type"] == "application/json"
    told = json.loads(body)
    assert (told["event"], told["alarm"]["behind"]) == ("raised", ["cuihu-cam-01", "cuihu-cam-02"])
    assert told["what"] == {"en": "no device answers", "zh": "所有设备均无应答"}
    assert "CERTIFICATE_VERIFY_FAILED" in unchecked


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 500, 503])
async def test_what_is_no_yes_is_a_failure_and_no_redirect_is_followed(status: int) -> None:
    """Goal: a token is never carried on to where an answer points."""
    address = free_address()
    with web_server(address, status=status) as (handler, port):
        route = HookRoute(url=f"http://{address}:{port}/a")
        why = await refused(HookSender(route, lambda: None))

    assert f"HTTP {status}" in why
    assert [path for path, _, _ in handler.got] == ["/a"]


async def test_a_token_never_goes_out_in_clear() -> None:
    """Goal: though the inventory refuses such a route, the sender does too; nothing is sent."""
    address = free_address()
    with web_server(address) as (handler, port):
        route = HookRoute(url=f"http://{address}:{port}/a", token=REF)
        assert "never goes out in clear" in await refused(HookSender(route, right))
    assert handler.got == []


async def test_nobody_listens_for_a_webhook() -> None:
    """Goal: a failure with the system's word."""
    route = HookRoute(url=f"http://{free_address()}:9/a")

    assert "refused" in await refused(HookSender(route, lambda: None))


def script(folder: Path, *lines: str) -> str:
    """A program of the operator's."""
    path = folder / "page"
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o700)
    return str(path)


async def test_a_command_gets_json_words_and_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: arguments as they stand (no shell), the message on stdin, nothing of ours leaked."""
    monkeypatch.setenv("FLEET_SECRET_OF_OURS", SECRET)
    program = script(tmp_path, f"cat >{tmp_path}/in", f'echo "$1" >{tmp_path}/arg',
                     f"env >{tmp_path}/env")  # fmt: skip
    word = "$(touch /nowhere); `id` 'x'"

    evidence = await CommandSender(CommandRoute(argv=(program, word))).send(MESSAGE)

    assert evidence == "exit 0"
    assert json.loads((tmp_path / "in").read_text())["key"] == "aa11.raised"
    assert (tmp_path / "arg").read_text() == word + "\n"
    assert SECRET not in (tmp_path / "env").read_text()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("exit 3",), "exit 3"),
        (("kill -TERM $$",), "exit -15"),
        (("exec <&-", "exit 0"), ""),
    ],
)
async def test_exit_codes_decide(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    """Goal: only 0 is yes; a program that does not read its stdin is no failure by itself."""
    sender = CommandSender(CommandRoute(argv=(script(tmp_path, *lines),)))
    if why:
        assert why in await refused(sender)
    else:
        assert await sender.send(MESSAGE) == "exit 0"


async def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    """Goal: bounded time, and nothing left running."""
    program = script(
        tmp_path, f"sleep 600 & echo $! >{tmp_path}/child", f"echo $$ >{tmp_path}/me", "wait"
    )

    why = await refused(CommandSender(CommandRoute(argv=(program,), timeout_s=1)))

    assert "within 1 s" in why
    for name in ("child", "me"):
        assert gone(int((tmp_path / name).read_text()))


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie of somebody else's has."""
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        threading.Event().wait(0.01)
    return False


async def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    """Goal: the system's word, no traceback; a file that is no program likewise."""
    (tmp_path / "text").write_text("x")

    for argv in (str(tmp_path / "none"), str(tmp_path / "text")):
        assert await refused(CommandSender(CommandRoute(argv=(argv,))))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (b"queued\r\nas 7", "queued as 7"),
        (b"\x1b[31mred\x07 \xff", "[31mred \ufffd"),
        ("x" * 999, "x" * SAID_MAX),
    ],
)
def test_a_peers_words_are_one_visible_line(words: bytes | str, expected: str) -> None:
    """Goal: what goes into the journal moves no cursor and fills no disk."""
    assert said(words) == expected
