"""References to secrets, which the model may hold, and secrets, which it may not."""

from __future__ import annotations

import re
from typing import Literal, cast

from pydantic import field_validator

from fleet.model.base import Frozen

SecretSource = Literal["vault", "generated", "env"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*\Z")
_VERSION = re.compile(r"version=([1-9][0-9]{0,8})\Z")


class SecretRef(Frozen):
    """Where a secret is to be had.

    `secret://vault/KEY`, `secret://generated/NAME?version=N` or `secret://env/NAME`. `version`
    counts from 1 and is an input of the plan: a new version is a change, and a device whose
    journal proves that version needs no write.
    """

    source: SecretSource
    name: str
    version: int = 1

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not _NAME.match(value):
            raise ValueError(f"not a secret's name: {value!r}")
        return value

    @classmethod
    def parse(cls, uri: str) -> SecretRef:
        """Read a `secret://` reference.

        Raises:
            ValueError: the text is no such reference; the message says which part is wrong.
        """
        # Not a URL parser's business: it drops fragments, blanks and empty parts in silence.
        scheme, _, rest = uri.partition("://")
        if scheme != "secret":
            raise ValueError("a secret is given by reference, like secret://vault/NAME")
        place, asked, query = rest.partition("?")
        source, _, name = place.partition("/")
        if source not in ("vault", "generated", "env"):
            raise ValueError(f"unknown secret source {source!r}: vault, generated or env")
        version = _VERSION.match(query) if asked else None
        if asked and version is None:
            raise ValueError("only ?version=N with N from 1 may follow a secret's name")
        return cls(
            source=cast("SecretSource", source),
            name=name,
            version=int(version[1]) if version else 1,
        )

    def __str__(self) -> str:
        """Return the reference as it stands in YAML."""
        tail = f"?version={self.version}" if self.version != 1 else ""
        return f"secret://{self.source}/{self.name}{tail}"


class Secret:
    """A secret's value on its short way through memory; it never shows itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; call it only where it goes onto the wire or into a hash."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is never serialised")
