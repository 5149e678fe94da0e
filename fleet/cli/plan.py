"""`fleet plan` and `fleet show`: what would change, field by field, and the sealed file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import TARGET, argument, command, option
from fleet.cli.observed import MAX_AGE, OBSERVED, OBSERVER_KEY, Origin
from fleet.cli.sides import AGAINST, sides_of
from fleet.model.errors import FleetError, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text
from fleet.plan.observed import MAX_AGE_H
from fleet.plan.review import NOT_OBSERVED

if TYPE_CHECKING:
    from fleet.app.compose import Planned
    from fleet.model.fleet import City
    from fleet.model.plan import Plan


@command(
    "plan",
    help=text(
        "Observe servers and devices and show every field that would change.\n\n"
        "Nothing is written. With -o the plan is sealed into a file that `fleet apply FILE`\n"
        "runs exactly, or refuses (exit 7) when anything changed in between.\n\n"
        "Marks: (blank) exact value, ~ predicted, ? known after apply.\n\n"
        "With --observed the plan is made from what `fleet observe` saw and signed. Such a file\n"
        "holds what reviewers saw: apply plans again and accepts that content alone (else 8).\n"
        "--format markdown gives one comment for a pull request.",
        "读取服务器与设备，列出将变更的每个字段。\n\n"
        "不写入任何内容。-o 把计划封存到文件，fleet apply FILE 将严格照此执行，\n"
        "若期间有任何变化则拒绝（退出码 7）。\n\n"
        "标记：（空）精确值，~ 预测值，? 执行后可知。\n\n"
        "--observed 依据 fleet observe 签名的观测出计划。该文件保存评审所见内容：\n"
        "apply 会重新计划，仅执行与之一致的内容（否则退出码 8）。\n"
        "--format markdown 输出一条合并请求评论。",
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
@OBSERVED
@OBSERVER_KEY
@MAX_AGE
@AGAINST
@pass_ctx
def plan(
    ctx: Context,
    out: Path | None,
    targets: tuple[str, ...],
    detailed_exitcode: bool,
    observed: Path | None,
    observer_key: str | None,
    max_age: float | None,
    against: Path | None,
) -> None:
    """Plan and show."""
    from fleet.app.plan import make_plan
    from fleet.cli.observed import plan_from
    from fleet.cli.progress import Progress
    from fleet.cli.running import run_async
    from fleet.wiring.build import open_app

    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(
            text(
                "there is no folder {d} for the plan file",
                "没有存放计划文件的目录 {d}",
                d=out.absolute().parent,
            )
        )
    sides = sides_of(ctx, against) if against is not None else None
    if observed is not None:
        made = plan_from(ctx, observed, observer_key, targets, max_age or MAX_AGE_H)
        ctx.say(
            text(
                "planned from the observation of {t}, {a} old; no device was contacted",
                "依据 {t} 的观测（距今 {a}）出计划；未连接任何设备",
                t=made.planned.plan.observed_at,
                a=made.age,
            )
        )
        _show(ctx, made.planned, made.city, out, Origin(made.digest, made.age, sides))
        ctx.exit(_code(made.planned, detailed_exitcode))
        return
    if observer_key is not None or max_age is not None:
        raise UsageError(
            text(
                "--observer-key and --max-age belong to --observed",
                "--observer-key 与 --max-age 须与 --observed 同用",
            )
        )
    with open_app(ctx.city_dir, ctx.state_dir) as app:
        progress = Progress(ctx)
        planned, signals = run_async(lambda _: make_plan(app, targets, progress.seen))
        if planned is None:
            ctx.exit(signals.code)
            return
        _show(ctx, planned, app.city, out, Origin(sides=sides))
    ctx.exit(_code(planned, detailed_exitcode))


def _show(
    ctx: Context,
    planned: Planned,
    city: City,
    out: Path | None,
    origin: Origin,
) -> None:
    """Write the plan's file and show it."""
    from fleet.cli.findings import said_of
    from fleet.cli.planview import show_plan
    from fleet.plan.document import to_document

    document = to_document(planned.plan)
    if out is not None:
        _write(out, json.dumps(document, ensure_ascii=False, indent=1).encode())
    if ctx.json:
        ctx.out_json(document)
        return
    if ctx.format == "markdown":
        show_markdown(ctx, planned.plan, city, origin)
    else:
        show_plan(ctx, planned.plan, city)
        for citation in planned.citations:
            ctx.out(f"! {ctx.render(citation)}")
        for said in said_of(origin.sides):
            ctx.out(f"· {ctx.render(said)}")
    if out is not None:
        ctx.say(text("sealed: {o}", "已封存：{o}", o=out))


def show_markdown(ctx: Context, plan: Plan, city: City | None, origin: Origin) -> None:
    """The plan as one comment."""
    from fleet.cli.findings import sides_lines
    from fleet.cli.plan_markdown import About, as_markdown

    names = {c.id: c.name for c in city.compounds()} if city is not None else {}
    remarks = sides_lines(ctx.lang, origin.sides)
    ctx.out(as_markdown(ctx.lang, plan, About(names, origin.digest, origin.age, remarks)))


def _code(planned: Planned, detailed: bool) -> ExitCode:
    if detailed and not planned.plan.empty:
        return ExitCode.CHANGES
    faults = planned.plan.faults.values()
    unread = [f for f in faults if f.code != NOT_OBSERVED]
    return ExitCode.PARTIAL if unread else ExitCode.OK


@command(
    "show",
    help=text(
        "Show a sealed plan file.\n\n"
        "Exit 64 where FILE cannot be read, 7 where it is no plan or was changed since.",
        "显示已封存的计划文件。\n\nFILE 无法读取时退出码为 64；不是计划或封存后被改动时为 7。",
    ),
)
@argument(
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=text("A plan sealed by `fleet plan -o`.", "由 fleet plan -o 封存的计划。"),
)
@pass_ctx
def show(ctx: Context, file: Path) -> None:
    """Show a plan file."""
    from fleet.cli.planview import show_plan
    from fleet.plan.document import to_document

    found = read_plan(file)
    if ctx.json:
        ctx.out_json(to_document(found))
    elif ctx.format == "markdown":
        show_markdown(ctx, found, None, Origin())
    else:
        show_plan(ctx, found)


def read_plan(file: Path) -> Plan:
    """Read and check a plan file.

    Raises:
        UsageError: there is no such file, or this user may not read it.
        AlteredPlan: it is no plan, or not as it was sealed.
    """
    from fleet.plan.document import from_document

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UsageError(
            text("cannot read {f}: {e}", "无法读取 {f}：{e}", f=file, e=error.strerror),
            text("make it with: fleet plan -o {f}", "请先生成：fleet plan -o {f}", f=file),
        ) from error
    return from_document(raw)


def _write(out: Path, data: bytes) -> None:
    try:
        out.write_bytes(data + b"\n")
    except OSError as error:
        raise FleetError(
            text("cannot write {f}: {e}", "无法写入 {f}：{e}", f=out, e=error.strerror)
        ) from error
