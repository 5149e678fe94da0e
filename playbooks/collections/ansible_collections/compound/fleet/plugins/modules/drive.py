# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name: ansible-doc looks for it among the modules."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drive
short_description: Drive the devices of one compound through one stage
version_added: 0.1.0
author: compound-fleet contributors
description:
  - A play host is a compound. The task drives all devices of that compound and stage, concurrently
    and in process, from a fork of C(ansible-playbook).
  - In check mode it reads the devices and reports what a plan made now would write. Nothing is
    written.
  - Otherwise it asks a permit server before each write and writes exactly what the plan has
    sealed; see M(compound.fleet.permit_server). Without a permit server it fails.
  - Switches and edge routers (stage links) take their change on trial; what is not confirmed over a
    new connection is taken back by the device. What is behind a link that failed is not started.
  - A device that fails does not fail the task. It is named in RV(failed_devices), and the permit
    server has it on record and decides whether the rollout goes on.
  - Each fork is killed by the kernel when the playbook dies.
requirements:
  - the Python package compound-fleet in the interpreter that runs Ansible
options:
  stage:
    description: The stage; a device belongs to exactly one, by its kind.
    type: str
    required: true
    choices: [links, gates, doors, cameras, uplink, verify]
attributes:
  check_mode:
    description: Reports differences and writes nothing.
    support: full
  diff_mode:
    description: One block per device, one line per field.
    support: full
  async:
    description: A fork that outlives its playbook must not exist.
    support: none
seealso:
  - module: compound.fleet.permit_server
"""

EXAMPLES = r"""
- name: Drive the gates
  hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Write what the plan has sealed
      compound.fleet.drive:
        stage: gates
"""

RETURN = r"""
devices:
  description: The fields written, by device id; a device without changes is not listed.
  returned: when a permit server was there
  type: dict
  sample: {cuihu-gate-01: [open_time_s]}
failed_devices:
  description: Why each failed device failed, by device id.
  returned: when a permit server was there
  type: dict
  sample: {cuihu-gate-02: the value was refused}
not_started:
  description: Why nothing was tried on a device, by device id.
  returned: when a permit server was there
  type: dict
  sample: {cuihu-gate-03: the rollout was paused}
diff:
  description: One entry per device with the fields before and after.
  returned: always
  type: list
  elements: dict
"""
