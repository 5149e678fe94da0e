"""The demo's later steps: what is watched, what is alarmed, and what is reported of it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from fleet.cli.demo.stage import Story
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

COMPOUND, DISTRICT, HUNG = "cuihu", "340705", "cuihu-cam-02"
WAIT_S = 45.0


def health(story: Story) -> None:
    """A camera hangs: one alarm, told by the collector; it comes back, and the alarm ends."""
    story.tell(
        text(
            "A site that stands alone watches its devices, one look every four seconds.",
            "独立运行的现场采集服务每 4 秒查看一次设备。",
        )
    )
    collector = story.start("collector", "run", "--compound", COMPOUND, "--poll", "4")
    _until(
        story,
        lambda: _states(story) == {"online"},
        text("not every device was seen online", "并非所有设备都显示在线"),
    )
    story.run("status", lines=16)
    story.tell(text("{d} hangs.", "{d} 停止响应。", d=HUNG))
    story.run("sim", "fault", HUNG, "slow", "60")
    _until(
        story,
        lambda: HUNG in _alarmed(story),
        text("no alarm was raised for {d}", "未对 {d} 发出报警", d=HUNG),
    )
    story.run("alarms", "list")
    story.run("sim", "fault", HUNG, "none")
    _until(
        story,
        lambda: HUNG not in _alarmed(story),
        text("the alarm for {d} did not end", "{d} 的报警未结束", d=HUNG),
    )
    os.killpg(collector.pid, signal.SIGTERM)
    code = collector.wait()
    story.check(
        code == ExitCode.TERMINATED,
        text("the collector ended with {c}", "采集服务退出码为 {c}", c=code),
    )


def report(story: Story) -> None:
    """The month's written report, and what is behind one figure of it."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    month = f"{now:%Y-%m}"
    where = story.city.parent / "report"
    story.run("report", "monthly", "--district", DISTRICT, "--month", month, "-o", str(where))
    kinds = {file.suffix for file in where.iterdir()}
    story.check(
        {".docx", ".xlsx", ".json"} <= kinds,
        text("the report lacks a file: {k}", "报告缺少文件：{k}", k=", ".join(sorted(kinds))),
    )
    trace = ("report", "trace", "--district", DISTRICT, "--month", month)
    story.run(*trace, "changes.rollouts", lines=8)


def _states(story: Story) -> set[str]:
    """The states in which the watched compound's devices are shown."""
    page = story.json("status")
    return {d["state"] for d in page["health"]["devices"] if d["compound"] == COMPOUND}


def _alarmed(story: Story) -> str:
    """What stands of alarms, with the devices that each is about."""
    return json.dumps(story.json("alarms", "list"))


def _until(story: Story, holds: Callable[[], bool], otherwise: Text) -> None:
    """Look until it holds; the step fails when it does not within WAIT_S."""
    end = time.monotonic() + WAIT_S
    while not holds():
        story.check(time.monotonic() < end, otherwise)
        time.sleep(0.3)
