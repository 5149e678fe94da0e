"""A certificate signed by the district's authority; its private key is derived, never stored.

Valid for 825 days and made anew when fewer than 30 are left: then a plan shows it as a change.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from fleet.model.base import Frozen
from fleet.provider.resources.authority import (
    BACKDATED,
    fingerprint_of,
    load_key,
    read_certificate,
    subject,
)
from fleet.provider.resources.base import Kind
from fleet.provider.values import Plain

VALID_DAYS = 825
RENEW_DAYS = 30
# SEC 1: a private key of P-256 is a number from 1 to the group's order minus 1.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class CertificateInputs(Frozen):
    """Inputs of a certificate; `addresses` become subject alternative names (IPv4 or IPv6)."""

    district: str
    name: str
    common_name: str
    addresses: tuple[str, ...]
    authority: str


class CertificateKind(Kind[CertificateInputs]):
    """`fleet:index:Certificate`: outputs certificate (PEM), fingerprint, renew_after (RFC 3339)."""

    type_name: ClassVar[str] = "fleet:index:Certificate"
    inputs: ClassVar[type[Frozen]] = CertificateInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"district", "name"})

    def identity(self, wanted: CertificateInputs) -> str:
        """`certificate-DISTRICT-NAME`."""
        return f"certificate-{wanted.district}-{wanted.name}"

    def make(self, wanted: CertificateInputs) -> dict[str, object]:
        """Sign one, unless one is there that fits and is not about to run out.

        Raises:
            SecretError: the authority's key cannot be used.
        """
        found = self._fitting(wanted)
        if found is None:
            found = self._sign(wanted)
            self.machine.write(self._path(wanted), found.public_bytes(serialization.Encoding.PEM))
        return _outputs(found)

    def look(self, wanted: CertificateInputs) -> dict[str, object] | None:
        """The certificate on disk; None where there is none."""
        if not self._path(wanted).exists():
            return None
        found = self._fitting(wanted)
        if found is None:
            return {"certificate": "", "fingerprint": "", "renew_after": ""}
        return _outputs(found)

    def expected(self, wanted: CertificateInputs, state: Plain) -> dict[str, object]:
        """As recorded."""
        return {"fingerprint": state.get("fingerprint")}

    def remove(self, wanted: CertificateInputs) -> None:
        """Remove its file."""
        self.machine.remove(self._path(wanted))

    def _path(self, wanted: CertificateInputs) -> Path:
        return self.machine.certificate_file(wanted.district, wanted.name)

    def _authority(self, wanted: CertificateInputs) -> x509.Certificate | None:
        return read_certificate(self.machine.certificate_file(wanted.district, "ca"))

    def _fitting(self, wanted: CertificateInputs) -> x509.Certificate | None:
        found, authority = read_certificate(self._path(wanted)), self._authority(wanted)
        if found is None or authority is None or fingerprint_of(authority) != wanted.authority:
            return None
        try:
            found.verify_directly_issued_by(authority)
            names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return None
        fits = (
            found.subject == subject(wanted.common_name)
            and names.get_values_for_type(x509.IPAddress) == _addresses(wanted)
            and dt.datetime.now(dt.UTC) < _renew_after(found)
        )
        return found if fits else None

    def _sign(self, wanted: CertificateInputs) -> x509.Certificate:
        authority_key = load_key(self.machine.ca_key_file(wanted.district))
        authority = self._authority(wanted)
        if authority is None:
            raise RuntimeError("the authority is made before its certificates")
        raw = self.machine.secret_bytes(f"fleet/v1-certificate/{self.identity(wanted)}", 48)
        number = int.from_bytes(raw, "big") % (_ORDER - 1) + 1
        key = ec.derive_private_key(number, ec.SECP256R1())
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        names = [x509.IPAddress(a) for a in _addresses(wanted)]
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        return (
            x509.CertificateBuilder()
            .subject_name(subject(wanted.common_name))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
                critical=False,
            )
            .sign(authority_key, hashes.SHA256())
        )


def _addresses(wanted: CertificateInputs) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    return [ipaddress.ip_address(a) for a in wanted.addresses]


def _renew_after(certificate: x509.Certificate) -> dt.datetime:
    return certificate.not_valid_after_utc - dt.timedelta(days=RENEW_DAYS)


def _outputs(certificate: x509.Certificate) -> dict[str, object]:
    return {
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "fingerprint": fingerprint_of(certificate),
        "renew_after": _renew_after(certificate).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
