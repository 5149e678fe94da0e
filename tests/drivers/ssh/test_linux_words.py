"""The scripts for a Linux host as text, and what a host answers: odd answers are told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fleet.drivers.ssh import linux_scripts as scripts
from fleet.drivers.ssh.platforms.linux import PLATFORM, Linux
from fleet.drivers.ssh.shell import Ran
from fleet.model.device import FieldValue
from fleet.model.errors import DeviceError, MalformedReply, NotKept, TrialBusy, WriteRefused
from fleet.model.settings import LinkSettings
from fleet.ports.driver import Trial

Fields = dict[str, FieldValue]
TRIAL = Trial(id="fleet-77", seconds=60)


class Host:
    """A shell that answers every script with the same, and keeps the scripts."""

    def __init__(self, out: str = "", err: str = "", code: int = 0) -> None:
        self.ran = Ran(code, out, err)
        self.scripts: list[str] = []

    def run(self, script: str, about: str = "sh") -> Ran:
        """Keep it and answer."""
        self.scripts.append(script)
        return self.ran

    def must(self, script: str, about: str) -> str:
        """The same for what must not fail."""
        return self.run(script, about).out


def linux(host: Host) -> Linux:
    """The desk in front of such a host."""
    made: Any = Linux.__new__(Linux)
    made._shell, made._device = host, "x-rt-01"
    desk: Linux = made
    return desk


def parsed(script: str) -> None:
    """Let a real shell look at a script without running it."""
    subprocess.run(["sh", "-n"], input=script, text=True, check=True, capture_output=True)


_IFACE = st.sampled_from(["eth0", "br-lan", "eth0.100", "wan_1"])
_ADDRESS = st.builds(
    lambda i, a, b, n: f"{i} 10.{a}.{b}.1/{n}",
    _IFACE,
    st.integers(0, 1),
    st.integers(0, 1),
    st.sampled_from([16, 24]),
)
_ROUTE = st.builds(
    lambda net, hop: f"{net} via 10.0.0.{hop}",
    st.sampled_from(["0.0.0.0/0", "10.7.0.0/16", "10.8.1.9/32"]),
    st.integers(1, 254),
)
_SIDE = st.fixed_dictionaries(
    {
        "addresses": st.lists(_ADDRESS, max_size=3, unique=True),
        "static_routes": st.lists(_ROUTE, max_size=3, unique=True),
    }
)


@pytest.mark.property
@given(before=_SIDE, after=_SIDE)
@settings(max_examples=25, deadline=None)
def test_every_script_is_a_shell_script(before: Fields, after: Fields) -> None:
    """Goal: whatever changes, a shell can read the undo's writer and the change itself whole."""
    parsed(scripts.arm(TRIAL.id, TRIAL.seconds, before, after))
    parsed(scripts._change(TRIAL.id, before, after))


@pytest.mark.parametrize("script", [scripts.state("f-1"), scripts.confirm("f-1"), scripts.save()])
def test_the_other_scripts_are_shell_scripts(script: str) -> None:
    """Goal: asking, confirming and saving can be read by a shell, too."""
    parsed(script)


@pytest.mark.property
@given(before=_SIDE, after=_SIDE)
@settings(max_examples=80, deadline=None)
def test_a_change_has_the_lines_of_what_differs_alone(before: Fields, after: Fields) -> None:
    """Goal: addresses that stand are not deleted, new ones come before old ones go."""
    lines = scripts._change(TRIAL.id, before, after).splitlines()
    added = [line for line in lines if line.startswith("ip addr add ")]
    gone = [line for line in lines if line.startswith("ip addr del ")]
    old, new = set(map(str, _list(before))), set(map(str, _list(after)))

    assert added == [f"ip addr add {a} dev {i}" for i, a in sorted(_split(new - old))]
    assert gone == [f"ip addr del {a} dev {i}" for i, a in sorted(_split(old - new))]
    for name in {e.split()[0] for e in old ^ new}:
        rows = [i for i, line in enumerate(lines) if line.endswith(f" dev {name}")]
        kinds = [lines[i].split()[2] for i in rows]
        assert kinds == sorted(kinds, key=["add", "del", "replace"].index)


def _list(side: Mapping[str, FieldValue]) -> list[str]:
    value = side["addresses"]
    assert isinstance(value, list)
    return value


def _split(entries: set[str]) -> list[tuple[str, str]]:
    return [(e.split()[0], e.split()[1]) for e in entries]


def test_the_undo_is_written_before_anything_is_changed() -> None:
    """Goal: undo on disk, timer alive, and only then the change; each in this order."""
    script = scripts.arm("f-1", 60, {"addresses": []}, {"addresses": ["eth0 10.0.0.1/24"]})
    marks = ["} >f-1.undo", "sync", ": >f-1.armed", "run f-1 60", "alive f-1\n", "f-1.change </dev"]
    found = [script.index(mark) for mark in marks]

    assert found == sorted(found)


def test_the_undo_takes_off_only_routes_that_the_change_makes() -> None:
    """Goal: a route that stood before is restored from the table, never deleted."""
    undo = scripts._undo(
        "f-1",
        {"static_routes": ["10.7.0.0/16 via 10.0.0.1"]},
        {"static_routes": ["10.7.0.0/16 via 10.0.0.1", "0.0.0.0/0 via 10.0.0.2"]},
    )

    assert "ip route del default via 10.0.0.2" in undo
    assert "10.7.0.0/16" not in undo
    assert "f-1.routes" in undo


HOSTILE = ["$(reboot)", "a;reboot", "a`id`", "a|b", "a&b", "a\nb", "a'b", 'a"b', "a b", "../a", "*"]


@pytest.mark.parametrize("word", HOSTILE)
def test_nothing_that_means_something_to_a_shell_comes_that_far(word: str) -> None:
    """Goal: names of interfaces, addresses and hops are refused by the inventory's own forms."""
    for wrong in (
        {"addresses": [f"{word} 10.0.0.1/24"]},
        {"addresses": [f"eth0 {word}"]},
        {"addresses": [f"eth0 10.0.0.1/24{word}"]},
        {"static_routes": [f"{word} via 10.0.0.1"]},
        {"static_routes": [f"10.0.0.0/8 via {word}"]},
    ):
        with pytest.raises(ValidationError):
            LinkSettings.model_validate(wrong)


@pytest.mark.parametrize("word", [*HOSTILE[:8], "a?b", "a\\b", "a#b", "a!b", "a\x00b", "a<b>"])
def test_no_description_or_name_holds_what_a_command_line_takes_for_itself(word: str) -> None:
    """Goal: help, comments, quotes and line ends never reach a device inside a value."""
    for wrong in (
        {"sysname": word},
        {"vlans": [f"7 {word}"]},
        {"access_ports": [f"GE1/0/1 vlan=7 desc={word}"]},
        {"uplink_ports": [f"GE1/0/1 vlans=7 desc={word}"]},
    ):
        with pytest.raises(ValidationError):
            LinkSettings.model_validate(wrong)


@pytest.mark.parametrize(
    ("name", "right"),
    [("eth0", True), ("enp3s0f1np1.100", True), ("a" * 16, False), ("GE1/0/1", False)],
)
def test_interfaces_of_linux(name: str, right: bool) -> None:
    """Goal: the kernel's 15 characters, and no port of a switch."""
    assert (PLATFORM.judge("addresses", [f"{name} 10.0.0.1/24"]) is None) is right


def test_what_a_host_shows_is_read() -> None:
    """Goal: global addresses, and routes that somebody set; not the kernel's or DHCP's."""
    addresses = [
        {"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
        {
            "ifname": "eth10",
            "addr_info": [{"local": "10.1.0.1", "prefixlen": 24, "scope": "global"}],
        },
        {
            "ifname": "eth2",
            "addr_info": [{"local": "10.2.0.1", "prefixlen": 24, "scope": "global"}],
        },
        {"ifname": "eth3"},
    ]
    routes = [
        {"dst": "default", "gateway": "10.1.0.2", "protocol": "static"},
        {"dst": "10.9.0.9", "gateway": "10.1.0.3"},
        {"dst": "10.8.0.0/16", "gateway": "10.1.0.4", "protocol": "boot", "metric": 5},
        {"dst": "10.8.0.0/16", "gateway": "10.1.0.4", "protocol": "boot", "metric": 9},
        {"dst": "10.7.0.0/16", "gateway": "10.1.0.5", "protocol": "dhcp"},
        {"dst": "10.1.0.0/24", "protocol": "kernel"},
    ]

    seen = linux(Host(f"{json.dumps(addresses)}\n\n{json.dumps(routes)}\n")).read()

    assert seen == {
        "addresses": ["eth2 10.2.0.1/24", "eth10 10.1.0.1/24"],
        "static_routes": [
            "0.0.0.0/0 via 10.1.0.2", "10.8.0.0/16 via 10.1.0.4", "10.9.0.9/32 via 10.1.0.3",
        ],
    }  # fmt: skip


def test_a_host_that_shows_nothing_has_nothing() -> None:
    """Goal: an `ip` that prints no JSON for an empty table is no fault."""
    assert linux(Host("\n\n")).read() == {"addresses": [], "static_routes": []}


@pytest.mark.parametrize(
    "shown",
    ["[1]", '{"a": 1}', "[[]]", "nonsense", '[{"ifname": "a", "addr_info": [1]}]', "[" * 100_000,
     '[{"addr_info": [{"scope": "global", "local": "10.0.0.1", "prefixlen": 8}]}]'],
    ids=["number", "object", "list", "words", "entry", "deep", "nameless"],
)  # fmt: skip
def test_an_answer_of_another_shape_is_told(shown: str) -> None:
    """Goal: JSON of another shape, or none, is an answer that cannot be understood.

    Symptom once: some of it came out as an error of ours.
    """
    with pytest.raises(MalformedReply, match="ip -j"):
        linux(Host(f"{shown}\n\n[]")).read()


@pytest.mark.property
@given(st.recursive(st.none() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["ifname", "addr_info", "dst", "gateway", "scope"]), inner),
                    max_leaves=8))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_json_is_read_or_told(value: object) -> None:
    """Goal: whatever JSON a host prints, it is fields or an error of the device."""
    for out in (f"{json.dumps(value)}\n\n[]", f"[]\n\n{json.dumps(value)}"):
        try:
            assert set(linux(Host(out)).read()) == {"addresses", "static_routes"}
        except DeviceError as error:
            assert "x-rt-01" in error.summary.en


@pytest.mark.parametrize(("out", "told"), [("BUSY fleet-9\n", "fleet-9"), ("BUSY \n", "-")])
def test_somebody_elses_trial_is_named(out: str, told: str) -> None:
    """Goal: by its id, and without one it is still somebody else's."""
    with pytest.raises(TrialBusy, match=told):
        linux(Host(out, code=3)).write_trial({}, {"static_routes": []}, TRIAL)


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (Host("", "sh: ip: not found\n", 127), "not found"),
        (Host("half of it\n", "", 1), "half of it"),
        (Host("", "", 1), "1"),
        (Host("ARMED\nbut then more\n", "", 0), "but then more"),
    ],
)
def test_a_trial_that_was_not_armed_is_refused(host: Host, told: str) -> None:
    """Goal: only ARMED as the last word is a yes; the host's last words are told."""
    with pytest.raises(WriteRefused, match=told):
        linux(host).write_trial({}, {"static_routes": []}, TRIAL)


@pytest.mark.parametrize("out", ["", "MAYBE\n", "OPEN but\n"])
def test_a_state_that_nobody_knows_is_told(out: str) -> None:
    """Goal: no answer is neither open nor undone."""
    with pytest.raises(MalformedReply):
        linux(Host(out)).trial_state("fleet-77")


@pytest.mark.parametrize(("out", "kept"), [("KEPT\n", True), ("LOST\n", False), ("", False)])
def test_only_kept_is_kept(out: str, kept: bool) -> None:
    """Goal: silence is no confirmation."""
    assert linux(Host(out)).confirm("fleet-77") is kept


@pytest.mark.parametrize("out", ["OTHER\n", "", "SAVED?\n"])
def test_only_saved_is_saved(out: str) -> None:
    """Goal: what a start would bring must be what runs, by the host's own word."""
    with pytest.raises(NotKept, match=str(Path(scripts.FOLDER) / "start")):
        linux(Host(out)).save()
    linux(Host("SAVED\n")).save()
