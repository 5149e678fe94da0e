"""A rule's example sections put into the small city, and the findings of that one rule."""

from __future__ import annotations

from pathlib import Path

from fleet.inventory import load
from fleet.model.diagnostic import Diagnostic
from fleet.policy import judge
from fleet.policy.rule import Rule
from tests.inventory.cities import X, compound, write

HEADS = {
    "new": "compound: {id: x, name: X, category: new, built_year: 2024}\n",
    "existing": "compound: {id: x, name: X, category: existing, built_year: 2010}\n",
    "old": ("compound: {id: x, name: X, category: old, built_year: 1996, renovation_plan: true}\n"),
}


def sections(snippet: str) -> dict[str, str]:
    """The snippet's top-level sections, keyed by the section they replace."""
    found: dict[str, str] = {}
    key = ""
    remarks = ""
    for line in snippet.splitlines(keepends=True):
        if line.startswith("#"):
            remarks += line
            continue
        if not line.startswith((" ", "-")):
            key = line.split(":")[0]
        found[key] = found.get(key, "") + remarks + line
        remarks = ""
    return found


def judged(root: Path, snippet: str, category: str = "new") -> tuple[Diagnostic, ...]:
    """All findings about the small city with the snippet's sections in place."""
    text = compound(**({"compound": HEADS[category]} | sections(snippet)))
    return judge(load(write(root, {X: text})).require())


def of(rule: Rule, findings: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """The findings of one rule."""
    return [f for f in findings if f.code == rule.id]
