"""`fleet device activate`: asks first, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.app.activate import Activated
from fleet.model.exitcodes import ExitCode
from fleet.model.observation import Fault
from tests.cli.conftest import Call
from tests.support.fakes_city import cameras, world


class Factory:
    """What the use case says."""

    def __init__(self) -> None:
        self.new = True
        self.result = Activated(
            device="c1-cam-1", was=False, outcome="activated", serial="S-c1-cam-1"
        )
        self.calls = 0

    async def is_new(self, _app: object, _device: object) -> bool:
        """Whether it is factory-new."""
        return self.new

    async def activate(self, _app: object, _device: object) -> Activated:
        """Do it."""
        self.calls += 1
        return self.result


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Factory:
    """The verb over a use case that says what the test wants."""
    w, made = world(cameras(1, 1), tmp_path), Factory()

    @contextmanager
    def open_app(_city: Path, _state: Path) -> Iterator[object]:
        yield w.app()

    monkeypatch.setattr("fleet.wiring.build.open_app", open_app)
    monkeypatch.setattr("fleet.app.activate.is_new", made.is_new)
    monkeypatch.setattr("fleet.app.activate.activate", made.activate)
    return made


def test_it_asks_before_a_password_is_set(call: Call, factory: Factory) -> None:
    """Goal: without a terminal the answer is no (8), and nothing was sent."""
    said = call("device", "activate", "c1-cam-1")

    assert (said.code, factory.calls) == (ExitCode.WAITING, 0)


def test_with_consent_in_both_languages(call: Call, factory: Factory) -> None:
    """Goal: who answered is said."""
    said = call("device", "activate", "c1-cam-1", "--yes")
    chinese = call("--lang", "zh", "device", "activate", "c1-cam-1", "--yes")

    assert (said.code, said.out.strip()) == (0, "c1-cam-1: activated; it is serial S-c1-cam-1")
    assert "已激活；序列号 S-c1-cam-1" in chinese.out


def test_an_active_device_is_not_asked_about(call: Call, factory: Factory) -> None:
    """Goal: nothing to do is no question and exit 0."""
    factory.new = False
    factory.result = Activated(device="c1-cam-1", was=True, outcome="nothing to do")

    said = call("device", "activate", "c1-cam-1")

    assert (said.code, said.out.strip()) == (0, "c1-cam-1: it has a password already")


def test_doubt_is_exit_five(call: Call, factory: Factory) -> None:
    """Goal: nobody knows whether it arrived, and why, in JSON too."""
    fault = Fault(code="unreachable", en="no connection", zh="无法连接")
    factory.result = Activated(device="c1-cam-1", was=False, outcome="in doubt", fault=fault)

    said = call("device", "activate", "c1-cam-1", "--yes")
    told = call("--format", "json", "device", "activate", "c1-cam-1", "--yes")

    assert said.code == told.code == ExitCode.PARTIAL
    assert "nobody knows whether it is activated: no connection" in said.out
    assert told.json["outcome"] == "in doubt"


def test_a_device_that_is_none(call: Call, factory: Factory) -> None:
    """Goal: usage, with the nearest name."""
    said = call("device", "activate", "c1-cam-9")

    assert said.code == ExitCode.USAGE
    assert "did you mean c1-cam-1" in said.err
