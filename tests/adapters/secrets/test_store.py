"""One store for a city: lazy, each fault its own text, nothing left in the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.keys import StateKeys
from fleet.adapters.secrets import open_store
from fleet.adapters.secrets.derive import derive_password
from fleet.model.compound import Category, Site
from fleet.model.device import Device, DeviceKind, Login
from fleet.model.errors import SecretError
from fleet.model.fleet import City, Compound, District, Uplink
from fleet.model.secret import SecretRef

VAULT = SecretRef.parse("secret://vault/gates/g1/auth")
OTHER = SecretRef.parse("secret://vault/gates/g9/auth")
ENV = SecretRef.parse("secret://env/FLEET_TEST_UPPER")


def city(vault: str | None = "secrets.yaml", password: str | None = "password") -> City:
    """A city whose gate takes its key from the vault and whose uplink from the environment."""
    gate = Device(
        id="g1",
        kind=DeviceKind.GATE,
        driver="snmp",
        compound="c1",
        name="门",
        address="127.0.0.1",
        port=16100,
        login=Login(user="fleet", auth=VAULT, priv=VAULT),
    )
    uplink = Uplink(
        source="operator",
        server_id="34070500002000000001",
        server_domain="3407050000",
        server_address="127.0.0.1",
        server_port=5060,
        password=ENV,
    )
    site = Site(category=Category.NEW, built_year=2024)
    compound = Compound(
        id="c1",
        name="翠湖",
        district="340705",
        file="c1.yaml",
        site=site,
        uplink=uplink,
        devices=(gate,),
    )
    district = District(code="340705", name="铜官区", folder="d", compounds=(compound,))
    return City(
        code="340700",
        name="铜陵",
        districts=(district,),
        secrets_file=vault,
        vault_password_file=password,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A city folder with a vault that Ansible's own program encrypted."""
    (tmp_path / "secrets.yaml").write_text("gates:\n  g1: {auth: Gate#2024}\n")
    (tmp_path / "password").write_text("open sesame\n")
    subprocess.run(
        [
            Path(sys.executable).with_name("ansible-vault"),
            "encrypt",
            "--vault-password-file",
            tmp_path / "password",
            tmp_path / "secrets.yaml",
        ],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)},
        timeout=60,
    )
    return tmp_path


def test_each_source_gives_its_value(folder: Path, tmp_path: Path) -> None:
    """Goal: vault, environment and derivation by reference, one store."""
    environ = {"FLEET_TEST_UPPER": "from-env", "PATH": "/bin"}
    store = open_store(folder, city(), tmp_path / "state", environ)
    assert store.resolve(VAULT).reveal() == "Gate#2024"
    assert store.resolve(ENV).reveal() == "from-env"
    ref = SecretRef.parse("secret://generated/device/cam-1/admin?version=3")
    key = StateKeys(tmp_path / "state").city_key()
    assert store.resolve(ref).reveal() == derive_password(key, "device/cam-1/admin", 3)


def test_the_environment_is_emptied_at_once_and_of_nothing_else(tmp_path: Path) -> None:
    """Goal: no child can inherit the value, and what is not ours stays."""
    environ = {"FLEET_TEST_UPPER": "from-env", "PATH": "/bin"}
    open_store(tmp_path, city(), tmp_path / "state", environ)
    assert environ == {"PATH": "/bin"}


def test_opening_touches_no_file(tmp_path: Path) -> None:
    """Goal: a verb that needs no secret opens nothing, makes nothing and fails for nothing."""
    open_store(tmp_path / "absent", city(), tmp_path / "state", {})
    assert list(tmp_path.iterdir()) == []


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    """Goal: the text names the variable and what to do."""
    store = open_store(tmp_path, city(), tmp_path / "state", {"FLEET_TEST_UPPER": ""})
    with pytest.raises(SecretError) as caught:
        store.resolve(ENV)
    assert "FLEET_TEST_UPPER" in caught.value.summary.en
    assert caught.value.exit_code == 9
    assert caught.value.fix is not None


def refused(folder: Path, ref: SecretRef = VAULT, **names: str | None) -> SecretError:
    """The error of resolving `ref`."""
    store = open_store(folder, city(**names), folder / "state", {})
    with pytest.raises(SecretError) as caught:
        store.resolve(ref)
    error = caught.value
    assert error.fix is not None
    for told in (error.summary.en, error.summary.zh, error.fix.en, error.fix.zh, str(error)):
        assert "Gate#2024" not in told
        assert "open sesame" not in told
    assert str(ref) in error.summary.en
    assert str(ref) in error.summary.zh
    return error


def test_a_missing_key_names_file_and_key(folder: Path) -> None:
    """Goal: the operator knows what to add, and where."""
    error = refused(folder, OTHER)
    assert "gates/g9/auth" in error.summary.en
    assert "secrets.yaml" in error.summary.en


def test_a_missing_vault_or_password_file_is_named(folder: Path) -> None:
    """Goal: each of the two files has its own text."""
    assert "nowhere.yaml" in refused(folder, vault="nowhere.yaml").summary.en
    assert "nothing" in refused(folder, password="nothing").summary.en
    assert "no vault" in refused(folder, vault=None).summary.en


def test_the_wrong_password_names_both_files(folder: Path) -> None:
    """Goal: nobody looks for damage where the password is wrong."""
    (folder / "password").write_text("sesame\n")
    error = refused(folder)
    assert "does not open" in error.summary.en
    assert "password" in error.summary.en
    (folder / "password").write_text("\n")
    assert "empty" in refused(folder).summary.en


def test_a_damaged_vault_is_told_apart(folder: Path) -> None:
    """Goal: a cut file, an unencrypted file and a file of other content are three texts."""
    whole = (folder / "secrets.yaml").read_bytes()
    (folder / "secrets.yaml").write_bytes(whole[:60])
    assert "damaged" in refused(folder).summary.en
    (folder / "secrets.yaml").write_text("gates: {}\n")
    assert "no ansible-vault file" in refused(folder).summary.en


def test_a_failed_opening_is_tried_again(folder: Path) -> None:
    """Goal: in a long-running process a mended password file counts at once."""
    (folder / "password").write_text("sesame\n")
    store = open_store(folder, city(), folder / "state", {})
    with pytest.raises(SecretError):
        store.resolve(VAULT)
    (folder / "password").write_text("open sesame\n")
    assert store.resolve(VAULT).reveal() == "Gate#2024"
