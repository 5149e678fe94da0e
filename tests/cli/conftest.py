"""Calling `fleet` in this process over a world of fake devices."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleet.app.compose import Ground
from fleet.app.context import App
from fleet.cli.main import run
from fleet.model.fleet import City
from fleet.wiring.history import StatusView
from tests.support.fakes_city import World, world


@dataclass
class Said:
    """What one call ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The data of a JSON call."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The data of an event stream, a line an object."""
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Said]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run `fleet ARGS` in English unless the arguments say otherwise."""

    def fleet(*args: str) -> Said:
        capsys.readouterr()
        code = run([*([] if "--lang" in args else ["--lang", "en"]), *args])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(int(code), out, err)

    return fleet


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[City], World]:
    """Make every verb work on a city of fakes; the rules find nothing."""

    def serve(town: City) -> World:
        w = world(town, tmp_path)

        @contextmanager
        def open_app(_city: Path, _state: Path) -> Iterator[App]:
            yield w.app()

        @contextmanager
        def open_status(_city: Path, _state: Path) -> Iterator[StatusView]:
            yield StatusView(w.city, w.upper, w.processes, w.journal, history=None, desk=None)

        def open_ground(_city: Path) -> Ground:
            return Ground(w.city, w.drivers, "code of these tests", None, w.clock.now())

        monkeypatch.setattr("fleet.wiring.build.open_app", open_app)
        monkeypatch.setattr("fleet.wiring.observed.open_ground", open_ground)
        monkeypatch.setattr("fleet.wiring.history.open_status", open_status)
        monkeypatch.setattr("fleet.app.plan.judge", lambda _city: [])
        return w

    return serve
