"""A change that also changes the rules it is judged by: both sides judge it, and it is said.

A pull request may loosen what it is to be held to: a compound's category (which sets severities),
the rollout's limits, the trusted keys, or the rules and the code themselves. So its files are
judged by this side and by the base's as well; what only the base finds counts like any finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fleet.model.base import Frozen
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.fleet import City, Compound, RolloutLimits
from fleet.model.text import Text, text
from fleet.policy import RULES, judge

# What a compound's file declares about how the rules are to be read.
TERMS = ("category", "built_year", "renovation_plan", "stage")
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Sides(Frozen):
    """What differs between the sides, for people, and what the base alone finds."""

    said: tuple[Text, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def by_terms(base: City | None, head: City | None) -> Sides:
    """Judge this side's files by the base's terms; a side that cannot be read says nothing here."""
    if base is None or head is None:
        return Sides()
    before = {c.id: c for c in base.compounds()}
    said = list(_limits(base.limits, head.limits))
    for compound in head.compounds():
        if compound.id in before:
            said += _terms(before[compound.id], compound)
    judged = judge(_with_terms(before, head))
    word = text("by the base's terms", "按基线的条件")
    return Sides(said=tuple(said), findings=only_base(judged, judge(head), word))


def by_rules(
    rules: Sequence[Mapping[str, object]],
    base_found: Iterable[Diagnostic],
    head_found: Iterable[Diagnostic],
) -> Sides:
    """What the base's product says, which has other code: its rules, and its findings."""
    here: dict[str, dict[str, str]] = {
        rule.id: {c: s.value for c, s in rule.severities.items()} for rule in RULES
    }
    there = {str(rule["id"]): rule["severities"] for rule in rules}
    said = [text("fleet's code or rules change", "fleet 的代码或规则有改动")]
    said += [text("rule {r} is gone", "规则 {r} 被删除", r=r) for r in there if r not in here]
    said += [text("rule {r} is new", "新增规则 {r}", r=r) for r in here if r not in there]
    said += [
        text("rule {r} has other severities", "规则 {r} 的级别改变", r=r)
        for r in there
        if r in here and here[r] != there[r]
    ]
    word = text("by the base's rules", "按基线的规则")
    return Sides(said=tuple(said), findings=only_base(base_found, head_found, word))


def joined(*sides: Sides) -> Sides:
    """All of them in one."""
    return Sides(
        said=tuple(s for side in sides for s in side.said),
        findings=tuple(f for side in sides for f in side.findings),
    )


def only_base(
    base: Iterable[Diagnostic], head: Iterable[Diagnostic], word: Text
) -> tuple[Diagnostic, ...]:
    """Findings that this side lacks or takes more lightly, each saying whose they are."""
    lightest: dict[object, int] = {}
    for finding in head:
        rank = _RANK[finding.severity]
        lightest[_key(finding)] = min(rank, lightest.get(_key(finding), rank))
    return tuple(
        f.model_copy(update={"summary": text("{w}: {s}", "{w}：{s}", w=word, s=f.summary)})
        for f in base
        if _RANK[f.severity] < lightest.get(_key(f), len(_RANK))
    )


def _with_terms(before: Mapping[str, Compound], head: City) -> City:
    return head.model_copy(
        update={
            "districts": tuple(
                d.model_copy(
                    update={"compounds": tuple(_held(c, before.get(c.id)) for c in d.compounds)}
                )
                for d in head.districts
            )
        }
    )


def _held(compound: Compound, before: Compound | None) -> Compound:
    if before is None:
        return compound
    terms = {name: getattr(before.site, name) for name in TERMS}
    return compound.model_copy(update={"site": compound.site.model_copy(update=terms)})


def _terms(before: Compound, after: Compound) -> Iterable[Text]:
    for name in TERMS:
        old, new = getattr(before.site, name), getattr(after.site, name)
        if old != new:
            yield text(
                "{c}: {n} changes from {a} to {b}; rules are judged by both",
                "{c}：{n} 由 {a} 改为 {b}；规则按两者评判",
                c=after.id,
                n=name,
                a=old,
                b=new,
            )


def _limits(before: RolloutLimits, after: RolloutLimits) -> Iterable[Text]:
    for name in RolloutLimits.model_fields:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield text(
                "rollout limit {n} changes from {a} to {b}",
                "下发限额 {n} 由 {a} 改为 {b}",
                n=name,
                a=old,
                b=new,
            )


def _key(finding: Diagnostic) -> object:
    place = str(finding.position)
    return finding.code, place, finding.compound, finding.device, finding.field
