"""supervisord's XML-RPC interface over its unix socket (supervisord.org/api.html), as few calls.

Nothing but our own supervisord answers on this 0600 socket in a 0700 folder, so the usual doubts
about parsing XML from strangers do not arise.
"""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any, cast
from xml.parsers.expat import ExpatError

CALL_TIMEOUT_S = 8.0
# supervisord's fault codes (supervisor/xmlrpc.py): the answers that mean "it is so already".
_BAD_NAME, _ALREADY_ADDED, _ALREADY_STARTED, _NOT_RUNNING = 10, 90, 60, 70


class RpcError(Exception):
    """supervisord does not answer, or refuses what it should not."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=CALL_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ANN401 - stdlib's
        # Kept where the base class looks for it, which closes it when a request fails.
        connection = _Connection(self._path)
        self._connection = (host, connection)
        return connection


class Rpc:
    """A client of one supervisord; every method raises RpcError."""

    def __init__(self, socket_path: Path) -> None:
        self._socket = socket_path

    def pid(self) -> int:
        """The process number of supervisord."""
        return int(cast("int", self._call("getPID")))

    def state(self, name: str) -> tuple[str, int]:
        """A process's state name (RUNNING, STARTING, BACKOFF, FATAL …) and its pid or 0.

        A name that supervisord does not know has the state UNKNOWN.
        """
        info = self._call("getProcessInfo", name, allowed={_BAD_NAME})
        if not isinstance(info, dict):
            return "UNKNOWN", 0
        return str(info["statename"]), int(info["pid"])

    def reread(self) -> tuple[list[str], list[str], list[str]]:
        """Have the configuration read again: names of groups added, changed and removed."""
        answer = cast("list[list[list[str]]]", self._call("reloadConfig"))
        added, changed, removed = answer[0]
        return added, changed, removed

    def add(self, group: str) -> None:
        """Take up a group of the configuration and start it."""
        self._call("addProcessGroup", group, allowed={_ALREADY_ADDED})

    def drop(self, group: str) -> None:
        """Stop a group and forget it."""
        self._call("stopProcessGroup", group, True, allowed={_BAD_NAME})
        self._call("removeProcessGroup", group, allowed={_BAD_NAME})

    def start(self, name: str) -> None:
        """Start a process unless it runs; does not wait until it is up."""
        self._call("startProcess", name, False, allowed={_ALREADY_STARTED})

    def stop(self, name: str) -> None:
        """Stop a process and wait until it is gone."""
        self._call("stopProcess", name, True, allowed={_NOT_RUNNING, _BAD_NAME})

    def _call(self, verb: str, *args: object, allowed: set[int] | None = None) -> object:
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(self._socket))
        try:
            with proxy:
                return getattr(proxy.supervisor, verb)(*args)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode in (allowed or set()):
                return None
            raise RpcError(f"{verb}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error, ExpatError) as error:
            # ExpatError: an answer that broke off in the middle, as when supervisord is killed.
            raise RpcError(f"{verb}: {type(error).__name__}: {error}") from error
