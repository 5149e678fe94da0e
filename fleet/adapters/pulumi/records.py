"""What the last successful `up` of a district gave: read without the engine, no secret in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from pydantic import Field, ValidationError

from fleet.adapters.atomic import private_folder, write_private
from fleet.adapters.pulumi.places import Places
from fleet.model.base import Frozen
from fleet.model.stack import PlatformSpec, StackOutputs


class UpRecord(Frozen):
    """One record; digests are sha256 in hex.

    `spec` is over the inputs, `config` and `collector` over the configuration files of the two
    services (None: the stack has no collector), `certificates` maps a certificate's name to its
    fingerprint, `renew_after` (RFC 3339, UTC) is when one is due.
    """

    spec: str
    outputs: StackOutputs
    config: str
    collector: str | None = None
    certificates: Mapping[str, str] = Field(default_factory=dict)
    renew_after: str


def spec_digest(spec: PlatformSpec) -> str:
    """sha256 over a stack's inputs."""
    return hashlib.sha256(
        json.dumps(spec.model_dump(mode="json"), sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def record_of(spec: PlatformSpec, exported: Mapping[str, object]) -> UpRecord:
    """The record of what the program `platform` exported.

    Raises:
        ValidationError: the export is not what that program gives.
    """
    fingerprints = exported.get("fingerprints") or {}
    versions: dict[str, list[int]] = {}
    for credential in spec.credentials:
        versions.setdefault(credential.name, []).append(credential.version)
    outputs = StackOutputs.model_validate(
        {
            "stack": spec.stack,
            **{k: exported.get(k) for k in ("server_id", "server_domain", "addresses", "port")},
            "ca_fingerprint": exported.get("ca_fingerprint"),
            "credentials": {name: tuple(sorted(v)) for name, v in versions.items()},
            "fingerprints": fingerprints,
        }
    )
    return UpRecord.model_validate(
        {
            "spec": spec_digest(spec),
            "outputs": outputs,
            "config": exported.get("config"),
            "collector": exported.get("collector"),
            "certificates": {
                "ca": exported.get("ca_fingerprint"),
                "registrar": exported.get("certificate_fingerprint"),
            },
            "renew_after": exported.get("renew_after"),
        }
    )


def read_record(places: Places, district: str) -> UpRecord | None:
    """The record of a district; None if there is none that can be read."""
    try:
        return UpRecord.model_validate_json(places.up_record(district).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_record(places: Places, district: str, record: UpRecord) -> None:
    """Keep a record.

    Raises:
        OSError: it cannot be written.
    """
    path = places.up_record(district)
    private_folder(path.parent)
    write_private(path, record.model_dump_json(indent=1).encode() + b"\n")
