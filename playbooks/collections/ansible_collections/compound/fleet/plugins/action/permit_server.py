# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts fleet's permit server for a sealed plan, so that plain Ansible writes under permits too.

The server holds fleet's lock and journal, grants what the plan has sealed and nothing else, and
ends when the playbook ends: it is told the playbook's pid, since the fork that starts it is gone
in a moment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.compound.fleet.plugins.plugin_utils import parent, words

from fleet.model.text import text

ACCEPTED = ("experimental", "reboot")
_READ_MAX = 64 * 1024
_LOOK_EVERY_S = 0.05
# A rollout that is told to end still settles what was permitted, and its engine what it began.
_END_GRACE_S = 60.0
NO_PLAN = text("there is no plan file {p}", "没有计划文件 {p}")
NOT_STARTED = text("the permit server did not start: {w}", "许可服务未能启动：{w}")
SILENT = text("it gave no sign for {s} seconds", "{s} 秒内没有任何动静")
NOTHING = text("it said nothing", "没有任何输出")


class ActionModule(ActionBase):
    """Run it once: the facts it returns reach every host of the play."""

    _requires_connection = False
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the facts `fleet_socket` and `fleet_rollout`."""
        super().run(tmp, task_vars)
        playbook = parent.die_with_playbook()
        _, options = self.validate_argument_spec(
            argument_spec={
                "plan": {"type": "path", "required": True},
                "timeout": {"type": "int", "default": 300},
                "accept": {
                    "type": "list",
                    "elements": "str",
                    "choices": list(ACCEPTED),
                    "default": [],
                },
            }
        )
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": words.said(words.NO_PERMITS_NEEDED)}
        city = (task_vars or {}).get("fleet_city")
        if not city:
            raise AnsibleActionFail(words.said(words.NO_CITY))
        plan = Path(options["plan"]).absolute()
        if not plan.is_file():
            raise AnsibleActionFail(words.said(NO_PLAN, p=plan.name))
        answer = serve(str(city), plan, playbook, options["timeout"], options["accept"])
        facts = {"fleet_socket": answer["socket"], "fleet_rollout": answer["rollout"]}
        return {"changed": False, "ansible_facts": facts, "msg": f"rollout {answer['rollout']}"}


def serve(
    city: str, plan: Path, playbook: int, patience_s: float, accepted: Sequence[str] = ()
) -> dict[str, Any]:
    """Start the server and return the one JSON line it prints when it is ready.

    Before that it reads every device and brings servers up, which takes as long as it takes: it is
    given up only when its stderr has not grown for `patience_s` seconds.

    Raises:
        AnsibleActionFail: it ended, or gave no sign in time; its last words say why.
    """
    program = [str(Path(sys.executable).parent / "fleet"), "-C", city, "--non-interactive"]
    given = [word for kind in accepted for word in ("--accept", kind)]
    # Files and not pipes: nobody reads on once this fork is gone, and the server may still talk.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as talk:
        server = subprocess.Popen(
            [*program, "rollout", "serve", "--plan", str(plan), "--parent", str(playbook), *given],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=talk,
            start_new_session=True,
        )
        line, silent = _first_line(server, said, talk, patience_s)
        try:
            answer = json.loads(line.splitlines()[0])
            return {"socket": str(answer["socket"]), "rollout": str(answer["rollout"])}
        except (ValueError, KeyError, TypeError, IndexError):
            _end(server)
            why = [words.said(SILENT, s=f"{patience_s:g}")] if silent else []
            # Its last two lines are fleet's error and what to do about it.
            why += _read(talk).decode("utf-8", "replace").strip().splitlines()[-2:]
            told = " ".join(part.strip() for part in why) or words.said(NOTHING)
            raise AnsibleActionFail(words.said(NOT_STARTED, w=told)) from None


def _first_line(
    server: subprocess.Popen[bytes], said: IO[bytes], talk: IO[bytes], patience_s: float
) -> tuple[bytes, bool]:
    """What it printed until its first line was whole, and whether it was given up for silence."""
    seen, since = 0, time.monotonic()
    while not (line := _read(said)).endswith(b"\n") and server.poll() is None:
        size = os.fstat(talk.fileno()).st_size
        if size != seen:
            seen, since = size, time.monotonic()
        if time.monotonic() - since > patience_s:
            return line, True
        time.sleep(_LOOK_EVERY_S)
    return _read(said), False


def _end(server: subprocess.Popen[bytes]) -> None:
    """TERM, so that it settles and records what it began; KILL when it does not end."""
    server.terminate()
    try:
        server.wait(_END_GRACE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _read(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), _READ_MAX, 0)
