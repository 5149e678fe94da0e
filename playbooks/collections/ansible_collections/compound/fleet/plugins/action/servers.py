# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first stage: what the district's servers are, for whoever reads the playbook's output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.compound.fleet.plugins.plugin_utils import facts, parent, words

from fleet.model.errors import FleetError


class ActionModule(ActionBase):
    """Reads the recorded outputs of the stacks; starts no engine and changes nothing."""

    _requires_connection = False
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return `servers`, the facts of one compound's upper side."""
        super().run(tmp, task_vars)
        parent.die_with_playbook()
        self.validate_argument_spec(argument_spec={})
        known = task_vars or {}
        city = known.get("fleet_city")
        if not city:
            # Under fleet the servers were brought up, and shown, before the first wave.
            return {"changed": False, "skipped": True, "msg": words.said(words.SERVERS_FIRST)}
        try:
            shown = facts.servers(Path(str(city)), str(known["inventory_hostname"]))
        except FleetError as error:
            raise AnsibleActionFail(words.why(error)) from error
        said = ", ".join(f"{name} {value}" for name, value in shown.items())
        return {
            "changed": False,
            "servers": shown,
            "msg": said or words.said(words.NO_UPLINK),
            # To be read is all that this task is for.
            "_ansible_verbose_always": True,
        }
