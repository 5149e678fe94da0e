"""Stands where ansible-runner looks for `ansible-playbook`, and binds the tree to its caller.

Run by path under `python -I -S` before the real program, so it uses the standard library alone
and little of it. In this order: ask the kernel to KILL this process when the thread that started
it ends (prctl(2); the setting survives exec), compare the parent's pid with the one that the
caller wrote down (a parent that died before the call sends no signal), say our pid, and wait for
the caller's word, which it gives only after it has recorded us. Then become the real program.

argv: PARENT_PID FOLDER PYTHON PROGRAM ARGUMENT…
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
HELLO, GO = "hello", "go"  # the two fifos in FOLDER


def main(argv: list[str]) -> int:
    """Become PROGRAM, or return 1 where the caller is gone or says nothing."""
    parent, folder, python, program = int(argv[0]), argv[1], argv[2], argv[3]
    libc = ctypes.CDLL(None)
    refused = libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0) != 0
    if refused or os.getppid() != parent:
        return 1
    # All that the tree makes is for its user alone, whatever the caller's own mask is.
    os.umask(0o077)
    with open(os.path.join(folder, HELLO), "wb", buffering=0) as hello:
        hello.write(b"%d\n" % os.getpid())
    with open(os.path.join(folder, GO), "rb", buffering=0) as go:
        if go.read(1) != b"g":
            return 1
    os.execv(python, [python, program, *argv[4:]])  # noqa: S606 - becoming it is the point


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
