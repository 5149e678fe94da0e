"""`fleet validate`: every finding of a city, for people, pipelines and code hosts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command
from fleet.cli.sides import AGAINST
from fleet.model.diagnostic import Severity
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.validate import Verdict


@command(
    "validate",
    help=text(
        "Check a city offline: form, ids, and the rules of the notice.\n\n"
        "Needs no secret and no network. Every fault of the run is shown at once.\n"
        "Exit code 0 (warnings do not count), 3 inventory invalid, 4 a rule is broken.",
        "离线检查清单：格式、编码、通知条款。\n\n"
        "不需要密钥和网络，一次列出全部问题。\n"
        "退出码：0（警告不计），3 清单无效，4 违反规则。",
    ),
)
@AGAINST
@pass_ctx
def validate(ctx: Context, against: Path | None) -> None:
    """Validate the city and show what was found."""
    from fleet.wiring.sides import verdict_against
    from fleet.wiring.validate import verdict_on

    if against is None:
        verdict = verdict_on(ctx.city_dir)
    else:
        verdict = verdict_against(ctx.city_dir, against.absolute(), ctx.lang)
    _show(ctx, verdict)
    ctx.exit(verdict.exit_code)


def _show(ctx: Context, verdict: Verdict) -> None:
    from fleet.cli import findings

    if ctx.format == "json":
        ctx.out_json(findings.as_json(ctx.lang, verdict))
    elif ctx.format == "sarif":
        from fleet.cli.sarif import as_sarif, repository_prefix

        ctx.out_json(as_sarif(ctx.lang, verdict, repository_prefix(ctx.city_dir)))
    elif ctx.format == "junit":
        ctx.out(findings.as_junit(ctx.lang, verdict))
    elif ctx.format == "markdown":
        ctx.out(findings.as_markdown(ctx.lang, verdict))
    else:
        _text(ctx, verdict)


def _text(ctx: Context, verdict: Verdict) -> None:
    from fleet.cli import findings
    from fleet.cli.render import diagnostic_lines, visible

    for finding in verdict.findings:
        for line in diagnostic_lines(ctx, finding):
            ctx.out(line)
    for said in findings.said_of(verdict.sides):
        ctx.out(visible(f"· {ctx.render(said)}"))
    ctx.out(
        text(
            "{c} compounds, {d} devices: {e} errors, {w} warnings",
            "{c} 个小区，{d} 台设备：{e} 处错误，{w} 处警告",
            c=verdict.compounds,
            d=verdict.devices,
            e=verdict.count(Severity.ERROR),
            w=verdict.count(Severity.WARNING),
        )
    )
