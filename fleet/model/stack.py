"""A district's platform stack: its inputs, what a preview says, and what `up` gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.collector import CollectorTerms


class CredentialSpec(Frozen):
    """A generated credential: `name` and `version` are sealed inputs; `username` for SIP digest.

    `purpose` "sip" makes the registrar accept it (with HA1 in realm `PlatformSpec.server_domain`);
    "device" is a device's admin password.
    """

    name: str
    version: int = 1
    purpose: Literal["sip", "device"]
    username: str


class PlatformSpec(Frozen):
    """All inputs of one district's stack; nothing in it is secret.

    `collector` None: the district's health is not watched by a service of this stack.
    """

    district: str
    name: str
    server_id: str
    server_domain: str
    addresses: tuple[str, ...]
    port: int
    credentials: tuple[CredentialSpec, ...] = ()
    collector: CollectorTerms | None = None

    @property
    def stack(self) -> str:
        """The stack's name."""
        return f"platform-{self.district}"


class ResourceChange(Frozen):
    """One resource of a stack in a preview; secrets are shown as their version only."""

    urn: str
    type: str
    name: str
    action: Literal["create", "update", "replace", "delete", "same"]
    before: Mapping[str, object] = Field(default_factory=dict)
    after: Mapping[str, object] = Field(default_factory=dict)
    unknown: tuple[str, ...] = ()


class StackPreview(Frozen):
    """What `up` would do to one stack.

    `plan_file` (relative to the state folder) and its sha256 bind a later `up` to exactly this;
    both are None where nothing changes.
    """

    stack: str
    spec: PlatformSpec
    changes: tuple[ResourceChange, ...] = ()
    plan_file: str | None = None
    plan_sha256: str | None = None

    @property
    def dirty(self) -> bool:
        """Whether `up` has anything to do."""
        return any(c.action != "same" for c in self.changes)


class StackOutputs(Frozen):
    """A stack's outputs without secrets: addresses, ids, fingerprints, credential versions.

    `credentials` maps a name to the versions that exist; `fingerprints` maps `NAME@VERSION` to the
    first 16 hex digits of the HMAC of the value, so that a resolved secret can be compared.
    """

    stack: str
    server_id: str
    server_domain: str
    addresses: tuple[str, ...]
    port: int
    ca_fingerprint: str
    credentials: Mapping[str, tuple[int, ...]] = Field(default_factory=dict)
    fingerprints: Mapping[str, str] = Field(default_factory=dict)
