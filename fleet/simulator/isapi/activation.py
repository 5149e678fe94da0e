"""A factory-new device has no password: it says so without login and waits to be given one."""

from __future__ import annotations

from fleet.simulator.isapi.words import NAMESPACES, BadContent
from fleet.simulator.isapi.xml import Xml
from fleet.simulator.spec import DeviceSpec

ACTIVATE_STATUS = "/SDK/activateStatus"
ACTIVATE = "/ISAPI/System/activate"


def activate_status(spec: DeviceSpec, active: bool) -> str:
    """`ActivateStatus`, to be had without login."""
    word = "true" if active else "false"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ActivateStatus version="2.0" xmlns="{NAMESPACES[spec.personality]}">\n'
        f"<Activated>{word}</Activated>\n</ActivateStatus>\n"
    )


def password_of(body: bytes) -> str:
    """The password in an `ActivateInfo` (the plain form of older firmware).

    Raises:
        BadContent: it is no such document.
    """
    xml = Xml(body)
    password = xml.take("password")
    if xml.name != "ActivateInfo" or password is None:
        raise BadContent("badXmlContent", "no ActivateInfo with a password", "password")
    return password


def refuse_weak(user: str, password: str) -> None:
    """The firmware's own rule: 8 to 16 characters of two kinds at least, not with the user's name.

    Raises:
        BadContent: the password breaks it.
    """
    kinds = {
        "digit" if c.isdigit() else "upper" if c.isupper() else "lower" if c.islower() else "other"
        for c in password
    }
    if not 8 <= len(password) <= 16 or len(kinds) < 2 or user.lower() in password.lower():
        raise BadContent("badParameters", "password: not strong enough", "password")
