"""What the system must bring: seen by what can be run, said with the one command that helps."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fleet.bootstrap import needs
from fleet.bootstrap.needs import SETUP, TESTS, Need
from fleet.bootstrap.talk import Talk
from tests.setup.fakes import program


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """A machine without daemons' folders and with an empty PATH."""
    monkeypatch.setattr(needs, "MORE_PATH", ())
    return {"PATH": str(tmp_path)}


def test_everything_is_missing_on_a_bare_machine(bare: dict[str, str]) -> None:
    names = [need.name for need in needs.missing(TESTS, bare)]
    assert names == [
        "snmpd", "snmpset", "snmpget", "sshd", "ip", "sipp", "curl", "tmux", "openssl",
    ]  # fmt: skip


def test_what_can_be_run_is_not_missing(bare: dict[str, str], tmp_path: Path) -> None:
    for name in ("snmpd", "sshd", "sipp", "curl", "tmux", "openssl"):
        program(tmp_path / name, "exit 0")
    names = [need.name for need in needs.missing(TESTS, bare)]
    assert names == ["snmpset", "snmpget", "ip"]


def test_a_file_that_cannot_be_run_does_not_count(bare: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / "sipp", "exit 0").chmod(0o644)
    assert "sipp" in [need.name for need in needs.missing(TESTS, bare)]


def test_daemons_are_found_where_an_ordinary_user_does_not_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path / "sbin" / "sshd", "exit 0")
    monkeypatch.setattr(needs, "MORE_PATH", (str(tmp_path / "sbin"),))
    assert needs.program("sshd")({"PATH": "/nonexistent"})


def test_modules_that_debian_packs_apart_are_looked_for() -> None:
    assert needs.module("json")({})
    assert not needs.module("json", "no_such_module_here")({})


def test_each_package_is_named_once() -> None:
    peers = ["snmpd", "snmp", "openssh-server", "iproute2", "sip-tester"]
    assert needs.packages(TESTS) == [*peers, "curl", "tmux", "openssl"]


@pytest.mark.parametrize(("root", "start"), [(True, "apt-get install"), (False, "sudo apt-get")])
def test_one_command_installs_all(root: bool, start: str) -> None:
    command = needs.command_for(TESTS, root=root)
    assert command.startswith(start)
    assert command.endswith("snmpd snmp openssh-server iproute2 sip-tester curl tmux openssl")
    assert " -y " in command


@pytest.mark.parametrize(
    ("language", "parts"),
    [("en", ("missing: snmpd", "install with:")), ("zh", ("缺少：snmpd", "安装命令："))],
)
def test_the_report_names_each_and_the_command(language: str, parts: tuple[str, ...]) -> None:
    said = io.StringIO()
    assert not needs.report(TESTS[:1], Talk(language, said))
    for part in parts:
        assert part in said.getvalue()
    assert said.getvalue().count("apt-get install") == 1


def test_nothing_missing_says_nothing() -> None:
    said = io.StringIO()
    assert needs.report((), Talk("en", said))
    assert said.getvalue() == ""


@pytest.mark.parametrize("need", [*SETUP, *TESTS], ids=lambda need: need.name)
def test_every_need_says_why_in_both_languages(need: Need) -> None:
    english, chinese = need.why
    assert english.isascii()
    assert chinese != english
