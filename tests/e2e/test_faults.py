"""Broken devices amid healthy ones: each is named, no other is touched, and all of them heal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.acts import by_hand, faults_of, give, running, written
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# What can be seen before anything is written: device → fault, and the error that names it.
LOOKS = {
    "lianhu-door-01": ("swap-identity", "wrong_identity"),
    "lianhu-gate-01": ("swap-identity", "wrong_identity"),
    "lianhu-cam-01": ("basic-only", "scheme_mismatch"),
    "lianhu-cam-02": ("factory-new", "not_activated"),
    "lianhu-cam-03": ("drop 30", "unreachable"),
}
# Two devices whose secret in the inventory is another device's.
WRONG_LOGIN = {"lianhu-nvr-01": "login_refused", "lianhu-gate-02": "login_refused"}
NVR = (
    "id: lianhu-nvr-01\n",
    'id: lianhu-nvr-01\n    login: {password: "secret://vault/bootstrap/door"}\n',
)
GATE = (
    "id: lianhu-gate-02\n",
    'id: lianhu-gate-02\n    login: {auth: "secret://vault/gates/tongguan/auth"}\n',
)
HEALTHY = {"lianhu-sw-01", "lianhu-door-02", "lianhu-door-03", "lianhu-cam-04", "lianhu-cam-05"}
LIANHU = ("--target", "lianhu")
# All but the two whose login was refused, which wait for half an hour.
READABLE = tuple(
    word
    for glob in ("lianhu-door-*", "lianhu-cam-*", "lianhu-gate-01")
    for word in ("--target", glob)
)
CALM = "tolerated_failures: 20, in_flight: 8"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One city; its compound with an operator's uplink is used, which needs no servers."""
    with line_up(tmp_path_factory.mktemp("faults")) as up:
        up.edit("city.yaml", "tolerated_failures: 2, in_flight: 8", CALM)
        yield up


def failed_logins(line: Line) -> dict[str, int]:
    """Wrong logins by device, where there were any."""
    return {d: e["failed_logins"] for d, e in line.stats().items() if e["failed_logins"]}


class TestFaults:
    """In order: what is seen at once, what happens amid a write, and what halts a rollout."""

    def test_each_broken_device_is_named_with_its_own_error(self, line: Line) -> None:
        """The plan names every one of them and plans the healthy ones."""
        give(line, {d: fault for d, (fault, _) in LOOKS.items()})
        line.edit("340722-*/lianhu.yaml", *NVR)
        line.edit("340722-*/lianhu.yaml", *GATE)

        said = line.run("--format", "json", "plan", *LIANHU)

        assert said.code == 5
        assert faults_of(said.json()) == {d: c for d, (_, c) in LOOKS.items()} | WRONG_LOGIN
        works = said.json()["fleet"]["plan"]["works"]
        assert {w["target"]["device"] for w in works} == HEALTHY
        assert failed_logins(line) == dict.fromkeys(WRONG_LOGIN, 1)

    def test_the_others_go_on(self, line: Line) -> None:
        """Apply ends with 5; the healthy are at the plan, the broken got no write."""
        said = line.run("apply", *LIANHU, "--yes")

        assert said.code == 5
        for device, (_, code) in LOOKS.items():
            assert f"{device} [{code}]" in said.all
        assert set(line.logs()) == HEALTHY
        line.ok("drift", *(a for d in HEALTHY for a in ("--target", d)))

    def test_no_login_is_tried_again_within_half_an_hour(self, line: Line) -> None:
        """Not by apply, plan, drift or status, each a process of its own."""
        for verb in ("apply --yes", "apply --yes", "plan", "drift", "status --ask"):
            said = line.run(*verb.split(), *LIANHU)
            assert said.code == (0 if verb == "status --ask" else 5), said.all
            if verb != "status --ask":
                assert "lianhu-nvr-01 [login_budget]" in said.all

        assert failed_logins(line) == dict.fromkeys(WRONG_LOGIN, 1)
        assert set(line.logs()) == HEALTHY

    def test_the_broken_heal_and_the_refused_wait(self, line: Line) -> None:
        """Without faults every field is written once; a refused login still waits its half hour."""
        give(line, dict.fromkeys(LOOKS, "none"))
        line.edit("340722-*/lianhu.yaml", *reversed(NVR))
        line.edit("340722-*/lianhu.yaml", *reversed(GATE))

        said = line.run("apply", *LIANHU, "--yes")

        assert said.code == 5, said.all
        logs = line.logs()
        assert set(logs) == HEALTHY | set(LOOKS)
        assert {n for fields in logs.values() for n in fields.values()} == {1}
        assert set(faults_of(line.json("plan", *LIANHU))) == set(WRONG_LOGIN)
        assert failed_logins(line) == dict.fromkeys(WRONG_LOGIN, 1)

    def test_a_fault_amid_the_write_is_that_devices_own(self, line: Line) -> None:
        """Refusals, lies, reboots and delays in one rollout: five named, four done."""
        by_hand(line, {d: ("open_duration_s", "9") for d in doors(1, 2, 3)})
        by_hand(line, {d: ("channel_name", "X") for d in cams(1, 2, 3, 4)})
        by_hand(line, {"lianhu-gate-01": ("open_time_s", "59")})
        give(line, WRITE_FAULTS)
        before = line.logs()

        said = line.run("--format", "json", "apply", *READABLE, "--yes")

        assert said.code == 5, said.all
        failed = said.verdict()["failed"]
        assert {d: (f["code"], f.get("field")) for d, f in failed.items()} == {
            "lianhu-door-01": ("not_kept", "open_duration_s"),
            "lianhu-door-02": ("write_refused", "open_duration_s"),
            "lianhu-door-03": ("unreachable", None),
            "lianhu-cam-04": ("not_kept", "channel_name"),
            "lianhu-gate-01": ("write_refused", "open_time_s"),
        }
        assert written(line, before) == {d: Counter(channel_name=1) for d in cams(1, 2, 3)}
        assert failed_logins(line) == dict.fromkeys(WRONG_LOGIN, 1)

    def test_retry_heals_them_with_one_write_each(self, line: Line) -> None:
        """The faults are gone: `rollout retry` writes each field that is missing, once."""
        give(line, dict.fromkeys(WRITE_FAULTS, "none"))
        before = line.logs()

        said = line.run("rollout", "retry", "--yes")

        assert said.code == 0, said.all
        assert written(line, before) == {
            **{d: Counter(open_duration_s=1) for d in doors(1, 2, 3)},
            "lianhu-cam-04": Counter(channel_name=1),
            "lianhu-gate-01": Counter(open_time_s=1),
        }
        assert failed_logins(line) == dict.fromkeys(WRONG_LOGIN, 1)

    def test_a_line_that_breaks_after_the_plan_costs_that_device_alone(
        self, line: Line, tmp_path: Path
    ) -> None:
        """A camera breaks every answer off while gates are written: named, then healed."""
        by_hand(line, {d: ("channel_name", "Y") for d in cams(4, 5)})
        by_hand(line, {"lianhu-gate-01": ("open_time_s", "58")})
        give(line, {"lianhu-gate-01": "slow 1"})
        before = line.logs()

        with running(line, tmp_path, "apply", *READABLE, "--yes") as apply:
            apply.await_words("wave 1")
            give(line, {"lianhu-cam-05": "drop 40"})
            code = apply.end()

        assert code == 5, apply.words
        assert "lianhu-cam-05 [unreachable]" in apply.words
        give(line, {"lianhu-cam-05": "none", "lianhu-gate-01": "none"})
        healed = line.run("rollout", "retry", "--yes")
        assert healed.code == 0, healed.all
        assert written(line, before) == {
            **{d: Counter(channel_name=1) for d in cams(4, 5)},
            "lianhu-gate-01": Counter(open_time_s=1),
        }

    def test_past_the_threshold_it_halts(self, line: Line) -> None:
        """One failure tolerated, one device at a time: two fail, nothing else is touched."""
        line.edit("city.yaml", CALM, "tolerated_failures: 1, in_flight: 1")
        by_hand(line, {d: ("open_duration_s", "12") for d in doors(1, 2, 3)})
        by_hand(line, {"lianhu-cam-01": ("channel_name", "Z")})
        give(line, dict.fromkeys(doors(1, 2, 3), "keep-nothing"))
        before = line.logs()

        said = line.run("--format", "json", "apply", *READABLE, "--yes")

        assert said.code == 6, said.all
        assert said.verdict()["status"] == "halted"
        assert {f["code"] for f in said.verdict()["failed"].values()} == {"not_kept"}
        assert len(said.verdict()["failed"]) == 2
        assert written(line, before) == {}
        give(line, dict.fromkeys(doors(1, 2, 3), "none"))
        assert line.run("rollout", "retry", "--yes").code == 0
        assert line.run("apply", *READABLE, "--yes").code == 0
        assert written(line, before) == {
            **{d: Counter(open_duration_s=1) for d in doors(1, 2, 3)},
            "lianhu-cam-01": Counter(channel_name=1),
        }

    def test_a_device_put_back_to_its_box_is_named_before_any_login(self, line: Line) -> None:
        """Its password is gone: not activated, and no wrong login is spent to find out."""
        give(line, {"lianhu-cam-05": "factory-new"})

        plan = line.json("plan", "--target", "lianhu-cam-05")

        assert faults_of(plan) == {"lianhu-cam-05": "not_activated"}
        assert failed_logins(line) == dict.fromkeys(WRONG_LOGIN, 1)


WRITE_FAULTS = {
    "lianhu-door-01": "keep-nothing",
    "lianhu-door-02": "refuse",
    "lianhu-door-03": "reboot before",
    "lianhu-cam-01": "late 2",
    "lianhu-cam-02": "reboot after",
    "lianhu-cam-03": "slow 0.5",
    "lianhu-cam-04": "keep-nothing",
    "lianhu-gate-01": "refuse",
}


def doors(*numbers: int) -> list[str]:
    """Door readers by number."""
    return [f"lianhu-door-{n:02}" for n in numbers]


def cams(*numbers: int) -> list[str]:
    """Cameras by number."""
    return [f"lianhu-cam-{n:02}" for n in numbers]
