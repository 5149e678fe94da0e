"""Alarms by e-mail, to aiosmtpd."""

from __future__ import annotations

import asyncio
import email
import email.policy
from typing import Any

import pytest

from fleet.adapters.tell.line import SAID_MAX, said
from fleet.adapters.tell.smtp import MailSender
from fleet.adapters.tell.webhook import HookSender
from fleet.model.errors import SecretError
from fleet.model.notify import HookRoute
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.tell import Sender
from tests.adapters.tell_peers import (
    MESSAGE,
    REF,
    Certificate,
    allow,
    dripping,
    mail_route,
    mail_server,
    make_certificate,
    refused,
    right,
    server_context,
)
from tests.drivers.isapi_device import free_address


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One for the whole module."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


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
async def test_a_login_under_checked_tls(certificate: Certificate, security: str) -> None:
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
