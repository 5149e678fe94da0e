"""Inputs of every kind of resource: what is missing, wrong, unknown, and what a change does."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN

from fleet.provider.provider import KINDS
from fleet.provider.resources.base import Kind
from fleet.provider.values import has_unknown, plain, properties
from fleet.wiring.provider import LocalMachine

PRINT = "ab" * 32
ACCOUNT = {"username": "u", "credential": "sip/u", "version": 1, "fingerprint": "0" * 16}
GOOD: dict[str, dict[str, Any]] = {
    "fleet:index:Credential": {
        "name": "device/cam-1/admin", "version": 1, "purpose": "device", "username": "admin",
    },
    "fleet:index:CertificateAuthority": {"district": "340705", "common_name": "铜官区"},
    "fleet:index:Certificate": {
        "district": "340705", "name": "registrar", "common_name": "r",
        "addresses": ["127.0.0.1"], "authority": PRINT,
    },
    "fleet:index:Registrar": {
        "district": "340705", "server_id": "34070500002000000001", "server_domain": "3407050000",
        "addresses": ["127.0.0.1"], "port": 5060, "accounts": [ACCOUNT], "certificate": PRINT,
    },
    "fleet:index:Collector": {
        "district": "340705", "poll_s": 60, "trap_addresses": ["127.0.0.1"], "trap_port": 16200,
        "community": "secret://vault/v2c", "clock_limit_s": 60, "keep_days": 400, "max_mb": 512,
    },
}  # fmt: skip
# kind, what is changed (None: left out) → the inputs that are wrong
FAULTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("Credential", {}, set()),
    ("Credential", {"name": None}, {"name"}),
    ("Credential", {"name": 1}, {"name"}),
    ("Credential", {"version": 0}, {"version"}),
    ("Credential", {"version": -1}, {"version"}),
    ("Credential", {"version": "one"}, {"version"}),
    ("Credential", {"version": 2}, set()),
    ("Credential", {"purpose": "sip"}, set()),
    ("Credential", {"purpose": "ssh"}, {"purpose"}),
    ("Credential", {"username": None, "purpose": None}, {"username", "purpose"}),
    ("Credential", {"colour": "red"}, {"colour"}),
    ("CertificateAuthority", {}, set()),
    ("CertificateAuthority", {"district": None}, {"district"}),
    ("CertificateAuthority", {"district": 340705}, {"district"}),
    ("CertificateAuthority", {"days": 1}, {"days"}),
    ("Certificate", {}, set()),
    ("Certificate", {"addresses": []}, set()),
    ("Certificate", {"addresses": "127.0.0.1"}, {"addresses"}),
    ("Certificate", {"addresses": [1]}, {"addresses"}),
    ("Certificate", {"authority": None}, {"authority"}),
    ("Certificate", {"name": None, "common_name": None}, {"name", "common_name"}),
    ("Registrar", {}, set()),
    ("Registrar", {"addresses": []}, {"addresses"}),
    ("Registrar", {"addresses": ["::1", "127.0.0.2"]}, set()),
    ("Registrar", {"port": 0}, {"port"}),
    ("Registrar", {"port": 1}, set()),
    ("Registrar", {"port": 65535}, set()),
    ("Registrar", {"port": 65536}, {"port"}),
    ("Registrar", {"accounts": None}, set()),
    ("Registrar", {"accounts": []}, set()),
    ("Registrar", {"accounts": [{}]}, {"accounts"}),
    ("Registrar", {"accounts": [ACCOUNT | {"version": 0}]}, {"accounts"}),
    ("Registrar", {"accounts": [ACCOUNT | {"password": "x"}]}, {"accounts"}),
    ("Registrar", {"certificate": None}, {"certificate"}),
    ("Registrar", {"server_id": None, "server_domain": None}, {"server_id", "server_domain"}),
    ("Collector", {}, set()),
    ("Collector", {"trap_addresses": [], "community": None}, set()),
    ("Collector", {"district": None}, {"district"}),
    ("Collector", {"poll_s": 0}, {"poll_s"}),
    ("Collector", {"trap_port": 65536}, {"trap_port"}),
    ("Collector", {"keep_days": 0, "max_mb": 0}, {"keep_days", "max_mb"}),
    ("Collector", {"city_dir": "/x"}, {"city_dir"}),
]


def kind_of(machine: LocalMachine, name: str) -> Kind[Any]:
    """The kind of that name."""
    return next(k for k in KINDS if k.type_name == name)(machine)


def changed(name: str, change: dict[str, Any]) -> dict[str, Any]:
    """Good inputs with some changed or left out."""
    values = copy.deepcopy(GOOD[name]) | change
    return {k: v for k, v in values.items() if v is not None}


def test_every_kind_has_good_inputs(machine: LocalMachine) -> None:
    """A new kind is not forgotten here, and the good inputs have every field of it."""
    assert {k.type_name for k in KINDS} == set(GOOD)
    for kind in KINDS:
        assert set(kind.inputs.model_fields) == set(GOOD[kind.type_name])
        assert kind.replaced_by <= set(kind.inputs.model_fields)


@pytest.mark.parametrize(("name", "change", "wrong"), FAULTS)
def test_wrong_inputs_are_named(
    machine: LocalMachine, name: str, change: dict[str, Any], wrong: set[str]
) -> None:
    """Each wrong input by its own name with a reason, and nothing else."""
    full = f"fleet:index:{name}"

    faults = kind_of(machine, full).faults(changed(full, change))

    assert set(faults) == wrong
    assert all(faults.values())


@pytest.mark.parametrize("name", GOOD)
def test_unknown_inputs_are_not_judged_yet(machine: LocalMachine, name: str) -> None:
    """An output of something not made yet says nothing about the others either."""
    for field in GOOD[name]:
        values = GOOD[name] | {field: UNKNOWN}
        assert kind_of(machine, name).faults(values) == {}
        assert kind_of(machine, name).differences(GOOD[name], values) == set()


@pytest.mark.parametrize("name", GOOD)
def test_which_inputs_changed(machine: LocalMachine, name: str) -> None:
    """Each by itself, and none where nothing did; outputs beside them do not count."""
    kind = kind_of(machine, name)
    state = GOOD[name] | {"an_output": "x"}

    assert kind.changed_inputs(state, GOOD[name]) == set()
    for field in GOOD[name]:
        assert kind.changed_inputs(state, GOOD[name] | {field: "other"}) == {field}
        left = {k: v for k, v in state.items() if k != field}
        assert kind.changed_inputs(left, GOOD[name]) == {field}


@pytest.mark.parametrize("name", GOOD)
def test_outputs_do_not_hinder_reading_the_inputs(machine: LocalMachine, name: str) -> None:
    """A recorded state holds both; the inputs come out as they were given."""
    kind = kind_of(machine, name)

    wanted = kind.parse(GOOD[name] | {"value": "x", "running": True})

    assert wanted == kind.parse(GOOD[name])
    assert kind.identity(wanted) == kind.identity(kind.parse(copy.deepcopy(GOOD[name])))


IDENTITIES = [
    ("Credential", "device/cam-1/admin@1", {"username": "root"}, {"version": 2}),
    ("Certificate", "certificate-340705-registrar", {"authority": "x"}, {"name": "other"}),
    ("Registrar", "registrar-340705", {"port": 5061}, {"district": "340711"}),
]


@pytest.mark.parametrize(("name", "identity", "same", "other"), IDENTITIES)
def test_who_a_resource_is(
    machine: LocalMachine, name: str, identity: str, same: dict[str, Any], other: dict[str, Any]
) -> None:
    """What updates leave the identity, what replaces changes it."""
    full = f"fleet:index:{name}"
    kind = kind_of(machine, full)

    assert kind.identity(kind.parse(GOOD[full])) == identity
    assert kind.identity(kind.parse(changed(full, same))) == identity
    assert kind.identity(kind.parse(changed(full, other))) != identity
    assert set(same).isdisjoint(kind.replaced_by)
    assert set(other) <= kind.replaced_by


CONVERSIONS: list[tuple[object, object]] = [
    (None, None),
    (True, True),
    (False, False),
    (0, 0),
    (1, 1),
    (-1, -1),
    (2**53, 2**53),
    (1.5, 1.5),
    (2.0, 2),
    ("", ""),
    ("1", "1"),
    ("东门", "东门"),
    ([], []),
    ([1, "1", None, True], [1, "1", None, True]),
    ((1, 2), [1, 2]),
    ({}, {}),
    ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 1}]}}),
]


@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.parametrize(("value", "back"), CONVERSIONS)
def test_values_to_the_engine_and_back(value: object, back: object, secret: bool) -> None:
    """Types are kept: true is not 1, "1" is not 1, a whole number is no decimal."""
    made = properties({"x": value}, frozenset({"x"}) if secret else frozenset())

    assert made["x"].is_secret is secret
    again = plain(made)["x"]
    assert again == back
    assert type(again) is type(back)
    assert plain(PropertyValue.unmarshal_map(PropertyValue.marshal_map(made)))["x"] == back


@pytest.mark.parametrize(
    ("value", "unknown"),
    [
        (UNKNOWN, True),
        ({"a": UNKNOWN}, True),
        ([UNKNOWN], True),
        ((UNKNOWN,), True),
        ({"a": {"b": [1, {"c": UNKNOWN}]}}, True),
        ({UNKNOWN: 1}, False),
        (f"x{UNKNOWN}", False),
        ("", False),
        (None, False),
        (0, False),
        ([], False),
        ({"a": [None, True, 1.5, "x"]}, False),
    ],
)
def test_where_an_unknown_hides(value: object, unknown: bool) -> None:
    """At any depth, as a whole value; a key or a part of a text is none."""
    assert has_unknown(value) is unknown
