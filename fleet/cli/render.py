"""How errors and findings look on a terminal: where, what, why, what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from fleet.cli.context import Context
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.errors import DeviceError, FleetError, InventoryError, PolicyDenied
from fleet.model.text import text

SEVERITY_WORD = {
    Severity.ERROR: text("error", "错误"),
    Severity.WARNING: text("warning", "警告"),
    Severity.INFO: text("info", "提示"),
}
# What moves the cursor, turns the reading direction, breaks a line, or cannot stand in XML 1.0.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def visible(words: str) -> str:
    """Words of a file or a device on one line; what nobody could see stands there as its code."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", words)


def width(line: str) -> int:
    """Columns of a terminal: a Chinese character takes two (Unicode TR 11)."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def padded(line: str, columns: int) -> str:
    """A line filled up with blanks to so many columns."""
    return line + " " * (columns - width(line))


def diagnostic_lines(ctx: Context, finding: Diagnostic) -> list[str]:
    """One finding as `file:line:column: severity: [code] subject: summary` and what to do."""
    place = f"{finding.position}: " if finding.position else ""
    subject = " ".join(s for s in (finding.device or finding.compound, finding.field) if s)
    clause = f" ({finding.clause})" if finding.clause else ""
    head = f"{place}{ctx.render(SEVERITY_WORD[finding.severity])}: [{finding.code}]{clause} "
    head += f"{subject}: " if subject else ""
    return [
        visible(head + ctx.render(finding.summary)),
        visible(f"    → {ctx.render(finding.fix)}"),
    ]


def show_diagnostics(ctx: Context, findings: Iterable[Diagnostic]) -> None:
    """Every finding to stderr."""
    for finding in findings:
        for line in diagnostic_lines(ctx, finding):
            ctx.say(line)


def show_error(ctx: Context, error: FleetError) -> None:
    """An error to stderr: what happened, its findings, and what to do."""
    if isinstance(error, InventoryError | PolicyDenied):
        show_diagnostics(ctx, error.diagnostics)
    where = f"{error.device}: " if isinstance(error, DeviceError) else ""
    ctx.say(f"{ctx.render(SEVERITY_WORD[Severity.ERROR])}: {where}{ctx.render(error.summary)}")
    if error.fix is not None:
        ctx.say(f"    → {ctx.render(error.fix)}")
