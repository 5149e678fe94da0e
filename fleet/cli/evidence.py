"""Online rates with whose word they are, as lines for the page of status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fleet.model.evidence import Evidence
from fleet.model.text import Text, join, text

if TYPE_CHECKING:
    from fleet.app.words import Evidenced

WORDS: Mapping[Evidence, Text] = {
    Evidence.MEASURED: text("measured", "系统实测"),
    Evidence.SITE_SIGNED: text("site-signed", "站点签名"),
    Evidence.PLATFORM_EXPORTED: text("platform-exported", "平台导出"),
    Evidence.DECLARED: text("declared", "人工填报"),
}


def lines(rates: Evidenced) -> list[Text]:
    """One line on the rates and one on what is only declared; none where nothing is told."""
    found = []
    if rates.devices:
        hands = join(
            [
                text("{n} {w}", "{w} {n}", n=rates.devices[kind], w=word)
                for kind, word in WORDS.items()
                if rates.devices.get(kind)
            ],
            ", ",
        )
        silent = (
            text("; of {n} nobody tells", "；{n} 台无数据", n=rates.silent)
            if rates.silent
            else Text(en="", zh="")
        )
        found.append(
            text(
                "online yesterday and today: verified {v}, as told {t} ({h}{s})",
                "昨日至今在线率：已核实 {v}，含未核实 {t}（{h}{s}）",
                v=_percent(rates.verified),
                t=_percent(rates.told),
                h=hands,
                s=silent,
            )
        )
    if rates.declared_compounds:
        online = text("unknown", "未知") if rates.declared_online is None else rates.declared_online
        found.append(
            text(
                "declared only: {c} compounds, {d} devices, {o} said to be online",
                "仅人工填报：小区 {c} 个，设备 {d} 台，据报在线 {o}",
                c=rates.declared_compounds,
                d=rates.declared_devices,
                o=online,
            )
        )
    return found


def _percent(share: float | None) -> Text | str:
    # Never rounded up: 100 % means all.
    return text("unknown", "未知") if share is None else f"{int(share * 10_000) / 100:.2f} %"
