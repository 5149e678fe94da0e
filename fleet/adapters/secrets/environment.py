"""Secrets by `secret://env/NAME`: taken out of the environment at start, so no child inherits them.

Removing a variable changes what children get; what the kernel shows of this process's own start
(/proc/PID/environ) stays until it ends, readable by its user and root alone.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping

from fleet.model.errors import SecretError
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text


class EnvironmentSecrets:
    """Holds the named variables of `environ`, which no longer has them."""

    def __init__(self, names: Iterable[str], environ: MutableMapping[str, str]) -> None:
        self._held = {n: Secret(environ.pop(n)) for n in sorted(set(names)) if n in environ}

    def resolve(self, ref: SecretRef) -> Secret:
        """Return the variable's value as it was at start.

        Raises:
            SecretError: it was not set, or was empty.
        """
        held = self._held.get(ref.name)
        if held is None or not held.reveal():
            raise SecretError(
                text(
                    "{ref}: the environment variable {name} is not set",
                    "{ref}：环境变量 {name} 未设置",
                    ref=ref,
                    name=ref.name,
                ),
                text(
                    "set {name} in the environment that starts fleet",
                    "请在启动 fleet 的环境中设置 {name}",
                    name=ref.name,
                ),
            )
        return held
