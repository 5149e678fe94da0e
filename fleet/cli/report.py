"""`fleet report`: the monthly report of a district, and the rows behind each of its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, option
from fleet.model.errors import UsageError
from fleet.model.text import Lang, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.report.figure import Figure
    from fleet.report.monthly import Monthly
    from fleet.report.trace import TraceRow

_DISTRICT = option(
    "--district",
    required=True,
    metavar="CODE",
    help=text("The district's division code, like 340705.", "区县的行政区划代码，如 340705。"),
)
_MONTH = option(
    "--month",
    required=True,
    metavar="YYYY-MM",
    help=text("The month in which the period ends.", "统计期结束所在的月份。"),
)
_AS_OF = option(
    "--as-of",
    metavar="TIME",
    help=text(
        "The report's time (Asia/Shanghai unless it names a zone); default: now, or the time of "
        "the first issue of the same facts.",
        "报告时间（未注明时区即北京时间）；默认为现在，或同一事实首次签发的时间。",
    ),
)


@group("report", help=text("Reports for the city's bureau.", "向市公安局报送的报告。"))
def report() -> None:
    """Group of the reports."""


@report.command(
    "monthly",
    cls=Command,
    text_help=text(
        "The month's written report (clause 21): .docx, .xlsx with every row, .json.\n\n"
        "In Chinese unless --lang en is given. The same facts give the same bytes. A period that\n"
        "is not over gives a draft that says so; a late report says how late it is.",
        "月度书面报告：.docx 正文，.xlsx 全部明细，.json 机读数据。\n\n"
        "默认中文，--lang en 为英文。相同事实生成的文件逐字节相同。\n"
        "统计期未结束时生成草稿并注明；逾期报告注明逾期天数。",
    ),
)
@_DISTRICT
@_MONTH
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help=text("Where the files go; default: here.", "输出目录，默认为当前目录。"),
)
@_AS_OF
@pass_ctx
def monthly(ctx: Context, district: str, month: str, output: Path, as_of: str | None) -> None:
    """Make the report, journal its issue, and write its files."""
    from fleet.app import report as desk_work
    from fleet.wiring.report import keep, open_desk

    lang = _document_language()
    with open_desk(ctx.city_dir, ctx.state_dir) as desk:
        made = desk_work.monthly(desk, district, month, as_of, lang)
        found = desk_work.files(desk, made, lang)
        desk_work.issue(desk, made)
        try:
            paths = [keep(output, name, data) for name, data in found.items()]
        except OSError as error:
            raise UsageError(
                text("{d}: {e}", "{d}：{e}", d=output, e=error.strerror or error),
                text("name a folder of yours with -o", "请用 -o 指定可写目录"),
            ) from error
        missing = desk_work.gaps(made, lang)
    if ctx.json:
        ctx.out_json(
            {
                "files": [str(p) for p in paths],
                "as_of": made.as_of,
                "closed": made.closed,
                "late_days": made.late_days if made.closed else None,
                "facts": made.facts_digest,
            }
        )
    else:
        for path in paths:
            ctx.out(str(path))
    for remark in (made.state(), missing):
        if remark is not None:
            ctx.say(remark)


@report.command(
    "trace",
    cls=Command,
    text_help=text(
        "The rows and events behind one figure; without FIGURE, every figure.",
        "列出一项指标背后的全部明细与事件；不给指标时列出所有指标。",
    ),
)
@_DISTRICT
@_MONTH
@_AS_OF
@argument(
    "figure",
    required=False,
    metavar="[FIGURE]",
    help=text("The figure's id, as the report has it.", "指标编号（见报告）。"),
)
@pass_ctx
def trace(ctx: Context, district: str, month: str, as_of: str | None, figure: str | None) -> None:
    """Show what a figure is the sum of."""
    from fleet.app.report import monthly as make
    from fleet.report.trace import find
    from fleet.report.trace import trace as rows_of
    from fleet.wiring.report import open_desk

    with open_desk(ctx.city_dir, ctx.state_dir) as desk:
        made = make(desk, district, month, as_of, _document_language())
    if figure is None:
        _list(ctx, made)
        return
    found = find(made, figure)
    _show(ctx, found, rows_of(made, found, ctx.lang))


def _document_language() -> Lang:
    """Chinese, whatever the locale is; only --lang changes it: the reader is the city's bureau."""
    given = click.get_current_context().meta.get("fleet.lang")
    return "en" if given == "en" else "zh"


def _list(ctx: Context, made: Monthly) -> None:
    if ctx.json:
        ctx.out_json(
            [
                {"id": f.id, "label": ctx.render(f.label), "shown": ctx.render(f.shown)}
                for f in made.figures
            ]
        )
        return
    for figure in made.figures:
        ctx.out(f"{figure.id:<36}  {ctx.render(figure.shown):>10}  {ctx.render(figure.label)}")


def _show(ctx: Context, figure: Figure, rows: Sequence[TraceRow]) -> None:
    why = figure.why if figure.value is None else None
    if ctx.json:
        ctx.out_json(
            {
                "figure": figure.id,
                "label": ctx.render(figure.label),
                "shown": ctx.render(figure.shown),
                "part": str(figure.part),
                "whole": str(figure.whole),
                "why": ctx.render(why) if why is not None else None,
                "rows": [r.model_dump(mode="json") for r in rows],
            }
        )
        return
    of = "" if figure.unit == "count" else f" = {figure.part} / {figure.whole}"
    ctx.out(f"{figure.id}  {ctx.render(figure.label)}: {ctx.render(figure.shown)}{of}")
    if why is not None:
        ctx.out(text("    unknown: {w}", "    未知：{w}", w=why))
    for row in rows:
        share = row.part if figure.unit == "count" else f"{row.part} / {row.whole}"
        cells = "; ".join(f"{k}={v}" for k, v in list(row.cells.items())[1:] if v not in (None, ""))
        ctx.out(f"  {share}  {row.sheet} {row.key}  {cells}")
        for event in row.events:
            ctx.out(f"      {event}")
