"""Running a use case that may take long: signals, progress, and the result as an exit code."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from fleet.cli.context import Context
from fleet.cli.events import fault_json
from fleet.cli.progress import held_text
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text
from fleet.rollout.run import Result, Rollout

T = TypeVar("T")

STATUS_CODE = {
    "done": ExitCode.OK,
    "partial": ExitCode.PARTIAL,
    "halted": ExitCode.HALTED,
    "paused": ExitCode.HALTED,
    "waiting": ExitCode.WAITING,
    "aborted": ExitCode.HALTED,
    "interrupted": ExitCode.INTERRUPTED,
    "failed": ExitCode.ENGINE,
}
STATUS_TEXT = {
    "done": text("done", "完成"),
    "partial": text("done, but some devices failed", "完成，但部分设备失败"),
    "halted": text(
        "halted: more devices failed than tolerated, or a link was lost",
        "已停止：失败设备超过限额，或链路丢失",
    ),
    "paused": text("paused", "已暂停"),
    "waiting": text("waiting for an approval", "等待批准"),
    "aborted": text("aborted", "已中止"),
    "interrupted": text("stopped by the operator", "已被操作员停止"),
    "failed": text("an engine failed", "引擎失败"),
    "running": text("running", "进行中"),
    "died": text("its process died", "其进程已中断"),
}


@dataclass
class Signals:
    """First Ctrl-C finishes what is permitted, the second stops now; TERM and HUP are like it."""

    task: asyncio.Task[object] | None = None
    rollout: Rollout | None = None
    heard: list[int] = field(default_factory=list)

    def follow(self, rollout: Rollout) -> None:
        """From now on there is something that can be stopped in good order."""
        self.rollout = rollout

    def hear(self, number: int) -> None:
        """One signal arrived."""
        self.heard.append(number)
        if number == signal.SIGHUP:
            _leave_terminal()
        if self.rollout is not None and len(self.heard) == 1:
            self.rollout.stop("interrupt" if number == signal.SIGINT else "terminate")
        elif self.task is not None:
            self.task.cancel()

    @property
    def code(self) -> ExitCode:
        """The exit code of the signal that ended the run."""
        by_hand = not self.heard or self.heard[0] == signal.SIGINT
        return ExitCode.INTERRUPTED if by_hand else ExitCode.TERMINATED


def _leave_terminal() -> None:
    """Say what is still to be said to nobody: a terminal that went away takes no more words.

    An error on writing there would end the run amid its settling.
    """
    for stream in (sys.stdout, sys.stderr):
        # Not isatty(): a terminal that hung up is none any more.
        if stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())


def run_async(
    work: Callable[[Signals], Coroutine[object, object, T]],
) -> tuple[T | None, Signals]:
    """Run a coroutine under our signal rules; the result is None when it was cut short."""
    signals = Signals()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    async def main() -> T:
        loop = asyncio.get_running_loop()
        signals.task = asyncio.current_task()
        for number in numbers:
            # What nohup has us ignore stays ignored.
            if signal.getsignal(number) is signal.SIG_IGN:
                continue
            loop.add_signal_handler(number, signals.hear, number)
        return await work(signals)

    try:
        return asyncio.run(main()), signals
    except asyncio.CancelledError:
        return None, signals
    finally:
        # A loop that ends leaves the defaults behind, not what it found.
        for number, handler in before.items():
            signal.signal(number, handler)


def finish(ctx: Context, result: Result | None, signals: Signals, unseen: int = 0) -> ExitCode:
    """Show how a rollout ended and return the exit code; `unseen` devices were not observable."""
    if result is None:
        ctx.say(
            text(
                "stopped now; what is open is settled by: fleet rollout resume",
                "已立即停止；未结算的写入由 fleet rollout resume 查明",
            )
        )
        return signals.code
    code = STATUS_CODE[result.status]
    if code is ExitCode.OK and unseen:
        code = ExitCode.PARTIAL
    if code is ExitCode.INTERRUPTED:
        code = signals.code
    show_result(ctx, result)
    return code


def show_result(ctx: Context, result: Result) -> None:
    """A rollout's end, with every device that failed and what to do next."""
    if ctx.json:
        verdict(
            ctx,
            rollout=result.rollout,
            status=result.status,
            steps_done=result.done,
            steps_left=result.left,
            failed={d: fault_json(f) for d, f in sorted(result.failed.items())},
            held=dict(sorted(result.held.items())),
        )
        return
    for device, fault in sorted(result.failed.items()):
        why = Text(en=fault.en, zh=fault.zh) if fault else text("see the journal", "见日志")
        code = f" [{fault.code}]" if fault else ""
        ctx.out(f"  {device}{code}: {ctx.render(why)}")
        if fault and fault.fix_en:
            ctx.out(f"      → {ctx.render(Text(en=fault.fix_en, zh=fault.fix_zh))}")
    for device, link in sorted(result.held.items()):
        ctx.out(f"  {ctx.render(held_text(device, link))}")
    ctx.out(
        text(
            "{r}: {s}; {d} steps done, {n} left, {f} devices failed",
            "{r}：{s}；完成 {d} 步，剩余 {n} 步，失败设备 {f} 台",
            r=result.rollout,
            s=STATUS_TEXT[result.status],
            d=result.done,
            n=result.left,
            f=len(result.failed),
        )
    )
    if result.detail:
        ctx.out(f"    {result.detail}")
    hint = {
        "halted": "fleet rollout retry {r}   |   fleet rollout undo {r}",
        "paused": "fleet rollout resume {r}",
        "waiting": "fleet rollout approve {r}",
        "interrupted": "fleet rollout resume {r}",
        "failed": "fleet rollout resume {r}",
        "partial": "fleet rollout retry {r}",
    }.get(result.status)
    if hint:
        ctx.out("    → " + hint.format(r=result.rollout))


def verdict(ctx: Context, **told: object) -> None:
    """The last line of a JSON event stream: how it ended."""
    ctx.out(json.dumps({"kind": "verdict", **told}, ensure_ascii=False))
