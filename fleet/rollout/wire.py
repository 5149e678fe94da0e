"""Messages between a worker and the permit server: one JSON object a line on a 0600 unix socket.

worker → server: hello, ask, settle, look, seen; server → worker: jobs, grant, refuse, settled,
credential. Secrets travel in `grant` and `credential` only, and never leave memory on either side.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.model.change import FieldChange, Step
from fleet.model.device import FieldValue
from fleet.model.secret import Secret
from fleet.ports.driver import Credential

LINE_MAX = 4 * 1024 * 1024
Message = dict[str, Any]


async def send(writer: asyncio.StreamWriter, message: Mapping[str, Any]) -> None:
    """Send one message."""
    writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> Message | None:
    """Receive one message; None at the end of the stream or on anything that is no message."""
    try:
        line = await reader.readline()
    except (ValueError, ConnectionError):
        return None
    if not line.endswith(b"\n"):
        return None
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def short_path(folder_fd: int, name: str) -> str:
    """A path of a socket in an open folder that fits into the 108 bytes of `sun_path`."""
    return f"/proc/self/fd/{folder_fd}/{name}"


async def connect(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a unix socket, however long its path is.

    Raises:
        OSError: nobody listens there.
    """
    where = Path(path)
    folder = os.open(where.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return await asyncio.open_unix_connection(short_path(folder, where.name), limit=LINE_MAX)
    finally:
        os.close(folder)


def pack_credential(credential: Credential) -> dict[str, str]:
    """A login as it travels in a grant."""
    parts = {
        "password": credential.password,
        "auth": credential.auth,
        "priv": credential.priv,
    }
    packed = {name: secret.reveal() for name, secret in parts.items() if secret is not None}
    return {"user": credential.user, **packed}


def unpack_credential(packed: Mapping[str, str]) -> Credential:
    """A login out of a grant."""
    secrets = {k: Secret(v) for k, v in packed.items() if k in ("password", "auth", "priv")}
    return Credential(packed["user"], **secrets)


def step_values(step: Step, secrets: Mapping[str, Secret]) -> dict[str, FieldValue | Secret]:
    """What a step sends: literals as sealed, write-only fields from the grant."""
    return {c.field: _value(c, secrets) for c in step.changes}


def _value(change: FieldChange, secrets: Mapping[str, Secret]) -> FieldValue | Secret:
    return secrets[change.field] if change.write_only else change.after
