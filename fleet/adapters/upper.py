"""Asks a district's registrar over its control socket (docs/reference/registrar.md).

One JSON object a line in, one out. A registrar that is not there or does not answer in time is not
an error: what it would say is unknown, and that is what the caller is told.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from fleet.model.base import Frozen
from fleet.model.observation import Registration
from fleet.model.registrar import Binding, Refusal, UplinkWord

ANSWER_S = 3.0
ANSWER_MAX = 16 * 1024 * 1024


class _NoAnswer(Exception):
    """Nobody answers, or not in the form that was agreed."""


class _Registrations(Frozen):
    ok: bool
    registrations: tuple[Binding, ...] = ()


class _Refused(Frozen):
    ok: bool
    refusals: tuple[Refusal, ...] = ()


class _Queried(Frozen):
    ok: bool
    binding: Binding | None = None
    error: str = ""


class RegistrarClient:
    """Implements `fleet.ports.upper.UpperSide`.

    `socket_of` gives a district's control socket, None where the district has no registrar;
    `answer_s` bounds each question as a whole, in seconds.
    """

    def __init__(self, socket_of: Callable[[str], Path | None], answer_s: float = ANSWER_S) -> None:
        self._socket_of = socket_of
        self._answer_s = answer_s

    async def registration(self, district: str, gb_id: str) -> Registration:
        """The registrar's word on one recorder; `registered` None where it cannot be asked."""
        path = self._socket_of(district)
        if path is None:
            return _unknown(gb_id)
        try:
            line = await _ask(path, {"verb": "registrations"}, self._answer_s)
            answer = _Registrations.model_validate_json(line)
        except (_NoAnswer, ValidationError):
            return _unknown(gb_id)
        if not answer.ok:
            return _unknown(gb_id)
        found = next((b for b in answer.registrations if b.gb_id == gb_id), None)
        if found is None:
            return Registration(gb_id=gb_id, source="registrar", registered=False)
        return _told(found)

    async def explain(self, district: str, gb_id: str, address: str) -> UplinkWord:
        """See fleet.ports.upper.ExplainsUplink."""
        path = self._socket_of(district)
        if path is None:
            return UplinkWord(answers=False)
        try:
            line = await _ask(path, {"verb": "registrations"}, self._answer_s)
            bound = _Registrations.model_validate_json(line)
            line = await _ask(path, {"verb": "refusals"}, self._answer_s)
            refused = _Refused.model_validate_json(line)
        except (_NoAnswer, ValidationError):
            return UplinkWord(answers=False)
        about = [r for r in refused.refusals if r.gb_id == gb_id or r.source == address]
        return UplinkWord(
            answers=bound.ok and refused.ok,
            binding=next((b for b in bound.registrations if b.gb_id == gb_id), None),
            refusals=tuple(about),
        )

    async def query_catalog(
        self, district: str, gb_id: str, timeout_s: float = 5.0
    ) -> Registration:
        """Have the catalog queried afresh; then as `registration`.

        Where the query fails (the recorder is silent, or did not send all), `catalog` is None:
        an older catalog would pass for a fresh one.
        """
        path = self._socket_of(district)
        if path is None:
            return _unknown(gb_id)
        asked = {"verb": "query_catalog", "gb_id": gb_id, "timeout_s": timeout_s}
        try:
            line = await _ask(path, asked, timeout_s + self._answer_s)
            answer = _Queried.model_validate_json(line)
        except (_NoAnswer, ValidationError):
            return _unknown(gb_id)
        if answer.ok and answer.binding is not None:
            return _told(answer.binding)
        state = await self.registration(district, gb_id)
        return state.model_copy(update={"catalog": None})


def _unknown(gb_id: str) -> Registration:
    return Registration(gb_id=gb_id, source="registrar")


def _told(binding: Binding) -> Registration:
    return Registration(
        gb_id=binding.gb_id,
        source="registrar",
        registered=binding.registered,
        keepalive_age_s=binding.keepalive_age_s,
        credential_version=binding.credential_version,
        catalog=binding.catalog,
    )


async def _ask(path: Path, request: dict[str, object], timeout_s: float) -> bytes:
    """One line for one line, within `timeout_s` as a whole."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchange(path, json.dumps(request).encode() + b"\n")
    except TimeoutError:
        raise _NoAnswer("no answer in time") from None
    except (OSError, ValueError) as error:
        # ValueError: a line past the limit.
        raise _NoAnswer(str(error)) from error


async def _exchange(path: Path, line: bytes) -> bytes:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        # A state folder may lie deeper than a socket's path may be long (108 bytes, unix(7)).
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connection, f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=ANSWER_MAX)
    except BaseException:
        connection.close()
        raise
    try:
        writer.write(line)
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()
