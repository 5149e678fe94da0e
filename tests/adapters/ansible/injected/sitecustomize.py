"""Loaded by the tree's Python before anything else: a worker that is all about counting.

It stands in for `fleet.wiring.worker`, so that these tests are about processes and not devices:
`WRITES` times it asks for a permit over the unix socket, waits for it, and sends one line to the
"device", each on a connection of its own. FLEET_TEST_MODE: "hang" asks nothing and sleeps;
"slow" takes its time; "unbound" undoes the parent-death signal of its fork; "deaf" hangs unbound.
"""

import ctypes
import json
import os
import socket
import sys
import time
import types

WRITES = 60
PAUSE_S = {"slow": 0.2}


def drive(path: str, compound: str, stage: str) -> dict[str, object]:
    """Ask, write, ask, write …; returns what fleet's worker returns."""
    mode = os.environ.get("FLEET_TEST_MODE", "")
    if mode in ("unbound", "deaf"):
        ctypes.CDLL(None).prctl(1, ctypes.c_ulong(0), 0, 0, 0)
    with socket.socket(socket.AF_UNIX) as permits, permits.makefile("rb") as answers:
        permits.connect(path)
        permits.sendall(json.dumps({"hello": os.getpid(), "compound": compound}).encode() + b"\n")
        if mode == "empty":
            return {"changed": False, "devices": {}, "failed": {}, "diff": []}
        while mode in ("hang", "deaf"):
            time.sleep(0.05)
        for number in range(WRITES):
            step = f"{compound}/{number}"
            permits.sendall(json.dumps({"ask": step}).encode() + b"\n")
            if not answers.readline():
                return {"changed": True, "devices": {}, "failed": {}, "diff": []}
            _write(step)
            time.sleep(PAUSE_S.get(mode, 0.01))
    row = {"device": f"{compound}-cam-01", "field": "osd_text", "before": "", "after": "{{ 7*7 }}"}
    return {"changed": True, "devices": {row["device"]: ["osd_text"]}, "failed": {}, "diff": [row]}


def _write(step: str) -> None:
    host, port = os.environ["FLEET_TEST_DEVICE"].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as device:
        device.sendall(step.encode() + b"\n")
        device.recv(1)


_worker = types.ModuleType("fleet.wiring.worker")
_worker.drive = drive  # type: ignore[attr-defined]  # a stand-in
sys.modules["fleet.wiring.worker"] = _worker
