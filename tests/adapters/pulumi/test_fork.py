"""A playbook forked from a process that has used the engine must start."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
import os, sys
import fleet.adapters.pulumi
import grpc
from concurrent.futures import ThreadPoolExecutor
server = grpc.server(ThreadPoolExecutor(1))
server.add_insecure_port("127.0.0.1:0")
server.start()
for _ in range(30):
    pid = os.fork()
    if pid == 0:
        os.closerange(3, 200)
        os.execv(sys.executable, [sys.executable, "-c", "pass"])
    assert os.waitpid(pid, 0)[1] == 0
server.stop(None)
"""


def test_epoll_wait_bad_file_descriptor_in_a_forked_playbook() -> None:
    """Children forked beside a live gRPC server, descriptors closed as pexpect does, just run."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "epoll" not in done.stderr
