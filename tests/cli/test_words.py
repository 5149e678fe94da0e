"""plan, show, apply, drift and rollout verbs over a small city: every line in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.cli.render import width
from fleet.model.device import DeviceKind
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, RolloutLimits
from tests.cli.conftest import Call, Said
from tests.support.fakes_city import World, city, compound, device, recorder, uplink
from tests.support.fakes_devices import Fault

Serve = Callable[[City], World]
ROLLOUT = re.compile(r"r\d{8}T\d{6}-[0-9a-f]{4}")
RATE = re.compile(r"\d+\.\d/(s|秒)")
PRINT = re.compile(r"(ngerprint|指纹) [0-9a-f]{12}")
TIME = re.compile(r"2026-11-24T02:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def w(served: Serve) -> World:
    """Two compounds with every kind of device; one is away, one refuses once."""
    near = [
        recorder("c1-nvr-1"),
        device("c1-door-1", DeviceKind.DOOR),
        device("c1-cam-1"),
        device("c1-cam-2"),
    ]
    far = [device("c2-gate-1", DeviceKind.GATE), device("c2-cam-1")]
    town = city(
        [compound("c1", near, uplink()), compound("c2", far)],
        RolloutLimits(tolerated_failures=9),
        platform=True,
    )
    world = served(town)
    world.devices["c2-cam-1"].unreachable = True
    world.devices["c1-cam-2"].faults.append(Fault("refuse", times=1))
    return world


def plain(words: str) -> str:
    """Words without what differs from run to run."""
    words = TIME.sub("TIME", RATE.sub("RATE", ROLLOUT.sub("ROLLOUT", words)))
    return PRINT.sub(r"\1 PRINT", words)


DOORS = """\
    auth_ways            [card] → [card, face]                        isapi  c1-door-1
    open_duration_s      3 → 5                                        isapi  c1-door-1
"""
CAMERAS = """\
    osd_text             – → 东门                                     isapi  ×2{many}
    time_mode            manual → ntp                                 isapi  ×2{many}
"""
UPLINK = """\
    gb_channel_ids       [] → [34070500001310000001]                  isapi  c1-nvr-1
    gb_device_id         – → 34070500001180000001                     isapi  c1-nvr-1
    gb_enabled           false → true                                 isapi  c1-nvr-1
  ? gb_password          {secret}                              isapi  c1-nvr-1
    gb_server_id         – → 34070500002000000001                     isapi  c1-nvr-1
"""
EN_C1 = (
    f"  doors\n{DOORS}  cameras\n{CAMERAS.format(many=' devices')}"
    f"  uplink\n{UPLINK.format(secret='– → v1 (secret)')}"
)
ZH_C1 = (
    f"  单元门\n{DOORS}  摄像机\n{CAMERAS.format(many=' 台')}"
    f"  上联\n{UPLINK.format(secret='– → v1（密）   ')}"
)
SERVERS = "platform-340705\n  create   fleet:Service registrar\n"
GATES = """\
    auth_ways            [card, face] → [card]                        snmp   c2-gate-1
    open_time_s          5 → 8                                        snmp   c2-gate-1
"""
PLAN = {
    "en": (
        f"{SERVERS}c2 c2 小区  (wave 1, canary)\n  gates\n{GATES}"
        f"c1 c1 小区  (wave 2)\n{EN_C1}"
        "! c2-cam-1 [unreachable]: no connection\n"
        "Plan: 5 devices, 13 fields, 9 requests; 1 server resources. Fingerprint PRINT\n"
    ),
    "zh": (
        f"{SERVERS}c2 c2 小区（第 1 批，先行）\n  出入口闸机\n{GATES}"
        f"c1 c1 小区（第 2 批）\n{ZH_C1}"
        "! c2-cam-1 [unreachable]: 无法连接\n"
        "计划：设备 5 台，字段 13 个，请求 9 次；服务器资源 1 项。指纹 PRINT\n"
    ),
}
LANGS = pytest.mark.parametrize("lang", ["en", "zh"])


@LANGS
def test_a_plan_word_for_word(w: World, call: Call, lang: str) -> None:
    """Servers first, then wave by wave and stage by stage; who could not be seen; the sum."""
    said = call("--lang", lang, "plan")

    assert plain(said.out) == PLAN[lang]
    assert said.err == {"en": "observed 6/6 devices\n", "zh": "已读取 6/6 台设备\n"}[lang]
    assert said.code == ExitCode.PARTIAL


@LANGS
def test_the_columns_of_a_plan_stand_under_one_another(w: World, call: Call, lang: str) -> None:
    """Also where a value is Chinese: a character takes two columns (Unicode TR 11)."""
    rows = [line for line in call("--lang", lang, "plan").out.splitlines() if " → " in line]

    columns = {width(re.split(r" (?:isapi|snmp) ", row)[0]) for row in rows}
    assert len(rows) == 11
    assert columns == {69}


@LANGS
def test_a_sealed_plan_of_one_compound_is_shown_as_it_was_made(
    w: World, call: Call, lang: str, tmp_path: Path
) -> None:
    """`show` has no city, so no name; every other line is the plan's own."""
    file = tmp_path / "p.json"
    made = call("--lang", lang, "plan", "-o", str(file), "--target", "c1")
    shown = call("--lang", lang, "show", str(file))

    sealed = {"en": f"sealed: {file}", "zh": f"已封存：{file}"}[lang]
    assert (made.code, made.err.splitlines()[-1]) == (0, sealed)
    assert shown.out == made.out.replace("c1 c1 小区", "c1")
    assert (shown.code, shown.err) == (0, "")


APPLY_OUT = {
    "en": (
        "  c1-cam-2 [write_refused]: not this value\n"
        "ROLLOUT: done, but some devices failed; 7 steps done, 2 left, 1 devices failed\n"
        "    → fleet rollout retry ROLLOUT\n"
    ),
    "zh": (
        "  c1-cam-2 [write_refused]: 不接受该值\n"
        "ROLLOUT：完成，但部分设备失败；完成 7 步，剩余 2 步，失败设备 1 台\n"
        "    → fleet rollout retry ROLLOUT\n"
    ),
}
APPLY_ERR = {
    "en": (
        "observed 6/6 devices\n"
        "  platform-340705 …\n"
        "  platform-340705 registrar done\n"
        "wave 1: c2\n"
        "  gates … done 0, failed 0, left 9, RATE\n"
        "  verify … done 1, failed 0, left 8, RATE\n"
        "wave 2: c1\n"
        "  doors … done 1, failed 0, left 8, RATE\n"
        "  cameras … done 3, failed 0, left 6, RATE\n"
        "    c1-cam-2/01-time: failed: not this value\n"
        "  uplink … done 5, failed 1, left 4, RATE\n"
        "  verify … done 7, failed 1, left 2, RATE\n"
    ),
    "zh": (
        "已读取 6/6 台设备\n"
        "  platform-340705 …\n"
        "  platform-340705 registrar 完成\n"
        "第 1 批：c2\n"
        "  出入口闸机 … 完成 0，失败 0，剩余 9，RATE\n"
        "  验证 … 完成 1，失败 0，剩余 8，RATE\n"
        "第 2 批：c1\n"
        "  单元门 … 完成 1，失败 0，剩余 8，RATE\n"
        "  摄像机 … 完成 3，失败 0，剩余 6，RATE\n"
        "    c1-cam-2/01-time: 失败: 不接受该值\n"
        "  上联 … 完成 5，失败 1，剩余 4，RATE\n"
        "  验证 … 完成 7，失败 1，剩余 2，RATE\n"
    ),
}


@LANGS
def test_an_apply_word_for_word(w: World, call: Call, lang: str) -> None:
    """The plan, how it goes (stderr), who failed and why, the sum, and the way on."""
    said = call("--lang", lang, "apply", "--yes")

    assert plain(said.out) == PLAN[lang] + APPLY_OUT[lang]
    assert plain(said.err) == APPLY_ERR[lang]
    assert said.code == ExitCode.PARTIAL


SHOW = {
    "en": (
        "ROLLOUT  done, but some devices failed\n"
        "  c1-cam-1/01-time                         done readback\n"
        "  c1-cam-1/03-osd                          done readback\n"
        "  c1-cam-2/01-time                         failed: not this value\n"
        "  c1-door-1/01-door                        done readback\n"
        "  c1-door-1/02-reader                      done readback\n"
        "  c1-nvr-1/01-channels                     done readback\n"
        "  c1-nvr-1/02-gb28181                      done registration\n"
        "  c2-gate-1/01-gate                        done readback\n"
    ),
    "zh": (
        "ROLLOUT  完成，但部分设备失败\n"
        "  c1-cam-1/01-time                         完成 readback\n"
        "  c1-cam-1/03-osd                          完成 readback\n"
        "  c1-cam-2/01-time                         失败: 不接受该值\n"
        "  c1-door-1/01-door                        完成 readback\n"
        "  c1-door-1/02-reader                      完成 readback\n"
        "  c1-nvr-1/01-channels                     完成 readback\n"
        "  c1-nvr-1/02-gb28181                      完成 registration\n"
        "  c2-gate-1/01-gate                        完成 readback\n"
    ),
}


@LANGS
def test_a_rollout_step_by_step(w: World, call: Call, lang: str) -> None:
    """Each step with its outcome and its proof; a failed one with its reason."""
    call("apply", "--yes")

    assert plain(call("--lang", lang, "rollout", "show").out) == SHOW[lang]


@LANGS
def test_retry_undo_and_the_list_of_all_three(w: World, call: Call, lang: str) -> None:
    """Each with its verdict; the undo names what it undid."""
    call("apply", "--yes")
    retried = call("--lang", lang, "rollout", "retry", "--yes")
    undone = call("--lang", lang, "rollout", "undo", "--yes")

    def last(said: Said) -> str:
        return plain(said.out).splitlines()[-1]

    done = {
        "en": "ROLLOUT: done; 2 steps done, 0 left, 0 devices failed",
        "zh": "ROLLOUT：完成；完成 2 步，剩余 0 步，失败设备 0 台",
    }[lang]
    assert (last(retried), last(undone), undone.code) == (done, done, 0)
    assert (
        plain(call("--lang", lang, "rollout", "list").out)
        == {
            "en": (
                "ROLLOUT  TIME  tester  done, but some devices failed  c2, c1\n"
                "ROLLOUT  TIME  tester  done  c1\n"
                "ROLLOUT  TIME  tester  done (undo of ROLLOUT)  c1\n"
            ),
            "zh": (
                "ROLLOUT  TIME  tester  完成，但部分设备失败  c2, c1\n"
                "ROLLOUT  TIME  tester  完成  c1\n"
                "ROLLOUT  TIME  tester  完成（撤销 ROLLOUT）  c1\n"
            ),
        }[lang]
    )


@pytest.mark.parametrize("verb", ["pause", "abort"])
@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "rollout ROLLOUT is not running: done, but some devices failed\n"),
        ("zh", "下发 ROLLOUT 未在运行：完成，但部分设备失败\n"),
    ],
)
def test_who_is_not_running_cannot_be_asked(
    w: World, call: Call, verb: str, lang: str, words: str
) -> None:
    """Exit 0: what was wanted is so already; said on stderr."""
    call("apply", "--yes")
    said = call("--lang", lang, "rollout", verb)

    assert (said.code, said.out, plain(said.err)) == (0, "", words)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "there is nothing to resume\n"), ("zh", "没有可继续的下发\n")],
)
def test_nothing_to_resume(w: World, call: Call, lang: str, words: str) -> None:
    """Exit 0 before any rollout and after one that ended."""
    assert call("--lang", lang, "rollout", "resume").err == words
    call("apply", "--yes")
    said = call("--lang", lang, "rollout", "resume")
    assert (said.code, said.out, said.err) == (0, "", words)


@pytest.mark.parametrize(("lang", "words"), [("en", "No drift.\n"), ("zh", "无漂移。\n")])
def test_no_drift(w: World, call: Call, lang: str, words: str) -> None:
    """Exit 0 when all could be seen and stand as declared."""
    w.devices["c2-cam-1"].unreachable = False
    w.devices["c1-cam-2"].faults.clear()
    call("apply", "--yes")
    said = call("--lang", lang, "drift")

    assert (said.code, said.out) == (0, words)


@pytest.mark.parametrize("verb", ["retry", "undo"])
@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "error: not done: nobody said yes"), ("zh", "错误: 未执行：没有得到确认")],
)
def test_nobody_said_yes(w: World, call: Call, verb: str, lang: str, words: str) -> None:
    """Exit 8, and no write reaches a device."""
    call("apply", "--yes")
    before = w.written()
    said = call("--lang", lang, "--non-interactive", "rollout", verb)

    assert said.code == ExitCode.WAITING
    assert words in said.err.splitlines()
    assert w.written() == before
