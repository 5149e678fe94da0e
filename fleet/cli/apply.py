"""`fleet apply`: run a sealed plan in waves, or plan first and ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import argument, command, option
from fleet.cli.plan import TARGET, read_plan
from fleet.model.errors import ConsentNeeded, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.context import App


@command(
    "apply",
    help=text(
        "Run a plan: servers first, then wave by wave, each write read back.\n\n"
        "With FILE exactly that sealed plan; without, plan first and ask. The first Ctrl-C\n"
        "finishes what is permitted and stops (130), the second stops at once; in both cases\n"
        "`fleet rollout resume` goes on from what the devices themselves show.",
        "执行计划：先服务器，后逐批设备，每次写入均回读。\n\n"
        "给出 FILE 则严格执行该封存计划；否则先出计划再询问。第一次 Ctrl-C 完成已许可的写入\n"
        "后停止（130），第二次立即停止；两种情况均可用 fleet rollout resume 按设备实际状态继续。",
    ),
)
@argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@TARGET
@option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))
@pass_ctx
def apply(ctx: Context, file: Path | None, targets: tuple[str, ...], yes: bool) -> None:
    """Apply a plan."""
    from fleet.app.apply import leases_of
    from fleet.wiring.build import open_app

    if file is not None and targets:
        raise UsageError(
            text(
                "--target belongs to plan; a file already has its targets",
                "--target 用于 plan；计划文件已含目标",
            )
        )
    with open_app(ctx.city_dir, ctx.state_dir) as app:
        names = [] if file is not None else leases_of(app, targets)
        with app.hold(names, "apply"):
            code = _apply(ctx, app, file, targets, yes)
    ctx.exit(code)


def _apply(
    ctx: Context, app: App, file: Path | None, targets: tuple[str, ...], yes: bool
) -> ExitCode:
    from fleet.app.apply import apply_plan
    from fleet.app.plan import make_plan
    from fleet.cli.planview import show_plan, summary
    from fleet.cli.progress import Progress
    from fleet.cli.running import finish, run_async

    progress = Progress(ctx)
    if file is not None:
        found = read_plan(file)
    else:
        planned, signals = run_async(lambda _: make_plan(app, targets, progress.seen))
        if planned is None:
            return signals.code
        found = planned.plan
    if file is None and not ctx.json:
        show_plan(ctx, found, app.city)
    elif not ctx.json:
        ctx.out(summary(found))
    if found.empty and file is None:
        if ctx.json:
            ctx.out_json({"rollout": None, "status": "done", "steps_done": 0})
        return ExitCode.PARTIAL if found.faults else ExitCode.OK
    if not yes and not ctx.confirm(text("Apply this plan?", "执行此计划？")):
        raise ConsentNeeded(
            text("not applied: nobody said yes", "未执行：没有得到确认"),
            text("answer yes, or give --yes", "请确认，或使用 --yes"),
        )
    result, signals = run_async(
        lambda s: apply_plan(app, found, progress, s.follow, fresh=file is not None)
    )
    return finish(ctx, result, signals, unseen=len(found.faults))
