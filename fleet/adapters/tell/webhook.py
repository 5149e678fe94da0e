"""Alarms by webhook: one HTTP POST of JSON, TLS checked, no redirect followed."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from fleet.adapters.tell.line import DEADLINE_S, Line, failed, in_thread, said
from fleet.model.errors import SecretError
from fleet.model.notify import HookRoute
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.tell import Message

_ANSWER_MAX = 4096


class HookSender:
    """Implements `fleet.ports.tell.Sender`; the token is asked for anew at each message."""

    def __init__(
        self,
        route: HookRoute,
        token: Callable[[], Secret | None],
        ca_file: Path | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._route = route
        self._token = token
        self._ca_file = ca_file
        self._deadline_s = deadline_s

    async def send(self, message: Message) -> str:
        """See Sender; a status of 200 to 299 is the evidence."""
        return await in_thread(lambda line: self._send(message, line), self._deadline_s)

    def _send(self, message: Message, line: Line) -> str:
        url = urlsplit(self._route.url)
        host, tls = url.hostname or "", url.scheme == "https"
        where = f"{host}:{url.port or (443 if tls else 80)}"
        try:
            status = self._post(message, line)
        except SecretError as error:
            raise failed(where, error.summary) from error
        except (OSError, http.client.HTTPException) as error:
            why = text("the time is over", "超时") if line.over else said(str(error) or repr(error))
            raise failed(where, why) from None
        if not 200 <= status < 300:
            raise failed(where, f"HTTP {status}")
        return f"HTTP {status}"

    def _post(self, message: Message, line: Line) -> int:
        url = urlsplit(self._route.url)
        host, tls = url.hostname or "", url.scheme == "https"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "compound-fleet",
            "Idempotency-Key": message.key,
            "Connection": "close",
        }
        token = self._token()
        if token is not None:
            # The inventory refuses a token without TLS; nothing here may undo that.
            if not tls:
                raise failed(host, text("a token never goes out in clear", "令牌不得明文发送"))
            headers["Authorization"] = f"Bearer {token.reveal()}"
        sock = line.open(host, url.port or (443 if tls else 80))
        try:
            if tls:
                context = ssl.create_default_context(cafile=self._ca_file)
                sock = context.wrap_socket(sock, server_hostname=host)
            client = http.client.HTTPConnection(host, url.port or (443 if tls else 80))
            client.sock = sock
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            client.request("POST", target, body=payload(message), headers=headers)
            answer = client.getresponse()
            answer.read(_ANSWER_MAX)
            return answer.status
        finally:
            sock.close()


def payload(message: Message) -> bytes:
    """The JSON that webhooks and commands get."""
    return json.dumps(message.model_dump(mode="json"), ensure_ascii=False).encode() + b"\n"
