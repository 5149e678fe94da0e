"""Tests of the playbook runner, on real ansible-runner, ansible-playbook, forks and sockets."""
