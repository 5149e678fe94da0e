"""Alarms by e-mail: SMTP (RFC 5321) under checked TLS, with a Message-ID that stays the same."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from fleet.adapters.tell.line import DEADLINE_S, Line, failed, in_thread, said
from fleet.model.errors import SecretError
from fleet.model.notify import MailRoute
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.tell import Message


class MailSender:
    """Implements `fleet.ports.tell.Sender`; the password is asked for anew at each message."""

    def __init__(
        self,
        route: MailRoute,
        password: Callable[[], Secret | None],
        ca_file: Path | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._route = route
        self._password = password
        self._ca_file = ca_file
        self._deadline_s = deadline_s

    async def send(self, message: Message) -> str:
        """See Sender; the server's answer to the message is the evidence."""
        return await in_thread(lambda line: self._send(message, line), self._deadline_s)

    def _send(self, message: Message, line: Line) -> str:
        where = f"{self._route.host}:{self._route.port}"
        try:
            return self._talk(message, line)
        except SecretError as error:
            raise failed(where, error.summary) from error
        except (smtplib.SMTPException, OSError) as error:
            # An answer that was cut off at the deadline may still look like a short one.
            why = text("the time is over", "超时") if line.over else _words(error)
            raise failed(where, why) from None

    def _talk(self, message: Message, line: Line) -> str:
        route = self._route
        context = None
        if route.security != "none":
            context = ssl.create_default_context(cafile=self._ca_file)
        smtp = _Smtp(line, context if route.security == "tls" else None)
        try:
            _right(smtp.connect(route.host, route.port))
            if route.security == "starttls":
                smtp.starttls(context=context)
            password = self._password()
            if password is not None:
                smtp.log_in(route.user, password)
            smtp.ehlo_or_helo_if_needed()
            _right(smtp.mail(route.sender))
            answers = [smtp.rcpt(receiver) for receiver in route.to]
            if not any(code in (250, 251) for code, _ in answers):
                raise smtplib.SMTPResponseException(*answers[0])
            code, answer = _right(smtp.data(mail(message, route).as_bytes()))
            refused = sum(code not in (250, 251) for code, _ in answers)
            tail = f"; {refused} of {len(answers)} receivers refused" if refused else ""
            return f"{code} {said(answer)}{tail}"
        finally:
            smtp.close()


class _Smtp(smtplib.SMTP):
    """An SMTP client on a line of ours, under TLS from the first byte where `tls` is given."""

    def __init__(self, line: Line, tls: ssl.SSLContext | None) -> None:
        # Named by us: the library would ask the name service who we are, for as long as it takes.
        super().__init__(local_hostname=socket.gethostname())
        self._line = line
        self._tls = tls

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # STARTTLS checks the name of this host, which only a client made with one remembers.
        self._host = host
        made = self._line.open(host, port)
        return self._tls.wrap_socket(made, server_hostname=host) if self._tls else made

    def log_in(self, user: str, password: Secret) -> None:
        """Log in with one try; the library's own way tries every mechanism with a wrong password.

        Raises:
            smtplib.SMTPException: refused, or the server offers no login in words.
        """
        self.ehlo_or_helo_if_needed()
        offered = str(self.esmtp_features.get("auth", "")).split()
        self.user, self.password = user, password.reveal()
        if "PLAIN" in offered:
            self.auth("PLAIN", self.auth_plain)
        elif "LOGIN" in offered:
            self.auth("LOGIN", self.auth_login)
        else:
            raise smtplib.SMTPNotSupportedError("the server offers neither PLAIN nor LOGIN")


def _words(error: Exception) -> str:
    """The server's code and words where it answered, else what went wrong."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {said(error.smtp_error)}"
    return said(str(error))


def mail(message: Message, route: MailRoute) -> EmailMessage:
    """The e-mail: the same Message-ID at each try (RFC 5322, 3.6.4)."""
    made = EmailMessage(policy=SMTP)
    made["From"] = route.sender
    made["To"] = ", ".join(route.to)
    made["Subject"] = "".join(c if c.isprintable() else " " for c in message.subject)
    made["Date"] = format_datetime(datetime.fromisoformat(message.at.replace("Z", "+00:00")))
    made["Message-ID"] = f"<{message.key}@{route.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(message.body)
    return made


def _right(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    """An answer that says yes.

    Raises:
        smtplib.SMTPResponseException: it says no.
    """
    if not 200 <= answer[0] < 400:
        raise smtplib.SMTPResponseException(*answer)
    return answer
