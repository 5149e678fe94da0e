# Copyright (c) compound-fleet contributors
# GNU General Public License v3.0 or later (LICENSES/GPL-3.0-or-later.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fork of Ansible must not outlive the playbook: nobody would know what it still writes."""

from __future__ import annotations

import multiprocessing

from ansible.errors import AnsibleError
from ansible_collections.compound.fleet.plugins.plugin_utils import words

from fleet.adapters.processes import set_parent_death_signal


def die_with_playbook() -> int:
    """Have the kernel KILL this fork when the playbook dies, and at once if it has died already.

    The signal that the playbook's own start asked for is not inherited by a fork (prctl(2)).

    Returns the playbook's pid.

    Raises:
        AnsibleError: this is not a fork of a playbook.
    """
    playbook = multiprocessing.parent_process()
    if playbook is None or playbook.pid is None:
        raise AnsibleError(words.said(words.NO_FORK))
    set_parent_death_signal(playbook.pid)
    return playbook.pid
