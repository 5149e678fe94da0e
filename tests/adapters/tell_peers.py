"""Programs that messages are sent to: aiosmtpd, Python's HTTP server, and a peer that drips."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
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

from fleet.model.errors import DeliveryFailed
from fleet.model.notify import MailRoute
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text
from fleet.ports.health import Alarm
from fleet.ports.tell import Message, Sender
from tests.drivers.isapi_device import free_address

# An address, the certificate for it that signs itself, and its key.
Certificate = tuple[str, Path, Path]
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


def make_certificate(folder: Path) -> Certificate:
    """An address, and a certificate for it that signs itself, with its key."""
    address = free_address()
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


def server_context(certificate: Certificate) -> ssl.SSLContext:
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
