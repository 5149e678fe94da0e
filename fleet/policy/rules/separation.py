"""Clause 9: people and vehicles are to be kept apart where that can be had."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording


def _check(compound: Compound) -> Iterator[Hit]:
    for entrance in compound.site.entrances:
        if entrance.kind == "mixed":
            yield Hit(
                text(
                    "entrance {e} is used by people and vehicles together",
                    "出入口 {e} 人车混行",
                    e=entrance.id,
                ),
                text(
                    "give people a way of their own where there is room",
                    "有条件的，请设置独立人行通道",
                ),
                entrance.position,
                field="kind",
            )


RULE = Rule(
    id="SEPARATION-09",
    clause="9",
    wording=Wording.STRIVE,
    owner=Owner.HOUSING,
    title=text("People and vehicles are apart", "人车分离"),
    why=text("strive for separate control of people and vehicles", "争取做到人车分离管控"),
    compound=_check,
    example=Example(
        good="entrances:\n  - {id: east, name: East gate, kind: pedestrian, gates: [x-gate-01]}\n",
        bad="entrances:\n  - {id: east, name: East gate, kind: mixed, gates: [x-gate-01]}\n",
    ),
)
