"""The secret port: references in, values out, and only into memory."""

from __future__ import annotations

from typing import Protocol

from fleet.model.secret import Secret, SecretRef


class SecretStore(Protocol):
    """Resolves references of one city."""

    def resolve(self, ref: SecretRef) -> Secret:
        """Return the value.

        Raises:
            SecretError: it is not there, or its store cannot be opened; the text names both.
        """
        ...
