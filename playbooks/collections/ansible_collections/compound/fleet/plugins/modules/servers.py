# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of this name: ansible-doc looks for it among the modules."""

from __future__ import annotations

DOCUMENTATION = r"""
module: servers
short_description: Facts of the servers that a compound reports to
version_added: 0.1.0
author: compound-fleet contributors
description:
  - Shows what is recorded of the servers of a compound's district, such as the registrar's
    address and id and the versions of the generated credentials.
  - Values of credentials are never shown. No engine is started and nothing is changed.
requirements:
  - the Python package compound-fleet in the interpreter that runs Ansible
options: {}
attributes:
  check_mode:
    description: The same in check mode, since it only reads.
    support: full
  diff_mode:
    description: There is nothing to differ.
    support: none
seealso:
  - module: compound.fleet.drive
"""

EXAMPLES = r"""
- name: Show the servers
  compound.fleet.servers:
"""

RETURN = r"""
servers:
  description: The facts, by name.
  returned: when the inventory is of compound.fleet.city
  type: dict
  sample: {registrar: "127.34.0.1:15060", server_id: "34070500002000000001"}
"""
