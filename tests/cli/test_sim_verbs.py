"""`fleet sim` over fake simulators: every verb's words and JSON in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text
from tests.cli.conftest import Call

Tell = Callable[[str, str, int], None]

STATS = {
    "cuihu-cam-01": {
        "sessions": 12, "logins": 10, "failed_logins": 2, "reads": 345, "writes": 67,
    },
    "g": {"sessions": 0, "logins": 0, "failed_logins": 0, "reads": 0, "writes": 0},
}  # fmt: skip
LOG = [
    {"seq": 1, "time": "2026-11-24T02:00:00.000Z", "field": "osd_text", "received": None},
    {"seq": 12, "time": "2026-11-24T02:00:01.000Z", "field": "admin_password", "received": 3},
]


@dataclass
class FakeSimulators:
    """Simulator processes that only remember what they were asked."""

    asked: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    ups: list[tuple[bool, float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counted: dict[str, dict[str, int]] = field(default_factory=lambda: dict(STATS))

    def down(self, progress: Tell) -> int:
        """Two processes end."""
        progress("ended", "cuihu", 4242)
        progress("ended", "_upper", 4243)
        return 2

    def stats(self) -> dict[str, dict[str, int]]:
        """The counters."""
        return self.counted

    def log(self, device: str) -> list[dict[str, object]]:
        """The write log."""
        return LOG if device == "cuihu-cam-01" else []

    def process_of(self, device: str) -> str:
        """Which process serves a device."""
        if device == "nobody":
            raise UsageError(text("no device nobody", "没有设备 nobody"))
        return "cuihu"

    def ask(self, process: str, question: dict[str, str | None]) -> dict[str, object]:
        """Remember and answer."""
        self.asked.append((process, question))
        return {"ok": True, "faults": self.faults}


@pytest.fixture
def sims(monkeypatch: pytest.MonkeyPatch) -> FakeSimulators:
    """Make `fleet sim` act on fakes."""
    made = FakeSimulators()

    @contextmanager
    def simulators(_state: Path) -> Iterator[FakeSimulators]:
        yield made

    def bring_up(
        _folder: Path,
        _city: object,
        _state: Path,
        *,
        lockout_s: float,
        trial_scale: float,
        fresh: bool,
        progress: Tell,
    ) -> int:
        made.ups.append((fresh, lockout_s, trial_scale))
        progress("already", "wusong", 17)
        progress("starting", "cuihu", 23)
        progress("up", "cuihu", 23)
        return 40

    monkeypatch.setattr("fleet.wiring.sim.simulators", simulators)
    monkeypatch.setattr("fleet.wiring.sim.bring_up", bring_up)
    monkeypatch.setattr("fleet.wiring.build.load_city", lambda _folder: None)
    return made


@pytest.mark.parametrize(
    ("lang", "verb", "out", "err"),
    [
        (
            "en",
            "up",
            "40 devices are up\n",
            "wusong is up already (17 devices)\n"
            "starting cuihu (23 devices)\n"
            "cuihu is up (23 devices listen)\n",
        ),
        (
            "zh",
            "up",
            "40 台设备已启动\n",
            "wusong 已在运行（17 台设备）\n"
            "正在启动 cuihu（23 台设备）\n"
            "cuihu 已启动（23 台设备在监听）\n",
        ),
        (
            "en",
            "down",
            "2 processes ended, none is left\n",
            "cuihu ended (pid 4242)\n_upper ended (pid 4243)\n",
        ),
        (
            "zh",
            "down",
            "已结束 2 个进程，无残留\n",
            "cuihu 已结束（pid 4242）\n_upper 已结束（pid 4243）\n",
        ),
    ],
)
def test_up_and_down_word_for_word(
    sims: FakeSimulators, call: Call, lang: str, verb: str, out: str, err: str
) -> None:
    """The sum on stdout, each process as it goes on stderr."""
    said = call("--lang", lang, "sim", verb)

    assert (said.code, said.out, said.err) == (0, out, err)


@pytest.mark.parametrize(
    ("verb", "data"),
    [("up", {"ok": True, "devices": 40}), ("down", {"ok": True, "processes": 2})],
)
def test_up_and_down_as_json(
    sims: FakeSimulators, call: Call, verb: str, data: dict[str, object]
) -> None:
    """One object on stdout."""
    assert call("--format", "json", "sim", verb).json == data


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        ((), (False, 1800.0, 0.1)),
        (("--fresh",), (True, 1800.0, 0.1)),
        (("--lockout", "0.1"), (False, 0.1, 0.1)),
        (("--lockout", "86400", "--fresh"), (True, 86400.0, 0.1)),
        (("--trial-scale", "1"), (False, 1800.0, 1.0)),
    ],
)
def test_how_devices_are_brought_up(
    sims: FakeSimulators, call: Call, args: tuple[str, ...], asked: tuple[bool, float, float]
) -> None:
    """Factory state when told, the vendor's half hour of lock, trials ten times as fast."""
    assert call("sim", "up", *args).code == 0
    assert sims.ups == [asked]


TABLE = (
    "              sessions    logins    failed     reads    writes\n"
    "cuihu-cam-01        12        10         2       345        67\n"
    "g                    0         0         0         0         0\n"
)


def test_stats_as_a_table(sims: FakeSimulators, call: Call) -> None:
    """A column a counter, a line a device."""
    assert call("sim", "stats").out == TABLE


def test_the_chinese_heads_stand_over_their_columns(sims: FakeSimulators, call: Call) -> None:
    """A Chinese character takes two columns of a terminal (Unicode TR 11)."""
    head, first, *_ = call("--lang", "zh", "sim", "stats").out.splitlines()

    assert head.split() == ["会话", "登录", "失败", "读", "写"]
    assert sum(2 if ord(c) > 0x2E80 else 1 for c in head) == len(first)


def test_stats_without_devices_is_a_head_alone(sims: FakeSimulators, call: Call) -> None:
    """Nothing runs: no line, no error."""
    sims.counted = {}

    assert call("sim", "stats").out.split() == ["sessions", "logins", "failed", "reads", "writes"]
    assert call("--format", "json", "sim", "stats").json == {}


def test_stats_as_json_are_the_counters(sims: FakeSimulators, call: Call) -> None:
    """As the devices count."""
    assert call("--format", "json", "sim", "stats").json == STATS


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_write_log(sims: FakeSimulators, call: Call, lang: str) -> None:
    """Number, time, field, and how many times a secret arrived; never a value."""
    assert call("--lang", lang, "sim", "log", "cuihu-cam-01").out == (
        "   1  2026-11-24T02:00:00.000Z  osd_text\n"
        "  12  2026-11-24T02:00:01.000Z  admin_password  #3\n"
    )
    assert call("sim", "log", "another").out == ""
    assert call("--format", "json", "sim", "log", "cuihu-cam-01").json == LOG


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "d: osd_text changed by hand\n"), ("zh", "d：已手动修改 osd_text\n")],
)
def test_tamper_asks_the_process_of_the_device(
    sims: FakeSimulators, call: Call, lang: str, words: str
) -> None:
    """Device, field and value as they were given."""
    said = call("--lang", lang, "sim", "tamper", "d", "osd_text", "东门 1")

    assert (said.code, said.out, said.err) == (0, "", words)
    assert sims.asked == [
        ("cuihu", {"verb": "tamper", "field": "osd_text", "value": "东门 1", "device": "d"})
    ]


@pytest.mark.parametrize(
    ("lang", "args", "words"),
    [
        ("en", ("refuse",), "d: fault refuse\n"),
        ("zh", ("refuse",), "d：已设置故障 refuse\n"),
        ("en", ("slow", "2"), "d: fault slow 2\n"),
        ("zh", ("reboot", "before"), "d：已设置故障 reboot before\n"),
        ("en", ("none",), "d: no faults any more\n"),
        ("zh", ("none",), "d：已清除全部故障\n"),
    ],
)
def test_faults_word_for_word(
    sims: FakeSimulators, call: Call, lang: str, args: tuple[str, ...], words: str
) -> None:
    """Kind and value go to the device; the sentence says which."""
    said = call("--lang", lang, "sim", "fault", "d", *args)

    kind, value = (*args, None)[:2]
    assert (said.code, said.out, said.err) == (0, "", words)
    assert sims.asked == [
        ("cuihu", {"verb": "fault", "fault": kind, "value": value, "device": "d"})
    ]


def test_a_fault_as_json_lists_all_that_the_device_has(sims: FakeSimulators, call: Call) -> None:
    """As the device answers."""
    sims.faults = ["refuse", "slow"]

    assert call("--format", "json", "sim", "fault", "d", "slow", "2").json == {
        "device": "d",
        "faults": ["refuse", "slow"],
    }


@pytest.mark.parametrize("args", [("tamper", "nobody", "f", "v"), ("fault", "nobody", "refuse")])
@pytest.mark.parametrize(
    ("lang", "words"), [("en", "error: no device nobody\n"), ("zh", "错误: 没有设备 nobody\n")]
)
def test_an_unknown_device_is_a_usage_error(
    sims: FakeSimulators, call: Call, args: tuple[str, ...], lang: str, words: str
) -> None:
    """Exit 64 and nobody is asked."""
    said = call("--lang", lang, "sim", *args)

    assert (said.code, said.err, sims.asked) == (ExitCode.USAGE, words, [])


@pytest.mark.parametrize(
    ("lang", "args", "words"),
    [
        ("en", ("up", "--lockout", "0"), "error: bad value for --lockout: "),
        ("zh", ("up", "--lockout", "0"), "错误：--lockout 的值不对：应为 0.1 至 86400 之间的数"),
        ("zh", ("up", "--lockout", "x"), "错误：--lockout 的值不对：应为 0.1 至 86400 之间的数"),
        ("en", ("up", "--fresch"), "error: no such option: --fresch; did you mean --fresh?"),
        ("zh", ("up", "--fresch"), "错误：没有这个选项：--fresch；是否想用 --fresh？"),
        ("en", ("up", "extra"), "error: too many arguments: extra"),
        ("zh", ("up", "extra"), "错误：多余的参数：extra"),
        ("en", ("log",), "error: missing: DEVICE"),
        ("zh", ("log",), "错误：缺少：DEVICE"),
        ("en", ("tamper", "d"), "error: missing: FIELD"),
        ("zh", ("tamper", "d", "f"), "错误：缺少：VALUE"),
        ("en", ("fault", "d"), "error: missing: KIND"),
        ("en", ("stat",), "error: no such verb: stat; did you mean stats?"),
        ("zh", ("stat",), "错误：没有这个命令：stat；是否想用 stats？"),
        ("en", ("xyzzy",), "error: no such verb: xyzzy"),
    ],
)
def test_what_cannot_be_parsed(
    sims: FakeSimulators, call: Call, lang: str, args: tuple[str, ...], words: str
) -> None:
    """Exit 64, the usage line, what is wrong, and where help is; nothing is done."""
    said = call("--lang", lang, "sim", *args)

    lines = said.err.splitlines()
    assert said.code == ExitCode.USAGE
    assert lines[0].startswith("Usage: fleet sim" if lang == "en" else "用法：fleet sim")
    assert lines[-2].startswith(words)
    assert lines[-1].endswith("--help")
    assert (sims.asked, sims.ups) == ([], [])


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "requires an argument"), ("zh", "错误：选项 --lockout 缺少值或不接受值")],
)
def test_an_option_without_its_value(
    sims: FakeSimulators, call: Call, lang: str, words: str
) -> None:
    """Exit 64, named, nothing done."""
    said = call("--lang", lang, "sim", "up", "--lockout")

    assert (said.code, sims.ups) == (ExitCode.USAGE, [])
    assert words in said.err
