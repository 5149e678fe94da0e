"""A gate controller behind net-snmp's `pass_persist`: the reference MIB, in a program of its own.

Arguments: the branch (1 or 2), the state file, the log file. One line in the log a SET. It shares
no code with the driver: object numbers are written out again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ARC = ".1.3.6.1.4.1.32473.28181"
RANGES = {"2.1": (1, 60), "2.2": (0, 600), "2.4": (1, 2)}


def main() -> None:
    """Speak the pass_persist protocol (snmpd.conf(5)) until the agent ends."""
    branch, state_file, log_file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    base = f"{ARC}.{branch}."
    for line in iter(sys.stdin.readline, ""):
        command = line.strip()
        if not command:
            # snmpd ends some values with one line break and some with two.
            continue
        if command == "PING":
            say("PONG")
            continue
        leaf = sys.stdin.readline().strip().removeprefix(base).removesuffix(".0")
        state = json.loads(state_file.read_text())
        if command == "get":
            say(*shown(base, leaf, state))
        elif command == "set":
            kind, _, value = sys.stdin.readline().strip().partition(" ")
            word = taken(leaf, kind, value.strip('"'), state)
            with log_file.open("a") as log:
                log.write(f"{leaf} {word}\n")
            state_file.write_text(json.dumps(state))
            say(word)
        else:
            say("NONE")


def shown(base: str, leaf: str, state: dict[str, str | int]) -> tuple[str, ...]:
    """Answer a GET."""
    if leaf not in state:
        return ("NONE",)
    kind = "integer" if isinstance(state[leaf], int) else "string"
    return (f"{base}{leaf}.0", kind, str(state[leaf]))


def taken(leaf: str, kind: str, value: str, state: dict[str, str | int]) -> str:
    """Apply a SET, or say why not."""
    if leaf not in state or leaf.startswith("1."):
        return "not-writable"
    if leaf == "2.3":
        state[leaf] = value
        return "DONE"
    low, high = RANGES[leaf]
    if kind != "integer" or not low <= int(value) <= high:
        return "wrong-value"
    state[leaf] = int(value)
    return "DONE"


def say(*lines: str) -> None:
    """Answer the agent at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
