"""Imported before Pulumi: gRPC must not touch processes that we fork.

With fork support on, gRPC restarts its poller threads in every forked child, also in one that is
about to become ansible-playbook. Seen: the child's poller found its descriptors closed
("epoll_wait error: Bad file descriptor") and the playbook never started. Our children exec at
once and never speak gRPC, so there is nothing to restart.
"""

from __future__ import annotations

import os

NO_FORK_SUPPORT = {"GRPC_ENABLE_FORK_SUPPORT": "0"}

os.environ.update(NO_FORK_SUPPORT)
