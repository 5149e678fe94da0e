"""`fleet plan` and `fleet show`: what would change, field by field, and the sealed file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import argument, command, option
from fleet.model.errors import AlteredPlan, FleetError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.model.plan import Plan

TARGET = option(
    "--target",
    "targets",
    multiple=True,
    metavar="GLOB",
    help=text(
        "Only these compounds or devices (glob over ids); may be repeated.",
        "仅限这些小区或设备（编号通配），可重复。",
    ),
)


@command(
    "plan",
    help=text(
        "Observe servers and devices and show every field that would change.\n\n"
        "Nothing is written. With -o the plan is sealed into a file that `fleet apply FILE`\n"
        "runs exactly, or refuses (exit 7) when anything changed in between.\n\n"
        "Marks: (blank) exact value, ~ predicted, ? known after apply.",
        "读取服务器与设备，列出将变更的每个字段。\n\n"
        "不写入任何内容。-o 把计划封存到文件，fleet apply FILE 将严格照此执行，\n"
        "若期间有任何变化则拒绝（退出码 7）。\n\n"
        "标记：（空）精确值，~ 预测值，? 执行后可知。",
    ),
)
@option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help=text("Write the sealed plan (JSON) to this file.", "将封存的计划（JSON）写入此文件。"),
)
@TARGET
@option(
    "--detailed-exitcode",
    is_flag=True,
    help=text("Exit 2 when there are changes.", "有变更时退出码为 2。"),
)
@pass_ctx
def plan(ctx: Context, out: Path | None, targets: tuple[str, ...], detailed_exitcode: bool) -> None:
    """Plan and show."""
    from fleet.app.plan import make_plan
    from fleet.cli.planview import show_plan
    from fleet.cli.progress import Progress
    from fleet.cli.running import run_async
    from fleet.plan.document import to_document
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        progress = Progress(ctx)
        planned, signals = run_async(lambda _: make_plan(app, targets, progress.seen))
        if planned is None:
            ctx.exit(signals.code)
            return
        document = to_document(planned.plan)
        if out is not None:
            _write(out, json.dumps(document, ensure_ascii=False, indent=1).encode())
        if ctx.json:
            ctx.out_json(document)
        else:
            show_plan(ctx, planned.plan, app.city)
            for citation in planned.citations:
                ctx.out(f"! {ctx.render(citation)}")
            if out is not None:
                ctx.say(text("sealed: {o}", "已封存：{o}", o=out))
    changed = detailed_exitcode and not planned.plan.empty
    partial = ExitCode.PARTIAL if planned.plan.faults else ExitCode.OK
    ctx.exit(ExitCode.CHANGES if changed else partial)


@command("show", help=text("Show a sealed plan file.", "显示已封存的计划文件。"))
@argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_ctx
def show(ctx: Context, file: Path) -> None:
    """Show a plan file."""
    from fleet.cli.planview import show_plan
    from fleet.plan.document import to_document

    found = read_plan(file)
    if ctx.json:
        ctx.out_json(to_document(found))
    else:
        show_plan(ctx, found)


def read_plan(file: Path) -> Plan:
    """Read and check a plan file; AlteredPlan when it is none or was changed."""
    from fleet.plan.document import from_document

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise AlteredPlan(
            text("cannot read {f}: {e}", "无法读取 {f}：{e}", f=file, e=error.strerror)
        ) from error
    return from_document(raw)


def _write(out: Path, data: bytes) -> None:
    try:
        out.write_bytes(data + b"\n")
    except OSError as error:
        raise FleetError(
            text("cannot write {f}: {e}", "无法写入 {f}：{e}", f=out, e=error.strerror)
        ) from error
