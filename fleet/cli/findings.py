"""Findings for machines and code hosts: JSON, JUnit XML, Markdown; SARIF is in sarif.py."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from fleet.cli.markdown import Page, code, row
from fleet.cli.render import visible
from fleet.cli.sarif import subject
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.text import Lang, Text, text

if TYPE_CHECKING:
    from fleet.app.sides import Sides
    from fleet.app.validate import Verdict

_HEAD = text("| | place | finding | what to do |", "| | 位置 | 问题 | 处理办法 |")
_CLEAN = text("No findings.", "没有发现问题。")
_SAME = text(
    "Rules, code, limits and terms are those of the base.", "规则、代码、限额与条件均与基线相同。"
)
_BOTH = text(
    "**This change alters what it is judged by. It was judged by both sides' rules.**",
    "**此更改改动了评判自身的依据，已按双方规则评判。**",
)
_ORDER = tuple(Severity)
SAID = 20


def as_json(lang: Lang, verdict: Verdict) -> dict[str, object]:
    """Counts and findings; texts in one language, positions apart."""
    return {
        "ok": verdict.exit_code == 0,
        "exit_code": int(verdict.exit_code),
        "compounds": verdict.compounds,
        "devices": verdict.devices,
        "errors": verdict.count(Severity.ERROR),
        "warnings": verdict.count(Severity.WARNING),
        "findings": [finding_json(lang, f) for f in verdict.findings],
    } | ({} if verdict.sides is None else {"sides": [s.render(lang) for s in verdict.sides.said]})


def finding_json(lang: Lang, finding: Diagnostic) -> dict[str, object]:
    """One finding as a flat object."""
    at = finding.position
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "clause": finding.clause,
        "owner": finding.owner,
        "file": at.file if at else None,
        "line": at.line if at else None,
        "column": at.column if at else None,
        "compound": finding.compound,
        "device": finding.device,
        "field": finding.field,
        "summary": finding.summary.render(lang),
        "fix": finding.fix.render(lang),
    }


def as_junit(lang: Lang, verdict: Verdict) -> str:
    """JUnit XML: an error is a failed case, a warning a passed one with output.

    Each case has a name of its own, since hosts drop cases whose names repeat.
    """
    errors = verdict.count(Severity.ERROR)
    suite = Xml.Element(
        "testsuite",
        name="fleet validate",
        tests=str(max(len(verdict.findings), 1)),
        failures=str(errors),
        errors="0",
        skipped="0",
    )
    if not verdict.findings:
        Xml.SubElement(suite, "testcase", classname="fleet", name="validate")
    names: Counter[tuple[str, str]] = Counter()
    for finding in verdict.findings:
        place = visible(f"{finding.position or ''} {subject(finding).rstrip(': ')}".strip())
        names[finding.code, place] += 1
        again = names[finding.code, place]
        name = place if again == 1 else f"{place} #{again}".strip()
        case = Xml.SubElement(suite, "testcase", classname=finding.code, name=name)
        summary = visible(finding.summary.render(lang))
        words = f"{visible(subject(finding))}{summary}\n{visible(finding.fix.render(lang))}"
        if finding.severity is Severity.ERROR:
            Xml.SubElement(case, "failure", message=summary, type=finding.code).text = words
        else:
            Xml.SubElement(case, "system-out").text = words
    return Xml.tostring(suite, encoding="unicode", xml_declaration=False)


def as_markdown(lang: Lang, verdict: Verdict) -> str:
    """A comment for a pull request: what both sides differ in, then a table, worst first.

    Findings that do not fit the budget are counted.
    """
    page = Page()
    page.add(sides_lines(lang, verdict.sides))
    if not verdict.findings:
        return page.end([_CLEAN.render(lang)])
    page.add([_HEAD.render(lang), "|---|---|---|---|"])
    worst = sorted(verdict.findings, key=lambda f: _ORDER.index(f.severity))
    left = [finding for finding in worst if not page.add([_row(lang, finding)])]
    foot = text("**and {n} more findings**", "**另有 {n} 处问题**", n=len(left))
    return page.end(["", foot.render(lang)] if left else [])


def _row(lang: Lang, finding: Diagnostic) -> str:
    return row(
        f"{finding.severity.value} {code(finding.code)}",
        code(str(finding.position), 120) if finding.position else "",
        code(subject(finding) + finding.summary.render(lang), 300),
        code(finding.fix.render(lang), 200),
    )


def said_of(sides: Sides | None) -> tuple[Text, ...]:
    """What differs between the sides; nothing if the base was not asked."""
    return () if sides is None else sides.said


def sides_lines(lang: Lang, sides: Sides | None) -> list[str]:
    """What differs between this side and the base's, as a reviewer is told."""
    if sides is None:
        return []
    if not sides.said and not sides.findings:
        return [_SAME.render(lang), ""]
    said = [f"- {code(s.render(lang), 300)}" for s in sides.said[:SAID]]
    if len(sides.said) > SAID:
        more = len(sides.said) - SAID
        said.append("- " + text("and {n} more", "另有 {n} 处", n=more).render(lang))
    return [_BOTH.render(lang), "", *said, ""]
