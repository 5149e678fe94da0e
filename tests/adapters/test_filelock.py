"""The short lock: one at a time, over threads and processes, also while its file is removed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fleet.adapters.filelock import locked
from tests.support.servers import ROOT

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom fleet.adapters.filelock import locked\n"
    "with locked(Path(sys.argv[1]), 5):\n    print('held', flush=True)\n    time.sleep(60)\n"
)


def test_it_makes_its_folder_and_file_private(tmp_path: Path) -> None:
    """Goal: no other user can take or see it."""
    path = tmp_path / "a" / "b" / "lock"
    with locked(path, 0):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_threads_take_turns(tmp_path: Path) -> None:
    """Goal: of eight threads never two are inside, though the last one removes the file."""
    inside, most, turns = [0], [0], [0]

    def work() -> None:
        with locked(tmp_path / "lock", 20):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            turns[0] += 1
            time.sleep(0.005)
            inside[0] -= 1
            (tmp_path / "lock").unlink()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert turns == [8]
    assert most == [1]


def test_a_killed_holder_holds_no_longer(tmp_path: Path) -> None:
    """Goal: held by a living process it is refused; kill -9 frees it with nothing to clean."""
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TimeoutError), locked(path, 0.1):
            pass
        holder.kill()
        holder.wait()
    with locked(path, 5):
        pass


def test_a_child_does_not_inherit_it(tmp_path: Path) -> None:
    """Goal: a daemon started while the lock is held does not keep it."""
    with locked(tmp_path / "lock", 0):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        with locked(tmp_path / "lock", 0):
            pass
    finally:
        child.kill()
        child.wait()


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    """Goal: whatever happens inside, the next one gets it, and sees the error itself."""
    with pytest.raises(KeyError), locked(tmp_path / "lock", 0):
        raise KeyError("x")
    with locked(tmp_path / "lock", 0):
        pass
