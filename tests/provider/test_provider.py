"""The provider's calls as the engine makes them, and the kinds behind them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.provider.experimental import provider as sdk
from pulumi.runtime.rpc import UNKNOWN

from fleet.model.registrar import Account, RegistrarConfig
from fleet.protocols import digest
from fleet.provider.provider import FleetProvider, Refused
from fleet.provider.resources.registrar import RegistrarInputs, RegistrarKind
from fleet.provider.values import has_unknown, plain, properties
from fleet.wiring.provider import LocalMachine, config_digest

CREDENTIAL = {"name": "device/cam-1/admin", "version": 1, "purpose": "device", "username": "admin"}
URN = "urn:pulumi:platform-340705::fleet::fleet:index:Credential::device/cam-1/admin@1"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values=st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_values_survive_the_way_to_the_engine_and_back(values: dict[str, object]) -> None:
    """Property: JSON values are the same after both conversions and the wire form between."""
    from pulumi.provider.experimental.property_value import PropertyValue

    marked = properties(values, frozenset(values))
    wire = PropertyValue.marshal_map(marked)
    assert plain(PropertyValue.unmarshal_map(wire)) == values
    assert all(v.is_secret for v in marked.values())


def test_unknowns_are_found_at_any_depth() -> None:
    """Goal: an output of something not made yet is never taken for a text."""
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": [{"b": "x"}, 1, None, True]})


async def test_a_credential_is_made_read_and_forgotten(machine: LocalMachine) -> None:
    """Goal: value secret, fingerprint plain, the same each time, and no error to delete."""
    provider = FleetProvider(machine)
    made = await provider.create(sdk.CreateRequest(URN, properties(CREDENTIAL), 0, False))
    again = await provider.create(sdk.CreateRequest(URN, properties(CREDENTIAL), 0, False))
    assert made.properties == again.properties
    assert made.resource_id == "device/cam-1/admin@1"
    assert made.properties["value"].is_secret
    assert not made.properties["fingerprint"].is_secret
    assert made.properties["reference"].value == "secret://generated/device/cam-1/admin"
    read = await provider.read(
        sdk.ReadRequest(URN, made.resource_id or "", made.properties, properties(CREDENTIAL))
    )
    assert read.properties["fingerprint"] == made.properties["fingerprint"]
    assert read.properties["value"].is_secret
    await provider.delete(sdk.DeleteRequest(URN, "x", made.properties, 0))


async def test_diff_tells_same_update_and_replace(machine: LocalMachine) -> None:
    """Goal: a user name is updated, name and version replace, and each field is named."""
    provider = FleetProvider(machine)
    made = await provider.create(sdk.CreateRequest(URN, properties(CREDENTIAL), 0, False))

    async def diff(**change: object) -> sdk.DiffResponse:
        news = properties({**CREDENTIAL, **change})
        return await provider.diff(sdk.DiffRequest(URN, "x", made.properties, news, []))

    same = await diff()
    assert same.changes is False
    assert same.detailed_diff == {}
    user = await diff(username="root")
    assert user.changes
    assert user.replaces == []
    assert user.detailed_diff["username"].kind is sdk.PropertyDiffKind.UPDATE
    version = await diff(version=2)
    assert version.replaces == ["version"]
    assert version.detailed_diff["version"].kind is sdk.PropertyDiffKind.UPDATE_REPLACE
    unknown = await diff(username=UNKNOWN)
    assert unknown.changes


async def test_an_exchanged_city_key_is_a_difference(machine: LocalMachine, state: Path) -> None:
    """Goal: with another city key the plan says so before any device refuses its password."""
    provider = FleetProvider(machine)
    made = await provider.create(sdk.CreateRequest(URN, properties(CREDENTIAL), 0, False))
    (state / "keys" / "city-key").write_text("0" * 64)
    answer = await provider.diff(
        sdk.DiffRequest(URN, "x", made.properties, properties(CREDENTIAL), [])
    )
    assert set(answer.detailed_diff) == {"fingerprint"}
    assert not answer.detailed_diff["fingerprint"].input_diff


@pytest.mark.parametrize(
    ("change", "field"),
    [({"version": 0}, "version"), ({"purpose": "tea"}, "purpose"), ({"colour": "red"}, "colour")],
)
async def test_bad_inputs_are_named(
    machine: LocalMachine, change: dict[str, object], field: str
) -> None:
    """Goal: check tells the property, and an unknown value is not judged."""
    provider = FleetProvider(machine)
    request = sdk.CheckRequest(URN, {}, properties({**CREDENTIAL, **change}), b"")
    answer = await provider.check(request)
    assert [f.property for f in answer.failures or []] == [field]
    unknown = sdk.CheckRequest(URN, {}, properties({**CREDENTIAL, "username": UNKNOWN}), b"")
    assert not (await provider.check(unknown)).failures


@pytest.mark.parametrize(("lang", "cure"), [("en", "escrow"), ("zh", "托管备份")])
async def test_an_unknown_kind_and_our_errors_are_one_line(
    machine: LocalMachine, state: Path, monkeypatch: pytest.MonkeyPatch, lang: str, cure: str
) -> None:
    """Goal: the engine prints one line a failure; it must hold cause and cure, for its reader."""
    monkeypatch.setenv("FLEET_LANG", lang)
    provider = FleetProvider(machine)
    other = URN.replace("Credential", "Teapot")
    with pytest.raises(Refused, match="Teapot"):
        await provider.create(sdk.CreateRequest(other, {}, 0, False))
    (state / "keys").mkdir(parents=True)
    (state / "keys" / "city-key").write_text("broken")
    with pytest.raises(Refused) as caught:
        await provider.create(sdk.CreateRequest(URN, properties(CREDENTIAL), 0, False))
    assert "\n" not in str(caught.value)
    assert cure in str(caught.value)


def test_the_registrars_accounts_were_hashed_by_a_second_copy_of_the_digest(
    machine: LocalMachine,
) -> None:
    """Goal: the configuration holds the HA1 that the protocol's own digest verifies against."""
    value = machine.credential("sip/u", 1)
    inputs = RegistrarInputs.model_validate(
        {
            "district": "340705",
            "server_id": "34070500002000000001",
            "server_domain": "3407050000",
            "addresses": ["127.0.0.1"],
            "port": 5060,
            "certificate": "",
            "accounts": [
                {
                    "username": "u",
                    "credential": "sip/u",
                    "version": 1,
                    "fingerprint": machine.fingerprint(value),
                }
            ],
        }
    )
    service = machine.registrar("340705")
    account = Account(username="u", version=1, ha1=digest.ha1("u", "3407050000", value))
    wanted = RegistrarConfig(
        server_id=inputs.server_id,
        server_domain=inputs.server_domain,
        addresses=inputs.addresses,
        port=inputs.port,
        bindings_file=str(service.bindings_file()),
        control_socket=str(service.control_socket),
        accounts=(account,),
    )
    assert RegistrarKind(machine).expected(inputs, {})["config"] == config_digest(wanted)


def test_a_registrar_of_another_credential_is_refused(machine: LocalMachine) -> None:
    """Goal: a fingerprint that does not fit stops before a configuration is written."""
    from fleet.model.errors import SecretError

    inputs = RegistrarInputs.model_validate(
        {
            "district": "340705",
            "server_id": "34070500002000000001",
            "server_domain": "3407050000",
            "addresses": ["127.0.0.1"],
            "port": 5060,
            "certificate": "",
            "accounts": [
                {"username": "u", "credential": "sip/u", "version": 1, "fingerprint": "0" * 16}
            ],
        }
    )
    kind = RegistrarKind(machine)
    with pytest.raises(SecretError) as caught:
        kind.make(inputs)
    assert "sip/u@1" in caught.value.summary.en
    assert not machine.registrar("340705").folder.exists()
    assert kind.look(inputs) is None
