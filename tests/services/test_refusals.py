"""What the registrar refused and why: told on the control socket, bounded, ended by a login."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from fleet.adapters.upper import RegistrarClient
from fleet.ports.upper import ExplainsUplink
from fleet.services.registrar.refusals import REFUSALS_MAX, Refusals
from tests.services.device import DOMAIN, GB_ID, SERVER, Device, status
from tests.services.running import Running

OTHER = "34070501001180000099"


def refusals(registrar: Running) -> list[dict[str, object]]:
    """What the control socket tells."""
    told = registrar.ask({"verb": "refusals"})["refusals"]
    assert isinstance(told, list)
    return told


def _wrong_password(device: Device) -> bytes:
    return device.register(password="another")


def _brief(device: Device) -> bytes:
    return device.register(expires=60)


def _wrong_server(device: Device) -> bytes:
    asked = device.registration().replace(f"sip:{SERVER}@".encode(), b"sip:34070500002000000009@")
    return device.ask(asked)


def _wrong_realm(device: Device) -> bytes:
    login = device.login(device.challenged()).replace(f'realm="{DOMAIN}"', 'realm="3402000000"')
    return device.ask(device.registration(login))


def _report(device: Device) -> bytes:
    return device.notify()


@pytest.mark.parametrize(
    ("act", "code", "reason"),
    [
        (_wrong_password, 403, "wrong_password"),
        (_brief, 423, "too_brief"),
        (_wrong_server, 404, "wrong_server_id"),
        (_wrong_realm, 403, "wrong_realm"),
        (_report, 403, "unregistered_report"),
    ],
)
def test_each_refusal_says_why(
    registrar: Running, act: Callable[[Device], bytes], code: int, reason: str
) -> None:
    """Goal: the device sees a bare code as before, the operator the reason."""
    device = registrar.device()

    assert status(act(device)) == code

    (told,) = refusals(registrar)
    assert (told["gb_id"], told["source"], told["reason"]) == (GB_ID, device.address, reason)
    assert told["times"] == 1


def test_an_id_that_nobody_knows(registrar: Running) -> None:
    """Goal: told apart from a wrong password, under the id that was used."""
    device = registrar.device(gb_id=OTHER)

    assert status(device.register()) == 403

    (told,) = refusals(registrar)
    assert (told["gb_id"], told["reason"]) == (OTHER, "unknown_id")


def test_a_right_login_ends_what_was_refused(registrar: Running) -> None:
    """Goal: nobody hunts a fault that is over."""
    device = registrar.device()
    device.register(password="wrong")
    assert refusals(registrar)

    assert status(device.register()) == 200

    assert refusals(registrar) == []


async def test_explain_tells_of_the_id_and_of_the_address(registrar: Running) -> None:
    """Goal: a recorder that uses another's id is found by where it stands; a stranger's is not."""
    wrong, stranger = (
        registrar.device(gb_id=OTHER),
        registrar.device(last=10, gb_id=OTHER[:-1] + "8"),
    )
    await asyncio.to_thread(wrong.register)
    await asyncio.to_thread(stranger.register)
    client = RegistrarClient(lambda _: registrar.socket, 10.0)
    assert isinstance(client, ExplainsUplink)

    told = await client.explain("340705", GB_ID, wrong.address)

    assert (told.answers, told.binding) == (True, None)
    assert [(r.gb_id, r.reason) for r in told.refusals] == [(OTHER, "unknown_id")]


async def test_explain_tells_where_the_datagrams_come_from(registrar: Running) -> None:
    """Goal: contact and peer, which differ behind a translated address."""
    device = registrar.device()
    challenge = await asyncio.to_thread(device.challenged)
    hidden = device.registration(device.login(challenge)).replace(
        f"Contact: <sip:{GB_ID}@{device.address}".encode(),
        f"Contact: <sip:{GB_ID}@192.168.1.64".encode(),
    )
    assert status(await asyncio.to_thread(device.ask, hidden)) == 200

    told = await RegistrarClient(lambda _: registrar.socket, 10.0).explain("340705", GB_ID, "")

    assert told.binding is not None
    assert told.binding.contact == f"sip:{GB_ID}@192.168.1.64:{device.port}"
    assert told.binding.peer == f"{device.address}:{device.port}"


async def test_a_registrar_that_is_not_there() -> None:
    """Goal: not asked is not "nothing was refused"."""
    told = await RegistrarClient(lambda _: None).explain("340705", GB_ID, "127.0.0.1")

    assert (told.answers, told.refusals) == (False, ())


def test_refusals_are_bounded_and_the_oldest_goes() -> None:
    """Goal: anybody can be refused, so a flood must cost nothing."""
    now = [0.0]
    seen = Refusals(lambda: now[0])
    for number in range(REFUSALS_MAX + 3):
        now[0] = float(number)
        seen.note(f"{number:020}", ("127.0.0.1", 5060), "unknown_id")
    seen.note(f"{REFUSALS_MAX:020}", ("127.0.0.1", 5061), "unknown_id")

    views = seen.views()

    assert len(views) == REFUSALS_MAX
    assert (views[0].gb_id, views[0].times) == (f"{REFUSALS_MAX:020}", 2)
    assert views[-1].gb_id == f"{3:020}"
    assert views[-1].age_s == REFUSALS_MAX - 1
