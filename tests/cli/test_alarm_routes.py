"""`fleet alarms routes` and `fleet alarms test` over the example with routes of the test's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fleet.health.telling import TELLING, TOLD, UNTOLD
from fleet.model.exitcodes import ExitCode
from fleet.wiring.journal import read_journal
from tests.cli.conftest import Call

EXAMPLE = Path(__file__).resolve().parents[2] / "inventories" / "tongling"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example with one route that works and one that does not."""
    folder, program = tmp_path / "city", tmp_path / "page"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    monkeypatch.setenv("FLEET_STATE", str(tmp_path / "state"))
    program.write_text(f"#!/bin/sh\ncat >{tmp_path}/told\n")
    program.chmod(0o700)
    with (folder / "city.yaml").open("a", encoding="utf-8") as file:
        file.write(
            "alarms:\n  routes:\n"
            f"    page: {{by: command, argv: [{program}]}}\n"
            "    hook: {by: webhook, url: 'http://127.0.0.1:9/x'}\n"
        )
    return folder


def kinds(tmp_path: Path) -> list[str]:
    """The journal's words."""
    journal = read_journal(tmp_path / "state")
    assert journal is not None
    return [r.kind for r in journal.records()]


def test_a_route_that_works(call: Call, city: Path, tmp_path: Path) -> None:
    """Goal: one message now, its evidence shown, both sides of the try in the journal."""
    said = call("-C", str(city), "alarms", "test", "page")

    assert (said.code, said.err.strip()) == (ExitCode.OK, "told by page: exit 0")
    assert json.loads((tmp_path / "told").read_text())["event"] == "test"
    assert kinds(tmp_path) == [TELLING, TOLD]


def test_a_route_that_does_not(call: Call, city: Path, tmp_path: Path) -> None:
    """Goal: exit 5 with the reason, and the list shows it from then on, in both languages."""
    said = call("-C", str(city), "alarms", "test", "hook")

    assert said.code == ExitCode.PARTIAL
    assert "127.0.0.1:9" in said.err
    assert kinds(tmp_path) == [TELLING, UNTOLD]
    listed = call("-C", str(city), "alarms", "routes")
    assert listed.code == ExitCode.OK
    assert "page (command): last told never, waiting 0" in listed.out
    assert "1 failures in a row" in listed.out
    chinese = call("-C", str(city), "--lang", "zh", "alarms", "routes")
    assert "连续失败 1 次" in chinese.out
    found = {r["route"]: r for r in call("-C", str(city), "--format", "json", "alarms",
                                         "routes").json}  # fmt: skip
    assert (found["hook"]["failures"], found["hook"]["worked"]) == (1, None)


def test_a_route_that_is_none(call: Call, city: Path) -> None:
    """Goal: usage, with the name that was meant."""
    said = call("-C", str(city), "alarms", "test", "pag")

    assert said.code == ExitCode.USAGE
    assert "did you mean page" in said.err


def test_no_routes_at_all(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: nothing to list is said, and where to write one."""
    monkeypatch.setenv("FLEET_STATE", str(tmp_path / "state"))

    said = call("-C", str(EXAMPLE), "alarms", "routes")

    assert said.code == ExitCode.OK
    assert "alarms.routes" in said.err
