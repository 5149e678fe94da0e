"""What a REGISTER asks for: who, where to reach it, for how long (GB/T 28181-2022, 9.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from fleet.protocols.sip import Request, SipError, address_params, uri_of

# Given where the device names none: the standard's default; and what nobody gets more than.
EXPIRES_DEFAULT_S = 86_400
EXPIRES_MAX_S = 604_800
_BEIJING = timezone(timedelta(hours=8))
_SECONDS = re.compile(r"[0-9]{1,10}\Z")
_GB_ID = re.compile(r"[0-9]{20}\Z")


@dataclass(frozen=True, slots=True)
class Terms:
    """`gb_id` registers `contact` ("" where it signs off with `*`) for `expires_s` seconds."""

    gb_id: str
    contact: str
    expires_s: int
    host: str = ""
    port: int = 5060

    def peer(self, source: tuple[str, int]) -> tuple[str, int]:
        """Where to send requests: the contact, unless a translated address shows that it is not."""
        return (source[0], self.port) if self.host == source[0] else source


def read_terms(request: Request) -> Terms:
    """Read a REGISTER.

    Raises:
        SipError: no GB id, somebody else's registration, no contact, or an expiry that is none.
    """
    gb_id = uri_of(request.need("to")).user
    if not _GB_ID.match(gb_id):
        raise SipError("To names no GB/T 28181 id of 20 digits")
    if uri_of(request.need("from")).user != gb_id:
        raise SipError("From and To differ: nobody registers for another")
    contact = request.need("contact")
    header = request.get("expires")
    if contact.strip() == "*":
        if _seconds(header) != 0:
            raise SipError("Contact * is for signing off only")
        return Terms(gb_id=gb_id, contact="", expires_s=0)
    uri = uri_of(contact)
    own = address_params(contact).get("expires")
    return Terms(
        gb_id=gb_id,
        contact=contact.partition("<")[2].partition(">")[0] or contact.partition(";")[0].strip(),
        expires_s=min(_seconds(own if own is not None else header), EXPIRES_MAX_S),
        host=uri.host,
        port=uri.port or 5060,
    )


def beijing_date(wall: float) -> str:
    """The Date header's value for `wall` seconds since 1970 (GB/T 28181-2022, 9.10)."""
    moment = datetime.fromtimestamp(wall, UTC).astimezone(_BEIJING)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def _seconds(value: str | None) -> int:
    if value is None:
        return EXPIRES_DEFAULT_S
    if not _SECONDS.match(value.strip()):
        raise SipError("the expiry is no number of seconds")
    return int(value.strip())
