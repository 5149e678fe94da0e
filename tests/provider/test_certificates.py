"""Authority and certificates: made once, adopted, checked by another program, mended, removed."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from fleet.model.base import Frozen
from fleet.model.errors import SecretError
from fleet.provider.resources import certificate as certificate_module
from fleet.provider.resources.authority import AuthorityInputs, AuthorityKind
from fleet.provider.resources.base import Kind
from fleet.provider.resources.certificate import CertificateInputs, CertificateKind
from fleet.wiring.provider import LocalMachine

CA = AuthorityInputs(district="340705", common_name="compound-fleet 340705 CA")


def wanted(authority: str, *addresses: str) -> CertificateInputs:
    """A registrar's certificate under an authority."""
    return CertificateInputs(
        district="340705",
        name="registrar",
        common_name="34070500002000000001",
        addresses=addresses or ("127.34.10.1", "127.34.10.2"),
        authority=authority,
    )


def made(machine: LocalMachine, *addresses: str) -> tuple[str, CertificateInputs, str]:
    """Make both; the authority's fingerprint, the certificate's inputs and its fingerprint."""
    authority = str(AuthorityKind(machine).make(CA)["fingerprint"])
    inputs = wanted(authority, *addresses)
    return authority, inputs, str(CertificateKind(machine).make(inputs)["fingerprint"])


def test_openssl_verifies_the_chain(machine: LocalMachine, state: Path) -> None:
    """Goal: another program accepts the certificate under the authority, for its addresses."""
    made(machine)
    folder = state / "services" / "340705" / "certificates"
    how = ["-x509_strict", "-purpose", "sslserver", "-verify_ip", "127.34.10.2"]
    done = subprocess.run(
        ["openssl", "verify", *how, "-CAfile", folder / "ca.pem", folder / "registrar.pem"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for path in (*folder.iterdir(), machine.ca_key_file("340705")):
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_fingerprint_is_the_certificates(machine: LocalMachine, state: Path) -> None:
    """Goal: what is shown is what anybody computes over the file."""
    authority, _, _ = made(machine)
    path = state / "services" / "340705" / "certificates" / "ca.pem"
    found = x509.load_pem_x509_certificate(path.read_bytes())
    assert found.fingerprint(hashes.SHA256()).hex() == authority


def test_a_second_make_adopts(machine: LocalMachine) -> None:
    """Goal: a create that was killed after its files were written gives the same again."""
    assert made(machine) == made(machine)


def test_a_killed_create_between_key_and_certificate_keeps_the_key(machine: LocalMachine) -> None:
    """Goal: the key that is there is used, never replaced."""
    AuthorityKind(machine).make(CA)
    key = machine.ca_key_file("340705").read_bytes()
    machine.certificate_file("340705", "ca").unlink()
    AuthorityKind(machine).make(CA)
    assert machine.ca_key_file("340705").read_bytes() == key


@pytest.mark.parametrize("name", ["ca", "registrar"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_lost_or_garbled_certificate_differs_and_is_mended(
    machine: LocalMachine, name: str, content: bytes | None
) -> None:
    """Goal: seen as a difference from the record, gone or garbled; `make` mends it."""
    authority, inputs, certificate = made(machine)
    path = machine.certificate_file("340705", name)
    path.unlink() if content is None else path.write_bytes(content)
    kind: Kind[Any] = AuthorityKind(machine) if name == "ca" else CertificateKind(machine)
    kind_inputs: Frozen = CA if name == "ca" else inputs
    recorded = authority if name == "ca" else certificate
    state = {**kind_inputs.model_dump(mode="json"), "fingerprint": recorded}
    assert kind.differences(state, kind_inputs.model_dump(mode="json")) == {"fingerprint"}
    again = kind.make(kind_inputs)
    state["fingerprint"] = again["fingerprint"]
    assert kind.differences(state, kind_inputs.model_dump(mode="json")) == set()


def test_a_changed_address_makes_another_certificate_with_the_same_key(
    machine: LocalMachine, state: Path
) -> None:
    """Goal: the private key is derived, so it is the same and stands in no file."""
    made(machine)
    path = state / "services" / "340705" / "certificates" / "registrar.pem"
    first = x509.load_pem_x509_certificate(path.read_bytes())
    made(machine, "127.34.10.9")
    second = x509.load_pem_x509_certificate(path.read_bytes())
    assert first.fingerprint(hashes.SHA256()) != second.fingerprint(hashes.SHA256())
    assert first.public_key() == second.public_key()
    private = [p for p in state.rglob("*") if p.is_file() and b"PRIVATE" in p.read_bytes()]
    assert private == [machine.ca_key_file("340705")]


def test_a_certificate_about_to_run_out_is_a_difference(
    machine: LocalMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: renewal shows in a plan thirty days ahead."""
    _, inputs, fingerprint = made(machine)
    state = {**inputs.model_dump(mode="json"), "fingerprint": fingerprint}
    kind = CertificateKind(machine)
    assert kind.differences(state, inputs.model_dump(mode="json")) == set()
    ahead = dt.timedelta(days=certificate_module.VALID_DAYS - 29)

    class Later(dt.datetime):
        """A clock that is ahead."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Later:
            return super().now(tz) + ahead

    monkeypatch.setattr("fleet.provider.resources.certificate.dt.datetime", Later)
    assert kind.differences(state, inputs.model_dump(mode="json")) == {"fingerprint"}


def test_a_key_that_is_no_key_is_refused(machine: LocalMachine) -> None:
    """Goal: a damaged CA key is named, and never overwritten."""
    path = machine.ca_key_file("340705")
    machine.create(path, b"not a key")
    with pytest.raises(SecretError) as caught:
        AuthorityKind(machine).make(CA)
    assert str(path) in caught.value.summary.en
    assert path.read_bytes() == b"not a key"


def test_removed_leaves_nothing(machine: LocalMachine, state: Path) -> None:
    """Goal: key, certificates and their folders go; twice is no error; `look` says gone."""
    _, inputs, _ = made(machine)
    for _ in range(2):
        CertificateKind(machine).remove(inputs)
        AuthorityKind(machine).remove(CA)
    assert not machine.ca_key_file("340705").exists()
    assert not (state / "services" / "340705").exists()
    assert AuthorityKind(machine).look(CA) is None
    assert CertificateKind(machine).look(inputs) is None
