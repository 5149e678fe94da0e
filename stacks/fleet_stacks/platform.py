"""One district's platform: authority, certificate, credentials, registrar, collector.

Values are passed between resources of this one stack; nothing refers to another stack, since a
reference to a stack that does not exist yet fails the preview (design decision 8).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from fleet.model.stack import CredentialSpec, PlatformSpec
from fleet_stacks.resources import (
    Certificate,
    CertificateAuthority,
    Collector,
    Credential,
    Registrar,
)


def platform(spec: Mapping[str, object]) -> None:
    """Declare the platform of a district; `spec` is a PlatformSpec as JSON values.

    Exports `platform`, of which fleet/model/stack.py's StackOutputs is made; nothing in it is
    secret. Run it inside a Pulumi program only.

    Raises:
        ValidationError: `spec` is no PlatformSpec.
    """
    wanted = PlatformSpec.model_validate(spec)
    authority = CertificateAuthority(
        f"ca-{wanted.district}",
        district=wanted.district,
        common_name=f"compound-fleet {wanted.district} CA",
    )
    certificate = Certificate(
        "registrar",
        district=wanted.district,
        common_name=wanted.server_id,
        addresses=wanted.addresses,
        authority=authority.fingerprint,
    )
    made = [
        (c, Credential(c.name, version=c.version, purpose=c.purpose, username=c.username))
        for c in wanted.credentials
    ]
    registrar = Registrar(
        f"registrar-{wanted.district}",
        district=wanted.district,
        server_id=wanted.server_id,
        server_domain=wanted.server_domain,
        addresses=wanted.addresses,
        port=wanted.port,
        accounts=[_account(c, resource) for c, resource in made if c.purpose == "sip"],
        certificate=certificate.fingerprint,
    )
    collector = wanted.collector and Collector(
        f"collector-{wanted.district}", district=wanted.district, terms=wanted.collector
    )
    pulumi.export(
        "platform",
        {
            "server_id": wanted.server_id,
            "server_domain": wanted.server_domain,
            "addresses": list(wanted.addresses),
            "port": wanted.port,
            "ca_fingerprint": authority.fingerprint,
            "certificate_fingerprint": certificate.fingerprint,
            "renew_after": certificate.renew_after,
            "config": registrar.config,
            "collector": collector.config if collector else None,
            "fingerprints": {f"{c.name}@{c.version}": r.fingerprint for c, r in made},
        },
    )


def _account(spec: CredentialSpec, made: Credential) -> Mapping[str, pulumi.Input[object]]:
    return {
        "username": spec.username,
        "credential": spec.name,
        "version": spec.version,
        "fingerprint": made.fingerprint,
    }
