"""A device that repeats a request does not get a secret onto the screen, in any spelling."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.drivers.hiding import MASK, Hidden
from fleet.model.device import DeviceKind
from fleet.model.errors import DeviceError, MalformedReply, WriteRefused
from fleet.model.secret import Secret
from fleet.model.text import text
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, Seen, running

SECRET = "N3w&<'\"/p口令-Xq"
ECHOES: Mapping[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "XML": lambda s: escape(s, quote=False),
    "XML with quotes": lambda s: escape(s).replace("&#x27;", "&apos;"),
    "XML with numbers": escape,
    "JSON": json.dumps,
    "JSON in UTF-8": lambda s: json.dumps(s, ensure_ascii=False),
    "a URL": lambda s: quote(s, safe=""),
    "base64": lambda s: b64encode(s.encode()).decode(),
    "a literal of octets": lambda s: repr(s.encode()),
    "base64 with the login": lambda s: b64encode(f"admin:{s}".encode()).decode(),
}


def leaks(words: str, secret: str = SECRET) -> bool:
    """Whether a whole spelling, or its long beginning, is still there."""
    found = [echo(secret) for echo in ECHOES.values()]
    return any(form[: max(8, len(form) * 2 // 3)] in words for form in found)


@pytest.mark.parametrize("how", ECHOES)
@pytest.mark.parametrize("lead", ["", "x" * 180])
@pytest.mark.parametrize("content", ["xml", "json"])
async def test_the_password_stood_in_the_journal_when_a_device_echoed_it(
    isapi: Isapi, how: str, lead: str, content: str
) -> None:
    """Symptom: `refused user.admin_password: … <password>N3w…`; also where the line is cut."""
    echo = f"{lead} bad value {ECHOES[how](SECRET)} in password"
    device = Device(golden.camera("a"), put_answer=(400, _status(content, echo)))
    async with running(device), isapi.session(device, DeviceKind.CAMERA) as session:
        with pytest.raises(WriteRefused) as caught:
            await session.write("user", {"admin_password": Secret(SECRET)})

    _assert_clean(caught.value)
    assert caught.value.field == "admin_password"
    assert lead or MASK in caught.value.summary.en


@pytest.mark.parametrize("how", ["plain", "base64"])
async def test_an_answer_that_is_no_answer_showed_the_password(isapi: Isapi, how: str) -> None:
    """Symptom: the reason phrase of a broken status line, or the name of a root, is shown too."""
    word = ECHOES[how]("Plain-pass-9").replace("=", "")
    for raw in (b"NONSENSE/1.1 " + word.encode() + b"\r\n\r\n", _page(word)):
        device = Device(golden.camera("a"))
        device.raw = _only_to_a_put(raw)
        async with running(device), isapi.session(device, DeviceKind.CAMERA) as session:
            with pytest.raises(MalformedReply) as caught:
                await session.write("user", {"admin_password": Secret("Plain-pass-9")})

        assert word not in caught.value.summary.en + caught.value.summary.zh + str(caught.value)


async def test_the_word_of_a_password_is_still_in_another_fields_refusal(isapi: Isapi) -> None:
    """Goal: only what was sent as a secret is hidden; a name that was refused is told."""
    body = _status("xml", "bad name East-gate-7")
    device = Device(golden.camera("a"), put_answer=(400, body))
    async with running(device), isapi.session(device, DeviceKind.CAMERA) as session:
        with pytest.raises(WriteRefused, match="East-gate-7"):
            await session.write("channel", {"channel_name": "East-gate-7"})


@given(st.text(st.characters(codec="utf-8"), min_size=6), st.sampled_from(sorted(ECHOES)))
def test_no_secret_survives_whatever_it_is_made_of(secret: str, how: str) -> None:
    """Goal: a random secret in a random spelling is gone from the words."""
    hidden = Hidden()
    hidden.add(Secret(secret))
    form = ECHOES[how](secret)

    assert form not in hidden.words(f"refused [{form}] here")


def test_secrets_that_hold_each_other_are_both_hidden() -> None:
    """Goal: the longer one first, or its rest would stay."""
    hidden = Hidden()
    hidden.add(Secret("Pass-1"))
    hidden.add(Secret("Pass-1-longer"))

    assert hidden.words("Pass-1-longer, Pass-1") == f"{MASK}, {MASK}"
    assert hidden.told(text("en Pass-1", "中 Pass-1")) == text(f"en {MASK}", f"中 {MASK}")


def test_an_empty_secret_hides_nothing() -> None:
    """Goal: replacing nothing would put the mask between all characters."""
    hidden = Hidden()
    hidden.add(Secret(""))

    assert hidden.words("as told") == "as told"


def _assert_clean(error: DeviceError) -> None:
    told = f"{error} {error!r} {error.summary.en} {error.summary.zh} {error.fix}"
    assert not leaks(told), told


def _status(content: str, message: str) -> bytes:
    if content == "json":
        return json.dumps({"statusCode": 6, "errorMsg": message}).encode()
    return (
        "<ResponseStatus><statusCode>6</statusCode><statusString>Invalid Content</statusString>"
        f"<errorMsg>{escape(message)}</errorMsg></ResponseStatus>"
    ).encode()


def _only_to_a_put(raw: bytes) -> Callable[[Seen], bytes | None]:
    return lambda seen: raw if seen.method == "PUT" else None


def _page(root: str) -> bytes:
    body = f"<{root}/>".encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
