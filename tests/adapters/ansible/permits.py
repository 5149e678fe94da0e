"""A permit server small enough to read at a glance: note the grant durably, then grant."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from fleet.ports.process import ProcessId


class Permits:
    """Listens at `socket`; `notes` gets one JSON line a tree, fork and grant, in their order."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "permits.sock"
        self.notes = folder / "notes"
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Permits:
        self._server = await asyncio.start_unix_server(self._serve, self.socket)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.close()

    def record(self, tree: list[ProcessId]) -> None:
        """The hook `on_tree`."""
        self._note({"tree": [process.pid for process in tree]})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            message = json.loads(line)
            if "hello" in message:
                self._note({"fork": message["hello"], "compound": message["compound"]})
                continue
            self._note({"grant": message["ask"]})
            writer.write(b"granted\n")
            await writer.drain()
        writer.close()

    def _note(self, entry: dict[str, object]) -> None:
        fd = os.open(self.notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(fd, json.dumps(entry).encode() + b"\n")
        finally:
            os.close(fd)


def noted(folder: Path) -> list[dict[str, object]]:
    """What a permit server of this folder has noted."""
    notes = folder / "notes"
    lines = notes.read_text("utf-8").splitlines() if notes.exists() else []
    return [json.loads(line) for line in lines]


def grants(folder: Path) -> list[str]:
    """The steps that were granted, in order."""
    return [str(entry["grant"]) for entry in noted(folder) if "grant" in entry]


def forks(folder: Path) -> dict[str, int]:
    """Compound → pid of its fork."""
    pids = {str(e["compound"]): e["fork"] for e in noted(folder) if "fork" in e}
    return {compound: int(str(pid)) for compound, pid in pids.items()}


def playbook(folder: Path) -> int:
    """The pid of the tree's root, `ansible-playbook`."""
    tree = next(e["tree"] for e in noted(folder) if "tree" in e)
    assert isinstance(tree, list)
    return int(tree[0])
