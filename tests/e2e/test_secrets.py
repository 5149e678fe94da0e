"""Canaries: after a whole day's work no secret stands anywhere but in the named key files.

The city is that of `test_line`: when both are run, what its tests did is scanned too.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.canary import forms, scan
from tests.support.day import Day, keys

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

# The only files that may hold a secret in clear, and no other secret than their own.
KEY_FILES = re.compile(r"keys/(engine-passphrase|city-key|ca-key-\d{6}\.pem)|vault-password")


def test_there_is_something_to_look_for_and_somewhere_to_look(day: Day) -> None:
    """The scan is not empty: every source gave secrets, and the kill fell amid the work."""
    sources = {name.split(":")[0].split("/")[0] for name in day.secrets}
    assert sources >= {"vault", "secret", "vault-password", "city-key", "engine-passphrase"}
    assert len(day.secrets) > 40
    assert min(len(s) for s in day.secrets.values()) >= 8
    assert len([s for s in day.seen if b"ansible-playbook" in s]) >= 2
    assert any(b"pulumi" in s for s in day.seen)
    assert list((day.line.state / "plans").iterdir())


def test_the_scan_finds_what_is_there(day: Day) -> None:
    """Each key file is found to hold its own secret: the scan can see."""
    hits = scan([day.line.state / "keys", day.line.city / "vault-password"], day.secrets)

    assert {h.split(": ")[1].split(" ")[0] for h in hits} == set(keys(day.line))


def test_no_secret_in_any_file(day: Day) -> None:
    """State folder, city, temporary folder, sealed plan: only the named key files, their own."""
    hits = scan([day.line.city.parent], day.secrets)

    stray = [h for h in hits if not own(h)]
    assert stray == []


def own(hit: str) -> bool:
    """Whether a hit is a key file that holds its own key."""
    path, _, rest = hit.partition(": ")
    return bool(KEY_FILES.search(path)) and Path(path).name == rest.split(" ")[0]


def test_no_secret_in_any_output(day: Day) -> None:
    """Nothing that any verb printed, in either stream."""
    said = "\n".join(day.line.outputs).encode()

    assert len(said) > 10_000
    assert found_in(said, day.secrets) == []


def test_no_secret_in_arguments_or_environment(day: Day) -> None:
    """Caller, engine, provider, playbook, forks, services, devices."""
    assert found_in(b"\n".join(day.seen), day.secrets) == []


def found_in(data: bytes, secrets: Mapping[str, str]) -> list[str]:
    """Names of the secrets that stand in `data` in any form."""
    return [
        f"{name} ({form})"
        for name, secret in secrets.items()
        for form, word in forms(secret).items()
        if word in data
    ]


def test_nobody_else_can_read_the_state(day: Day) -> None:
    """Folders 0700; files and sockets 0600."""
    wrong = []
    for path in (day.line.state, *day.line.state.rglob("*")):
        seen = path.lstat()
        wanted = 0o700 if stat.S_ISDIR(seen.st_mode) else 0o600
        if stat.S_IMODE(seen.st_mode) != wanted and not stat.S_ISLNK(seen.st_mode):
            wrong.append(f"{stat.filemode(seen.st_mode)} {path.relative_to(day.line.state)}")
    assert wrong == []
    assert [p for p in day.line.state.rglob("*") if p.is_socket()]


def test_the_sealed_plan_holds_references(day: Day) -> None:
    """What is scanned above is a plan with passwords in it: by reference and version."""
    plan = json.loads((day.line.city.parent / "plan.json").read_text())

    changes = [c for w in plan["fleet"]["plan"]["works"] for s in w["steps"] for c in s["changes"]]
    assert len([c for c in changes if c["secret"]]) > 20
