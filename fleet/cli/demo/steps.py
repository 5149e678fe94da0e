"""The demo's steps; each says what it shows, runs the real thing, and checks it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable

from fleet.cli.demo.eyes import gate_seen_by_snmpget, reader_seen_by_urllib
from fleet.cli.demo.links import path_cut
from fleet.cli.demo.stage import Story
from fleet.cli.demo.watching import health, report
from fleet.model.text import Text, text
from fleet.wiring.leftovers import naming

GATE, DOOR = "cuihu-gate-02", "cuihu-door-01"
KILL_WAIT_S = 60.0


def doctor(story: Story) -> None:
    """Step 1."""
    story.run("doctor")


def devices_up(story: Story) -> None:
    """Step 2."""
    story.tell(
        text(
            "44 devices as processes of their own, in loopback block 127.{b}.0.0/16.",
            "44 台设备以独立进程运行，位于回环地址块 127.{b}.0.0/16。",
            b=story.block,
        )
    )
    story.run("sim", "up")


def validate(story: Story) -> None:
    """Step 3: the city holds; a copy with three mistakes is refused with their places."""
    story.run("validate")
    story.tell(
        text(
            "A copy with three mistakes: an unknown field, a duplicate id, a wrong type.",
            "另取一份，含三处错误：未知字段、重复编号、类型错误。",
        )
    )
    broken = story.city.parent / "broken"
    shutil.copytree(story.city, broken, ignore=shutil.ignore_patterns(".fleet"))
    file = next(broken.glob("340705-*/cuihu.yaml"))
    words = file.read_text("utf-8")
    words = words.replace("open_time_s: 6", "open_tme_s: 6").replace(
        "cuihu-cam-05, kind", "cuihu-cam-04, kind"
    )
    file.write_text(words.replace("households: 864", "households: many"), "utf-8")
    good, story.city = story.city, broken
    try:
        said = story.run("validate", want=3)
    finally:
        story.city = good
    places = len(re.findall(r"cuihu\.yaml:\d+:\d+", said))
    story.check(places >= 3, text("only {n} places named", "只指出 {n} 处", n=places))
    shutil.rmtree(broken)


def plan(story: Story) -> None:
    """Step 4."""
    story.run("plan", "-o", str(story.plan), "--detailed-exitcode", want=2, lines=60)


def apply(story: Story) -> None:
    """Step 5."""
    story.tell(
        text(
            "The canary compound first; the registrar comes up before any device is touched.",
            "先行小区最先执行；注册服务先于任何设备启动。",
        )
    )
    story.run("apply", str(story.plan), "--yes", lines=120)


def proof(story: Story) -> None:
    """Step 6: the same facts by other tools' eyes and from the upper side."""
    seen = reader_seen_by_urllib(story.city, DOOR)
    story.tell(
        text(
            "{d} by Python's own HTTP client: {s}",
            "{d}（用 Python 自带 HTTP 客户端读取）：{s}",
            d=DOOR,
            s=seen,
        )
    )
    story.check("card" in seen, text("the reader answers {s}", "读卡器回答 {s}", s=seen))
    if (shown := gate_seen_by_snmpget(story.city, GATE)) is not None:
        story.tell(text("{d} by net-snmp: {s}", "{d}（用 net-snmp 读取）：{s}", d=GATE, s=shown))
    story.run("status", "--ask")
    ups = story.json("status", "--ask")["uplinks"]
    own = [u for u in ups if u["registrar"]["registered"] is not None]
    story.check(
        bool(own) and all(u["registrar"]["registered"] for u in own),
        text("not every recorder is registered", "并非所有录像机均已注册"),
    )
    story.check(
        all(_whole(u["catalog"]) for u in own),
        text("a catalog is not the inventory", "目录与清单不一致"),
    )


def _whole(catalog: dict[str, list[str]] | None) -> bool:
    """Whether a catalog is known and is exactly the inventory."""
    return catalog is not None and not catalog["missing"] and not catalog["extra"]


def nothing_to_do(story: Story) -> None:
    """Step 7."""
    before = story.writes()
    story.run("plan", "--detailed-exitcode")
    story.run("apply", "--yes")
    story.check(story.writes() == before, text("a device was written", "有设备被写入"))


def drift(story: Story) -> None:
    """Step 8: changes by hand are named, rule 14 is cited, apply heals."""
    story.tell(
        text(
            "Somebody changes a gate by hand, and a door reader to face only.",
            "有人手工改动了一台闸机，并把一台读卡器改为仅限人脸。",
        )
    )
    story.run("sim", "tamper", GATE, "open_time_s", "33")
    story.run("sim", "tamper", DOOR, "auth_ways", "face")
    said = story.run("drift", want=2)
    story.check(
        "open_time_s" in said and "auth_ways" in said and "14" in said,
        text("drift did not name both fields and rule 14", "漂移未指出两个字段与第 14 条"),
    )
    story.run("apply", "--yes")
    story.run("drift")


def killed(story: Story) -> None:
    """Step 9: kill -9 amid the writes, resume, and the devices' own logs."""
    story.tell(
        text(
            "Every overlay text changes in git; the apply is killed with -9 amid its writes.",
            "在 git 中修改所有叠加文字；执行过程中以 kill -9 杀死。",
        )
    )
    story.edit(lambda w: re.sub(r"osd_text: (Cuihu )?", r"osd_text: \1R", w), "340705-*/[cw]*.yaml")
    logs = {device: len(story.log(device)) for device in story.writes()}
    total = sum(story.writes().values())
    process = story.start("apply", "--yes")
    until = time.monotonic() + KILL_WAIT_S
    while sum(story.writes().values()) == total and process.poll() is None:
        story.check(time.monotonic() < until, text("no write was seen", "未见任何写入"))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    story.tell(
        text(
            "killed after {n} writes",
            "在 {n} 次写入后被杀死",
            n=sum(story.writes().values()) - total,
        )
    )
    story.run("stacks", "recover", "--yes")
    story.run("rollout", "resume")
    story.run("plan", "--detailed-exitcode")
    again = {
        device: [f for f, n in Counter(story.log(device)[count:]).items() if n > 1]
        for device, count in logs.items()
    }
    twice = {device: fields for device, fields in again.items() if fields}
    story.check(not twice, text("written twice: {t}", "重复写入：{t}", t=twice))
    story.tell(
        text(
            "The devices' own write logs show nothing written twice.",
            "设备自身的写入日志表明没有重复写入。",
        )
    )
    story.run("journal", "verify")


def halted(story: Story) -> None:
    """The last step: a bad device pushes a wave over its threshold; halted, undone, torn down."""
    story.tell(
        text(
            "No failure is tolerated now, and a camera refuses every write.",
            "现在不容许任何失败，且一台摄像机拒绝所有写入。",
        )
    )
    limits = "rollout: {canary: cuihu, wave_size: 2, tolerated_failures: 0}"
    story.edit(lambda words: re.sub(r"rollout: \{[^}]*\}", limits, words), "city.yaml")
    story.edit(
        lambda words: words.replace("osd_text: Cuihu R", "osd_text: Cuihu S"), "340705-*/cuihu.yaml"
    )
    bad = "cuihu-cam-04"
    story.run("sim", "fault", bad, "refuse")
    story.run("apply", "--yes", want=6)
    story.run("sim", "fault", bad, "none")
    story.run("rollout", "undo", "--yes")
    story.edit(
        lambda words: words.replace("osd_text: Cuihu S", "osd_text: Cuihu R"), "340705-*/cuihu.yaml"
    )
    story.run("drift")
    story.run("stacks", "destroy", "--yes")
    story.run("sim", "down")


def torn_down(story: Story) -> None:
    """The end of it all: nothing runs any more."""
    halted(story)
    left = len(naming(story.city))
    story.check(left == 0, text("{n} processes are left", "仍有 {n} 个进程", n=left))


STEPS: list[tuple[Text, Callable[[Story], None]]] = [
    (text("this machine and its state folder", "本机与状态目录"), doctor),
    (text("devices up", "设备启动"), devices_up),
    (text("validate", "校验清单"), validate),
    (text("plan, field by field, sealed", "逐字段计划并封存"), plan),
    (text("apply, in waves", "分批执行"), apply),
    (text("proof from both sides", "双方验证"), proof),
    (text("nothing to do", "无需变更"), nothing_to_do),
    (text("drift, and healing", "漂移与恢复"), drift),
    (text("kill -9, and resume", "kill -9 后继续"), killed),
    (
        text(
            "a link: the change that cuts its own path comes back",
            "链路：切断自身通路的变更自动回退",
        ),
        path_cut,
    ),
    (text("health: a camera hangs", "健康：一台摄像机停止响应"), health),
    (text("the month's report, and what is behind it", "月度报告及其依据"), report),
    (
        text("a wave that halts itself, undone, all torn down", "自行停止的批次、撤销与拆除"),
        torn_down,
    ),
]
