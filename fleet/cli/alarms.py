"""`fleet alarms`: which stand, taking one on, and keeping quiet about some until a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, option
from fleet.model.errors import UsageError
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.ports.health import Alarm

_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNIT = {"m": "minutes", "h": "hours", "d": "days"}
_BEHIND_SHOWN = 4


@group("alarms", help=text("Alarms: list, acknowledge, silence.", "告警：列表、确认、静默。"))
def alarms() -> None:
    """Group of the alarms' verbs."""


@alarms.command(
    "list",
    cls=Command,
    text_help=text(
        "Show the alarms that stand; --since also those that are over.",
        "显示未恢复的告警；加 --since 可含已恢复的。",
    ),
)
@option(
    "--since",
    metavar="TIME",
    help=text(
        "Also what stood since then (like 2026-11-24T00:00:00+08:00, or 2h, 7d).",
        "包括此后出现过的（如 2026-11-24T00:00:00+08:00，或 2h、7d）。",
    ),
)
@pass_ctx
def list_(ctx: Context, since: str | None) -> None:
    """List alarms."""
    from fleet.wiring.history import open_desk

    begin = None if since is None else moment(since, ahead=False)
    with open_desk(ctx.state_dir) as desk:
        found = desk.alarms(begin)
    if ctx.json:
        ctx.out_json([a.model_dump(mode="json") for a in found])
        return
    for alarm in found:
        ctx.out(line(ctx, alarm))
    if not found:
        ctx.say(text("no alarms", "无告警"))


@alarms.command(
    "ack",
    cls=Command,
    text_help=text(
        "Take an alarm on; the name and the reason go into the journal.",
        "确认告警；姓名与原因记入日志。",
    ),
)
@argument(
    "alarm_id",
    metavar="ID",
    help=text("The alarm, as `fleet alarms list` shows it.", "告警编号（见 fleet alarms list）。"),
)
@option("--reason", required=True, help=text("What is being done.", "处理情况。"))
@pass_ctx
def ack(ctx: Context, alarm_id: str, reason: str) -> None:
    """Acknowledge one alarm."""
    from fleet.wiring.history import open_desk

    with open_desk(ctx.state_dir) as desk:
        alarm = desk.acknowledge(alarm_id, _said(reason))
    ctx.say(text("acknowledged: {s}", "已确认：{s}", s=alarm.subject))


@alarms.command(
    "silence",
    cls=Command,
    text_help=text(
        "Keep quiet about alarms until a time; they are still recorded and listed.\n\n"
        "GLOB matches an alarm's id, device, compound or kind, like 'cuihu-cam-*'.",
        "在指定时间前静默告警；仍会记录并列出。\n\n"
        "GLOB 可匹配编号、设备、小区或类别，如 'cuihu-cam-*'。",
    ),
)
@argument(
    "glob",
    metavar="GLOB",
    help=text("Which alarms: `*` and `?` stand for letters.", "告警通配：* 与 ? 代表任意字符。"),
)
@option(
    "--until",
    required=True,
    metavar="TIME",
    help=text(
        "Until when: a time, or from now 30m, 2h, 7d; 0m ends a silence.",
        "静默到何时：时间，或自现在起 30m、2h、7d；0m 结束静默。",
    ),
)
@option("--reason", required=True, help=text("Why.", "原因。"))
@pass_ctx
def silence(ctx: Context, glob: str, until: str, reason: str) -> None:
    """Silence alarms."""
    from fleet.wiring.history import open_desk

    with open_desk(ctx.state_dir) as desk:
        at = desk.silence(glob, moment(until, ahead=True), _said(reason))
    ctx.say(text("silenced until {t}: {g}", "已静默至 {t}：{g}", t=at, g=glob))


def moment(given: str, ahead: bool) -> str:
    """A time as given, or `2h`, `30m`, `7d` from now on (or back), as RFC 3339.

    Raises:
        UsageError: it is neither.
    """
    if found := _SPAN.fullmatch(given):
        span = timedelta(**{_UNIT[found[2]]: int(found[1])})
        now = datetime.now(UTC)
        return (now + span if ahead else now - span).isoformat(timespec="milliseconds")
    try:
        # Without a zone nobody can tell whose clock is meant.
        zoned = datetime.fromisoformat(given.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        raise UsageError(
            text("not a time with its zone: {u}", "不是带时区的有效时间：{u}", u=given),
            text("like 2026-11-25T08:00:00+08:00, or 2h", "格式如 2026-11-25T08:00:00+08:00 或 2h"),
        )
    return given


def line(ctx: Context, alarm: Alarm) -> str:
    """One alarm on one line: id, since when, whom, what, and what was said of it."""
    from fleet.app.alarms import meaning

    parts = [f"{alarm.id}  {alarm.begun}  {alarm.subject}: {ctx.render(meaning(alarm.kind))}"]
    if alarm.behind:
        shown = ", ".join(alarm.behind[:_BEHIND_SHOWN])
        more = "…" if len(alarm.behind) > _BEHIND_SHOWN else ""
        given = {"n": len(alarm.behind), "d": shown, "m": more}
        behind = text("{n} devices: {d}{m}", "{n} 台设备：{d}{m}", **given)
        if alarm.subject.startswith("uplink:"):
            behind = text("for compounds: {d}{m}", "影响小区：{d}{m}", **given)
        parts.append(f"({ctx.render(behind)})")
    for said in _remarks(alarm):
        parts.append(f"[{ctx.render(said)}]")
    return " ".join(parts)


def _remarks(alarm: Alarm) -> list[Text]:
    found = []
    if alarm.ended is not None:
        found.append(text("over since {t}", "已于 {t} 恢复", t=alarm.ended))
    if alarm.acknowledged is not None:
        found.append(text("acknowledged, {w}", "已确认，{w}", w=alarm.acknowledged))
    if alarm.silenced_until is not None:
        found.append(text("silenced until {t}", "静默至 {t}", t=alarm.silenced_until))
    return found


def _said(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise UsageError(text("the reason is empty", "原因不能为空"))
    return words
