"""`fleet apply`: run a sealed plan in waves, or plan first and ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import TARGET, argument, command, option
from fleet.cli.observed import OBSERVED, OBSERVER_KEY
from fleet.cli.plan import read_plan
from fleet.cli.terms import ACCEPT, WAIT
from fleet.model.errors import ConsentNeeded, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.context import App
    from fleet.model.plan import Plan


@command(
    "apply",
    help=text(
        "Run a plan: servers first, then wave by wave, each write read back.\n\n"
        "With FILE exactly that sealed plan; without, plan first and ask. The first Ctrl-C\n"
        "finishes what is permitted and stops (130), the second stops at once; in both cases\n"
        "`fleet rollout resume` goes on from what the devices themselves show.\n\n"
        "A FILE that cannot be read is a mistake of the command line (64); one that is no plan,\n"
        "was changed, or no longer fits what stands is refused whole before any write (7).\n\n"
        "--reviewed, or a FILE made by `plan --observed`, lets only reviewed content pass (8).\n"
        "--format json tells every event as one object a line, the verdict last.",
        "执行计划：先服务器，后逐批设备，每次写入均回读。\n\n"
        "给出 FILE 则严格执行该封存计划；否则先出计划再询问。第一次 Ctrl-C 完成已许可的写入\n"
        "后停止（130），第二次立即停止；之后可用 fleet rollout resume 按设备实际状态继续。\n\n"
        "FILE 无法读取属用法错误（64）；不是计划、被改动或已不符现场时，写入前整体拒绝（7）。\n\n"
        "--reviewed 或由 plan --observed 生成的 FILE 仅允许评审过的内容（否则退出码 8）。\n"
        "--format json 每行输出一个事件对象，末行为结果。",
    ),
)
@argument(
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=False,
    help=text("A plan sealed by `fleet plan -o`.", "由 fleet plan -o 封存的计划。"),
)
@TARGET
@option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))
@option(
    "--reviewed",
    metavar="FINGERPRINT",
    help=text(
        "Plan now and run it only if this content was reviewed (the plan comment's review=…); "
        "does not ask.",
        "现在计划，仅当内容与评审一致（计划评论中的 review=…）才执行；不再询问。",
    ),
)
@ACCEPT
@WAIT
@OBSERVED
@OBSERVER_KEY
@pass_ctx
def apply(
    ctx: Context,
    file: Path | None,
    targets: tuple[str, ...],
    yes: bool,
    reviewed: str | None,
    accept: tuple[str, ...],
    wait: bool,
    observed: Path | None,
    observer_key: str | None,
) -> None:
    """Apply a plan."""
    from fleet.cli.observed import plan_from

    if file is not None and (targets or reviewed):
        raise UsageError(
            text(
                "--target and --reviewed belong to a plan made now; a file has its own",
                "--target 与 --reviewed 用于现在生成的计划；计划文件自带这些内容",
            )
        )
    if reviewed is None and (observed is not None or observer_key is not None):
        raise UsageError(
            text("--observed belongs to --reviewed", "--observed 须与 --reviewed 同用")
        )
    how = How(yes, frozenset(accept), wait)
    given = read_plan(file) if file is not None else None
    if given is not None and given.observed_at is not None:
        check = Check(again=given)
        ctx.exit(_plan_and_apply(ctx, given.targets, how, check))
    elif given is not None:
        ctx.exit(_apply_sealed(ctx, given, how))
    else:
        again = None
        if observed is not None:
            again = plan_from(ctx, observed, observer_key, targets, None).planned.plan
        ctx.exit(_plan_and_apply(ctx, targets, how, Check(reviewed, again)))


@dataclass(frozen=True)
class How:
    """How to go about it: without asking, with which consents, waiting for approvals."""

    yes: bool
    accepted: frozenset[str]
    wait: bool


@dataclass(frozen=True)
class Check:
    """What was reviewed: a fingerprint, the plan of a file, or the first with the second."""

    reviewed: str | None = None
    again: Plan | None = None

    def obey(self, ctx: Context, fresh: Plan) -> None:
        """Refuse what was not reviewed, if anything had to be.

        Raises:
            ConsentNeeded: exit 8; nothing was written.
        """
        from fleet.app.observed import obey_reviewed_plan
        from fleet.cli.observed import obey

        if self.reviewed is not None:
            obey(ctx, self.reviewed, self.again, fresh)
        elif self.again is not None:
            obey_reviewed_plan(self.again, fresh)


def _apply_sealed(ctx: Context, plan: Plan, how: How) -> ExitCode:
    from fleet.cli.planview import summary
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        if not ctx.json:
            ctx.out(summary(plan))
        return _run(ctx, app, plan, how, fresh=True)


def _plan_and_apply(ctx: Context, targets: Sequence[str], how: How, check: Check) -> ExitCode:
    from fleet.app.apply import leases_of
    from fleet.app.plan import make_plan
    from fleet.cli.planview import show_plan
    from fleet.cli.progress import Progress
    from fleet.cli.running import run_async, verdict
    from fleet.wiring.build import open_app

    with (
        open_app(ctx.city_dir, ctx.state_dir) as app,
        app.hold(leases_of(app, targets), "apply"),
    ):
        progress = Progress(ctx)
        planned, signals = run_async(lambda _: make_plan(app, targets, progress.seen))
        if planned is None:
            return signals.code
        plan = planned.plan
        if not ctx.json:
            show_plan(ctx, plan, app.city)
        check.obey(ctx, plan)
        if plan.empty:
            if ctx.json:
                verdict(ctx, rollout=None, status="done", steps_done=0)
            return ExitCode.PARTIAL if plan.faults else ExitCode.OK
        agreed = replace(how, yes=how.yes or check.reviewed is not None)
        return _run(ctx, app, plan, agreed, fresh=False)


def _run(ctx: Context, app: App, plan: Plan, how: How, fresh: bool) -> ExitCode:
    from fleet.app.apply import Terms, apply_plan
    from fleet.app.consent import check_consents
    from fleet.cli.progress import Progress
    from fleet.cli.running import finish, run_async

    check_consents(plan, how.accepted)
    if not how.yes and not ctx.confirm(text("Apply this plan?", "执行此计划？")):
        raise ConsentNeeded(
            text("not applied: nobody said yes", "未执行：没有得到确认"),
            text("answer yes, or give --yes", "请确认，或使用 --yes"),
        )
    progress = Progress(ctx)
    terms = Terms(how.accepted, how.wait)
    result, signals = run_async(
        lambda s: apply_plan(app, plan, progress, s.follow, fresh=fresh, terms=terms)
    )
    return finish(ctx, result, signals, unseen=len(plan.faults))
