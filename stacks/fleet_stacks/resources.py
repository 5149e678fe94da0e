"""The program's side of the provider `fleet`: one class a kind of resource.

Inputs go by the same names as on the provider's side (docs/reference/stacks.md); outputs are
unknown in a preview until the resource exists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from fleet import __version__
from fleet.model.collector import CollectorTerms


def _options(**more: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(version=__version__, **more)


class CertificateAuthority(pulumi.CustomResource):
    """A district's certificate authority."""

    certificate: pulumi.Output[str]
    fingerprint: pulumi.Output[str]

    def __init__(self, name: str, district: str, common_name: str) -> None:
        super().__init__(
            "fleet:index:CertificateAuthority",
            name,
            {
                "district": district,
                "common_name": common_name,
                "certificate": None,
                "fingerprint": None,
            },
            _options(),
        )


class Certificate(pulumi.CustomResource):
    """A certificate signed by the district's authority; `authority` is that one's fingerprint."""

    certificate: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    renew_after: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        district: str,
        common_name: str,
        addresses: Sequence[str],
        authority: pulumi.Input[str],
    ) -> None:
        super().__init__(
            "fleet:index:Certificate",
            name,
            {
                "district": district,
                "name": name,
                "common_name": common_name,
                "addresses": list(addresses),
                "authority": authority,
                "certificate": None,
                "fingerprint": None,
                "renew_after": None,
            },
            _options(),
        )


class Credential(pulumi.CustomResource):
    """A generated credential; `value` is a secret."""

    reference: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    value: pulumi.Output[str]

    def __init__(self, name: str, version: int, purpose: str, username: str) -> None:
        super().__init__(
            "fleet:index:Credential",
            f"{name}@{version}",
            {
                "name": name,
                "version": version,
                "purpose": purpose,
                "username": username,
                "reference": None,
                "fingerprint": None,
                "value": None,
            },
            _options(additional_secret_outputs=["value"]),
        )


class Registrar(pulumi.CustomResource):
    """The GB/T 28181 registrar service; `config` is the sha256 of its configuration file."""

    config: pulumi.Output[str]
    listening: pulumi.Output[list[str]]
    running: pulumi.Output[bool]

    def __init__(
        self,
        name: str,
        district: str,
        server_id: str,
        server_domain: str,
        addresses: Sequence[str],
        port: int,
        accounts: Sequence[Mapping[str, pulumi.Input[Any]]],
        certificate: pulumi.Input[str],
    ) -> None:
        super().__init__(
            "fleet:index:Registrar",
            name,
            {
                "district": district,
                "server_id": server_id,
                "server_domain": server_domain,
                "addresses": list(addresses),
                "port": port,
                "accounts": list(accounts),
                "certificate": certificate,
                "config": None,
                "listening": None,
                "running": None,
            },
            _options(),
        )


class Collector(pulumi.CustomResource):
    """The health collector service; `config` is the sha256 of its configuration file."""

    config: pulumi.Output[str]
    listening: pulumi.Output[list[str]]
    running: pulumi.Output[bool]

    def __init__(self, name: str, district: str, terms: CollectorTerms) -> None:
        super().__init__(
            "fleet:index:Collector",
            name,
            {
                "district": district,
                **terms.model_dump(mode="json"),
                "config": None,
                "listening": None,
                "running": None,
            },
            _options(),
        )
