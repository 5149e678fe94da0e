"""The registrar service's configuration file and its answers on the control socket."""

from __future__ import annotations

from typing import Literal

from fleet.model.base import Frozen

# Why a login or a report was refused, as far as the registrar can tell.
RefusalReason = Literal[
    "unknown_id",
    "wrong_password",
    "wrong_realm",
    "other_id",
    "wrong_server_id",
    "too_brief",
    "unregistered_report",
]


class Account(Frozen):
    """One accepted SIP digest login (GB/T 28181-2022, 9.1).

    `ha1` is MD5(username:realm:password) in hex; the password itself is never stored. Several
    versions of one user are all accepted.
    """

    username: str
    version: int
    ha1: str


class RegistrarConfig(Frozen):
    """What the stack writes (0600) and the registrar reads; the digest realm is `server_domain`.

    `bindings_file` and `control_socket` are absolute paths inside the service's 0700 folder;
    `keepalive_s` and `keepalive_count` say when a silent recorder counts as offline.
    """

    server_id: str
    server_domain: str
    addresses: tuple[str, ...]
    port: int
    bindings_file: str
    control_socket: str
    accounts: tuple[Account, ...] = ()
    keepalive_s: int = 60
    keepalive_count: int = 3
    expires_min_s: int = 3600


class Binding(Frozen):
    """One recorder as the registrar sees it; ages in seconds, `catalog` are channel ids.

    `peer` is the `ADDRESS:PORT` that its datagrams come from, `contact` where it says it is.
    """

    gb_id: str
    registered: bool
    contact: str
    expires_in_s: float
    keepalive_age_s: float | None = None
    credential_version: int
    catalog: tuple[str, ...] | None = None
    catalog_age_s: float | None = None
    peer: str = ""


class Refusal(Frozen):
    """What the registrar refused lately, counted by who asked, from which address, and why."""

    gb_id: str
    source: str
    reason: RefusalReason
    times: int
    age_s: float


class UplinkWord(Frozen):
    """All that a district's registrar tells of one recorder; `answers` False: it cannot be asked.

    `refusals` are those of the recorder's id and those of its address, the newest first.
    """

    answers: bool
    binding: Binding | None = None
    refusals: tuple[Refusal, ...] = ()
