"""Findings for machines and code hosts: JSON, SARIF 2.1.0, JUnit XML, Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as Xml

from fleet import __version__
from fleet.cli.render import visible
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.text import Lang, text

if TYPE_CHECKING:
    from fleet.app.validate import Verdict

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_HEAD = text("| | place | finding | what to do |", "| | 位置 | 问题 | 处理办法 |")
_CLEAN = text("No findings.", "没有发现问题。")


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
    }


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


def as_sarif(lang: Lang, verdict: Verdict) -> dict[str, object]:
    """SARIF 2.1.0 (OASIS), one run; artifact addresses are relative to the city's folder."""
    rules = sorted({f.code for f in verdict.findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "compound-fleet",
                        "version": __version__,
                        "rules": [{"id": rule} for rule in rules],
                    }
                },
                "results": [_result(lang, f) for f in verdict.findings],
            }
        ],
    }


def _result(lang: Lang, finding: Diagnostic) -> dict[str, object]:
    message = f"{_subject(finding)}{finding.summary.render(lang)} → {finding.fix.render(lang)}"
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": _LEVEL[finding.severity],
        "message": {"text": message},
    }
    if (at := finding.position) is not None:
        place = {
            "artifactLocation": {"uri": quote(at.file)},
            "region": {"startLine": at.line, "startColumn": at.column},
        }
        result["locations"] = [{"physicalLocation": place}]
    return result


def as_junit(lang: Lang, verdict: Verdict) -> str:
    """JUnit XML: an error is a failed case, a warning a passed one with output."""
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
    for finding in verdict.findings:
        place = visible(str(finding.position or ""))
        case = Xml.SubElement(suite, "testcase", classname=finding.code, name=place)
        summary = visible(finding.summary.render(lang))
        words = f"{visible(_subject(finding))}{summary}\n{visible(finding.fix.render(lang))}"
        if finding.severity is Severity.ERROR:
            Xml.SubElement(case, "failure", message=summary, type=finding.code).text = words
        else:
            Xml.SubElement(case, "system-out").text = words
    return Xml.tostring(suite, encoding="unicode", xml_declaration=False)


def as_markdown(lang: Lang, verdict: Verdict) -> str:
    """A table for a pull request's comment."""
    if not verdict.findings:
        return _CLEAN.render(lang)
    lines = [_HEAD.render(lang), "|---|---|---|---|"]
    for finding in verdict.findings:
        cells = (
            f"{finding.severity.value} `{finding.code}`",
            f"`{finding.position}`" if finding.position else "",
            _subject(finding) + finding.summary.render(lang),
            finding.fix.render(lang),
        )
        lines.append("| " + " | ".join(visible(c).replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines)


def _subject(finding: Diagnostic) -> str:
    words = " ".join(s for s in (finding.device or finding.compound, finding.field) if s)
    return f"{words}: " if words else ""
