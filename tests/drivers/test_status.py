"""The device's small words: ResponseStatus, userCheck, ActivateStatus; and how errors read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.drivers import complaints
from fleet.drivers.isapi.document import BadDocument
from fleet.drivers.isapi.status import (
    LoginState,
    ResponseStatus,
    is_absent,
    is_activated,
    login_state,
    response_status,
)
from fleet.model.errors import DeviceError
from fleet.model.text import text

NODES = {"gb_server_port": "registrarPort", "gb_expires_s": "expires", "gb_device_id": "authID"}


@pytest.mark.parametrize(
    "body",
    [
        b"<ResponseStatus><statusCode>6</statusCode><statusString>Invalid</statusString>"
        b"<subStatusCode>badParameters</subStatusCode><errorMsg>expires</errorMsg></ResponseStatus>",
        b"<ResponseStatus><statusCode>6</statusCode><statusString>Invalid</statusString>"
        b"<subStatusCode>badParameters</subStatusCode><description>expires</description>"
        b"</ResponseStatus>",
        b'{"statusCode":6,"statusString":"Invalid","subStatusCode":"badParameters",'
        b'"errorMsg":"expires"}',
        b'{"ResponseStatus":{"statusCode":6,"statusString":"Invalid",'
        b'"subStatusCode":"badParameters","errorMsg":"expires"}}',
    ],
)
def test_every_form_of_a_response_status_is_the_same(body: bytes) -> None:
    """Goal: XML and JSON, with and without wrapper, and both names of the message."""
    status = response_status(body)

    assert status == ResponseStatus(6, "Invalid", "badParameters", "expires")
    assert str(status) == "6 Invalid, badParameters, expires"
    assert not status.done
    assert status.blamed(NODES) == "gb_expires_s"


@pytest.mark.parametrize(
    ("code", "done"), [(1, True), (7, True), (0, False), (2, False), (4, False)]
)
def test_only_ok_and_reboot_required_are_a_yes(code: int, done: bool) -> None:
    """Goal: every other code is a no."""
    assert ResponseStatus(code, "").done is done


@pytest.mark.parametrize(
    ("subcode", "message", "field"),
    [
        ("badParameters", "registrarPort out of range", "gb_server_port"),
        ("badParameters", "SIPServer.GB28181.authID", "gb_device_id"),
        ("invalidRegistrarPort", "", "gb_server_port"),
        ("badParameters", "expires and authID", None),
        ("badParameters", "expiresSoon", None),
        ("notSupport", "", None),
        ("", "", None),
    ],
)
def test_a_node_is_blamed_only_when_it_is_the_one_that_is_named(
    subcode: str, message: str, field: str | None
) -> None:
    """Goal: a field is named with reason or not at all."""
    assert ResponseStatus(6, "", subcode, message).blamed(NODES) == field


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"", LoginState()),
        (b"<html><body>401</body></html>", LoginState()),
        (b"<userCheck><statusValue>200</statusValue></userCheck>", LoginState(accepted=True)),
        (
            b"<userCheck><statusValue>401</statusValue><retryLoginTime>4</retryLoginTime></userCheck>",
            LoginState(accepted=False, attempts_left=4),
        ),
        (
            b"<ResponseStatus><statusCode>4</statusCode><lockStatus>lock</lockStatus>"
            b"<unlockTime>900</unlockTime></ResponseStatus>",
            LoginState(locked=True, unlock="900"),
        ),
        (
            b"<userCheck><lockStatus>unlock</lockStatus><unlockTime/></userCheck>",
            LoginState(locked=False),
        ),
    ],
)
def test_a_login_state_is_what_the_device_tells_and_no_more(body: bytes, state: LoginState) -> None:
    """Goal: None for what is not told; a page that is no userCheck tells nothing."""
    assert login_state(body) == state


@pytest.mark.parametrize(
    ("status", "body", "absent"),
    [
        (404, b"", True),
        (405, b"", True),
        (501, b"", True),
        (403, b"", False),
        (200, b"<Time/>", False),
        (403, b"<ResponseStatus><statusCode>4</statusCode></ResponseStatus>", False),
        (
            403,
            b"<ResponseStatus><statusCode>4</statusCode>"
            b"<subStatusCode>methodNotAllowed</subStatusCode></ResponseStatus>",
            True,
        ),
        (
            200,
            b"<ResponseStatus><statusCode>1</statusCode>"
            b"<subStatusCode>notSupport</subStatusCode></ResponseStatus>",
            False,
        ),
    ],
)
def test_absent_is_said_in_few_ways(status: int, body: bytes, absent: bool) -> None:
    """Goal: "not supported" is told apart from "not allowed"."""
    assert is_absent(status, body) is absent


def test_an_activation_page_is_read_in_both_spellings() -> None:
    """Goal: XML Schema's booleans."""
    assert is_activated(b"<ActivateStatus><Activated>1</Activated></ActivateStatus>")
    assert not is_activated(b"<ActivateStatus><Activated>false</Activated></ActivateStatus>")
    with pytest.raises(BadDocument, match="Activated"):
        is_activated(b"<ActivateStatus><Activated>maybe</Activated></ActivateStatus>")


COMPLAINTS: dict[str, Callable[[], DeviceError]] = {
    "unreachable": lambda: complaints.unreachable(
        "d", "127.0.0.1:80", complaints.system_says("reset")
    ),
    "too_slow": lambda: complaints.too_slow("d", "127.0.0.1:80", 5.0),
    "malformed_reply": lambda: complaints.malformed("d", "/x", "odd"),
    "login_refused": lambda: complaints.login_refused("d", "admin", 3),
    "login_budget": lambda: complaints.locked("d", None),
    "scheme_mismatch": lambda: complaints.scheme_mismatch("d", "Basic"),
    "not_activated": lambda: complaints.not_activated("d"),
    "wrong_identity": lambda: complaints.wrong_identity("d", text("serial", "序列号"), "A", "B"),
    "write_refused": lambda: complaints.write_refused("d", "time", "no", "time_zone"),
}


@pytest.mark.parametrize("code", COMPLAINTS)
def test_every_complaint_is_said_in_both_languages(code: str) -> None:
    """Goal: the class, the device, and two real sentences."""
    error = COMPLAINTS[code]()

    assert error.code == code
    assert error.device == "d"
    assert error.summary.en.isascii()
    assert any("\u4e00" <= c <= "\u9fff" for c in error.summary.zh)
    assert "{" not in error.summary.en + error.summary.zh
    if error.fix is not None:
        assert error.fix.en != error.fix.zh


@pytest.mark.parametrize("detail", ["a\x1b[31mb\nc", "x" * 5000, "\u202eevil"])
def test_a_devices_words_are_one_short_printable_line(detail: str) -> None:
    """Goal: no terminal sequences and no flood from a device reach a person's screen."""
    shown = complaints.shown(detail)

    assert shown.isprintable()
    assert len(shown) <= complaints.DETAIL_MAX


def test_the_words_about_tries_left_are_the_devices() -> None:
    """Goal: a number where it is told, and the plain truth where it is not."""
    assert "tries left: 3" in str(complaints.login_refused("d", "admin", 3))
    assert "does not say" in str(complaints.login_refused("d", "admin"))
    assert complaints.login_refused("d", "admin", 0).attempts_left == 0
    assert "says 1 login" in str(complaints.last_try("d", 1))
    assert "nothing was sent" in str(complaints.no_login_here("d", text("over", "已结束")))


@pytest.mark.parametrize(("unlock", "said"), [("1723", "1723"), (None, "does not say until when")])
def test_a_lock_names_its_end_where_it_is_told(unlock: str | None, said: str) -> None:
    """Goal: whom to wait for."""
    assert said in str(complaints.locked("d", unlock))
