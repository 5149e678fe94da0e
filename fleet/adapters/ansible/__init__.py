"""The playbook runner: ansible-runner as a library, and a process tree that dies with its caller.

docs/decisions/0001-permits-through-ansible.md tells what was tried and why it is built like this.
"""

from fleet.adapters.ansible.runner import AnsibleRunner, playbooks_folder

__all__ = ["AnsibleRunner", "playbooks_folder"]
