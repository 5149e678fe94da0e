"""The search for a recorder's oldest recording: answers of several makes, and nonsense."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from fleet.drivers.isapi.document import BadDocument
from fleet.drivers.isapi.recordings import QUESTION, oldest
from fleet.ports.health import TellsRecordings
from fleet.simulator.isapi.recordings import DAYS
from fleet.simulator.spec import Personality
from tests.drivers.simulated import Kind, failed_logins, logged, session, simulated

HEAD = '<CMSearchResult version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">'
ITEM = (
    "<matchList><searchMatchItem><sourceID>x</sourceID><trackID>101</trackID>"
    "<timeSpan><startTime>{t}</startTime><endTime>2026-11-01T00:00:00Z</endTime></timeSpan>"
    "</searchMatchItem></matchList>"
)


def result(matches: str, count: int | None = 1) -> bytes:
    """An answer with so many matches told."""
    told = "" if count is None else f"<numOfMatches>{count}</numOfMatches>"
    body = f"{HEAD}<responseStatus>true</responseStatus>{told}{matches}</CMSearchResult>"
    return body.encode()


def test_the_question_is_one_match_of_all_time() -> None:
    """The oldest comes first, so one is enough; the vendor's own spelling of the position."""
    document = etree.fromstring(QUESTION)
    assert document.findtext("maxResults") == "1"
    assert document.findtext("searchResultPostion") == "0"
    assert document.findtext("timeSpanList/timeSpan/startTime") == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-10-01T00:00:00Z", 1790812800.0),
        ("2026-10-01T08:00:00+08:00", 1790812800.0),
        ("2026-10-01T00:00:00", 1790812800.0),
    ],
)
def test_the_begin_of_the_first_match(told: str, at: float) -> None:
    """With Z, with a zone, or with none, which the vendor means as the device's UTC."""
    assert oldest(result(ITEM.format(t=told))) == at


@pytest.mark.parametrize("body", [result("", 0), result("", None)])
def test_no_recording_is_no_time(body: bytes) -> None:
    """Nothing recorded is not zero days, and not 1970."""
    assert oldest(body) is None


@pytest.mark.parametrize(
    "body",
    [
        result("", 1),
        result(ITEM.format(t="yesterday")),
        result(ITEM.format(t="")),
        b"<ResponseStatus/>",
        b"",
        b"<CMSearchResult>",
    ],
)
def test_nonsense_is_told_as_such(body: bytes) -> None:
    """A BadDocument, never another error."""
    with pytest.raises(BadDocument):
        oldest(body)


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda t: result(ITEM.format(t=t))))
def test_whatever_comes_is_a_time_nothing_or_a_bad_document(body: bytes) -> None:
    """Property: no other exception leaves the parser."""
    try:
        found = oldest(body)
    except BadDocument:
        return
    assert found is None or isinstance(found, float)


@pytest.mark.parametrize(
    ("kind", "personality", "told"),
    [("recorder", "b", True), ("recorder", "a", False), ("camera", "b", False)],
)
async def test_a_simulated_device_is_searched_and_not_written(
    tmp_path: Path, kind: Kind, personality: Personality, told: bool
) -> None:
    """Goal: newer recorders tell; older ones and cameras are None; one login, no write logged."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            assert isinstance(opened, TellsRecordings)
            since = await opened.recorded_since()
        assert logged(device) == []
        assert failed_logins(device) == 0
    if told:
        assert since is not None
        assert abs(time.time() - since - DAYS * 86400) < 600
    else:
        assert since is None
