"""A service's control socket: one JSON object a line in, one out (docs/reference/registrar.md).

Reached through /proc/self/fd, since a state folder may lie deeper than a socket's path may be long
(108 bytes, unix(7)).
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

_ANSWER_MAX = 4 * 1024 * 1024


class NoAnswer(Exception):
    """Nobody answers on the control socket, or not in the form that was agreed."""


def ask(path: Path, verb: str, timeout_s: float) -> dict[str, object]:
    """Send one verb without arguments and return the answer.

    Raises:
        NoAnswer: nobody listens, no whole line came in time, or the answer is no JSON object.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise NoAnswer(str(error)) from error
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(f"/proc/self/fd/{folder}/{path.name}")
            connection.sendall(json.dumps({"verb": verb}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = json.loads(stream.readline(_ANSWER_MAX))
    except (OSError, ValueError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    finally:
        os.close(folder)
    if not isinstance(answer, dict):
        raise NoAnswer("the answer is no object")
    return answer
