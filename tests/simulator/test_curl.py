"""curl as a peer that we did not write: digest, keep-alive, uploads, Expect: 100-continue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleet.simulator.isapi import http, tables
from fleet.simulator.spec import DeviceSpec, Personality
from tests.simulator.kit import PASSWORD, USER, fields, program, running, spec_of

pytestmark = pytest.mark.interop
INFO = "/ISAPI/System/deviceInfo"


async def curl(spec: DeviceSpec, *argv: str, user: str = f"{USER}:{PASSWORD}") -> str:
    """What curl shows, its last line the status; the login goes over stdin, not over arguments."""
    code, out, err = await program(
        "curl", "-sS", "-m", "20", "--noproxy", "*", "-w", "\n%{http_code}", "-K", "-", *argv,
        stdin=f'user = "{user}"\n'.encode(),
    )  # fmt: skip
    assert code == 0, err
    return out


def url(spec: DeviceSpec, path: str) -> str:
    """The address of a page."""
    return f"http://{spec.address}:{spec.port}{path}"


@pytest.mark.parametrize("personality", ["a", "b"])
async def test_curl_logs_in_with_digest(tmp_path: Path, personality: Personality) -> None:
    """curl --digest reads a page: one login, no failure."""
    spec = spec_of("camera", personality)
    async with running(spec, tmp_path) as device:
        out = await curl(spec, "--digest", url(spec, INFO))
        stats = device.store.stats()
    assert out.endswith("\n200")
    assert f"<serialNumber>{spec.serial}</serialNumber>" in out
    assert (stats["logins"], stats["failed_logins"], stats["reads"]) == (1, 0, 1)


async def test_curl_keeps_the_connection(tmp_path: Path) -> None:
    """Three pages in one call are one connection (curl asks for a challenge each time)."""
    spec = spec_of("door")
    async with running(spec, tmp_path) as device:
        out = await curl(
            spec, "--digest", *(url(spec, p) for p in (INFO, tables.DOOR, tables.READER))
        )
        stats = device.store.stats()
    assert out.count("\n200") == 3
    assert (stats["sessions"], stats["failed_logins"], stats["reads"]) == (1, 0, 3)


async def test_curl_writes_a_document_back(tmp_path: Path) -> None:
    """GET, sed, PUT: stored, logged once, and read back."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        document = (await curl(spec, "--digest", url(spec, tables.CHANNEL))).rpartition("\n")[0]
        file = tmp_path / "body.xml"
        file.write_text(document.replace("Camera 01", "北门"))
        put = ("--digest", "-X", "PUT", "--data-binary", f"@{file}", url(spec, tables.CHANNEL))
        assert "<statusCode>1</statusCode>" in await curl(spec, *put)
        assert "<statusCode>1</statusCode>" in await curl(spec, *put)
        assert fields(device) == ["channel_name"]
        assert "北门" in await curl(spec, "--digest", url(spec, tables.CHANNEL))


async def test_curl_writes_json(tmp_path: Path) -> None:
    """A reader's verify mode over JSON."""
    spec = spec_of("door")
    async with running(spec, tmp_path) as device:
        got = (await curl(spec, "--digest", url(spec, tables.READER))).rpartition("\n")[0]
        document = json.loads(got)
        document["CardReaderCfg"]["defaultVerifyMode"] = "cardOrPw"
        out = await curl(
            spec, "--digest", "-X", "PUT", "--data-binary", json.dumps(document),
            url(spec, tables.READER),
        )  # fmt: skip
        assert json.loads(out.rpartition("\n")[0])["statusCode"] == 1
        assert device.values()["auth_ways"] == ["card", "password"]


async def test_curl_with_the_wrong_password(tmp_path: Path) -> None:
    """401, and exactly one failed login."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        out = await curl(spec, "--digest", url(spec, INFO), user=f"{USER}:Wrong-123")
        stats = device.store.stats()
    assert out.endswith("\n401")
    assert (stats["logins"], stats["failed_logins"]) == (0, 1)


async def test_curl_with_basic(tmp_path: Path) -> None:
    """Basic does not let in unless the fault says so."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        assert (await curl(spec, "--basic", url(spec, INFO))).endswith("\n401")
        await device.set_fault("basic-only", "")
        assert (await curl(spec, "--basic", url(spec, INFO))).endswith("\n200")
        assert (await curl(spec, "--digest", url(spec, INFO))).endswith("\n401")
        assert device.store.stats()["failed_logins"] == 0


async def test_curl_waits_for_100_continue(tmp_path: Path) -> None:
    """A body that is announced first is asked for; past the limit it is refused."""
    spec = spec_of("camera")
    small, big = tmp_path / "small", tmp_path / "big"
    small.write_bytes(b"x" * 2000)
    big.write_bytes(b"x" * (http.BODY_MAX + 1))
    async with running(spec, tmp_path):
        for file, status in ((small, "400"), (big, "413")):
            out = await curl(
                spec, "--digest", "-H", "Expect: 100-continue", "-X", "PUT",
                "--data-binary", f"@{file}", url(spec, tables.CHANNEL),
            )  # fmt: skip
            assert out.endswith(f"\n{status}"), out[-200:]
