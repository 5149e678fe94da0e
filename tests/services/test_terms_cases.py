"""What a REGISTER asks for, by table: who, contact, expiry, and every reason to answer 400."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.sip import Request, SipError
from fleet.services.registrar.terms import (
    EXPIRES_DEFAULT_S,
    EXPIRES_MAX_S,
    Terms,
    beijing_date,
    read_terms,
)

ID = "34070501001180000001"
OWN = f"<sip:{ID}@3407050000>"
AT = f"sip:{ID}@127.0.0.9:5061"


def register(**changes: str | None) -> Request:
    """A REGISTER with headers changed or, by None, left out."""
    headers = {"from": f"{OWN};tag=1", "to": OWN, "contact": f"<{AT}>", **changes}
    kept = tuple((k, v) for k, v in headers.items() if v is not None)
    return Request(headers=kept, method="REGISTER", uri="sip:x")


@pytest.mark.parametrize(
    ("contact", "header", "expires_s"),
    [
        (f"<{AT}>", None, EXPIRES_DEFAULT_S),
        (f"<{AT}>", "0", 0),
        (f"<{AT}>", "1", 1),
        (f"<{AT}>", " 3600 ", 3600),
        (f"<{AT}>", "0003600", 3600),
        (f"<{AT}>", "604800", EXPIRES_MAX_S),
        (f"<{AT}>", "604801", EXPIRES_MAX_S),
        (f"<{AT}>", "4294967295", EXPIRES_MAX_S),
        (f"<{AT}>;expires=60", None, 60),
        (f"<{AT}>;expires=60", "3600", 60),
        (f"<{AT}>;expires=0", "3600", 0),
        (f"<{AT}>;EXPIRES=60", None, 60),
        (f"<{AT}>; expires = 60", None, 60),
        (f'<{AT}>;expires="60"', None, 60),
        (f"<{AT};expires=60>", None, EXPIRES_DEFAULT_S),
        (f"{AT};expires=60", None, 60),
        (f"{AT}", "90", 90),
        (f'"录像机" <{AT}>;expires=60', None, 60),
        (f"<{AT}>;expires=99999999", None, EXPIRES_MAX_S),
        ("*", "0", 0),
        (" * ", "0", 0),
    ],
)
def test_for_how_long(contact: str, header: str | None, expires_s: int) -> None:
    """RFC 3261, 10.2.1.1: the contact's own over the header's, else the standard's day; a cap."""
    assert read_terms(register(contact=contact, expires=header)).expires_s == expires_s


@pytest.mark.parametrize(
    ("contact", "kept", "host", "port"),
    [
        (f"<{AT}>", AT, "127.0.0.9", 5061),
        (f"<sip:{ID}@127.0.0.9>", f"sip:{ID}@127.0.0.9", "127.0.0.9", 5060),
        (f"<{AT};transport=udp>", f"{AT};transport=udp", "127.0.0.9", 5061),
        (f"<{AT}>;expires=60;q=1", AT, "127.0.0.9", 5061),
        (f"{AT};expires=60", AT, "127.0.0.9", 5061),
        (AT, AT, "127.0.0.9", 5061),
        (f'"N" <{AT}>', AT, "127.0.0.9", 5061),
        ("<sip:127.0.0.9>", "sip:127.0.0.9", "127.0.0.9", 5060),
        (f"<sip:{ID}@3407050000>", f"sip:{ID}@3407050000", "3407050000", 5060),
        (f"<sip:{ID}@[2001:db8::1]:5070>", f"sip:{ID}@[2001:db8::1]:5070", "[2001:db8::1]", 5070),
    ],
)
def test_where_it_wants_to_be_reached(contact: str, kept: str, host: str, port: int) -> None:
    """The URI alone is kept; host and port are taken from it, 5060 where it names none."""
    terms = read_terms(register(contact=contact))

    assert (terms.gb_id, terms.contact, terms.host, terms.port) == (ID, kept, host, port)


@pytest.mark.parametrize(
    ("host", "port", "source", "peer"),
    [
        ("127.0.0.9", 5061, ("127.0.0.9", 40000), ("127.0.0.9", 5061)),
        ("127.0.0.9", 5061, ("127.0.0.9", 5061), ("127.0.0.9", 5061)),
        ("10.0.0.9", 5061, ("127.0.0.9", 40000), ("127.0.0.9", 40000)),
        ("3407050000", 5060, ("127.0.0.9", 40000), ("127.0.0.9", 40000)),
        ("", 5060, ("127.0.0.9", 40000), ("127.0.0.9", 40000)),
    ],
)
def test_where_we_reach_it(
    host: str, port: int, source: tuple[str, int], peer: tuple[str, int]
) -> None:
    """The contact where it is the source's own address; behind a translation the source."""
    assert Terms(gb_id=ID, contact="x", expires_s=1, host=host, port=port).peer(source) == peer


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"to": None}, "the message has no to"),
        ({"from": None}, "the message has no from"),
        ({"contact": None}, "the message has no contact"),
        ({"to": "<sip:3407050000>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": "<sip:admin@x>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": f"<sip:{ID[:-1]}@x>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": f"<sip:{ID}0@x>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": f"<sip:{ID}:pw@x>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": f"<sip:{ID[:-1]}a@x>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": f"<sip:{ID[:-1]}１@x>"}, "To names no GB/T 28181 id of 20 digits"),
        ({"to": "<http://x>"}, "an address is malformed"),
        ({"to": ""}, "an address is malformed"),
        ({"from": "<sip:34070501001180000002@x>"}, "nobody registers for another"),
        ({"from": "<sip:x>"}, "nobody registers for another"),
        ({"from": "garbage"}, "an address is malformed"),
        ({"contact": "*"}, r"Contact \* is for signing off only"),
        ({"contact": "*", "expires": "1"}, r"Contact \* is for signing off only"),
        ({"contact": "*", "expires": ""}, "the expiry is no number of seconds"),
        ({"contact": ""}, "an address is malformed"),
        ({"contact": "<sip:a@b:0>"}, "a port is out of range"),
        ({"contact": "<sip:a@b:70000>"}, "a port is out of range"),
        ({"contact": "<sip:a@b"}, "an address is malformed"),
        ({"expires": ""}, "the expiry is no number of seconds"),
        ({"expires": "-1"}, "the expiry is no number of seconds"),
        ({"expires": "+60"}, "the expiry is no number of seconds"),
        ({"expires": "60.0"}, "the expiry is no number of seconds"),
        ({"expires": "1e3"}, "the expiry is no number of seconds"),
        ({"expires": "forever"}, "the expiry is no number of seconds"),
        ({"expires": "12345678901"}, "the expiry is no number of seconds"),
        ({"expires": "６０"}, "the expiry is no number of seconds"),
        ({"contact": f"<{AT}>;expires"}, "the expiry is no number of seconds"),
        ({"contact": f"<{AT}>;expires=x"}, "the expiry is no number of seconds"),
        ({"contact": f"<{AT}>;expires=-1", "expires": "60"}, "the expiry is no number"),
    ],
)
def test_why_a_register_is_refused(changes: dict[str, str | None], why: str) -> None:
    """Each in its own words, so that whoever reads the log knows what the device sends wrong."""
    with pytest.raises(SipError, match=why):
        read_terms(register(**changes))


@given(st.text("0123456789", min_size=20, max_size=20), st.integers(0, 9_999_999_999))
def test_any_id_of_twenty_digits_may_ask_for_any_time(gb_id: str, seconds: int) -> None:
    """The answer never gives more than a week."""
    own = f"<sip:{gb_id}@x>"
    terms = read_terms(register(to=own, **{"from": own}, expires=str(seconds)))

    assert (terms.gb_id, terms.expires_s) == (gb_id, min(seconds, EXPIRES_MAX_S))


@pytest.mark.parametrize(
    ("wall", "date"),
    [
        (0, "1970-01-01T08:00:00.000"),
        (0.001, "1970-01-01T08:00:00.001"),
        (0.9994, "1970-01-01T08:00:00.999"),
        (57_600, "1970-01-02T00:00:00.000"),
        (951_753_599, "2000-02-28T23:59:59.000"),
        (951_753_600, "2000-02-29T00:00:00.000"),
        (1_767_196_799.5, "2025-12-31T23:59:59.500"),
        (1_767_196_800, "2026-01-01T00:00:00.000"),
        (2_147_483_648, "2038-01-19T11:14:08.000"),
    ],
)
def test_the_date_that_devices_set_their_clocks_by(wall: float, date: str) -> None:
    """GB/T 28181-2022, 9.10: Beijing time in milliseconds, across days, leap days and 2038."""
    assert beijing_date(wall) == date
