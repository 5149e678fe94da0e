"""`fleet drift`: what stands against what is declared; nothing is written."""

from __future__ import annotations

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import TARGET, command
from fleet.cli.observed import Origin
from fleet.cli.plan import show_markdown
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text


@command(
    "drift",
    help=text(
        "Compare what stands on servers and devices with what is declared.\n\n"
        "Exit 0 no drift, 2 drift, 5 no drift but some devices could not be read.",
        "比较服务器与设备现状与声明。\n\n退出码：0 无漂移，2 有漂移，5 无漂移但部分设备无法读取。",
    ),
)
@TARGET
@pass_ctx
def drift(ctx: Context, targets: tuple[str, ...]) -> None:
    """Observe and compare."""
    from fleet.app.plan import make_plan
    from fleet.cli.planview import show_plan
    from fleet.cli.progress import Progress
    from fleet.cli.running import run_async
    from fleet.plan.document import to_document
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        progress = Progress(ctx)
        planned, signals = run_async(lambda _: make_plan(app, targets, progress.seen, looking=True))
        if planned is None:
            ctx.exit(signals.code)
            return
        if ctx.json:
            ctx.out_json(to_document(planned.plan))
        elif ctx.format == "markdown":
            show_markdown(ctx, planned.plan, app.city, Origin())
        elif planned.plan.empty and not planned.plan.faults:
            ctx.out(text("No drift.", "无漂移。"))
        else:
            show_plan(ctx, planned.plan, app.city)
        if ctx.format not in ("json", "markdown"):
            for citation in planned.citations:
                ctx.out(f"! {ctx.render(citation)}")
    if not planned.plan.empty:
        ctx.exit(ExitCode.CHANGES)
    ctx.exit(ExitCode.PARTIAL if planned.plan.faults else ExitCode.OK)
