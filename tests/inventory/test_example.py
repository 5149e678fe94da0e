"""The example city is what the issue asks for, and stays clean."""

from __future__ import annotations

import ipaddress
import string
from collections import Counter

import pytest
import yaml
from ansible.constants import DEFAULT_VAULT_ID_MATCH
from ansible.parsing.vault import VaultLib, VaultSecret

from fleet.app.validate import validate
from fleet.inventory import Loaded, load
from fleet.model.compound import AreaKind, Category
from fleet.model.device import LINK_KINDS, DeviceKind
from fleet.model.diagnostic import Severity
from fleet.model.exitcodes import ExitCode
from fleet.model.secret import SecretRef
from fleet.simulator.ssh.hostkey import fingerprint
from tests.inventory.cities import EXAMPLE


@pytest.fixture(scope="module")
def found() -> Loaded:
    """The city, read once for this module."""
    return load(EXAMPLE)


def test_it_has_no_error() -> None:
    """Zero errors; the mixed entrance of an existing compound is its one warning."""
    verdict = validate(EXAMPLE)

    assert ExitCode.OK is verdict.exit_code
    assert verdict.count(Severity.ERROR) == 0
    assert [f.code for f in verdict.findings] == ["SEPARATION-09"]


def test_its_compounds(found: Loaded) -> None:
    """One new, one existing, one old in the renovation plan, in two districts."""
    city = found.require()

    assert city.code == "340700"
    assert {d.code: d.name for d in city.districts} == {"340705": "铜官区", "340722": "枞阳县"}
    assert {
        c.id: (c.site.category, c.district, c.uplink.source if c.uplink else None)
        for c in city.compounds()
    } == {
        "cuihu": (Category.NEW, "340705", "platform"),
        "wusong": (Category.EXISTING, "340705", "platform"),
        "lianhu": (Category.OLD, "340722", "operator"),
    }
    assert city.compound("lianhu").site.renovation_plan


def test_its_devices(found: Loaded) -> None:
    """Over 40, of every kind, on loopback and high ports, each pinned."""
    devices = list(found.require().devices())

    assert 35 <= len(devices) <= 45
    assert set(DeviceKind) == {d.kind for d in devices}
    for device in devices:
        assert ipaddress.ip_address(device.address) in ipaddress.ip_network("127.34.0.0/16")
        assert device.port > 1024
        pinned = {DeviceKind.GATE: device.engine_id} | dict.fromkeys(LINK_KINDS, device.host_key)
        assert pinned.get(device.kind, device.serial) is not None
        managed = len(device.settings) + len(device.secrets)
        assert managed >= 4, device.id


def test_every_kind_of_place_is_seen(found: Loaded) -> None:
    """Entrances with plate capture, and cameras in all six kinds of area of clause 11."""
    kinds: Counter[AreaKind] = Counter()
    for compound in found.require().compounds():
        seen = {d.area for d in compound.devices if d.kind is DeviceKind.CAMERA}
        kinds.update(a.kind for a in compound.site.areas if a.id in seen)
        assert seen & {e.id for e in compound.site.entrances}

    assert set(AreaKind) - {AreaKind.ENTRANCE} == set(kinds)


def test_a_barrier_driven_by_its_plate_camera(found: Loaded) -> None:
    """Beside the SNMP controllers there is one barrier over ISAPI, and it closes an entrance."""
    city = found.require()
    driving = [d for d in city.devices() if "barrier_open_s" in d.settings]

    (camera,) = driving
    gates = [g for e in city.compound(camera.compound).site.entrances for g in e.gates]
    assert camera.id in gates


def test_recorders_have_an_uplink_and_spare_channels(found: Loaded) -> None:
    """One or two a compound; every camera is a channel of one of them."""
    for compound in found.require().compounds():
        assert 1 <= len(compound.recorders) <= 2
        channels = [c for r in compound.recorders for c in r.channels]
        cameras = [d.id for d in compound.devices if d.kind is DeviceKind.CAMERA]
        assert sorted(cameras) == sorted(channels)
        assert all(r.spare_ids for r in compound.recorders)
        for device in compound.devices:
            if device.kind is DeviceKind.RECORDER:
                assert device.settings["gb_enabled"] is True
                assert "gb_password" in device.secrets


def test_switches_and_what_hangs_on_them(found: Loaded) -> None:
    """A switch a compound, of both simulated platforms, one edge router, one unmanaged switch."""
    city = found.require()
    links = [d for d in city.devices() if d.kind in LINK_KINDS]

    assert {d.platform for d in links} == {"huawei_vrpv8", "hp_comware"}
    assert [d.kind for d in links].count(DeviceKind.ROUTER) == 1
    assert {d.compound for d in links if d.kind is DeviceKind.SWITCH} == {
        "cuihu",
        "wusong",
        "lianhu",
    }
    for device in links:
        assert device.host_key == fingerprint(device.id)
    for compound in city.compounds():
        (switch,) = (d.id for d in compound.devices if d.kind is DeviceKind.SWITCH)
        others = {d.id for d in compound.devices if d.kind not in LINK_KINDS}
        assert {d.id for d in city.behind(switch)} == others
    (mute,) = city.compound("lianhu").unmanaged
    assert [d.kind for d in city.behind(mute.id)] == [DeviceKind.DOOR] * 3


def test_platforms(found: Loaded) -> None:
    """Both districts have servers of their own, one of them on two addresses, none shared."""
    platforms = [d.platform for d in found.require().districts]
    addresses = [a for p in platforms if p is not None for a in p.addresses]

    assert all(p is not None for p in platforms)
    assert sorted(len(p.addresses) for p in platforms if p is not None) == [1, 2]
    assert len(addresses) == len(set(addresses))


def test_the_operators_compound_needs_no_engine(found: Loaded) -> None:
    """Nothing of it is generated: every reference is into the vault."""
    for device in found.require().compound("lianhu").devices:
        refs = [*device.secrets.values(), device.login.password, device.login.auth]
        assert {"vault"} == {r.source for r in refs if r is not None}, device.id


def test_passwords_of_the_platforms_district_are_generated(found: Loaded) -> None:
    """Each HTTP device in 铜官区 gets a password of its own."""
    city = found.require()
    for compound_id in ("cuihu", "wusong"):
        for device in city.compound(compound_id).devices:
            if device.kind not in LINK_KINDS | {DeviceKind.GATE}:
                wanted = f"secret://generated/device/{device.id}/admin"
                assert wanted == str(device.secrets["admin_password"])


def test_rollout_limits(found: Loaded) -> None:
    """A named canary and the limits that the demo counts on."""
    limits = found.require().limits

    assert (
        limits.canary,
        limits.wave_size,
        limits.tolerated_failures,
        limits.in_flight,
    ) == ("cuihu", 2, 2, 8)


def test_flow_ascii_and_block_chinese() -> None:
    """One file in ASCII and flow style, one in Chinese and block style."""
    flow = (EXAMPLE / "340705-tongguan/cuihu.yaml").read_text(encoding="utf-8")
    block = (EXAMPLE / "340722-zongyang/lianhu.yaml").read_text(encoding="utf-8")

    assert flow.isascii()
    assert "{id:" in flow
    assert not block.isascii()
    assert "{id:" not in block


def _vault() -> dict[str, str]:
    """The vault's values by name, opened by Ansible's own code."""
    password = (EXAMPLE / "vault-password").read_bytes().strip()
    vault = VaultLib([(DEFAULT_VAULT_ID_MATCH, VaultSecret(password))])
    tree = yaml.safe_load(vault.decrypt((EXAMPLE / "secrets.vault.yaml").read_bytes()))

    def flat(node: object, path: str) -> dict[str, str]:
        if not isinstance(node, dict):
            return {path: str(node)}
        found: dict[str, str] = {}
        for key, value in node.items():
            found |= flat(value, f"{path}/{key}" if path else str(key))
        return found

    return flat(tree, "")


def test_the_vault_holds_what_is_referred_to_and_no_more(found: Loaded) -> None:
    """Every vault reference resolves, and nothing in the vault is left over."""
    refs: set[SecretRef] = set()
    for device in found.require().devices():
        given = [device.login.password, device.login.auth, device.login.priv]
        refs |= {r for r in (*device.secrets.values(), *given) if r is not None}

    assert {r.name for r in refs if r.source == "vault"} == set(_vault())


def test_passwords_in_the_vault_are_strong() -> None:
    """12 to 16 characters of three classes, each its own, none holding the user's name."""
    values = list(_vault().values())

    assert len(values) == len(set(values))
    for value in values:
        assert 12 <= len(value) <= 16
        for letters in (string.ascii_lowercase, string.ascii_uppercase, string.digits):
            assert set(value) & set(letters)
        assert "admin" not in value.lower()


def test_the_vaults_password_lies_alone_and_says_why() -> None:
    """One line in its file; the reason beside it, in both languages."""
    assert len((EXAMPLE / "vault-password").read_text().splitlines()) == 1
    for name in ("vault-password.README", "README.md"):
        words = (EXAMPLE / name).read_text(encoding="utf-8")
        assert "simulated" in words
        assert "模拟" in words
