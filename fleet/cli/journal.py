"""`fleet journal`: verify, tail and export the record of everything that was done."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, group, option
from fleet.cli.render import visible
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.journal import HashJournal
    from fleet.ports.journal import Record

_POLL_S = 0.3


@group(
    "journal", help=text("Verify or read the journal of everything done.", "校验或查看操作日志。")
)
def journal() -> None:
    """Group of the journal's verbs."""


@contextmanager
def _opened(ctx: Context) -> Iterator[HashJournal | None]:
    from fleet.wiring.journal import has_journal, open_journal

    if not has_journal(ctx.state_dir):
        ctx.say(text("there is no journal yet: {d}", "尚无日志：{d}", d=ctx.state_dir))
        yield None
        return
    opened = open_journal(ctx.state_dir)
    try:
        yield opened
    finally:
        opened.close()


@journal.command(
    "verify",
    cls=Command,
    text_help=text("Check every record, their chain and their end.", "校验每条记录、链条与末尾。"),
)
@pass_ctx
def verify(ctx: Context) -> None:
    """Check every record and say how many there are."""
    with _opened(ctx) as opened:
        count = 0 if opened is None else opened.verify()
    if ctx.json:
        ctx.out_json({"ok": True, "records": count})
    else:
        ctx.out(text("{n} records, all in order", "共 {n} 条记录，全部完好", n=count))


@journal.command("tail", cls=Command, text_help=text("Show the last records.", "显示最近的记录。"))
@option("-n", "count", type=click.IntRange(min=0), default=20, help=text("How many.", "条数。"))
@option("-f", "--follow", is_flag=True, help=text("Go on as records come.", "持续显示新记录。"))
@option("--rollout", metavar="ID", help=text("Only this rollout's.", "只显示该次下发的记录。"))
@pass_ctx
def tail(ctx: Context, count: int, follow: bool, rollout: str | None) -> None:
    """Show the last records."""
    from fleet.app.journal import follow as following
    from fleet.app.journal import tail as last

    with _opened(ctx) as opened:
        if opened is None:
            return
        end = opened.head().seq
        for record in last(opened, count, rollout):
            _show(ctx, record)
            end = max(end, record.seq)
        if follow:
            # A flag, not KeyboardInterrupt: amid the database library's clean-up that is lost.
            stop = threading.Event()
            signal.signal(signal.SIGINT, lambda *_: stop.set())
            for record in following(opened, end, rollout, lambda: stop.wait(_POLL_S)):
                _show(ctx, record)
            ctx.exit(ExitCode.INTERRUPTED)


@journal.command(
    "export",
    cls=Command,
    text_help=text(
        "Write every record as a line of JSON, for an archive or another verifier.",
        "将全部记录逐行导出为 JSON，供归档或第三方校验。",
    ),
)
@pass_ctx
def export(ctx: Context) -> None:
    """Write every record as a line of JSON."""
    from fleet.app.journal import as_line

    with _opened(ctx) as opened:
        for record in opened.records() if opened is not None else ():
            ctx.out(as_line(record))


def _show(ctx: Context, record: Record) -> None:
    from fleet.app.journal import as_line

    if ctx.json:
        ctx.out(as_line(record))
        return
    about = " ".join(w for w in (record.rollout, record.subject) if w) or "-"
    data = json.dumps(record.data, ensure_ascii=False, sort_keys=True) if record.data else ""
    line = f"{record.seq:>6}  {record.at}  {record.kind:<20}  {about}  {data}".rstrip()
    ctx.out(visible(line))
