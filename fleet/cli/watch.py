"""`fleet watch`: hands the terminal over to the screens, which are a program of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command, option
from fleet.model.text import text


@command(
    "watch",
    help=text(
        "The fleet on screens: overview, compounds, devices, rollouts, events, plans.\n\n"
        "Looks only, logs in nowhere and writes nothing; with --write a rollout can be paused,\n"
        "resumed, aborted, retried and undone from here. Keys: ? lists them, q leaves.",
        "全屏查看：总览、小区、设备、下发、事件、计划。\n\n"
        "只读，不登录设备，不写入任何内容；--write 时可在此暂停、继续、中止、重试、撤销下发。\n"
        "按键：? 列出全部，q 退出。",
    ),
)
@option("--write", is_flag=True, help=text("Allow keys that act.", "允许会执行操作的按键。"))
@option(
    "--ascii",
    "plain",
    is_flag=True,
    help=text(
        "Safe mode: no glyph whose width terminals disagree on.",
        "安全模式：不使用各终端宽度不一的字符。",
    ),
)
@option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=text("Begin with the review of this sealed plan.", "启动后先查看此封存计划。"),
)
@pass_ctx
def watch(ctx: Context, write: bool, plain: bool, plan_file: Path | None) -> None:
    """Become the screens' program: same process, environment and terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    command = arguments(ctx, write, plain, plan_file)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


def arguments(ctx: Context, write: bool, plain: bool, plan_file: Path | None) -> list[str]:
    """The argument list; -P keeps a folder `fleet_tui` of the current directory out of the way."""
    found = [sys.executable, "-P", "-m", "fleet_tui"]
    found += ["--city", str(ctx.city_dir), "--state", str(ctx.state_dir), "--lang", ctx.lang]
    found += ["--write"] if write else []
    found += ["--ascii"] if plain else []
    found += ["--plan", str(plan_file.absolute())] if plan_file is not None else []
    return found
