"""Clause 18: an inventory of devices holds nothing about the people who live there."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.suspect import Suspect
from fleet.model.text import Text, text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording

_WHAT: Mapping[str, Text] = {
    "id_card": text("a resident identity number", "含有居民身份证号码"),
    "mobile": text("a mobile phone number", "含有手机号码"),
    "resident_key": text("a field for data of persons", "含有个人信息字段"),
}


def _judge(suspect: Suspect) -> Hit | None:
    summary = _WHAT.get(suspect.what)
    if summary is None:
        return None
    return Hit(
        summary,
        text(
            "remove it, from git's history too: the inventory holds devices, never persons",
            "请删除，并从 git 历史中清除：清单只记录设备，不记录个人",
        ),
        suspect.position,
        device=suspect.device,
        field=suspect.key or None,
        compound=suspect.compound,
    )


RULE = Rule(
    id="RESIDENT-18",
    clause="18",
    wording=Wording.ALWAYS,
    owner=Owner.POLICE,
    title=text("No resident's data in the inventory", "清单不含居民信息"),
    why=text("residents' personal information is protected", "保障居民个人信息安全"),
    suspect=_judge,
    example=Example(
        good="centre: {room: Gatehouse, shifts: 3, staff_per_shift: 1}\n",
        bad="# duty desk 13800138000\ncentre: {room: Gatehouse, shifts: 3, staff_per_shift: 1}\n",
    ),
)
