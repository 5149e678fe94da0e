"""Where alarms go out to, as the inventory says it; secrets by reference."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.secret import SecretRef
from fleet.model.text import Lang


class MailRoute(Frozen):
    """Messages by SMTP (RFC 5321); `security` "starttls" (RFC 3207), "tls" (RFC 8314) or "none".

    The server's certificate is checked against the system's authorities, or `ca_file` alone (a name
    beside city.yaml). A password never goes out without TLS.
    """

    by: Literal["smtp"] = "smtp"
    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretRef | None = None
    sender: str
    to: tuple[str, ...]
    ca_file: str | None = None
    only: tuple[str, ...] = ()


class HookRoute(Frozen):
    """Messages by HTTP POST of JSON; `token` goes out as a bearer token (RFC 6750), over TLS only.

    No redirect is followed.
    """

    by: Literal["webhook"] = "webhook"
    url: str
    token: SecretRef | None = None
    ca_file: str | None = None
    only: tuple[str, ...] = ()


class CommandRoute(Frozen):
    """Messages to a program of the operator's: JSON on its stdin, exit code 0 is success.

    `argv` is run as it stands, without a shell, for at most `timeout_s` seconds.
    """

    by: Literal["command"] = "command"
    argv: tuple[str, ...]
    timeout_s: int = Field(20, ge=1, le=300)
    only: tuple[str, ...] = ()


Route = MailRoute | HookRoute | CommandRoute


class AlarmTerms(Frozen):
    """Every route by its name; messages are in `language`.

    A route's `only` are globs over an alarm's id, subject, compound and kind; empty: all alarms.
    """

    language: Lang = "zh"
    routes: dict[str, Route] = Field(default_factory=dict)


class Contacts(Frozen):
    """Whom to phone about a link, by what is at fault; an empty text: the inventory does not say.

    Organisations and duty desks, never persons: names and mobile numbers do not belong into git.
    """

    integrator: str = ""
    network: str = ""
    platform: str = ""
    operator: str = ""
