"""Clause 13: unit entrances and passages have a door that face, card or identity card opens."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.compound import UnitDoor
from fleet.model.device import Device
from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording, at


def _check(compound: Compound) -> Iterator[Hit]:
    readers = {d.id: d for d in compound.devices}
    if not compound.site.unit_doors:
        yield Hit(
            text("no unit door is declared", "没有声明单元门"),
            text("list them under unit_doors:", "请在 unit_doors: 下列出"),
            compound.position,
        )
    for door in compound.site.unit_doors:
        reader = readers.get(door.reader) if door.reader else None
        if reader is None:
            yield Hit(
                text("unit door {d} has no reader", "单元门 {d} 没有门禁", d=door.id),
                text("name its door reader in reader:", "请在 reader: 中填写门禁设备"),
                door.position,
                field="reader",
            )
        else:
            yield from _ways(door, reader)


def _ways(door: UnitDoor, reader: Device) -> Iterator[Hit]:
    ways = reader.settings.get("auth_ways")
    if ways:
        return
    unmanaged = ways is None
    yield Hit(
        text(
            "unit door {d}: its ways of authentication are not declared",
            "单元门 {d}：未声明认证方式",
            d=door.id,
        )
        if unmanaged
        else text("unit door {d}: nothing opens it", "单元门 {d}：没有任何认证方式", d=door.id),
        text("set auth_ways, for instance [card, face]", "请设置 auth_ways，例如 [card, face]"),
        at(reader, "auth_ways"),
        device=reader.id,
        field="auth_ways",
        mild=unmanaged,
    )


RULE = Rule(
    id="UNITDOOR-13",
    clause="13",
    wording=Wording.MUST,
    owner=Owner.HOUSING,
    title=text("Unit doors and passages have a reader", "单元门及通道有门禁"),
    why=text(
        "a security door with one of face, access card or identity card at unit entrances and "
        "passages",
        "单元入口及通道加装支持人脸、门禁卡、身份证等认证方式之一的防护门",
    ),
    compound=_check,
    example=Example(
        good="unit_doors:\n  - {id: u1, name: Unit 1, building: '1', reader: x-door-01}\n",
        bad="unit_doors:\n  - {id: u1, name: Unit 1, building: '1'}\n",
    ),
)
