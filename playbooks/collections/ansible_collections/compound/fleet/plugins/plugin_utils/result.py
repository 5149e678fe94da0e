# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what fleet says about devices to what Ansible calls a result; pure.

Everything here may be a device's own words. Ansible treats the strings of a result as untrusted,
so they are printed and never templated; nothing here may mark them otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from fleet.model.text import Lang, Text, join, text

_NAMED_MAX = 20


def result(answer: Mapping[str, Any], lang: Lang = "en") -> dict[str, Any]:
    """Map the worker's answer (fleet.wiring.worker.drive) to a task result.

    `failed` becomes `failed_devices`, since Ansible's own word would fail the play: a failed
    device is on record at the permit server, and whether its wave goes on is decided there.
    """
    changed = dict(answer.get("devices") or {})
    failed = {
        device: _why(fault, lang) for device, fault in dict(answer.get("failed") or {}).items()
    }
    waiting = dict(answer.get("not_started") or {})
    return {
        "changed": bool(answer.get("changed")),
        "devices": changed,
        "failed_devices": failed,
        "not_started": waiting,
        "msg": join(
            [
                text("{n} devices changed", "{n} 台设备已变更", n=len(changed)),
                *_named(text("failed", "失败"), failed),
                *_named(text("not started", "未开始"), waiting),
            ]
        ).render(lang),
        "diff": diff(answer.get("diff") or ()),
    }


def differences(rows: Sequence[Mapping[str, Any]], lang: Lang = "en") -> dict[str, Any]:
    """Map observed differences (`device`, `field`, `before`, `after`) to a check mode result."""
    count = len({row["device"] for row in rows})
    said = (
        text(
            "{n} fields of {d} devices would change",
            "将变更 {d} 台设备的 {n} 个字段",
            n=len(rows),
            d=count,
        )
        if rows
        else text("no difference", "无差异")
    )
    return {
        "changed": bool(rows),
        "msg": said.render(lang),
        "diff": diff(rows),
    }


def diff(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """One `--diff` block per device, a line per field, in the order given."""
    return [
        {
            "before_header": str(device),
            "after_header": str(device),
            "before": "".join(f"{row['field']}: {_shown(row.get('before'))}\n" for row in block),
            "after": "".join(f"{row['field']}: {_shown(row.get('after'))}\n" for row in block),
        }
        for device, block in (
            (device, list(rows_of)) for device, rows_of in groupby(rows, key=lambda r: r["device"])
        )
    ]


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    # One field is one line, whatever a device puts into its answer.
    return str(value).replace("\r", "\\r").replace("\n", "\\n")


def _why(fault: object, lang: Lang) -> str:
    return _shown(fault.get(lang, "")) if isinstance(fault, Mapping) else _shown(fault)


def _named(what: Text, devices: Mapping[str, Any]) -> list[Text]:
    if not devices:
        return []
    named = [f"{device} ({_shown(why)})" for device, why in list(devices.items())[:_NAMED_MAX]]
    left = len(devices) - _NAMED_MAX
    more = text(" and {n} more", " 等，另有 {n} 台", n=left) if left > 0 else text("", "")
    return [
        text(
            "{n} {w}: {d}{m}",
            "{n} 台{w}：{d}{m}",
            n=len(devices),
            w=what,
            d=", ".join(named),
            m=more,
        )
    ]
