"""SIPp as a foreign recorder: nobody here wrote its SIP, its digest or its timers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.device import DOMAIN, GB_ID, SERVER
from tests.services.running import PASSWORD, Running, end, make

SCENARIOS = Path(__file__).parent / "sipp"
CHANNELS = [f"3407050100132000000{n}" for n in (1, 2, 3)]

pytestmark = pytest.mark.interop


@pytest.fixture
def registrar(tmp_path: Path) -> Iterator[Running]:
    """A running registrar with one account."""
    made = make(tmp_path)
    made.start()
    try:
        yield made
    finally:
        end(made)


def command(registrar: Running, scenario: str, password: str) -> list[str]:
    """SIPp as the device at the block's .9, always from the same port."""
    keys = {"server_id": SERVER, "domain": DOMAIN, "gb_id": GB_ID}
    return [
        "sipp",
        f"{registrar.block}.1:{registrar.port}",
        *("-sf", str(SCENARIOS / f"{scenario}.xml")),
        *("-i", f"{registrar.block}.9", "-p", str(registrar.port)),
        *("-au", GB_ID, "-ap", password),
        *(part for key, value in keys.items() for part in ("-key", key, value)),
        *("-nostdin", "-timeout", "30s", "-timeout_error"),
    ]


def run(registrar: Running, scenario: str, password: str = PASSWORD) -> None:
    """One call of a scenario, which SIPp itself judges by its exit code."""
    done = subprocess.run(
        [*command(registrar, scenario, password), "-m", "1"],
        cwd=registrar.folder,
        env={**os.environ, "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr}\n{registrar.log}"


def test_registration_and_keepalive(registrar: Running) -> None:
    """401, digest, 200 with Beijing date, keepalive: the registrar says registered, version 1."""
    run(registrar, "register")

    binding = registrar.bindings()[GB_ID]
    assert binding["registered"] is True
    assert binding["credential_version"] == 1
    assert isinstance(binding["keepalive_age_s"], float)


def test_a_wrong_password_is_refused(registrar: Running) -> None:
    """403 to the login, 403 to a keepalive without one, and no binding."""
    run(registrar, "refused", password="wrong")

    assert not registrar.bindings()


def test_the_catalog_in_two_packets(registrar: Running) -> None:
    """SIPp takes our query and answers it: three ids, put together from two packets."""
    run(registrar, "register")
    answering = subprocess.Popen(
        command(registrar, "catalog", PASSWORD)[:1] + command(registrar, "catalog", PASSWORD)[2:],
        cwd=registrar.folder,
        env={**os.environ, "TERM": "dumb"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = registrar.ask({"verb": "query_catalog", "gb_id": GB_ID, "timeout_s": 20})
    finally:
        answering.kill()
        answering.wait()

    binding = answer["binding"]
    assert isinstance(binding, dict)
    assert binding["catalog"] == CHANNELS
