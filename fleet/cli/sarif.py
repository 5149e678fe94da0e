"""Findings as SARIF 2.1.0 (OASIS), as code hosts take it: one run, worst first, places in the repo.

Addresses are relative to the repository's root, which hosts need to mark a line; fingerprints leave
the line out, so that a finding stays the same when lines above it come and go.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fleet import __version__
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.text import Lang, text
from fleet.policy import RULES

if TYPE_CHECKING:
    from fleet.app.validate import Verdict

# GitHub refuses a run with more than 25,000 results.
RESULTS_MAX = 25_000
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_ORDER = tuple(Severity)


def as_sarif(lang: Lang, verdict: Verdict, prefix: str = "") -> dict[str, object]:
    """The log; `prefix` is the city's folder in its repository, with a slash at its end."""
    worst = sorted(verdict.findings, key=lambda f: _ORDER.index(f.severity))
    kept, left = worst[:RESULTS_MAX], len(worst) - RESULTS_MAX
    rules = sorted({f.code for f in kept})
    invocation: dict[str, object] = {"executionSuccessful": True}
    if left > 0:
        more = text("{n} more findings are left out", "另有 {n} 处问题未列出", n=left).render(lang)
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": more}}]
    driver = {
        "name": "compound-fleet",
        "version": __version__,
        "rules": [_rule(lang, rule) for rule in rules],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "invocations": [invocation],
                "results": [_result(lang, f, rules.index(f.code), prefix) for f in kept],
            }
        ],
    }


def repository_prefix(city_dir: Path) -> str:
    """The city's folder within its git checkout, like `inventories/tongling/`; else nothing."""
    for parent in (city_dir, *city_dir.parents):
        if (parent / ".git").exists():
            inside = city_dir.relative_to(parent).as_posix()
            return "" if inside == "." else f"{inside}/"
    return ""


def subject(finding: Diagnostic) -> str:
    """What a finding is about, as the head of its message."""
    words = " ".join(s for s in (finding.device or finding.compound, finding.field) if s)
    return f"{words}: " if words else ""


def _rule(lang: Lang, code: str) -> dict[str, object]:
    for rule in RULES:
        if rule.id == code:
            return {
                "id": code,
                "shortDescription": {"text": rule.title.render(lang)},
                "fullDescription": {"text": rule.why.render(lang)},
                "help": {"text": f"{rule.standard} {rule.clause}: {rule.why.render(lang)}"},
                "defaultConfiguration": {"level": _LEVEL[rule.severities["new"]]},
            }
    return {"id": code}


def _result(lang: Lang, finding: Diagnostic, index: int, prefix: str) -> dict[str, object]:
    message = f"{subject(finding)}{finding.summary.render(lang)} → {finding.fix.render(lang)}"
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": message},
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
    }
    if (at := finding.position) is not None:
        place = {
            "artifactLocation": {"uri": quote(prefix + at.file), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": at.line, "startColumn": at.column},
        }
        result["locations"] = [{"physicalLocation": place}]
    return result


def _fingerprint(finding: Diagnostic) -> str:
    file = finding.position.file if finding.position else ""
    parts = (finding.code, file, finding.compound, finding.device, finding.field)
    words = "\0".join(p or "" for p in parts) + "\0" + finding.summary.en
    return hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()
