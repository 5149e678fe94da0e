"""Make a checkout ready to work in: ``.venv`` with the locked dependencies and the product itself.

A stamp written as the last act says for which lock, project file and Python the environment stands;
while it holds, set-up is a matter of reading four files. An environment whose making was cut short
is made afresh: pip can mend a half-installed package only sometimes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fleet.bootstrap import watched
from fleet.bootstrap.packages import Packages
from fleet.bootstrap.talk import Talk

LOCK = "requirements-dev.lock"
STAMP = "fleet-setup.json"
RUNNING = "fleet-setup.running"


class Checkout:
    """One checkout and its environment, made by the Python that runs this."""

    def __init__(self, root: Path, talk: Talk, packages: Packages | None = None) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"
        self.fleet = self.venv / "bin" / "fleet"
        self._talk = talk
        self._packages = packages or Packages(self.python, os.environ, talk)

    def wanted(self) -> dict[str, str]:
        """What the environment depends on: digests of the files, the Python, the place itself."""

        def digest(name: str) -> str:
            return hashlib.sha256((self.root / name).read_bytes()).hexdigest()

        return {
            "lock": digest(LOCK),
            "project": digest("pyproject.toml"),
            "python": f"{sys.version_info[0]}.{sys.version_info[1]} {sys.base_prefix}",
            "root": str(self.root),
        }

    def stamped(self) -> dict[str, str]:
        """What the stamp says; empty when there is none or the environment is not whole."""
        if not self.python.exists() or not self.fleet.exists():
            return {}
        try:
            said = json.loads((self.venv / STAMP).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold this checkout against another set-up; the lock is on the folder, no file is left."""
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._talk.say("waiting-setup")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def prepare(self) -> bool:
        """Bring the environment to the lock; False when there was nothing to do.

        Raises SetupFailed with pip's own last words, and leaves no stamp then.
        """
        wanted, stamped = self.wanted(), self.stamped()
        running = self.venv / RUNNING
        if stamped == wanted and not running.exists():
            return False
        place = ("python", "root")
        usable = not running.exists() and all(stamped.get(k) == wanted[k] for k in place)
        if not usable:
            self._make_venv()
        (self.venv / STAMP).unlink(missing_ok=True)
        running.touch()
        if not usable or stamped.get("lock") != wanted["lock"]:
            self._packages.bring_to(self.root / LOCK)
        self._packages.editable(self.root)
        running.unlink()
        temporary = self.venv / (STAMP + ".new")
        temporary.write_text(json.dumps(wanted, indent=1) + "\n", "utf-8")
        temporary.rename(self.venv / STAMP)
        return True

    def _make_venv(self) -> None:
        self._talk.say("venv-again" if self.venv.exists() else "venv")
        if self.venv.exists():
            watched.remove_tree(self.venv)
        self.venv.mkdir()
        (self.venv / RUNNING).touch()
        self._packages.run([sys.executable, "-m", "venv", str(self.venv)])
