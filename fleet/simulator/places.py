"""Where things lie in the simulator's state folder: one folder a process, one file a device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The folder of one process: `<state>/sim/<process name>`, 0700."""

    folder: Path

    @property
    def record(self) -> Path:
        """Who the process is (identity.py); there only while it runs or was killed."""
        return self.folder / "process.json"

    @property
    def spec(self) -> Path:
        """The spec it was started with."""
        return self.folder / "spec.json"

    @property
    def socket(self) -> Path:
        """Its control socket."""
        return self.folder / "control.sock"

    @property
    def log(self) -> Path:
        """What it says when something goes wrong; empty otherwise."""
        return self.folder / "errors.log"

    @property
    def devices(self) -> Path:
        """The folder of the devices' memories."""
        return self.folder / "devices"

    def device(self, device: str) -> Path:
        """One device's memory."""
        return self.devices / f"{device}.json"
