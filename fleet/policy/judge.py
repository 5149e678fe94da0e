"""Every rule on every compound; findings are values in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from fleet.model.compound import Category
from fleet.model.diagnostic import Diagnostic
from fleet.model.fleet import City, Compound
from fleet.model.suspect import Suspect
from fleet.model.text import Text, join
from fleet.policy.registry import RULES
from fleet.policy.rule import AS_FITS, PLAN_ITEM, Hit, Rule, Wording


def judge(city: City) -> tuple[Diagnostic, ...]:
    """All findings about a city, sorted by place; never raises."""
    found = [f for compound in city.compounds() for f in _compound(compound)]
    categories = {c.id: c.site.category for c in city.compounds()}
    found += judge_suspects(city.suspects, categories)
    return tuple(sorted(found, key=_place))


def judge_suspects(
    suspects: Iterable[Suspect], categories: Mapping[str, Category] | None = None
) -> tuple[Diagnostic, ...]:
    """Findings about what no file may hold; needs no city, so it speaks about broken ones too."""
    found = []
    for suspect in suspects:
        for rule in RULES:
            hit = rule.suspect(suspect) if rule.suspect is not None else None
            if hit is not None:
                category = (categories or {}).get(hit.compound or "")
                found.append(_finding(rule, hit, category, hit.compound))
    return tuple(sorted(found, key=_place))


def _compound(compound: Compound) -> Iterator[Diagnostic]:
    category = compound.site.category
    for rule in RULES:
        if rule.compound is not None:
            for hit in rule.compound(compound):
                yield _finding(rule, hit, category, compound.id)


def _finding(rule: Rule, hit: Hit, category: Category | None, compound: str | None) -> Diagnostic:
    return Diagnostic(
        code=rule.id,
        severity=rule.severity(category, hit.mild),
        summary=hit.summary,
        fix=_fix(rule, hit, category),
        position=hit.position,
        compound=compound,
        device=hit.device,
        field=hit.field,
        clause=rule.clause,
        owner=rule.owner,
    )


def _fix(rule: Rule, hit: Hit, category: Category | None) -> Text:
    """What to do; where the notice gives time or leaves room, it says so."""
    if rule.wording is not Wording.MUST or hit.mild:
        return hit.fix
    if category is Category.EXISTING:
        return join([hit.fix, PLAN_ITEM])
    return join([hit.fix, AS_FITS]) if category is Category.OLD else hit.fix


def _place(finding: Diagnostic) -> tuple[str, int, int, str]:
    at = finding.position
    return (at.file, at.line, at.column, finding.code) if at else ("", 0, 0, finding.code)
