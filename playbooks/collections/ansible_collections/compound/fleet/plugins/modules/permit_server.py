# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name: ansible-doc looks for it among the modules."""

from __future__ import annotations

DOCUMENTATION = r"""
module: permit_server
short_description: Start fleet's permit server for a sealed plan
version_added: 0.1.0
author: compound-fleet contributors
description:
  - Starts C(fleet rollout serve), which holds fleet's lock and journal, and grants what the plan
    has sealed and nothing else. It ends when the playbook ends.
  - Run it once, before the stages; its facts reach every host of the play.
  - In check mode nothing is started.
requirements:
  - the Python package compound-fleet in the interpreter that runs Ansible
options:
  plan:
    description: The file that C(fleet plan -o FILE) has sealed.
    type: path
    required: true
  timeout:
    description:
      - Seconds without a sign of progress after which the server is given up. It reads devices and
        brings servers up before it is ready, and says so as it goes.
    type: int
    default: 300
  accept:
    description:
      - What the operator consents to, where the plan says that it needs consent; see
        C(fleet apply --accept).
    type: list
    elements: str
    choices: [experimental, reboot]
    default: []
attributes:
  check_mode:
    description: Starts nothing.
    support: full
  diff_mode:
    description: There is nothing to differ.
    support: none
seealso:
  - module: compound.fleet.drive
"""

EXAMPLES = r"""
- name: Serve permits for the sealed plan
  compound.fleet.permit_server:
    plan: "{{ fleet_plan }}"
    accept: "{{ fleet_accept | default([]) }}"
  run_once: true
"""

RETURN = r"""
ansible_facts:
  description: C(fleet_socket), the server's socket, and C(fleet_rollout), the rollout's id.
  returned: when the server was started
  type: dict
"""
