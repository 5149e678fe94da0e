"""What a command line says that no tidy example holds: each is one error, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh import terminal as loop
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.platform import Desk
from fleet.drivers.ssh.platforms.cisco_ios import Ios
from fleet.drivers.ssh.platforms.hp_comware import Comware
from fleet.drivers.ssh.platforms.huawei_vrp import Vrp5
from fleet.drivers.ssh.platforms.huawei_vrpv8 import HARMLESS, MANNERS, Vrp8
from fleet.drivers.ssh.platforms.ruijie_os import Ruijie
from fleet.drivers.ssh.talk import Talk
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.errors import (
    DeviceAsked,
    DeviceError,
    MalformedReply,
    NotKept,
    SessionClosed,
    TrialBusy,
    WriteRefused,
)
from fleet.ports.driver import Trial
from tests.drivers.ssh.line import END, HUSH, Channel

TARGET = Target(
    device="x-sw-01", kind=DeviceKind.SWITCH, driver="ssh", address="127.0.0.1", port=22
)
TRIAL = Trial(id="fleet-77", seconds=120)
DESKS: Mapping[str, tuple[Callable[..., Desk], str]] = {
    "vrp8": (Vrp8, "<SW>"),
    "vrp5": (Vrp5, "<SW>"),
    "comware": (Comware, "<SW>"),
    "ios": (Ios, "SW#"),
    "ruijie": (Ruijie, "SW#"),
}
every = pytest.mark.parametrize("name", list(DESKS))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a device that has nothing more to say: silence is told by the channel."""
    monkeypatch.setattr(loop.Terminal.ask, "__defaults__", (None, 0.05))
    monkeypatch.setattr(Talk.run, "__defaults__", (None, 0.05))


def scripted(prompt: str, answers: Mapping[str, str | Sequence[bytes]]) -> Channel:
    """A device that says to each line what is written for it, by the first pattern."""

    def answer(line: str) -> Sequence[bytes]:
        for pattern, said in answers.items():
            if re.fullmatch(pattern, line):
                if not isinstance(said, str):
                    return [f"{line}\r\n".encode(), *said]
                return [f"{line}\r\n{said}{prompt}".encode()]
        return [f"{line}\r\n{prompt}".encode()]

    return Channel([f"\r\n{prompt}".encode()], answer)


def talk(**answers: str | Sequence[bytes]) -> tuple[Talk, Channel]:
    """A talk with a device; blanks of a line are underscores."""
    channel = scripted("<SW>", {k.replace("_", " "): v for k, v in answers.items()})
    line: Any = SimpleNamespace(channel=channel)
    return Talk(line, TARGET, MANNERS, Pace(20)), channel


def desk(name: str, answers: Mapping[str, str | Sequence[bytes]]) -> tuple[Any, Channel]:
    """A platform's desk in front of a scripted device."""
    kind, prompt = DESKS[name]
    channel = scripted(prompt, answers)
    return kind(SimpleNamespace(channel=channel), TARGET, Pace(20)), channel


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ([b"half", END], SessionClosed, "save"),
        ([b"half", HUSH], MalformedReply, "half"),
        ([b"Continue? [Y/N]:", HUSH], DeviceAsked, "Continue? [Y/N]:"),
        ([b"password:", HUSH], DeviceAsked, "password:"),
    ],
)
def test_each_end_of_a_conversation_is_an_error_in_both_languages(
    said: list[bytes], error: type[DeviceError], words: str
) -> None:
    """Goal: the device, the line and its last words are told, in English and Chinese."""
    talking, channel = talk(save=said)

    with pytest.raises(error) as raised:
        talking.show("save")

    told = raised.value.summary
    assert words in told.en
    assert words in told.zh
    assert "x-sw-01" in told.en
    assert re.search(r"[一-鿿]", told.zh)
    assert channel.sent == ["save"]


def test_a_flood_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: an answer without an end is an answer that cannot be understood."""
    talking, _ = talk(display_x=[b"y\r\n" * 500])
    monkeypatch.setattr(loop, "OUTPUT_MAX", 1000)

    with pytest.raises(MalformedReply, match="does not end"):
        talking.show("display x")


def test_a_login_that_asks_something_is_told_as_the_login() -> None:
    """Goal: a question before the first prompt gets no answer, and is named."""
    channel = Channel([b"Your password has expired. Change now? [Y/N]:"])
    line: Any = SimpleNamespace(channel=channel)

    with pytest.raises(DeviceAsked, match="login"):
        Talk(line, TARGET, MANNERS, Pace(5))
    assert channel.sent == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: Wrong parameter.\r\n", "Wrong parameter"),
        ("        ^\r\nError: Unrecognized command.\r\n", "Unrecognized command"),
        ("   ^\r\n", "^"),
        ("The VLAN does not exist.\r\n", "does not exist"),
        ("Info: done\r\nThe port is in use.\r\n", "in use"),
    ],
)
def test_whatever_is_not_harmless_ends_a_change(said: str, told: str) -> None:
    """Goal: the line and the device's own words; not one line is typed after it."""
    talking, channel = talk(vlan_7=said)

    with pytest.raises(WriteRefused) as raised:
        talking.change(["sysname x", "vlan 7", "quit"], HARMLESS)

    assert "vlan 7" in raised.value.summary.en
    assert told in raised.value.summary.en
    assert channel.sent == ["sysname x", "vlan 7"]


def test_harmless_words_and_blank_rows_are_a_yes() -> None:
    """Goal: what firmware says to a good line does not end a change."""
    talking, channel = talk(vlan_7="\r\nInfo: this may take long\r\n   \r\nWarning: really\r\n")

    talking.change(["vlan 7", "quit"], HARMLESS)

    assert channel.sent == ["vlan 7", "quit"]


def test_what_cannot_be_shown_is_told_or_left_out() -> None:
    """Goal: a refused look is an error where it is needed, and nothing where it is not."""
    talking, _ = talk(display_x="Error: Unrecognized command\r\n")

    assert talking.offered("display x") is None
    with pytest.raises(MalformedReply, match="Unrecognized"):
        talking.show("display x")


SHOWN = {
    "vrp8": "display current-configuration",
    "vrp5": "display current-configuration",
    "comware": "display current-configuration",
    "ios": "show running-config",
    "ruijie": "show running-config",
}


@every
def test_a_configuration_that_makes_no_sense_is_an_error_of_the_device(name: str) -> None:
    """Goal: a VLAN 9999 is told as an answer that cannot be understood.

    Symptom once: it came out as an error of ours, in the middle of a rollout.
    """
    made, _ = desk(name, {SHOWN[name]: "vlan 9999\r\n"})

    with pytest.raises(MalformedReply, match="9999"):
        made.read()


@every
@pytest.mark.property
@given(said=st.binary(max_size=120))
@settings(max_examples=25, deadline=None)
def test_whatever_is_shown_is_read_or_told(name: str, said: bytes) -> None:
    """Goal: no bytes in place of a configuration or a version end in anything but our errors."""
    made, _ = desk(name, {})
    prompt = DESKS[name][1]
    made._talk._terminal._channel._answers = lambda line: [
        f"{line}\r\n".encode() + said + f"\r\n{prompt}".encode()
    ]
    for act in (made.read, made.identity):
        try:
            assert act() is not None
        except DeviceError as error:
            assert error.summary.en


@every
def test_a_device_that_tells_nothing_of_itself_has_no_identity(name: str) -> None:
    """Goal: an unknown version answer is no fault, and no invented serial number."""
    made, _ = desk(name, {})

    identity = made.identity()

    assert (identity.serial, identity.model, identity.firmware) == (None, None, None)


@every
def test_a_save_that_is_not_said_to_be_done_is_none(name: str) -> None:
    """Goal: a full flash is told by the device's words; nobody believes in a save."""
    full = "Error: No space left on flash\r\n" if DESKS[name][1] == "<SW>" else "% flash full\r\n"
    made, _ = desk(name, {"save( force)?|write( memory)?": full})

    with pytest.raises(NotKept, match="flash"):
        made.save()


def test_paging_that_cannot_be_turned_off_ends_the_login() -> None:
    """Goal: an account that may do nothing is told at once, by the line that it was refused."""
    with pytest.raises(MalformedReply, match="screen-length"):
        desk("vrp8", {"screen-length .*": "Error: No permission to run the command.\r\n"})


STATUS = "display configuration trial status"
COMMITS = "display configuration commit list verbose"
RUNS = "Trial status : ACTIVE\r\nPersist id   : {}\r\n"


@pytest.mark.parametrize("status", ["ACTIVE", "CANCELING", "WAITCANCEL"])
def test_a_trial_of_somebody_else_stops_ours_before_any_line(status: str) -> None:
    """Goal: whoever's trial it is, with an id or without, its id is told and nothing typed."""
    for persist, told in (("Persist id : theirs\r\n", "theirs"), ("", "-")):
        made, channel = desk("vrp8", {STATUS: f"Trial status : {status}\r\n{persist}"})

        with pytest.raises(TrialBusy, match=told):
            made.write_trial({"sysname": "a"}, {"sysname": "b"}, TRIAL)
        assert "system-view" not in channel.sent


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("Error: The trial of another user is running.\r\n", TrialBusy),
        ("Error: The configuration is locked.\r\n", WriteRefused),
    ],
)
def test_a_commit_that_is_refused_empties_the_candidate(
    said: str, error: type[DeviceError]
) -> None:
    """Goal: what was typed is thrown away on the device, so that nobody commits it by chance."""
    made, channel = desk("vrp8", {"commit trial 120 persist fleet-77": said})

    with pytest.raises(error):
        made.write_trial({"lldp_enabled": False}, {"lldp_enabled": True}, TRIAL)
    assert channel.sent[-2:] == [
        "commit trial 120 persist fleet-77",
        "clear configuration candidate",
    ]


def test_a_session_that_ends_amid_the_commit_gets_no_more_lines() -> None:
    """Goal: nothing is sent into a closed session, and it is never a success."""
    made, channel = desk("vrp8", {"commit trial .*": [END]})

    with pytest.raises(SessionClosed, match="commit trial"):
        made.write_trial({"lldp_enabled": False}, {"lldp_enabled": True}, TRIAL)
    assert channel.sent[-1].startswith("commit trial")


@pytest.mark.parametrize(
    ("status", "commits", "state"),
    [
        (RUNS.format("fleet-77"), "", "open"),
        (RUNS.format("theirs"), "", "undone"),
        ("Trial status : NONE\r\n", "Description : fleet-77\r\n", "confirmed"),
        ("Trial status : NONE\r\n", "Description : fleet-777\r\n", "undone"),
        ("Trial status : NONE\r\n", "", "undone"),
        (RUNS.format("theirs"), "Description : fleet-77\r\n", "confirmed"),
    ],
)
def test_what_became_of_a_trial(status: str, commits: str, state: str) -> None:
    """Goal: by its own id alone, running or in the list of commits; a longer id is another."""
    made, _ = desk("vrp8", {STATUS: status, COMMITS: commits})

    assert made.trial_state("fleet-77") == state


def test_a_confirmation_that_is_refused_while_the_trial_runs_is_told() -> None:
    """Goal: it can be tried again, so it is neither a yes nor lost."""
    made, channel = desk(
        "vrp8", {STATUS: RUNS.format("fleet-77"), "commit persist .*": "Error: busy\r\n"}
    )

    with pytest.raises(WriteRefused, match="busy"):
        made.confirm("fleet-77")
    assert "commit persist fleet-77 description fleet-77" in channel.sent


def test_a_trial_that_is_over_is_not_confirmed() -> None:
    """Goal: no commit is sent for what the device has taken back already."""
    made, channel = desk("vrp8", {STATUS: "Trial status : NONE\r\n"})

    assert made.confirm("fleet-77") is False
    assert not any(line.startswith("commit") for line in channel.sent)


@every
def test_a_saved_configuration_of_other_values_is_named(name: str) -> None:
    """Goal: the fields that a restart would change are told, not only that some would."""
    word = "sysname" if DESKS[name][1] == "<SW>" else "hostname"
    made, _ = desk(
        name,
        {
            "save( force)?|write( memory)?": "saved successfully [OK]\r\n",
            SHOWN[name]: f"{word} new\r\n",
            "display saved-configuration|show startup-config": f"{word} old\r\n",
        },
    )

    with pytest.raises(NotKept, match="sysname"):
        made.save()
