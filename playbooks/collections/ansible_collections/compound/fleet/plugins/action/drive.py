# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one task of each stage play: drive all devices of one compound, under permits.

This file is loaded by the playbook before it forks, and so is the worker with its drivers; each
fork then starts with everything in memory.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.compound.fleet.plugins.plugin_utils import parent, result, words

from fleet.model.errors import FleetError
from fleet.wiring import worker

STAGES = ("links", "gates", "doors", "cameras", "uplink", "verify")


class ActionModule(ActionBase):
    """Runs in a fork; devices are reached from here, in process."""

    _requires_connection = False
    _supports_async = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return changed, devices, failed_devices and diff of one compound."""
        super().run(tmp, task_vars)
        parent.die_with_playbook()
        _, options = self.validate_argument_spec(
            argument_spec={"stage": {"type": "str", "required": True, "choices": list(STAGES)}}
        )
        known = task_vars or {}
        # Read as they are: none of these is a template, and none becomes one.
        compound, stage = str(known["inventory_hostname"]), str(options["stage"])
        socket = known.get("fleet_socket") or known.get("ansible_facts", {}).get("fleet_socket")
        try:
            if self._task.check_mode:
                return self._look(known.get("fleet_city"), compound, stage)
            if not socket:
                raise AnsibleActionFail(words.said(words.NEITHER))
            done = result.result(worker.drive(str(socket), compound, stage), words.lang())
        except FleetError as error:
            raise AnsibleActionFail(words.why(error)) from error
        except OSError as error:
            raise AnsibleActionFail(words.said(words.NO_SERVER, e=error)) from error
        if done["failed_devices"] or done["not_started"]:
            self._display.warning(f"{compound}: {done['msg']}")
        return done

    def _look(self, city: object, compound: str, stage: str) -> dict[str, Any]:
        """Check mode: what a plan made now would write, read from the devices themselves."""
        if stage == "verify":
            return {"changed": False, "skipped": True, "msg": words.said(words.NOTHING_TO_VERIFY)}
        if not city:
            raise AnsibleActionFail(words.said(words.NO_CITY))
        # Looking needs the whole reading side of fleet, which a run under permits does not.
        from fleet.wiring import standalone

        return result.differences(standalone.differences(str(city), compound, stage), words.lang())
