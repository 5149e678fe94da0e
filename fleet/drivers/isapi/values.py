"""Canonical values ↔ what ISAPI writes: time zones, ways through a door, barrier modes.

Sources: POSIX.1-2017 8.3 (TZ, sign reversed: `CST-8:00:00` is eight hours *east*); the vendor's
documents for `CardReaderCfg/defaultVerifyMode`; `BarrierGateSettings` is a reference of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from fleet.drivers.reasons import Unfit
from fleet.drivers.ways import canonical_ways
from fleet.model.text import Text, text

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
# The sets of ways that a reader can have, for a person: `card | card, password | …`.
POSSIBLE_WAYS = " | ".join(", ".join(ways) for ways in VERIFY_MODES.values())
# Stand before a word of the device's that this driver does not know.
RAW_MODE, RAW_ZONE = "mode:", "zone:"
_WORD_MAX = 64
_NO_MODE, _NO_ZONE = re.compile(r"[^A-Za-z0-9_-]"), re.compile(r"[^A-Za-z0-9_:+,./<>-]")
_RAW_WORD = re.compile(
    rf"(?:{RAW_MODE}([A-Za-z0-9_-]{{1,{_WORD_MAX}}})"
    rf"|{RAW_ZONE}([A-Za-z0-9_:+,./<>-]{{1,{_WORD_MAX}}}))"
)
BARRIER_MODES: Mapping[str, str] = {
    "auto": "auto",
    "keepOpen": "keep_open",
    "keepClosed": "keep_closed",
}
TIME_MODES: Mapping[str, str] = {"NTP": "ntp", "manual": "manual", "platform": "platform"}


def zone_from_device(posix: str) -> str:
    """`CST-8:00:00` → `UTC+08:00`; a zone with summer time reads as `UTC+08:00 DST`.

    What is no POSIX zone with an offset of whole minutes up to 14 hours is told as it is
    (`zone:Asia/Shanghai`), so that the device's other fields stay readable.
    """
    found = _POSIX_ZONE.match(posix)
    if not found:
        return RAW_ZONE + _NO_ZONE.sub("?", posix)[:_WORD_MAX]
    sign, hours, minutes, seconds, summer = found.groups()
    total = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or int(seconds or 0) or total > _ZONE_MINUTES_MAX:
        return RAW_ZONE + _NO_ZONE.sub("?", posix)[:_WORD_MAX]
    east = "+" if sign == "-" or total == 0 else "-"
    return f"UTC{east}{total // 60:02}:{total % 60:02}" + (" DST" if summer else "")


def moment_from_device(local: str, posix: str | None) -> float:
    """`localTime` with the device's zone → seconds since 1970-01-01 UTC.

    An offset in `local` itself wins; without one it is local time of `posix`, without summer time.

    Raises:
        Unfit: not a time, or one without any zone.
    """
    try:
        told = datetime.fromisoformat(local.replace("Z", "+00:00"))
    except ValueError:
        raise Unfit(text("not a time: {t!r}", "不是时间：{t!r}", t=local)) from None
    if told.tzinfo is None:
        zone = _CANONICAL_ZONE.match(zone_from_device(posix or "").removesuffix(" DST"))
        if zone is None:
            raise Unfit(text("a time without a zone: {t!r}", "时间没有时区：{t!r}", t=local))
        sign, hours, minutes = zone.groups()
        east = timedelta(hours=int(hours), minutes=int(minutes))
        told = told.replace(tzinfo=timezone(east if sign == "+" else -east))
    return told.timestamp()


def zone_to_device(zone: str) -> str:
    """`UTC+08:00` → `CST-8:00:00`; a raw word (`zone:Asia/Shanghai`) goes back as it was read.

    Raises:
        Unfit: it is neither.
    """
    if (raw := _raw(zone)) is not None:
        return raw
    found = _CANONICAL_ZONE.match(zone)
    if not found:
        raise Unfit(
            text("not a time zone like UTC+08:00: {z!r}", "时区应写作 UTC+08:00：{z!r}", z=zone)
        )
    sign, hours, minutes = found.groups()
    if int(minutes) > 59 or int(hours) * 60 + int(minutes) > _ZONE_MINUTES_MAX:
        raise Unfit(_no_offset(zone))
    name = "CST" if zone == "UTC+08:00" else "UTC"
    return f"{name}{'-' if sign == '+' else '+'}{int(hours)}:{minutes}:00"


def ways_from_device(mode: str) -> list[str]:
    """`cardOrFace` → `["card", "face"]`; a mode unknown here → `["mode:<its word>"]`.

    The raw word keeps the device's other fields readable and shows in a plan what is replaced.
    """
    for name, ways in VERIFY_MODES.items():
        if name.lower() == mode.lower():
            return list(ways)
    return [_raw_mode(mode)]


def ways_to_device(ways: list[str]) -> str:
    """`["face", "card"]` → `cardOrFace`; order does not matter.

    A raw word (`["mode:cardAndQr"]`) goes back as it was read, so that a rollback can restore it.

    Raises:
        Unfit: no verify mode is exactly these ways.
    """
    if len(ways) == 1 and (raw := _raw(ways[0])) is not None:
        return raw
    wanted = tuple(canonical_ways(ways))
    for name, having in VERIFY_MODES.items():
        if having == wanted:
            return name
    raise Unfit(
        text(
            "no verify mode is exactly {w}; possible: {p}",
            "没有验证方式恰好是 {w}；可选：{p}",
            w=", ".join(wanted) or text("nothing", "空"),
            p=POSSIBLE_WAYS,
        )
    )


def named_from_device(names: Mapping[str, str], value: str) -> str:
    """Look a device's word up in BARRIER_MODES or TIME_MODES; one unknown here → `mode:<word>`.

    As with verify modes: one word of newer firmware must not hide the rest of the device.
    """
    for word, canonical in names.items():
        if word.lower() == value.lower():
            return canonical
    return _raw_mode(value)


def named_to_device(names: Mapping[str, str], value: str) -> str:
    """The other way round; a raw word (`mode:timecorrect`) goes back as it was read.

    Raises:
        Unfit: no device word stands for it.
    """
    if (raw := _raw(value)) is not None:
        return raw
    for word, canonical in names.items():
        if canonical == value:
            return word
    raise Unfit(
        text("{v!r} is none of {w}", "{v!r} 不在 {w} 之中", v=value, w=", ".join(names.values()))
    )


def flag_from_device(value: str) -> bool:
    """`true`, `false`, `1`, `0` (XML Schema 3.2.2) → bool.

    Raises:
        Unfit: anything else.
    """
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise Unfit(text("{v!r} is neither true nor false", "{v!r} 既不是 true 也不是 false", v=value))


def number_from_device(value: str) -> int:
    """Decimal digits, at most nine → int.

    Raises:
        Unfit: anything else.
    """
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise Unfit(text("{v!r} is not a whole number", "{v!r} 不是整数", v=value))
    return int(value)


def _no_offset(zone: str) -> Text:
    return text("not an offset that clocks use: {z!r}", "不是实际使用的时差：{z!r}", z=zone)


def _raw_mode(word: str) -> str:
    return RAW_MODE + _NO_MODE.sub("?", word)[:_WORD_MAX]


def _raw(value: str) -> str | None:
    """The device's own word in a raw value; None where it is none, or was bent to be shown."""
    found = _RAW_WORD.fullmatch(value)
    return None if found is None else found[1] or found[2]
