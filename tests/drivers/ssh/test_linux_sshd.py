"""The driver against OpenSSH and iproute2 in a namespace: what it changes, and what comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fleet.drivers.ssh.hostkey import fingerprint_of

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.interop, pytest.mark.timeout(150)]
# Root needs no user namespace; anybody else gets one in which it is root.
UNSHARE = ["unshare", "-n", "-m"]
if os.geteuid() != 0:
    UNSHARE += ["-U", "--map-root-user", "--map-auto"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All stories, told once in namespaces of their own (`linux_host`)."""
    folder = tmp_path_factory.mktemp("host")
    ran = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.drivers.ssh.linux_host", str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=140,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_reading_a_host_by_its_fingerprint_or_its_whole_key(told: dict[str, Any]) -> None:
    """Goal: the key looked at without a login is the one pinned; static routes only are fields."""
    reading = told["reading"]

    assert reading["line"] == reading["pinned"].rpartition(" ")[0]
    assert reading["fields"] == {
        "addresses": ["eth0 10.99.0.2/24", "eth1 10.98.0.2/24"],
        "static_routes": ["0.0.0.0/0 via 10.99.0.1", "10.5.0.0/16 via 10.99.0.1"],
    }
    assert reading["identity"]["model"]


def test_a_change_is_seen_confirmed_and_saved(told: dict[str, Any]) -> None:
    """Goal: open on a new connection, kept once and for all, written for the next start only then.

    The route with a metric is kept with it.
    """
    kept = told["kept"]

    assert kept["first"]["state"] == "open"
    assert kept["first"]["fields"] == {
        "addresses": ["eth0 10.99.0.2/24", "eth1 10.98.1.2/24", "eth1 10.98.2.2/24"],
        "static_routes": [
            "0.0.0.0/0 via 10.99.0.1",
            "10.5.0.0/16 via 10.99.0.1",
            "10.7.0.0/24 via 10.98.1.1",
        ],
    }
    assert (kept["confirmed"], kept["state"]) == ([True, True], "confirmed")
    assert kept["start"].splitlines()[2:] == [
        "ip addr replace 10.98.1.2/24 dev eth1",
        "ip addr replace 10.98.2.2/24 dev eth1",
        "ip route replace 10.5.0.0/16 via 10.99.0.1 dev eth0 metric 7",
        "ip route replace 10.7.0.0/24 via 10.98.1.1 dev eth1",
    ]
    assert (kept["unit"], kept["mode"]) == (True, "0o700")


def test_what_was_saved_comes_back_after_a_restart(told: dict[str, Any]) -> None:
    """Goal: with what the host itself brings up, and the saved script, all fields are as wanted."""
    assert told["restarted"]["fields"] == told["kept"]["first"]["fields"]


def test_a_change_that_cuts_our_own_path_comes_back_by_itself(told: dict[str, Any]) -> None:
    """Goal: unreachable during the trial, byte-equal addresses and routes after it."""
    cut = told["cut"]

    assert cut["reached"] in ("unreachable", "too_slow")
    assert "10.96.0.2/24" in cut["during"]["addresses"]
    assert "10.99.0.2" not in cut["during"]["addresses"] + cut["during"]["routes"]
    assert cut["state"] == "undone"
    assert cut["after"] == cut["before"]


def test_a_late_confirmation_is_lost(told: dict[str, Any]) -> None:
    """Goal: the timer was first: never a yes, and an id that was never armed is unknown."""
    late = told["late"]

    assert told["cut"]["late"] is False
    assert (late["first"], late["over"], late["late"]) == ("open", "undone", False)
    assert "10.5.0.0/16 via 10.98.1.1" in late["routes"]
    assert "10.5.0.0/16 via 10.99.0.1" not in late["routes"]
    assert (late["unknown"], late["same"]) == ("unknown", True)


def test_a_second_trial_is_refused_and_a_dead_timer_is_undone(told: dict[str, Any]) -> None:
    """Goal: one trial at a time; what a restart left armed is undone at the next login."""
    assert told["busy"] == {"second": "trial_busy", "same": True, "state": "undone"}


def test_a_change_that_fails_amid_is_taken_back_whole(told: dict[str, Any]) -> None:
    """Goal: the first route was there, the second impossible; after the trial neither is."""
    assert "10.8.0.0/16 via 10.98.1.1" in told["impossible"]["routes"]
    assert told["impossible"]["same"] is True


def test_host_keys_and_logins_that_are_refused(told: dict[str, Any]) -> None:
    """Goal: each refusal is its own error with the fingerprints; one wrong login is one error."""
    refusals = told["refusals"]
    pinned = fingerprint_of(told["reading"]["pinned"])

    assert refusals["unknown"] == ["host_key_unknown", "", pinned]
    assert refusals["wrong"] == ["host_key_changed", "SHA256:" + "A" * 43, pinned]
    assert refusals["changed"] == ["host_key_changed", pinned, fingerprint_of(refusals["now"])]
    assert refusals["nobody"][0] == "unreachable"
    assert (refusals["proof"], refusals["login"]) == (False, "login_refused")
