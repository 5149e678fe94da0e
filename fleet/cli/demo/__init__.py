"""`fleet demo`: the whole story on simulated devices, narrated and checked step by step."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

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
        "and healing, kill -9 and resume, a wave that halts itself, all torn down.\n\n"
        "Takes under three minutes. The last line says whether every check held.",
        "在全新目录与独立的回环地址块中，用模拟设备演示全过程：自检、设备启动、校验、计划、执行、\n"
        "双方验证、无需变更、漂移与恢复、kill -9 后继续、自行停止的批次及其撤销、全部拆除。\n\n"
        "用时不到三分钟；最后一行说明各项检查是否全部通过。",
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
    from fleet.bootstrap.places import shipped
    from fleet.cli.demo.stage import StepFailed, Story
    from fleet.cli.demo.steps import STEPS
    from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes

    source = shipped("inventories") / "tongling"
    began = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix="fleet-demo-"))
    with block_of_loopback(example_probes(source)) as block:
        copy_city(source, work / "tongling", block)
        story = Story(ctx, work / "tongling", len(STEPS), block)
        failed = ""
        try:
            for number, (title, step) in enumerate(STEPS, start=1):
                story.title(number, title)
                step(story)
        except StepFailed as error:
            failed = ctx.render(error.why)
        except KeyboardInterrupt:
            failed = ctx.render(text("interrupted", "已中断"))
        finally:
            story.tear_down(keep)
    took = f"{time.monotonic() - began:.0f}"
    if failed:
        click.echo(
            ctx.render(
                text("DEMO FAILED: {w} ({t} s)", "演示失败：{w}（{t} 秒）", w=failed, t=took)
            )
        )
        ctx.exit(ExitCode.INTERNAL)
        return
    click.echo(ctx.render(text("Every check held ({t} s).", "全部检查通过（{t} 秒）。", t=took)))
