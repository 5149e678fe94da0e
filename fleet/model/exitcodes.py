"""The exit codes of the command line: a contract that scripts and pipelines depend on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a verb ended with; see docs/reference/exit-codes.md for the long form."""

    OK = 0
    INTERNAL = 1
    CHANGES = 2
    INVENTORY = 3
    POLICY = 4
    PARTIAL = 5
    HALTED = 6
    STALE = 7
    WAITING = 8
    SECRETS = 9
    ENGINE = 10
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143
