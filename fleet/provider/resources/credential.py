"""A generated credential: a name and a version that are sealed, a value that nobody is shown.

The value is derived from the city key, so a create that is killed and run again gives the same one,
and a new version is a new resource beside the old: nothing is destroyed by rotating, and removing
the resource only forgets that it is in use.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.secret import SecretRef
from fleet.provider.resources.base import Kind
from fleet.provider.values import Plain


class CredentialInputs(Frozen):
    """Inputs of a credential; `username` is who uses it."""

    name: str
    version: int = Field(ge=1)
    purpose: Literal["sip", "device"]
    username: str


class CredentialKind(Kind[CredentialInputs]):
    """`fleet:index:Credential`: outputs reference, fingerprint and value (secret)."""

    type_name: ClassVar[str] = "fleet:index:Credential"
    inputs: ClassVar[type[Frozen]] = CredentialInputs
    secret: ClassVar[frozenset[str]] = frozenset({"value"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name", "version"})

    def identity(self, wanted: CredentialInputs) -> str:
        """`NAME@VERSION`."""
        return f"{wanted.name}@{wanted.version}"

    def make(self, wanted: CredentialInputs) -> dict[str, object]:
        """Derive it; SecretError where the city key is damaged or gone."""
        value = self.machine.credential(wanted.name, wanted.version)
        ref = SecretRef(source="generated", name=wanted.name, version=wanted.version)
        return {
            "reference": str(ref),
            "fingerprint": self.machine.fingerprint(value),
            "value": value,
        }

    def look(self, wanted: CredentialInputs) -> dict[str, object] | None:
        """The same derivation: it exists as long as the city key does."""
        return self.make(wanted)

    def expected(self, wanted: CredentialInputs, state: Plain) -> dict[str, object]:
        """As recorded: a city key that was exchanged gives another fingerprint."""
        return {"fingerprint": state.get("fingerprint")}

    def remove(self, wanted: CredentialInputs) -> None:
        """Nothing: the value stays derivable for devices that still carry it."""
