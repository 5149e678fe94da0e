"""Whose notifications can be understood: every device with SNMPv3 keys, however it is managed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from fleet.model.collector import CollectorConfig
from fleet.model.device import Device, DeviceKind, Login
from fleet.model.errors import SecretError, UsageError
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text
from fleet.wiring.health import _trap_users, check_named
from tests.support.fakes_city import city, compound, device, world

OWN = "80007ed90501020304"
ALL = CollectorConfig(city_dir="/c", state_dir="/s")


def keyed(name: str, kind: DeviceKind, user: str, keys: str, engine_id: str | None) -> Device:
    """A device with SNMPv3 keys of that name."""
    login = Login(
        user=user,
        auth=SecretRef(source="vault", name=f"{keys}/auth"),
        priv=SecretRef(source="vault", name=f"{keys}/priv"),
    )
    return device(name, kind).model_copy(update={"login": login, "engine_id": engine_id})


def users(folder: Path, *devices: Device, **narrow: object) -> set[tuple[str, str]]:
    """User and engine of everybody who is known."""
    w = world(city([compound("c1", list(devices))]), folder)
    w.secrets.resolve = lambda ref: Secret(f"phrase of {ref.name}")
    config = ALL.model_copy(update=narrow)
    return {(u.user, u.engine_id) for u in _trap_users(w.app(), config, OWN)}


def test_a_switch_and_a_gate_are_known_on_their_engines_and_on_ours(tmp_path: Path) -> None:
    """Goal: traps by the sender's engine, informs by ours; a camera has no keys and is nobody."""
    gate = keyed("c1-gate-1", DeviceKind.GATE, "guard", "gate", "80000001AA")
    switch = keyed("c1-sw-1", DeviceKind.SWITCH, "net", "sw", "80000001BB")
    found = users(tmp_path, gate, switch, device("c1-cam-1"))
    assert found == {("guard", "80000001aa"), ("guard", ""), ("net", "80000001bb"), ("net", "")}


def test_without_an_engine_id_only_informs_are_taken(tmp_path: Path) -> None:
    """Goal: keys for traps cannot be made for an engine that nobody knows."""
    assert users(tmp_path, keyed("c1-sw-1", DeviceKind.SWITCH, "net", "sw", None)) == {("net", "")}


def test_one_user_with_two_sets_of_keys_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Goal: our engine knows a user once; whose informs cannot be taken is named in the log."""
    one = keyed("c1-gate-1", DeviceKind.GATE, "guard", "one", "80000001AA")
    two = keyed("c1-gate-2", DeviceKind.GATE, "guard", "two", "80000001BB")
    with caplog.at_level(logging.WARNING):
        found = users(tmp_path, one, two)
    assert ("guard", "80000001bb") in found
    assert "c1-gate-2" in caplog.text
    assert "phrase of" not in caplog.text


def test_keys_that_cannot_be_had_blind_one_device_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Goal: a closed vault is told by device, and the collector watches on."""
    gate = keyed("c1-gate-1", DeviceKind.GATE, "guard", "gate", "80000001AA")
    w = world(city([compound("c1", [gate])]), tmp_path)

    def closed(_ref: object) -> Secret:
        raise SecretError(text("the vault is closed", "保险库未打开"))

    w.secrets.resolve = closed
    with caplog.at_level(logging.WARNING):
        assert _trap_users(w.app(), ALL, OWN) == []
    assert "c1-gate-1: its notifications cannot be understood: the vault is closed" in caplog.text


def test_nobody_of_another_scope_is_known(tmp_path: Path) -> None:
    """Goal: a collector has the keys of its own devices and no others."""
    gate = keyed("c1-gate-1", DeviceKind.GATE, "guard", "gate", "80000001AA")
    assert users(tmp_path, gate, district="340722") == set()
    assert len(users(tmp_path, gate, compounds=("c1",))) == 2


@pytest.mark.parametrize(
    ("change", "missing"),
    [({"district": "999999"}, "999999"), ({"compounds": ("c1", "nowhere")}, "nowhere")],
)
def test_watching_nobody_by_a_slip_of_the_pen_is_refused(
    change: dict[str, object], missing: str
) -> None:
    """Goal: a district or compound that is not there is named, and not watched as empty."""
    town = city([compound("c1", [device("c1-cam-1")])])
    check_named(ALL.model_copy(update={"compounds": ("c1",)}), town)
    with pytest.raises(UsageError, match=missing):
        check_named(ALL.model_copy(update=change), town)
