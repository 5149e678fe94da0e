"""Progress of a rollout on stderr: one live line on a terminal, plain lines elsewhere.

A program that asked for JSON is told every event on stdout as well (fleet/cli/events.py).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

from fleet.cli.context import Context
from fleet.cli.events import EventStream
from fleet.model.text import Text, text
from fleet.rollout.progress import Event

PLAIN_EVERY_S = 30.0

STAGES = {
    "links": text("links", "链路"),
    "gates": text("gates", "出入口闸机"),
    "doors": text("doors", "单元门"),
    "cameras": text("cameras", "摄像机"),
    "uplink": text("uplink", "上联"),
    "verify": text("verify", "验证"),
}
OUTCOMES = {
    "done": text("done", "完成"),
    "failed": text("failed", "失败"),
    "stale": text("stale, untouched", "已变化，未改动"),
    "in_doubt": text("in doubt, untouched since", "存疑，此后未改动"),
    "not_applied": text("not applied, will be tried", "未生效，将重试"),
    "threshold": text("stopped: too many failures", "停止：失败过多"),
    "pause": text("pausing: finishing what is permitted", "正在暂停：完成已许可的写入"),
    "abort": text("aborting: finishing what is permitted", "正在中止：完成已许可的写入"),
    "interrupt": text(
        "stopping: finishing what is permitted (Ctrl-C again stops now)",
        "正在停止：完成已许可的写入（再按 Ctrl-C 立即停止）",
    ),
    "terminate": text("stopping: finishing what is permitted", "正在停止：完成已许可的写入"),
    "approval": text(
        "the next wave waits for: fleet rollout approve", "下一批等待：fleet rollout approve"
    ),
    "settle": text("finding out what became of unsettled writes", "正在查明未结算写入的结果"),
}

PHASES = {
    "started": text("started", "开始"),
    "done": text("done", "完成"),
    "failed": text("failed", "失败"),
}


def held_text(device: str, link: str) -> Text:
    """A device that was not started because of a link."""
    return text(
        "{d}: not started, since {k} failed and it is reached through it",
        "{d}：未开始，因其经由的 {k} 失败",
        d=device,
        k=link,
    )


def stage_name(stage: str) -> Text:
    """A stage's name for a person."""
    return STAGES.get(stage, Text(en=stage, zh=stage))


class Progress:
    """Renders events; call it as a rollout's listener."""

    def __init__(self, ctx: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._ctx = ctx
        self._clock = clock
        self._live = sys.stderr.isatty()
        self._began = self._printed = clock()
        self._width = 0
        self._stream = EventStream(ctx) if ctx.json else None

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self._stream is not None:
            self._stream.tell(event)
        line = self._line(event)
        if line is not None:
            self._clear()
            self._ctx.say(line)
            self._printed = self._clock()
        counts = self._counts(event)
        if event.kind in ("granted", "settled") and self._live:
            self._clear()
            click.echo(counts, err=True, nl=False)
            self._width = len(counts) * 2
        elif self._clock() - self._printed >= PLAIN_EVERY_S:
            self._ctx.say(counts)
            self._printed = self._clock()

    def seen(self, done: int, total: int) -> None:
        """Show how far an observation is."""
        if self._live:
            self._clear()
            line = self._ctx.render(text("observing {d}/{t}", "正在读取 {d}/{t}", d=done, t=total))
            click.echo(line, err=True, nl=False)
            self._width = len(line) * 2
            if done == total:
                self._clear()
        elif done == total or self._clock() - self._printed >= PLAIN_EVERY_S:
            self._ctx.say(
                text("observed {d}/{t} devices", "已读取 {d}/{t} 台设备", d=done, t=total)
            )
            self._printed = self._clock()

    def _line(self, event: Event) -> str | None:
        render = self._ctx.render
        if event.kind == "wave":
            return render(text("wave {n}: {c}", "第 {n} 批：{c}", n=event.wave, c=event.detail))
        if event.kind == "stage":
            return f"  {render(stage_name(event.stage))} … {render(self._amounts(event))}"
        if event.kind == "stack":
            phase = render(PHASES.get(event.detail, Text(en=event.detail, zh=event.detail)))
            return f"  {event.step} {phase}" if event.step else f"  {event.detail} …"
        if event.kind in ("waiting", "stopped"):
            return render(OUTCOMES.get(event.detail, Text(en=event.detail, zh=event.detail)))
        if event.kind == "settled" and event.detail not in ("done", ""):
            why = "" if event.fault is None else self._why(event)
            word = render(OUTCOMES.get(event.detail, Text(en=event.detail, zh=event.detail)))
            return f"    {event.step or event.device}: {word}{why}"
        if event.kind == "held":
            return f"    {render(held_text(event.device, event.detail))}"
        if event.kind == "verified" and event.detail:
            return f"    {event.device}{self._why(event) or f': {event.detail}'}"
        return None

    def _why(self, event: Event) -> str:
        fault = event.fault
        return "" if fault is None else f": {self._ctx.render(Text(en=fault.en, zh=fault.zh))}"

    def _counts(self, event: Event) -> str:
        return self._ctx.render(
            text(
                "  {w} {s} {c}: {a}",
                "  {w} {s} {c}：{a}",
                w=event.wave,
                s=stage_name(event.stage),
                c=event.compound,
                a=self._amounts(event),
            )
        )

    def _amounts(self, event: Event) -> Text:
        took = max(self._clock() - self._began, 0.001)
        return text(
            "done {d}, failed {f}, left {n}, {r:.1f}/s",
            "完成 {d}，失败 {f}，剩余 {n}，{r:.1f}/秒",
            d=event.done,
            f=event.failed,
            n=event.left,
            r=event.done / took,
        )

    def _clear(self) -> None:
        if self._width:
            click.echo("\r" + " " * self._width + "\r", err=True, nl=False)
            self._width = 0
