"""`fleet device repower`: it asks, says how both stand, and ends with what it proved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.app.repower import Outlook, Repowered
from fleet.model.exitcodes import ExitCode
from fleet.model.observation import Fault
from fleet.ports.power import PortPower
from tests.cli.conftest import Call
from tests.support.fakes_city import World, cameras, device, world


@dataclass
class Repair:
    """What the use case is asked, and what it says."""

    world: World
    enabled: bool = True
    answers: bool = False
    result: Repowered = field(
        default_factory=lambda: Repowered(
            device="c1-cam-1", switch="c1-sw-1", port="GE1/0/5", index="1.5", was=False,
            answered=True, after_s=41.5,
        )
    )  # fmt: skip
    asked: list[tuple[float, float]] = field(default_factory=list)

    async def look(self, _app: object, one: object) -> Outlook:
        """How both stand."""
        port = PortPower(port="GE1/0/5", index="1.5", enabled=self.enabled, detection="delivering")
        assert one == device("c1-cam-1")
        return Outlook(device("c1-cam-1"), device("c1-sw-1"), port, self.answers)

    async def repower(
        self, _app: object, _seen: Outlook, off_s: float, answer_s: float
    ) -> Repowered:
        """Do it."""
        self.asked.append((off_s, answer_s))
        return self.result


@pytest.fixture
def repair(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repair:
    """The verb over a use case that says what the test wants."""
    w = world(cameras(1, 1), tmp_path)
    made = Repair(w)

    @contextmanager
    def open_app(_city: Path, _state: Path) -> Iterator[object]:
        yield w.app()

    monkeypatch.setattr("fleet.wiring.build.open_app", open_app)
    monkeypatch.setattr("fleet.app.repower.look", made.look)
    monkeypatch.setattr("fleet.app.repower.repower", made.repower)
    return made


def test_it_is_never_done_unasked(call: Call, repair: Repair) -> None:
    """Goal: without a terminal the answer is no (8), and how both stand was said."""
    said = call("device", "repower", "c1-cam-1")

    assert said.code == ExitCode.WAITING
    assert "c1-cam-1 is silent; it hangs on port GE1/0/5 of c1-sw-1" in said.err
    assert repair.asked == []


def test_with_consent_it_ends_with_what_it_proved(call: Call, repair: Repair) -> None:
    """Goal: exit 0 with the seconds until it answered; options reach the use case."""
    said = call("device", "repower", "c1-cam-1", "--yes", "--off", "8", "--wait", "60")

    assert (said.code, said.out.strip()) == (0, "c1-cam-1: answers again after 41.5 s")
    assert repair.asked == [(8.0, 60.0)]
    chinese = call("--lang", "zh", "device", "repower", "c1-cam-1", "--yes")
    assert "41.5 秒后恢复应答" in chinese.out


def test_silence_after_it_is_exit_five(call: Call, repair: Repair) -> None:
    """Goal: the port is on again, the device not proved; why is said, in JSON too."""
    fault = Fault(code="unreachable", en="no connection", zh="无法连接")
    repair.result = repair.result.model_copy(
        update={"answered": False, "after_s": None, "fault": fault}
    )

    said = call("device", "repower", "c1-cam-1", "--yes")
    told = call("--format", "json", "device", "repower", "c1-cam-1", "--yes")

    assert said.code == told.code == ExitCode.PARTIAL
    assert "is on again; no connection" in said.out
    assert told.json["fault"]["code"] == "unreachable"


def test_a_device_that_is_none(call: Call, repair: Repair) -> None:
    """Goal: usage, with the nearest name."""
    said = call("device", "repower", "c1-cam-9", "--yes")

    assert said.code == ExitCode.USAGE
    assert "did you mean c1-cam-1" in said.err
