"""Tests of playbooks and collection with the plain Ansible programs, as a user runs them."""
