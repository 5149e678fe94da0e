"""Which values a platform has a form for, judged without asking any device."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.drivers.reasons import not_flag, not_list, not_text
from fleet.drivers.ssh.config import Words
from fleet.model.links import PORTS, attributes, key_of
from fleet.model.text import Text, text

_NAMED = (*PORTS, "addresses")
# The longest description that every series takes (VRP 242, Comware 255; old access switches 80).
_DESC_MAX = 80


def judge_vrp(field: str, value: object, words: Words) -> Text | None:
    """Why VRP or Comware has no form for a value; None where it has."""
    if field in ("sysname", "access_list_on"):
        if not isinstance(value, str):
            return not_text()
        return _short(value, words) if field == "access_list_on" else None
    if field == "lldp_enabled":
        return None if isinstance(value, bool) else not_flag()
    if not isinstance(value, list):
        return not_list()
    return next(_faults(field, [str(entry) for entry in value], words), None)


def _faults(field: str, entries: list[str], words: Words) -> Iterator[Text]:
    for entry in entries:
        if field in _NAMED and (why := _short(key_of(entry), words)) is not None:
            yield why
        if field in PORTS and len(attributes(field, entry).get("desc", "")) > _DESC_MAX:
            yield text(
                "a description has at most {n} characters", "描述最多 {n} 个字符", n=_DESC_MAX
            )
    if field == "addresses":
        keys = [key_of(e) for e in entries]
        if lost := next((k for k in keys if keys.count(k) > 1), None):
            yield text(
                "{k}: this platform's interfaces have one address",
                "{k}：该平台每个接口只有一个地址",
                k=lost,
            )


def _short(name: str, words: Words) -> Text | None:
    """Why a port's name is not the one by which it is compared."""
    right = words.short(name)
    if right == name:
        return None
    return text("write {n} as {r}", "{n} 请写成 {r}", n=name, r=right)
