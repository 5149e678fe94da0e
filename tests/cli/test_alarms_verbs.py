"""`fleet alarms`, `fleet collector status` and `fleet status` over a history, without a device."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.app.watch import tell
from fleet.cli.alarms import moment
from fleet.health.times import seconds
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.ports.health_store import AlarmRow, Batch, OpenRow
from fleet.wiring.journal import read_journal
from tests.cli.conftest import Call

EXAMPLE = Path(__file__).resolve().parents[2] / "inventories" / "tongling"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder that the verbs of this test use."""
    folder = tmp_path / "state"
    monkeypatch.setenv("FLEET_STATE", str(folder))
    return folder


@contextmanager
def history(state: Path) -> Iterator[SqlHealth]:
    """The history, made where there is none."""
    store = SqlHealth.in_folder(state)
    try:
        yield store
    finally:
        store.close()


def watched(state: Path, age_s: float = 1.0) -> None:
    """A collector that saw two devices and raised two alarms, `age_s` ago."""
    now = time.time() - age_s
    with history(state) as store:
        store.write(
            Batch(
                opened=[
                    OpenRow("cuihu-cam-01", "online", now - 100, "", now),
                    OpenRow("cuihu-cam-02", "offline", now - 50, "unreachable", now),
                ],
                alarms=[
                    AlarmRow("aa11", "device_unreachable", "cuihu-cam-02", "cuihu", now, None, ()),
                    AlarmRow("bb22", "compound_unreachable", "wusong", "wusong", now, None,
                             tuple(f"wusong-cam-0{n}" for n in range(1, 7))),
                    AlarmRow("cc33", "flapping", "cuihu-door-01", "cuihu", now - 900, now - 60, ()),
                ],
                add={"informs": 2, "socket_drops": 5},
                strangers={"127.0.0.1: unknown_community": 4},
                meta={"beat:340722": now, "poll_s:340722": 60.0},
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("cuihu-cam-02: does not answer", "no device of the compound answers", "6 devices")),
        ("zh", ("cuihu-cam-02: 无应答", "所有设备均无应答", "6 台设备")),
    ],
)
def test_list_shows_what_stands(call: Call, state: Path, lang: str, words: tuple[str, ...]) -> None:
    """Goal: one line an alarm in both languages, with what lies behind; over ones on request."""
    watched(state)

    said = call("--lang", lang, "alarms", "list")

    assert said.code == 0
    assert all(word in said.out for word in words)
    assert "cc33" not in said.out
    assert "cc33" in call("alarms", "list", "--since", "1h").out
    assert len(call("--format", "json", "alarms", "list").json) == 2


def test_no_history_has_no_alarms(call: Call, state: Path) -> None:
    """Goal: nothing is told and nothing breaks."""
    said = call("--format", "json", "alarms", "list")

    assert (said.code, said.json) == (0, [])


def test_ack_and_silence_stand_in_the_journal_with_name_and_reason(call: Call, state: Path) -> None:
    """Goal: who, why, until when; the chain verifies; the list shows it."""
    watched(state)

    assert call("alarms", "ack", "aa11", "--reason", "cable cut").code == 0
    assert call("alarms", "silence", "wusong", "--until", "2h", "--reason", "works").code == 0

    found = {a["id"]: a for a in call("--format", "json", "alarms", "list").json}
    assert found["aa11"]["acknowledged"].endswith(": cable cut")
    assert found["aa11"]["silenced_until"] is None
    assert seconds(found["bb22"]["silenced_until"]) > time.time() + 7000
    records = [json.loads(row) for row in call("journal", "export").out.splitlines()]
    assert [(r["kind"], r["subject"]) for r in records] == [
        ("alarm.ack", "aa11"),
        ("alarm.silence", "wusong"),
    ]
    assert all(r["data"]["actor"] and r["data"]["reason"] for r in records)
    assert call("journal", "verify").code == 0


@pytest.mark.parametrize(
    "verb",
    [
        ("ack", "zz99", "--reason", "x"),
        ("ack", "aa11"),
        ("ack", "aa11", "--reason", "  "),
        ("silence", "x", "--until", "tomorrow", "--reason", "x"),
        ("silence", "x", "--until", "2026-11-25T08:00:00", "--reason", "x"),
        ("silence", "x", "--reason", "x"),
    ],
)
def test_what_cannot_be_said_is_usage(call: Call, state: Path, verb: tuple[str, ...]) -> None:
    """Goal: 64, and nothing in the journal."""
    watched(state)

    said = call("alarms", *verb)

    assert said.code == ExitCode.USAGE
    assert call("journal", "export").out == ""


def test_spans_of_time_are_from_now() -> None:
    """Goal: minutes, hours, days, ahead and back; a full time stays as it is."""
    for given, length in (("30m", 1800), ("2h", 7200), ("7d", 604800), ("0m", 0)):
        assert abs(seconds(moment(given, ahead=True)) - time.time() - length) < 60
        assert abs(seconds(moment(given, ahead=False)) - time.time() + length) < 60
    assert moment("2026-11-25T08:00:00+08:00", ahead=True) == "2026-11-25T08:00:00+08:00"
    with pytest.raises(UsageError):
        moment("2x", ahead=True)


def test_collector_status_tells_losses_and_strangers(call: Call, state: Path) -> None:
    """Goal: what was lost and who was not understood is shown, in words and as JSON."""
    assert call("--format", "json", "collector", "status").json["beat_age_s"] is None
    watched(state)

    said = call("collector", "status")
    page = call("--format", "json", "collector", "status").json

    assert "lost in the kernel" in said.out
    assert "127.0.0.1: unknown_community" in said.out
    assert page["fresh"] is True
    assert page["counters"] == {"informs": 2, "socket_drops": 5}


def test_status_shows_what_was_last_seen_with_its_age(call: Call, state: Path) -> None:
    """Goal: states, causes, ages and alarms from the history; never seen is unknown."""
    watched(state)

    page = call("-C", str(EXAMPLE), "--format", "json", "status").json
    seen = {d["device"]: d for d in page["health"]["devices"]}

    assert page["health"]["watching"] is True
    assert (page["health"]["online"], page["health"]["offline"]) == (1, 1)
    assert seen["cuihu-cam-01"]["state"] == "online"
    assert seen["cuihu-cam-02"]["cause"] == "unreachable"
    assert 0 <= seen["cuihu-cam-02"]["seen_age_s"] < 60
    assert seen["cuihu-cam-03"]["seen"] is None
    assert seen["cuihu-cam-03"]["state"] == "unknown"
    assert {u["compound"] for u in page["uplinks"]} == {"cuihu", "wusong", "lianhu"}
    assert all(u["registrar"]["registered"] is None for u in page["uplinks"])


def test_status_says_that_nobody_watches_any_more(call: Call, state: Path) -> None:
    """Goal: old news are not shown as the present."""
    watched(state, age_s=3600.0)

    said = call("-C", str(EXAMPLE), "status")
    page = call("-C", str(EXAMPLE), "--format", "json", "status").json

    assert "not watched" in said.out
    assert page["health"]["watching"] is False
    assert page["health"]["online"] == 0


BOTH = {"340705", "340722"}


@pytest.mark.parametrize(
    ("ages", "lines"),
    [
        ({"340722": 1.0}, ("340705: never watched", "340722: watched, last sign")),
        ({"340705": 9000.0, "340722": 1.0}, ("340705: not watched", "340722: watched, last sign")),
        ({"340705": 1.0, "340722": 2.0}, ("watched, last sign",)),
        ({}, ("no collector has run here",)),
    ],
)
def test_each_district_says_whether_it_is_watched(
    call: Call, state: Path, ages: dict[str, float], lines: tuple[str, ...]
) -> None:
    """Goal: one line where all fare alike, one a district otherwise; silence is never health."""
    now = time.time()
    with history(state) as store:
        for code, age in ages.items():
            store.write(Batch(meta={f"beat:{code}": now - age, f"poll_s:{code}": 60.0}))
    said = call("-C", str(EXAMPLE), "status").out.splitlines()
    assert all(line.startswith(wanted) for line, wanted in zip(said, lines, strict=False))
    page = call("-C", str(EXAMPLE), "--format", "json", "status").json
    assert set(page["health"]["collectors"]) == set(ages)
    assert page["health"]["watching"] is (bool(ages) and max(ages.values()) < 120)
    told = call("--format", "json", "collector", "status").json
    assert set(told["collectors"]) == set(ages)
    zh = call("--lang", "zh", "-C", str(EXAMPLE), "status").out
    assert ("从未监视" in zh) is (bool(ages) and set(ages) != BOTH)


def test_an_alarm_of_a_way_names_the_compounds_that_need_it(call: Call, state: Path) -> None:
    """Goal: compounds are not called devices, in either language."""
    row = AlarmRow("dd44", "uplink_unreachable", "uplink:340722:127.0.0.1:5060", "lianhu",
                   time.time() - 90, None, ("lianhu",))  # fmt: skip
    with history(state) as store:
        store.write(Batch(alarms=[row]))
    assert "cannot be reached (for compounds: lianhu)" in call("alarms", "list").out
    assert "上级平台无法到达 (影响小区：lianhu)" in call("--lang", "zh", "alarms", "list").out


def test_the_recorders_own_keepalive_is_named_as_unknown(call: Call, state: Path) -> None:
    """Goal: what a side does not tell stays unknown, with its source, and is not left out."""
    assert (
        "last keepalive by the recorder's own count: unknown"
        in call("-C", str(EXAMPLE), "status").out
    )
    assert "录像机自计的最近保活：未知" in call("--lang", "zh", "-C", str(EXAMPLE), "status").out
    uplinks = call("-C", str(EXAMPLE), "--format", "json", "status").json["uplinks"]
    assert {(u["recorder"]["source"], u["recorder"]["keepalive_age_s"]) for u in uplinks} == {
        ("recorder", None)
    }


def test_status_leaves_no_trace(call: Call, state: Path) -> None:
    """Goal: looking makes no state folder."""
    said = call("-C", str(EXAMPLE), "status")

    assert said.code == 0
    assert "no collector has run here" in said.out
    assert not state.exists()


def test_a_silenced_alarm_is_counted_on_the_page_and_not_told(call: Call, state: Path) -> None:
    """Goal: the page stays one page; what is silenced is one line with a number."""
    watched(state)
    call("alarms", "silence", "*", "--until", "1h", "--reason", "works")

    said = call("-C", str(EXAMPLE), "status")

    assert "does not answer" not in said.out
    assert "2 more alarms, 2 of them silenced" in said.out


def test_what_was_said_of_alarms_is_told_to_who_watches(call: Call, state: Path) -> None:
    """Goal: both kinds of record have a sentence with name and reason in both languages."""
    watched(state)
    call("alarms", "ack", "aa11", "--reason", "cable cut")
    call("alarms", "silence", "wusong", "--until", "2h", "--reason", "works")
    journal = read_journal(state)
    assert journal is not None

    told = [tell(record).said for record in journal.records()]

    assert "alarm aa11 taken on by" in told[0].en
    assert told[0].zh.endswith("确认告警 aa11：cable cut")
    assert "alarms wusong silenced until" in told[1].en
    assert told[1].zh.endswith("works")
