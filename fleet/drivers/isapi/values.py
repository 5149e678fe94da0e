"""Canonical values ↔ what ISAPI writes: time zones, ways through a door, barrier modes.

Sources: POSIX.1-2017 8.3 (TZ, sign reversed: `CST-8:00:00` is eight hours *east*); the vendor's
documents for `CardReaderCfg/defaultVerifyMode`; `BarrierGateSettings` is a reference of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from fleet.drivers.ways import canonical_ways

_CANONICAL_ZONE = re.compile(r"UTC([+-])(\d{2}):(\d{2})\Z")
_POSIX_ZONE = re.compile(
    r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)([+-]?)(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?([A-Za-z<].*)?\Z",
    re.DOTALL,
)
_ZONE_MINUTES_MAX = 14 * 60

VERIFY_MODES: Mapping[str, tuple[str, ...]] = {
    "card": ("card",),
    "cardOrPw": ("card", "password"),
    "cardOrFace": ("card", "face"),
    "cardOrFaceOrPw": ("card", "face", "password"),
    "faceOrFpOrCardOrPw": ("card", "face", "fingerprint", "password"),
    "face": ("face",),
    "fp": ("fingerprint",),
    "faceAndCard": ("card+face",),
    "faceAndFp": ("face+fingerprint",),
    "faceAndPw": ("face+password",),
    "cardAndPw": ("card+password",),
}
BARRIER_MODES: Mapping[str, str] = {
    "auto": "auto",
    "keepOpen": "keep_open",
    "keepClosed": "keep_closed",
}
TIME_MODES: Mapping[str, str] = {"NTP": "ntp", "manual": "manual", "platform": "platform"}


def zone_from_device(posix: str) -> str:
    """`CST-8:00:00` → `UTC+08:00`; a zone with summer time reads as `UTC+08:00 DST`.

    Raises:
        ValueError: it is not a POSIX zone with an offset of whole minutes up to 14 hours.
    """
    found = _POSIX_ZONE.match(posix)
    if not found:
        raise ValueError(f"not a POSIX time zone: {posix!r}")
    sign, hours, minutes, seconds, summer = found.groups()
    total = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or int(seconds or 0) or total > _ZONE_MINUTES_MAX:
        raise ValueError(f"not an offset that clocks use: {posix!r}")
    east = "+" if sign == "-" or total == 0 else "-"
    return f"UTC{east}{total // 60:02}:{total % 60:02}" + (" DST" if summer else "")


def moment_from_device(local: str, posix: str | None) -> float:
    """`localTime` with the device's zone → seconds since 1970-01-01 UTC.

    An offset in `local` itself wins; without one it is local time of `posix`, without summer time.

    Raises:
        ValueError: not a time, or one without any zone.
    """
    told = datetime.fromisoformat(local.replace("Z", "+00:00"))
    if told.tzinfo is None:
        zone = _CANONICAL_ZONE.match(zone_from_device(posix or "").removesuffix(" DST"))
        if zone is None:
            raise ValueError(f"a time without a zone: {local!r}")
        sign, hours, minutes = zone.groups()
        east = timedelta(hours=int(hours), minutes=int(minutes))
        told = told.replace(tzinfo=timezone(east if sign == "+" else -east))
    return told.timestamp()


def zone_to_device(zone: str) -> str:
    """`UTC+08:00` → `CST-8:00:00`.

    Raises:
        ValueError: it is not a canonical zone.
    """
    found = _CANONICAL_ZONE.match(zone)
    if not found:
        raise ValueError(f"not a time zone like UTC+08:00: {zone!r}")
    sign, hours, minutes = found.groups()
    if int(minutes) > 59 or int(hours) * 60 + int(minutes) > _ZONE_MINUTES_MAX:
        raise ValueError(f"not an offset that clocks use: {zone!r}")
    name = "CST" if zone == "UTC+08:00" else "UTC"
    return f"{name}{'-' if sign == '+' else '+'}{int(hours)}:{minutes}:00"


def ways_from_device(mode: str) -> list[str]:
    """`cardOrFace` → `["card", "face"]`.

    Raises:
        ValueError: a verify mode that this driver does not know.
    """
    for name, ways in VERIFY_MODES.items():
        if name.lower() == mode.lower():
            return list(ways)
    raise ValueError(f"unknown verify mode {mode!r}")


def ways_to_device(ways: list[str]) -> str:
    """`["face", "card"]` → `cardOrFace`; order does not matter.

    Raises:
        ValueError: no verify mode is exactly these ways.
    """
    wanted = tuple(canonical_ways(ways))
    for name, having in VERIFY_MODES.items():
        if having == wanted:
            return name
    raise ValueError(f"no verify mode is exactly {', '.join(wanted) or 'nothing'}")


def named_from_device(names: Mapping[str, str], value: str) -> str:
    """Look a device's word up in BARRIER_MODES or TIME_MODES.

    Raises:
        ValueError: it is not one of them.
    """
    if value not in names:
        raise ValueError(f"{value!r} is none of {', '.join(names)}")
    return names[value]


def named_to_device(names: Mapping[str, str], value: str) -> str:
    """The other way round.

    Raises:
        ValueError: no device word stands for it.
    """
    for word, canonical in names.items():
        if canonical == value:
            return word
    raise ValueError(f"{value!r} is none of {', '.join(names.values())}")


def flag_from_device(value: str) -> bool:
    """`true`, `false`, `1`, `0` (XML Schema 3.2.2) → bool.

    Raises:
        ValueError: anything else.
    """
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def number_from_device(value: str) -> int:
    """Decimal digits, at most nine → int.

    Raises:
        ValueError: anything else.
    """
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise ValueError(f"{value!r} is not a whole number")
    return int(value)
