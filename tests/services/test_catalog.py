"""Catalog queries over the wire (GB/T 28181-2022, 9.5): lost, doubled, partial, refused."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.services.device import GB_ID, Device, header, status
from tests.services.running import Running

CHANNELS = [f"3407050100132{n:07d}" for n in range(1, 6)]


def in_background(work: Callable[[], object]) -> threading.Thread:
    """The device's side while the test waits for the registrar's."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def catalog(registrar: Running) -> object:
    """The catalog as the fleet is told of it."""
    return registrar.bindings()[GB_ID]["catalog"]


def registered(registrar: Running) -> Device:
    """A registered device that has answered the registrar's first query with one channel."""
    device = registrar.device()
    device.register()
    device.list(CHANNELS[:1])
    registrar.wait_for(lambda: catalog(registrar) == CHANNELS[:1], "the first catalog")
    return device


def query(registrar: Running, timeout_s: float = 10.0) -> dict[str, object]:
    """Ask for a catalog afresh."""
    return registrar.ask({"verb": "query_catalog", "gb_id": GB_ID, "timeout_s": timeout_s})


def test_queried_at_once_after_registration(registrar: Running) -> None:
    """The packets of two items each are put together and sorted; the age is told."""
    device = registrar.device()
    device.register()

    device.list(list(reversed(CHANNELS)))

    registrar.wait_for(lambda: catalog(registrar) == CHANNELS, "the catalog")
    assert isinstance(registrar.bindings()[GB_ID]["catalog_age_s"], float)


def test_queried_on_demand(registrar: Running) -> None:
    """query_catalog waits for the whole answer and gives it with the binding."""
    device = registered(registrar)
    thread = in_background(lambda: device.list(CHANNELS))

    answer = query(registrar)
    thread.join(10)

    binding = answer["binding"]
    assert isinstance(binding, dict)
    assert binding["catalog"] == CHANNELS
    assert catalog(registrar) == CHANNELS


def test_doubled_and_reordered_packets(registrar: Running) -> None:
    """A packet that comes twice does not stand for one that is missing."""
    device = registered(registrar)

    def answer() -> None:
        sn, _ = device.accept()
        for part in (CHANNELS[4:], CHANNELS[:2], CHANNELS[4:], CHANNELS[:2], CHANNELS[2:4]):
            device.ask(device.items(sn, 5, part))

    thread = in_background(answer)
    query(registrar)
    thread.join(10)

    assert catalog(registrar) == CHANNELS


def test_an_empty_catalog_is_one(registrar: Running) -> None:
    """SumNum 0: the recorder has no channels, which is not the same as unknown."""
    device = registered(registrar)
    thread = in_background(lambda: device.ask(device.items(device.accept()[0], 0, [])))

    assert query(registrar)["ok"] is True
    thread.join(10)
    assert catalog(registrar) == []


def test_what_is_no_channel_is_left_out(registrar: Running) -> None:
    """The recorder itself, groupings and regions stand in catalogs and are no channels."""
    device = registered(registrar)
    listed = [GB_ID, "34070501002150000001", "34070501002160000001", "340705", CHANNELS[0]]
    thread = in_background(lambda: device.list(listed))

    query(registrar)
    thread.join(10)

    assert catalog(registrar) == CHANNELS[:1]


def test_a_partial_answer_changes_nothing(registrar: Running) -> None:
    """A packet is missing when the time is up: told how many came, the old catalog stands."""
    device = registered(registrar)
    thread = in_background(lambda: device.ask(device.items(device.accept()[0], 5, CHANNELS[:2])))

    answer = query(registrar, 1.0)
    thread.join(10)

    assert answer == {"ok": False, "error": "2 of 5 items came within 1 s"}
    assert catalog(registrar) == CHANNELS[:1]


def test_a_silent_recorder(registrar: Running) -> None:
    """No 200 to the query: named, in time; the query was repeated meanwhile."""
    device = registered(registrar)

    answer = query(registrar, 1.0)

    assert answer["ok"] is False
    first, second = device.request(), device.request()
    assert first == second


def test_a_recorder_that_refuses(registrar: Running) -> None:
    """Its status is told."""
    device = registered(registrar)

    def refuse() -> None:
        asked = device.request()
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        copied = "".join(f"{name}: {header(asked, name)}\r\n" for name in names)
        device.send(f"SIP/2.0 100 Trying\r\n{copied}\r\n".encode())
        device.send(f"SIP/2.0 486 Busy\r\n{copied}\r\n".encode())

    thread = in_background(refuse)
    answer = query(registrar)
    thread.join(10)

    assert answer == {"ok": False, "error": "the recorder answered 486"}


def test_a_query_that_came_too_early_is_repeated(registrar: Running) -> None:
    """Refused right after the registration, accepted a second later: the catalog is there."""
    device = registrar.device()
    device.register()
    asked = device.request()
    names = ("Via", "From", "To", "Call-ID", "CSeq")
    copied = "".join(f"{name}: {header(asked, name)}\r\n" for name in names)

    device.send(f"SIP/2.0 403 Forbidden\r\n{copied}\r\n".encode())
    device.list(CHANNELS)

    registrar.wait_for(lambda: catalog(registrar) == CHANNELS, "the catalog")
    assert "the recorder answered 403" in registrar.log


def test_too_large_a_catalog(registrar: Running) -> None:
    """A sum past the limit is refused at the first packet; memory stays bounded."""
    device = registered(registrar)
    thread = in_background(
        lambda: device.ask(device.items(device.accept()[0], 9_999_999, CHANNELS))
    )

    answer = query(registrar)
    thread.join(10)

    assert answer == {"ok": False, "error": "more than 20000 items"}


@pytest.mark.parametrize("sn", ["0", "-1", "x", "99999999", "²"])
def test_answers_nobody_asked_for(registrar: Running, sn: str) -> None:
    """Taken politely and dropped."""
    device = registered(registrar)

    assert status(device.ask(device.items(sn, 1, CHANNELS[1:2]))) == 200
    assert catalog(registrar) == CHANNELS[:1]


def test_a_new_registration_asks_anew(registrar: Running) -> None:
    """A recorder registers again when its channels change: the new list replaces the old."""
    device = registered(registrar)

    device.register()
    device.list(CHANNELS)

    registrar.wait_for(lambda: catalog(registrar) == CHANNELS, "the new catalog")


def test_a_recorder_that_is_not_registered(registrar: Running) -> None:
    """Nothing to ask: told at once."""
    assert query(registrar) == {"ok": False, "error": f"{GB_ID} is not registered"}
