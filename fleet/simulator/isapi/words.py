"""What a device says about a request: `ResponseStatus` in XML or JSON, and refusals as values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from fleet.simulator.spec import Personality

NAMESPACES: dict[Personality, str] = {
    "a": "http://www.hikvision.com/ver20/XMLSchema",
    "b": "http://www.isapi.org/ver20/XMLSchema",
}
_STRINGS = {
    1: "OK",
    2: "Device Busy",
    3: "Device Error",
    4: "Invalid Operation",
    6: "Invalid Content",
    7: "Reboot Required",
}
_HTTP = {1: 200, 2: 503, 3: 500, 4: 403, 6: 400, 7: 200}


class BadContent(Exception):
    """A document that the device does not take: `sub` is the subStatusCode, `node` the culprit."""

    def __init__(self, sub: str, message: str, node: str = "") -> None:
        super().__init__(message)
        self.sub = sub
        self.message = message
        self.node = node


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; header names as they go out."""

    status: int
    body: bytes = b""
    content_type: str = "application/xml"
    headers: tuple[tuple[str, str], ...] = ()


def document(text: str, status: int = 200) -> Answer:
    """A document as an answer; JSON where it looks like JSON."""
    kind = "application/json" if text.startswith("{") else "application/xml"
    return Answer(status, text.encode(), f'{kind}; charset="UTF-8"')


def response(
    personality: Personality,
    url: str,
    code: int,
    sub: str = "",
    message: str = "",
    status: int | None = None,
) -> Answer:
    """A `ResponseStatus`; its HTTP status follows from `code` unless it is given."""
    told = {
        "requestURL": url,
        "statusCode": code,
        "statusString": _STRINGS[code],
        "subStatusCode": sub or ("rebootRequired" if code == 7 else "ok"),
    } | ({"errorMsg": message} if message else {})
    if "format=json" in url:
        return document(json.dumps(told, ensure_ascii=False), status or _HTTP[code])
    nodes = "".join(f"<{name}>{escape(str(value))}</{name}>\n" for name, value in told.items())
    return document(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ResponseStatus version="2.0" xmlns="{NAMESPACES[personality]}">\n'
        f"{nodes}</ResponseStatus>\n",
        status or _HTTP[code],
    )
