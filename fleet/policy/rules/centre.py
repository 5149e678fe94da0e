"""Clause 15: a monitoring centre, and people on duty in it."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording


def _check(compound: Compound) -> Iterator[Hit]:
    centre = compound.site.centre
    if centre is None:
        yield Hit(
            text("no monitoring centre is declared", "没有声明监控中心"),
            text(
                "add centre: with room, shifts and staff_per_shift",
                "请添加 centre:，填写房间、班次和人数",
            ),
            compound.position,
        )
    elif centre.shifts < 1 or centre.staff_per_shift < 1:
        yield Hit(
            text("nobody is on duty in the monitoring centre", "监控中心没有人员值班"),
            text(
                "give shifts and staff_per_shift; no names",
                "请填写 shifts 和 staff_per_shift（不写姓名）",
            ),
            centre.position,
            field="centre",
        )


RULE = Rule(
    id="CENTRE-15",
    clause="15",
    wording=Wording.MUST,
    owner=Owner.CIVIL_AFFAIRS,
    title=text("A monitoring centre with staff on duty", "监控中心有人值班"),
    why=text("a compound monitoring centre is built and staffed", "建设小区监控中心，配备人员值班"),
    compound=_check,
    example=Example(
        good="centre: {room: Gatehouse, shifts: 3, staff_per_shift: 1}\n",
        bad="centre: {room: Gatehouse, shifts: 3, staff_per_shift: 0}\n",
    ),
)
