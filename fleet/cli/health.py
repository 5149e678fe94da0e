"""`fleet health`: health that leaves a site, signed, and health that the centre takes in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.alarms import moment
from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, option
from fleet.cli.render import show_error, visible
from fleet.model.errors import FleetError, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.app.exchange import Imported, Importer, SheetTaken

_STRANGERS_SHOWN = 5
_BLANK = Text(en="", zh="")


@group("health", help=text("Health between a site and the centre.", "站点与中心之间的健康数据。"))
def health() -> None:
    """Group of the exchange's verbs."""


@health.command(
    "key",
    cls=Command,
    text_help=text(
        "At the site: print the public key that the centre enrols (made when first needed).",
        "在站点执行：输出供中心登记的公钥（首次使用时生成）。",
    ),
)
@pass_ctx
def key(ctx: Context) -> None:
    """Show the site's public key."""
    from fleet.health.sitefile import fingerprint
    from fleet.wiring.exchange import site_key

    public = site_key(ctx.state_dir).public
    if ctx.json:
        ctx.out_json({"key": public, "fingerprint": fingerprint(public)})
        return
    ctx.out(public)
    ctx.say(text("fingerprint {f}", "指纹 {f}", f=fingerprint(public)))


@health.command(
    "enrol",
    cls=Command,
    text_help=text(
        "At the centre: have files of a site taken in that this key has signed.\n\n"
        "SITE is a compound or a district; KEYFILE holds what `fleet health key` printed.",
        "在中心执行：登记站点公钥，此后接收其签名的文件。\n\n"
        "SITE 为小区或区县；KEYFILE 为 `fleet health key` 的输出。",
    ),
)
@argument("site", help=text("A compound's id or a district's code.", "小区编号或区划代码。"))
@argument(
    "keyfile",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=text("What `fleet health key` printed at the site.", "站点上 fleet health key 的输出。"),
)
@option(
    "--replace",
    is_flag=True,
    help=text("In place of the key that the site has.", "替换该站点已登记的公钥。"),
)
@pass_ctx
def enrol(ctx: Context, site: str, keyfile: Path, replace: bool) -> None:
    """Enrol a site's key."""
    from fleet.wiring.exchange import open_importer

    words = _read(keyfile, 4096).decode("utf-8", "replace")
    with open_importer(ctx.city_dir, ctx.state_dir) as (_, importer):
        made = importer.enrol(site, words, replace)
    if ctx.json:
        ctx.out_json({**made.model_dump(mode="json"), "fingerprint": made.fingerprint})
    ctx.say(text("{s} signs with {f}", "{s} 的签名密钥指纹 {f}", s=site, f=made.fingerprint))


@health.command("sites", cls=Command, text_help=text("Which sites are enrolled.", "已登记的站点。"))
@pass_ctx
def sites(ctx: Context) -> None:
    """List enrolled sites."""
    from fleet.wiring.exchange import open_importer

    with open_importer(ctx.city_dir, ctx.state_dir) as (_, importer):
        found = importer.enrolled()
    if ctx.json:
        ctx.out_json([{**e.model_dump(mode="json"), "fingerprint": e.fingerprint} for e in found])
        return
    for one in found:
        ctx.out(f"{one.site}  {one.fingerprint}  {one.at}")
    if not found:
        ctx.say(text("no site is enrolled", "没有已登记的站点"))


@health.command(
    "export",
    cls=Command,
    text_help=text(
        "At the site: sign what was seen since the last file.\n\n"
        "A file that got lost on its way is written again, as it was, with --again N.",
        "在站点执行：将上次导出以来的观测签名导出。\n\n途中丢失的文件可用 --again N 原样重写。",
    ),
)
@option("-o", "--output", required=True, type=click.Path(path_type=Path),
        help=text("The file to write.", "输出文件。"))  # fmt: skip
@option("--site", metavar="SITE", help=text("The compound or district.", "小区或区县。"))
@option(
    "--since",
    metavar="TIME",
    help=text("Where a site's first file begins (default: 31 days back).",
              "首个文件的起始时间（默认 31 天前）。"),
)  # fmt: skip
@option("--again", type=click.IntRange(1), metavar="N",
        help=text("Write file N once more.", "重新写出第 N 号文件。"))  # fmt: skip
@pass_ctx
def export(
    ctx: Context, output: Path, site: str | None, since: str | None, again: int | None
) -> None:
    """Export health."""
    from fleet.app.exchange import site_of
    from fleet.wiring.exchange import open_exporter

    with open_exporter(ctx.city_dir, ctx.state_dir) as (city, exporter):
        name = site_of(city, site)
        if again is not None:
            until, data = exporter.again(name, again)
            serial = again
        else:
            begin = None if since is None else moment(since, ahead=False)
            body, data = exporter.export(name, begin)
            until, serial = body.until, body.serial
    try:
        output.write_bytes(data)
    except OSError as error:
        raise UsageError(
            text("{f} cannot be written: {e}", "无法写入 {f}：{e}", f=output, e=error.strerror),
            text("then: --again {n}", "之后可用 --again {n}", n=serial),
        ) from error
    if ctx.json:
        ctx.out_json({"site": name, "serial": serial, "until": until, "file": str(output)})
    ctx.say(text("{s}: file {n}, up to {u}", "{s}：第 {n} 号文件，截至 {u}",
                 s=name, n=serial, u=until))  # fmt: skip


@health.command(
    "import",
    cls=Command,
    text_help=text(
        "At the centre: take in files that sites signed, and the platform's online sheets.\n\n"
        "A file is taken in whole or not at all; the others are not concerned. Exit code 7:\n"
        "altered, of nobody known, or here before; 3: a sheet's cells are wrong.",
        "在中心执行：导入站点签名的文件，或上级平台导出的在线情况表（.xlsx/.csv）。\n\n"
        "每个文件要么全部导入，要么不导入，互不影响。退出码 7：被改动、来源未登记或重复导入；\n"
        "3：表格单元格有误。",
    ),
)
@argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=text(
        "Signed health (.json), or sheets (.xlsx, .csv).", "签名的健康文件或表格（.xlsx、.csv）。"
    ),
)
@option("--as-of", metavar="TIME",
        help=text("When a sheet without times was made.", "无时间列的表格导出时间。"))  # fmt: skip
@pass_ctx
def import_(ctx: Context, files: tuple[Path, ...], as_of: str | None) -> None:
    """Import health."""
    from fleet.wiring.exchange import open_importer

    at = None if as_of is None else moment(as_of, ahead=False)
    worst, done = ExitCode.OK, []
    with open_importer(ctx.city_dir, ctx.state_dir) as (_, importer):
        for file in files:
            try:
                taken = _take(importer, file, at)
            except FleetError as error:
                ctx.say(visible(ctx.render(text("{f}: not taken in", "{f}：未导入", f=file.name))))
                show_error(ctx, error)
                worst = error.exit_code if worst is ExitCode.OK else worst
                done.append({"file": str(file), "taken": False, "why": error.summary.en})
                continue
            ctx.say(visible(ctx.render(_said(file.name, taken))))
            done.append({"file": str(file), "taken": True, **taken.model_dump(mode="json")})
    if ctx.json:
        ctx.out_json(done)
    ctx.exit(worst)


def _take(importer: Importer, file: Path, as_of: str | None) -> Imported | SheetTaken:
    from fleet.health.sitefile import FILE_MAX
    from fleet.wiring.exchange import read_sheet

    data = _read(file, FILE_MAX + 1)
    if data.lstrip()[:1] == b"{":
        return importer.take(data)
    return importer.take_sheet(file.name, data, read_sheet, as_of)


def _said(file: str, taken: Imported | SheetTaken) -> Text:
    from fleet.app.exchange import Imported

    if isinstance(taken, Imported):
        gap = (
            text("; files {m} never came: their days are unknown",
                 "；第 {m} 号文件从未收到，相应日期为未知",
                 m=", ".join(str(n) for n in taken.missing))
            if taken.missing
            else _BLANK
        )  # fmt: skip
        return text(
            "{f}: file {n} of {s}, {b} – {u}, {r} rows{g}",
            "{f}：{s} 第 {n} 号文件，{b} – {u}，{r} 行{g}",
            f=file, n=taken.serial, s=taken.site, b=taken.begin, u=taken.until, r=taken.rows, g=gap,
        )  # fmt: skip
    shown = ", ".join(taken.strangers[:_STRANGERS_SHOWN])
    more = (
        text("; {n} ids of nobody here: {i}", "；{n} 个编码不在台账中：{i}",
             n=len(taken.strangers), i=shown)
        if taken.strangers
        else _BLANK
    )  # fmt: skip
    return text(
        "{f}: {r} rows of {d} devices{m}", "{f}：{d} 台设备，{r} 行{m}",
        f=file, r=taken.rows, d=taken.devices, m=more,
    )  # fmt: skip


def _read(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        raise UsageError(
            text("{f} cannot be read: {e}", "无法读取 {f}：{e}", f=file, e=error.strerror)
        ) from error
