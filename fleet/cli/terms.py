"""Options of every verb that runs a rollout: consents by name, and waiting for approvals."""

from __future__ import annotations

import click

from fleet.app.consent import CONSENTS
from fleet.cli.kit import option
from fleet.model.text import text

ACCEPT = option(
    "--accept",
    multiple=True,
    type=click.Choice(CONSENTS),
    help=text(
        "Consent to what the plan says it needs; may be repeated, goes into the journal.",
        "同意计划所列的特殊风险，可重复，记入日志。",
    ),
)
WAIT = option(
    "--wait",
    is_flag=True,
    help=text(
        "Wait here for `fleet rollout approve` where a wave needs it; without, end with 8.",
        "批次需要批准时在此等待 fleet rollout approve；否则以退出码 8 结束。",
    ),
)
