"""Clauses 6 and 7: every perimeter segment is protected, physically or electronically."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording


def _check(compound: Compound) -> Iterator[Hit]:
    if not compound.site.perimeter:
        yield Hit(
            text("no perimeter is declared", "没有声明周界"),
            text("list its segments under perimeter:", "请在 perimeter: 下逐段列出"),
            compound.position,
        )
    for segment in compound.site.perimeter:
        if segment.physical is None and segment.electronic is None:
            yield Hit(
                text(
                    "segment {s} has neither physical nor electronic protection",
                    "周界段 {s} 既无实体防护也无电子防护",
                    s=segment.id,
                ),
                text(
                    "build electronic protection there and declare it", "应建设电子防护并在此声明"
                ),
                segment.position,
                field="perimeter",
            )


RULE = Rule(
    id="PERIMETER-06",
    clause="6-7",
    wording=Wording.MUST,
    owner=Owner.HOUSING,
    title=text("Every perimeter segment is protected", "周界逐段有防护"),
    why=text(
        "physical and electronic protection may coexist; without physical there must be electronic",
        "可以同时建设实体防护和电子防护；没有建设实体防护设施的应当建设电子防护设施",
    ),
    compound=_check,
    example=Example(
        good="perimeter:\n  - {id: north, length_m: 80, electronic: beam}\n",
        bad="perimeter:\n  - {id: north, length_m: 80}\n",
    ),
)
