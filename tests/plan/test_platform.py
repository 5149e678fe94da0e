"""What a district's servers must hold, and who needs them at all."""

from __future__ import annotations

import pytest

from fleet.model.fleet import City, District
from fleet.model.secret import SecretRef
from fleet.plan.platform import needs_stack, platform_spec
from tests.support.fakes_city import cameras, city, compound, device, recorder, uplink


def generated(name: str, version: int = 1) -> SecretRef:
    """A generated credential."""
    return SecretRef(source="generated", name=name, version=version)


def district_of(town: City) -> District:
    """The city's only district."""
    return town.districts[0]


def test_a_district_without_servers_has_no_stack() -> None:
    """No platform declared: nothing to plan."""
    assert platform_spec(district_of(cameras(1, 1))) is None


def test_addresses_and_ids_come_from_the_inventory() -> None:
    """All of it is exact before anything stands."""
    spec = platform_spec(district_of(city([], platform=True)))

    assert spec is not None
    assert (spec.stack, spec.addresses, spec.port) == ("platform-340705", ("127.34.0.1",), 5060)
    assert spec.credentials == ()


def test_every_version_up_to_the_wanted_one_is_kept() -> None:
    """A new version never destroys an old one: all of them stay until the last device moved."""
    town = city([compound("c1", [recorder("c1-nvr-1", version=3)], uplink())], platform=True)

    spec = platform_spec(district_of(town))

    assert spec is not None
    assert [c.version for c in spec.credentials] == [1, 2, 3]
    assert {c.purpose for c in spec.credentials} == {"sip"}
    assert {c.username for c in spec.credentials} == {"34070500001180000001"}


def test_two_devices_that_share_a_credential_need_it_once() -> None:
    """The stack holds names and versions, not uses."""
    shared = {"admin_password": generated("device/shared", 2)}
    town = city(
        [compound("c1", [device(f"c1-cam-{n}", secrets=shared) for n in (1, 2)])], platform=True
    )

    spec = platform_spec(district_of(town))

    assert spec is not None
    assert [(c.name, c.version, c.purpose, c.username) for c in spec.credentials] == [
        ("device/shared", 1, "device", "admin"),
        ("device/shared", 2, "device", "admin"),
    ]


def test_operator_given_secrets_are_no_credentials_of_the_stack() -> None:
    """A vault's or the environment's secret is never generated."""
    vault = {"admin_password": SecretRef(source="vault", name="device/x")}
    town = city([compound("c1", [device("c1-cam-1", secrets=vault)])], platform=True)

    spec = platform_spec(district_of(town))

    assert spec is not None
    assert spec.credentials == ()


@pytest.mark.parametrize(
    ("source", "secrets", "needed"),
    [
        (None, {}, False),
        ("operator", {}, False),
        ("platform", {}, True),
        (None, {"admin_password": generated("device/x")}, True),
        ("operator", {"admin_password": generated("device/x")}, True),
        ("operator", {"admin_password": SecretRef(source="vault", name="x")}, False),
    ],
)
def test_who_needs_the_districts_stack(
    source: str | None, secrets: dict[str, SecretRef], needed: bool
) -> None:
    """Registering at our platform or using a generated secret; nothing else."""
    one = compound(
        "c1", [device("c1-cam-1", secrets=secrets)], None if source is None else uplink(source)
    )

    assert needs_stack(one) is needed
