"""`fleet rules`: every rule with its clause, severity and owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command
from fleet.cli.render import SEVERITY_WORD, padded
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.policy.rule import Rule


@command(
    "rules",
    help=text(
        "The rules, with clause, severity by category, and owner.\n\n"
        "Three severities: of a new, an existing and an old compound.",
        "规则及其条款、按小区类别的级别、主管部门。\n\n三个级别依次为新建、既有、老旧小区。",
    ),
)
@pass_ctx
def rules(ctx: Context) -> None:
    """List the rules."""
    from fleet.policy import RULES
    from fleet.report.words import OWNER

    if ctx.json:
        ctx.out_json([_json(ctx, rule) for rule in RULES])
        return
    for rule in RULES:
        severities = "/".join(ctx.render(SEVERITY_WORD[s]) for s in rule.severities.values())
        owner = ctx.render(Text(en=rule.owner.value, zh=OWNER[rule.owner.value].zh))
        head = f"{rule.id:<14} {rule.clause:<4} {padded(severities, 24)} {padded(owner, 14)}"
        ctx.out(f"{head} {ctx.render(rule.title)}")
        ctx.out(f"               {rule.standard} {rule.clause}: {ctx.render(rule.why)}")


def _json(ctx: Context, rule: Rule) -> dict[str, object]:
    severities = {c: s.value for c, s in rule.severities.items()}
    return {
        "id": rule.id,
        "clause": rule.clause,
        "severity": severities["new"],
        "severities": severities,
        "owner": rule.owner.value,
        "wording": rule.wording.value,
        "standard": rule.standard,
        "version": rule.version,
        "title": ctx.render(rule.title),
        "why": ctx.render(rule.why),
    }
