"""Clause 11: every existing area of the notice's kinds is seen by a camera."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.compound import AreaKind
from fleet.model.device import DeviceKind
from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording


def _check(compound: Compound) -> Iterator[Hit]:
    seen = {d.area for d in compound.devices if d.kind is DeviceKind.CAMERA}
    areas = compound.site.areas
    if not any(a.kind is not AreaKind.ENTRANCE for a in areas):
        yield Hit(
            text("no area is declared, not even a main road", "没有声明任何区域（至少应有主干道）"),
            text("list the areas that exist under areas:", "请在 areas: 下列出现有区域"),
            compound.position,
        )
    for area in areas:
        if area.id not in seen:
            yield Hit(
                text("area {a} has no camera", "区域 {a} 没有摄像机", a=area.id),
                text("add a camera with area: {a}", "请添加 area: {a} 的摄像机", a=area.id),
                area.position,
                field="areas",
            )


RULE = Rule(
    id="AREA-11",
    clause="11",
    wording=Wording.MUST,
    owner=Owner.POLICE,
    title=text("Every listed area has a camera", "重点区域有监控"),
    why=text(
        "cameras at main roads, plazas, lifts, underground garages, civil defence and equipment "
        "rooms",
        "主干道、广场及公共活动区域、电梯、地下车库、人防、设备用房等加装监控摄像机",
    ),
    compound=_check,
    example=Example(
        good="areas:\n  - {id: road, kind: main_road, name: Main road}\n",
        bad="areas:\n  - {id: road, kind: main_road, name: Main road}\n"
        "  - {id: lift, kind: elevator, name: Lift}\n",
    ),
)
