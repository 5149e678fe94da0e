"""`fleet demo`: the whole story on simulated devices, narrated and checked step by step."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command, option
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text


@command(
    "demo",
    help=text(
        "The whole story on simulated devices, in a fresh folder and loopback block of its own:\n"
        "doctor, devices up, validate, plan, apply, proof from both sides, nothing to do, drift\n"
        "and healing, kill -9 and resume, a link that cuts its own path, a camera that hangs, the\n"
        "month's report, a wave that halts itself, all torn down.\n\n"
        "Takes under four minutes. The last line says whether every check held.",
        "在全新目录与独立的回环地址块中，用模拟设备演示全过程：自检、设备启动、校验、计划、执行、\n"
        "双方验证、无需变更、漂移与恢复、kill -9 后继续、链路变更切断自身通路、摄像机停止响应、\n"
        "月度报告、自行停止的批次及其撤销、全部拆除。\n\n"
        "用时不到四分钟；最后一行说明各项检查是否全部通过。",
    ),
)
@option(
    "--keep",
    is_flag=True,
    help=text("Keep the folder (devices are ended all the same).", "保留目录（设备照样结束）。"),
)
@pass_ctx
def demo(ctx: Context, keep: bool) -> None:
    """Tell the story."""
    from fleet.wiring.leftovers import clear_dead, demo_folder

    began = time.monotonic()
    clear_dead(lambda city: _clear(ctx, city))
    with _signals_raise(), demo_folder() as work:
        failed, code = _tell(ctx, work, keep)
    took = f"{time.monotonic() - began:.0f}"
    if failed:
        click.echo(
            ctx.render(
                text("DEMO FAILED: {w} ({t} s)", "演示失败：{w}（{t} 秒）", w=failed, t=took)
            )
        )
        ctx.exit(code)
        return
    click.echo(ctx.render(text("Every check held ({t} s).", "全部检查通过（{t} 秒）。", t=took)))


def _tell(ctx: Context, work: Path, keep: bool) -> tuple[str, ExitCode]:
    """Run the steps and tear down; what failed, if anything did, and the exit code for it."""
    from fleet.bootstrap.places import shipped
    from fleet.cli.demo.stage import StepFailed, Story
    from fleet.cli.demo.steps import STEPS
    from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes
    from fleet.wiring.leftovers import CITY

    source = shipped("inventories") / "tongling"
    failed, code, clean = "", ExitCode.OK, True
    with block_of_loopback(example_probes(source)) as block:
        story = Story(ctx, work / CITY, len(STEPS), block)
        try:
            copy_city(source, story.city, block)
            for number, (title, step) in enumerate(STEPS, start=1):
                story.title(number, title)
                step(story)
        except StepFailed as error:
            failed, code = ctx.render(error.why), ExitCode.INTERNAL
        except KeyboardInterrupt:
            failed, code = ctx.render(text("interrupted", "已中断")), ExitCode.INTERRUPTED
        except _Terminated:
            failed, code = ctx.render(text("terminated", "被终止")), ExitCode.TERMINATED
        finally:
            clean = story.tear_down(keep)
    if not failed and not clean:
        failed = ctx.render(text("processes are left", "仍有进程残留"))
        code = ExitCode.INTERNAL
    return failed, code


def _clear(ctx: Context, city: Path) -> None:
    """Take down what a demo left that was killed."""
    from fleet.cli.demo.stage import Story

    ctx.say(
        text(
            "an earlier demo was killed; ending what it left in {d}",
            "此前的演示被杀死；正在结束其残留：{d}",
            d=city.parent,
        )
    )
    Story(ctx, city, 0, 0).tear_down(kept=False)


class _Terminated(BaseException):
    """TERM, or the terminal is gone; no handler of errors may take it for one."""


@contextmanager
def _signals_raise() -> Iterator[None]:
    """TERM and HUP unwind the demo like Ctrl-C does, so that it is torn down."""

    def hear(_number: int, _frame: FrameType | None) -> None:
        raise _Terminated

    before = {n: signal.signal(n, hear) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
