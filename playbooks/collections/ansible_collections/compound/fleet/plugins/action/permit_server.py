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
import selectors
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.compound.fleet.plugins.plugin_utils import parent

_LINE_MAX = 64 * 1024
NO_CITY = "fleet_city is not set: use an inventory of compound.fleet.city"


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
                "timeout": {"type": "int", "default": 60},
            }
        )
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": "check mode needs no permits"}
        city = (task_vars or {}).get("fleet_city")
        if not city:
            raise AnsibleActionFail(
                "fleet_city is not set: use an inventory of compound.fleet.city"
            )
        plan = Path(options["plan"]).absolute()
        if not plan.is_file():
            raise AnsibleActionFail(f"there is no plan file {plan.name}")
        answer = serve(str(city), plan, playbook, options["timeout"])
        facts = {"fleet_socket": answer["socket"], "fleet_rollout": answer["rollout"]}
        return {"changed": False, "ansible_facts": facts, "msg": f"rollout {answer['rollout']}"}


def serve(city: str, plan: Path, playbook: int, timeout_s: float) -> dict[str, Any]:
    """Start the server and return the one JSON line it prints when it is ready.

    Raises:
        AnsibleActionFail: it ended, or said nothing in time; its last line says why.
    """
    words = [str(Path(sys.executable).parent / "fleet"), "-C", city, "--non-interactive"]
    ready, said = os.pipe()
    try:
        # A file and not a pipe for its talk: nobody reads on once this fork is gone.
        with tempfile.TemporaryFile() as talk:
            server = subprocess.Popen(
                [*words, "rollout", "serve", "--plan", str(plan), "--parent", str(playbook)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=talk,
                start_new_session=True,
            )
            os.close(said)
            try:
                answer = json.loads(_line(ready, timeout_s))
                return {"socket": str(answer["socket"]), "rollout": str(answer["rollout"])}
            except (ValueError, KeyError, TypeError) as error:
                server.kill()
                server.wait()
                raise AnsibleActionFail(f"no permit server: {_last_line(talk)}") from error
    finally:
        os.close(ready)


def _line(pipe: int, timeout_s: float) -> bytes:
    """The first line, or what came of it before the end or the deadline."""
    deadline = time.monotonic() + timeout_s
    got = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while b"\n" not in got and len(got) < _LINE_MAX:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                break
            chunk = os.read(pipe, 4096)
            if not chunk:
                break
            got += chunk
    return got


def _last_line(talk: IO[bytes]) -> str:
    talk.seek(0)
    lines = talk.read(_LINE_MAX).decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
