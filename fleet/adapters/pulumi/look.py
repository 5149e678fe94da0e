"""Whether all that a district's last `up` made still stands, seen natively in milliseconds."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from pathlib import Path

from fleet.adapters.pulumi.places import Places
from fleet.adapters.pulumi.records import UpRecord, read_record, spec_digest
from fleet.adapters.supervision import (
    CollectorService,
    RegistrarService,
    ServiceState,
    Supervisor,
    revive,
)
from fleet.model.errors import EngineError
from fleet.model.stack import PlatformSpec


def stands(places: Places, spec: PlatformSpec, supervisor: Supervisor) -> bool:
    """Whether the last `up` had exactly this spec and the world still is as it left it.

    A supervisord that somebody killed is started again first: its absence is no change to plan.
    """
    record = read_record(places, spec.district)
    if record is None or record.spec != spec_digest(spec):
        return False
    if not places.checkpoint(spec.stack).exists() or places.call_record(spec.stack).exists():
        return False
    return _certificates_stand(places, spec.district, record) and _services_stand(
        supervisor, spec, record
    )


def services_of(supervisor: Supervisor, district: str) -> tuple[RegistrarService, CollectorService]:
    """The services that a district's stack may have."""
    return RegistrarService(supervisor, district), CollectorService(supervisor, district)


def _services_stand(supervisor: Supervisor, spec: PlatformSpec, record: UpRecord) -> bool:
    registrar, collector = services_of(supervisor, spec.district)
    try:
        revive(supervisor, (registrar, collector))
    except EngineError:
        # It does not come up: the plan shows it as a change, and `up` tells why it fails.
        return False
    if not _stands(registrar.look(spec.addresses, spec.port), record.config, spec.addresses):
        return False
    terms = spec.collector
    if terms is None:
        return not collector.folder.exists()
    seen = collector.look(terms.trap_addresses, terms.trap_port)
    return _stands(seen, record.collector, terms.trap_addresses)


def _stands(seen: ServiceState, config: str | None, addresses: tuple[str, ...]) -> bool:
    return (
        seen.config == config
        and seen.listening == addresses
        and seen.process is not None
        and seen.answers
    )


def _certificates_stand(places: Places, district: str, record: UpRecord) -> bool:
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    folder = places.up_record(district).parent / "certificates"
    return (
        now < record.renew_after
        and (places.state / "keys" / f"ca-key-{district}.pem").exists()
        and all(
            _pem_fingerprint(folder / f"{name}.pem") == wanted
            for name, wanted in record.certificates.items()
        )
    )


def _pem_fingerprint(path: Path) -> str | None:
    """sha256 over a certificate's DER bytes, without loading a certificate library."""
    try:
        lines = path.read_text("ascii").strip().splitlines()
        return hashlib.sha256(base64.b64decode("".join(lines[1:-1]), validate=True)).hexdigest()
    except (OSError, UnicodeDecodeError, binascii.Error):
        return None
