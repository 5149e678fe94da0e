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
from pathlib import Path
from typing import IO, Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.compound.fleet.plugins.plugin_utils import parent

_READ_MAX = 64 * 1024
_LOOK_EVERY_S = 0.05
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
    deadline = time.monotonic() + timeout_s
    # Files and not pipes: nobody reads on once this fork is gone, and the server may still talk.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as talk:
        server = subprocess.Popen(
            [*words, "rollout", "serve", "--plan", str(plan), "--parent", str(playbook)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=talk,
            start_new_session=True,
        )
        while not (line := _read(said)).endswith(b"\n") and server.poll() is None:
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK_EVERY_S)
        try:
            answer = json.loads(line.splitlines()[0])
            return {"socket": str(answer["socket"]), "rollout": str(answer["rollout"])}
        except (ValueError, KeyError, TypeError, IndexError):
            server.kill()
            server.wait()
            # Its last two lines are fleet's error and what to do about it; ours has nothing to add.
            lines = _read(talk).decode("utf-8", "replace").strip().splitlines()[-2:]
            why = " ".join(line.strip() for line in lines) or "it said nothing"
            raise AnsibleActionFail(f"the permit server did not start: {why}") from None


def _read(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), _READ_MAX, 0)
