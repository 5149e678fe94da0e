"""How errors and findings look on a terminal: where, what, why, what to do."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.cli.context import Context
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.errors import DeviceError, FleetError, InventoryError, PolicyDenied
from fleet.model.text import text

_WORD = {
    Severity.ERROR: text("error", "错误"),
    Severity.WARNING: text("warning", "警告"),
    Severity.INFO: text("info", "提示"),
}


def diagnostic_lines(ctx: Context, finding: Diagnostic) -> list[str]:
    """One finding as `file:line:column: severity: [code] subject: summary` and what to do."""
    place = f"{finding.position}: " if finding.position else ""
    subject = " ".join(s for s in (finding.device or finding.compound, finding.field) if s)
    clause = f" ({finding.clause})" if finding.clause else ""
    head = f"{place}{ctx.render(_WORD[finding.severity])}: [{finding.code}]{clause} "
    head += f"{subject}: " if subject else ""
    return [head + ctx.render(finding.summary), f"    → {ctx.render(finding.fix)}"]


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
    ctx.say(f"{ctx.render(_WORD[Severity.ERROR])}: {where}{ctx.render(error.summary)}")
    if error.fix is not None:
        ctx.say(f"    → {ctx.render(error.fix)}")
