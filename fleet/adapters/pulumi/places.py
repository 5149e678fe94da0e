"""Where everything of the engine lies in a state folder, and what the file backend calls things."""

from __future__ import annotations

import shutil
from pathlib import Path

from fleet.adapters.atomic import create_private, private_folder

PROJECT = "fleet"
_PREFIX = "platform-"
_LOGS_KEPT = 20
# What Pulumi.yaml must say; the runtime is never started, since the program is inline.
_PROJECT_FILE = f"name: {PROJECT}\nruntime: python\n"


def stack_name(district: str) -> str:
    """The stack of a district."""
    return _PREFIX + district


class Places:
    """The engine's paths; folders are made 0700 by `prepare`."""

    def __init__(self, state_dir: Path) -> None:
        self.state = state_dir
        self.root = state_dir / "pulumi"
        self.home = self.root / "home"
        self.backend = self.root / "backend"
        self.plans = self.root / "plans"
        self._meta = self.backend / ".pulumi"

    def work(self, stack: str) -> Path:
        """The stack's work folder: it holds the salt of the stack's encryption, so it must stay."""
        return self.root / "work" / stack

    def call_record(self, stack: str) -> Path:
        """Who is calling the engine for this stack at this moment."""
        return self.root / "work" / f"{stack}.call.json"

    def call_lock(self, stack: str) -> Path:
        """The lock file that the caller holds while it calls."""
        return self.root / "work" / f"{stack}.lock"

    def checkpoint(self, stack: str) -> Path:
        """The backend's state of a stack; secrets in it are encrypted."""
        return self._meta / "stacks" / PROJECT / f"{stack}.json"

    def locks(self, stack: str) -> Path:
        """The folder with the backend's lock files of a stack, one JSON file a lock."""
        return self._meta / "locks" / "organization" / PROJECT / stack

    def up_record(self, district: str) -> Path:
        """What the last `up` of a district gave; no secret in it."""
        return self.state / "services" / district / "up.json"

    def districts(self) -> tuple[str, ...]:
        """District codes that have a stack or the record of one."""
        stacks = {
            p.stem.removeprefix(_PREFIX)
            for p in (self._meta / "stacks" / PROJECT).glob(f"{_PREFIX}*.json")
        }
        records = {p.parent.name for p in self.state.glob("services/*/up.json")}
        return tuple(sorted(stacks | records))

    def prepare(self, stack: str) -> None:
        """Make the folders and the project file of a stack."""
        for folder in (self.home, self.backend, self.plans, self.work(stack)):
            private_folder(folder)
        create_private(self.work(stack) / "Pulumi.yaml", _PROJECT_FILE.encode())

    def prune_logs(self) -> None:
        """Keep the engine's newest logs only; it writes one a command and never removes any."""
        for path in sorted((self.home / "logs").glob("*.log"), key=changed_at)[:-_LOGS_KEPT]:
            path.unlink(missing_ok=True)

    def forget(self, stack: str) -> None:
        """Remove every file of a stack that is destroyed; of the engine, with the last stack."""
        if not any(d for d in self.districts() if stack_name(d) != stack):
            shutil.rmtree(self.root, ignore_errors=True)
            return
        shutil.rmtree(self.work(stack), ignore_errors=True)
        own = (self.call_record(stack), self.call_lock(stack))
        for path in (
            *own,
            *(self.home / "logs").glob(f"*{stack}*"),
            *self.plans.glob(f"{stack}.*"),
            *self._kept(stack),
        ):
            path.unlink(missing_ok=True)
        for kind in ("history", "backups"):
            shutil.rmtree(self._meta / kind / PROJECT / stack, ignore_errors=True)
        shutil.rmtree(self.locks(stack), ignore_errors=True)

    def _kept(self, stack: str) -> tuple[Path, ...]:
        folder = self.checkpoint(stack).parent
        return tuple(folder.glob(f"{stack}.json*"))


def changed_at(path: Path) -> float:
    """When a file was last written, in seconds since the epoch; 0 if it is gone by now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
