"""A district's certificate authority: an EC P-256 key of its own and a certificate for ten years.

RFC 5280 profile: basicConstraints CA with path length 0, keyUsage keyCertSign and cRLSign, a
subject key identifier.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fleet.model.base import Frozen
from fleet.model.errors import SecretError
from fleet.model.text import text
from fleet.provider.resources.base import Kind
from fleet.provider.values import Plain

VALID_DAYS = 3650
# Clocks on site differ; a certificate is valid from the day before.
BACKDATED = dt.timedelta(days=1)


class AuthorityInputs(Frozen):
    """Inputs of an authority."""

    district: str
    common_name: str


class AuthorityKind(Kind[AuthorityInputs]):
    """`fleet:index:CertificateAuthority`: outputs certificate (PEM), fingerprint (hex)."""

    type_name: ClassVar[str] = "fleet:index:CertificateAuthority"
    inputs: ClassVar[type[Frozen]] = AuthorityInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"district"})

    def identity(self, wanted: AuthorityInputs) -> str:
        """`ca-DISTRICT`."""
        return f"ca-{wanted.district}"

    def make(self, wanted: AuthorityInputs) -> dict[str, object]:
        """Make key and certificate, each unless it is there and fits.

        Raises:
            SecretError: the key file is there and is no key.
        """
        key = self._key(wanted.district)
        path = self._path(wanted)
        found = read_certificate(path)
        if found is None or not _fits(found, key, wanted):
            found = _self_signed(key, wanted.common_name)
            self.machine.write(path, found.public_bytes(serialization.Encoding.PEM))
        return _outputs(found)

    def look(self, wanted: AuthorityInputs) -> dict[str, object] | None:
        """The certificate on disk, if its key is beside it."""
        found = read_certificate(self._path(wanted))
        if found is None and not self.machine.ca_key_file(wanted.district).exists():
            return None
        if found is None or not _fits(found, self._key(wanted.district, make=False), wanted):
            return {"certificate": "", "fingerprint": ""}
        return _outputs(found)

    def expected(self, wanted: AuthorityInputs, state: Plain) -> dict[str, object]:
        """As recorded."""
        return {"fingerprint": state.get("fingerprint")}

    def remove(self, wanted: AuthorityInputs) -> None:
        """Remove certificate and key."""
        self.machine.remove(self._path(wanted))
        self.machine.ca_key_file(wanted.district).unlink(missing_ok=True)

    def _path(self, wanted: AuthorityInputs) -> Path:
        return self.machine.certificate_file(wanted.district, "ca")

    def _key(self, district: str, make: bool = True) -> ec.EllipticCurvePrivateKey | None:
        path = self.machine.ca_key_file(district)
        if make and not path.exists():
            fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            self.machine.create(path, fresh)
        return load_key(path) if path.exists() else None


def load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in a PEM file.

    Raises:
        SecretError: it is there and is no EC key.
    """
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SecretError(
            text("the CA key {p} cannot be used", "CA 密钥 {p} 无法使用", p=path),
            text(
                "put it back from its escrow; without it every certificate must be made anew",
                "请从托管备份恢复；否则所有证书都要重新签发",
            ),
        ) from None
    return key


def read_certificate(path: Path) -> x509.Certificate | None:
    """The certificate in a PEM file; None if there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def fingerprint_of(certificate: x509.Certificate) -> str:
    """sha256 over the DER bytes, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def subject(common_name: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _fits(
    found: x509.Certificate, key: ec.EllipticCurvePrivateKey | None, wanted: AuthorityInputs
) -> bool:
    return (
        key is not None
        and found.public_key() == key.public_key()
        and found.subject == subject(wanted.common_name)
    )


def _self_signed(key: ec.EllipticCurvePrivateKey | None, common_name: str) -> x509.Certificate:
    if key is None:
        raise RuntimeError("the key was made just before")
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    name = subject(common_name)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _outputs(certificate: x509.Certificate) -> dict[str, object]:
    return {
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "fingerprint": fingerprint_of(certificate),
    }
