"""Loaded by Ansible's Python first: fleet's answers, as FLEET_TEST_ANSWERS (JSON) has them.

Stands in for `worker`, `standalone` and `engine` of `fleet.wiring`, so that these tests are about
what Ansible makes of an answer, and need no device.
"""

import json
import os
import sys
import types


def _answers() -> dict[str, object]:
    found: dict[str, object] = json.loads(os.environ.get("FLEET_TEST_ANSWERS", "{}"))
    return found


def drive(socket: str, compound: str, stage: str) -> object:
    """What a worker says; nobody answers at another socket than the expected one."""
    if socket != _answers().get("socket", socket):
        raise ConnectionRefusedError(socket)
    return _answers()["drive"]


def differences(city_dir: str, compound: str, stage: str) -> object:
    """What observing says."""
    rows = _answers().get("differences", {})
    assert isinstance(rows, dict)
    return rows.get(f"{compound}/{stage}", [])


class _Engine:
    def outputs(self, district: str) -> object:
        """The recorded outputs, as attributes; None: never brought up."""
        found = _answers().get("outputs")
        assert found is None or isinstance(found, dict)
        return types.SimpleNamespace(**found) if found else None


def open_engine(city_dir: object, state_dir: object) -> _Engine:
    """An engine that knows outputs and nothing else."""
    return _Engine()


for _name, _function in (
    ("worker", drive),
    ("standalone", differences),
    ("engine", open_engine),
):
    _module = types.ModuleType(f"fleet.wiring.{_name}")
    setattr(_module, _function.__name__, _function)
    sys.modules[_module.__name__] = _module
