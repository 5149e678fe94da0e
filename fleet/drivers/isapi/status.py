"""What a device says besides its documents: `ResponseStatus`, `userCheck`, `ActivateStatus`.

Sources: the vendor's `ResponseStatus` (statusCode 1 OK … 7 Reboot Required) and `userCheck`
(`retryLoginTime`, `lockStatus`, `unlockTime`), as public clients read them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fleet.drivers.isapi import values
from fleet.drivers.isapi.document import BadDocument, Document, opened
from fleet.drivers.isapi.special import load_json
from fleet.drivers.reasons import about
from fleet.model.text import text

OK = 1
REBOOT_REQUIRED = 7
_ABSENT_STATUS = frozenset({404, 405, 501})
_ABSENT_SUBCODES = frozenset({"notsupport", "methodnotallowed"})


@dataclass(frozen=True, slots=True)
class ResponseStatus:
    """A device's word on a request."""

    code: int
    words: str
    subcode: str = ""
    message: str = ""

    @property
    def done(self) -> bool:
        """Whether the request was carried out, perhaps in force only after a reboot."""
        return self.code in (OK, REBOOT_REQUIRED)

    def __str__(self) -> str:
        """All that the device said, for a person."""
        parts = (f"{self.code} {self.words}".strip(), self.subcode, self.message)
        return ", ".join(part for part in parts if part)

    def without(self, hide: Callable[[str], str]) -> ResponseStatus:
        """The same with all words passed through `hide`."""
        return replace(
            self,
            words=hide(self.words),
            subcode=hide(self.subcode),
            message=hide(self.message),
        )

    def blamed(self, nodes: Mapping[str, str]) -> str | None:
        """Return the one field among `nodes` (field → node name) that the refusal names."""
        told = f"{self.subcode} {self.message}".lower()
        words = set(re.findall(r"[a-z0-9_]+", told))
        named = [
            field
            for field, node in nodes.items()
            if node.lower() in words
            or any(w.endswith(node.lower()) for w in words if len(node) > 4)
        ]
        return named[0] if len(named) == 1 else None


def response_status(body: bytes) -> ResponseStatus:
    """Read a `ResponseStatus` in XML or JSON.

    Raises:
        BadDocument: it is none.
    """
    if body.lstrip()[:1] == b"{":
        return _from_json(body)
    document = opened(body, "ResponseStatus")
    code = document.text("statusCode")
    if code is None:
        raise _no_code()
    return ResponseStatus(
        code=_number("statusCode", code),
        words=document.text("statusString") or "",
        subcode=document.text("subStatusCode") or "",
        message=document.text("errorMsg") or document.text("description") or "",
    )


def _from_json(body: bytes) -> ResponseStatus:
    document = load_json(body)
    told = document.get("ResponseStatus", document)
    if not isinstance(told, dict) or "statusCode" not in told:
        raise _no_code()
    return ResponseStatus(
        code=_number("statusCode", str(told["statusCode"])),
        words=str(told.get("statusString", "")),
        subcode=str(told.get("subStatusCode", "")),
        message=str(told.get("errorMsg", "")),
    )


def _no_code() -> BadDocument:
    return BadDocument(
        text("a ResponseStatus without statusCode", "ResponseStatus 缺少 statusCode")
    )


def is_absent(status: int, body: bytes) -> bool:
    """Whether an answer says that the firmware does not have what was asked for."""
    if status in _ABSENT_STATUS:
        return True
    try:
        told = response_status(body)
    except BadDocument:
        return False
    return not told.done and told.subcode.lower() in _ABSENT_SUBCODES


@dataclass(frozen=True, slots=True)
class LoginState:
    """What a device tells about logins; None where it does not.

    `unlock` is its own word on when a lock ends (seconds, mostly).
    """

    accepted: bool | None = None
    attempts_left: int | None = None
    locked: bool = False
    unlock: str | None = None


def login_state(body: bytes) -> LoginState:
    """Read a `userCheck`; a body that is none tells nothing.

    A refused login may come with any page at all (many firmwares answer 401 with HTML), so only a
    document that *is* a userCheck or ResponseStatus is looked into, and then strictly.

    Raises:
        BadDocument: it is a userCheck, with values that are none.
    """
    try:
        document = Document(body)
    except BadDocument:
        return LoginState()
    if document.name not in ("userCheck", "ResponseStatus"):
        return LoginState()
    left = document.text("retryLoginTime")
    lock = (document.text("lockStatus") or "unlock").lower()
    if lock not in ("lock", "locked", "unlock", "unlocked"):
        raise BadDocument(text("lockStatus is {v!r}", "lockStatus 为 {v!r}", v=lock))
    value = document.text("statusValue")
    return LoginState(
        accepted=None if value is None else _number("statusValue", value) == 200,
        attempts_left=None if left is None else _number("retryLoginTime", left),
        locked=lock.startswith("lock"),
        unlock=document.text("unlockTime") or None,
    )


def is_activated(body: bytes) -> bool:
    """Read an `ActivateStatus`.

    Raises:
        BadDocument: it is none.
    """
    told = opened(body, "ActivateStatus").text("Activated")
    if told is None:
        raise BadDocument(
            text("an ActivateStatus without Activated", "ActivateStatus 缺少 Activated")
        )
    try:
        return values.flag_from_device(told)
    except ValueError as error:
        raise BadDocument(about("Activated", error)) from None


def _number(name: str, told: str) -> int:
    try:
        return values.number_from_device(told)
    except ValueError as error:
        raise BadDocument(about(name, error)) from None
