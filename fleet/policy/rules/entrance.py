"""Clause 8: every entrance is closed by an access-controlled gate or a vehicle barrier."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording


def _check(compound: Compound) -> Iterator[Hit]:
    if not compound.site.entrances:
        yield Hit(
            text("no entrance is declared", "没有声明出入口"),
            text("list them under entrances:", "请在 entrances: 下列出"),
            compound.position,
        )
    for entrance in compound.site.entrances:
        if not entrance.gates:
            yield Hit(
                text(
                    "entrance {e} has no gate or barrier",
                    "出入口 {e} 没有闸机或道闸",
                    e=entrance.id,
                ),
                text(
                    "name in gates: the controller, reader or barrier camera that closes it",
                    "请在 gates: 中填写控制该出入口的设备",
                ),
                entrance.position,
                field="gates",
            )


RULE = Rule(
    id="ENTRANCE-08",
    clause="8",
    wording=Wording.MUST,
    owner=Owner.HOUSING,
    title=text("Every entrance has a gate or a barrier", "出入口有门禁或道闸"),
    why=text(
        "entrances get a security gate with access control, or a vehicle barrier",
        "出入口加装具有门禁（道闸）系统的防护门（车闸）",
    ),
    compound=_check,
    example=Example(
        good="entrances:\n  - {id: east, name: East gate, kind: pedestrian, gates: [x-gate-01]}\n",
        bad="entrances:\n  - {id: east, name: East gate, kind: pedestrian}\n",
    ),
)
