"""Run folders: private, held while their run lives, taken over when nobody holds them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.ansible.folder import RunFolder

HOLD = """
import sys, time
from pathlib import Path
from fleet.adapters.ansible.folder import RunFolder
print(RunFolder.make(Path(sys.argv[1])).path, flush=True)
time.sleep(60)
"""


def test_folder_is_new_private_and_named_by_its_mark(tmp_path: Path) -> None:
    """Two folders of one parent differ; each is 0700 with its fifos."""
    first, second = RunFolder.make(tmp_path / "run"), RunFolder.make(tmp_path / "run")

    assert first.mark != second.mark
    assert first.path == tmp_path / "run" / first.mark
    assert first.path.stat().st_mode & 0o777 == 0o700
    assert {"bin", "home", "tmp", "hello", "go", "lock"} == {p.name for p in first.path.iterdir()}
    first.wipe()
    second.wipe()


def test_wiped_folder_is_gone_with_everything_in_it(tmp_path: Path) -> None:
    """Also what others wrote into it, and what is nested."""
    folder = RunFolder.make(tmp_path)
    (folder.path / "home" / "deep").mkdir()
    (folder.path / "home" / "deep" / "secret").write_text("x")

    folder.wipe()

    assert list(tmp_path.iterdir()) == []


def test_held_folder_is_not_stale_even_for_its_own_process(tmp_path: Path) -> None:
    """A second runner in the same process must not wipe the first one's run."""
    folder = RunFolder.make(tmp_path)

    assert list(RunFolder.stale(tmp_path)) == []

    folder.wipe()


def test_folder_of_a_killed_holder_is_stale(tmp_path: Path) -> None:
    """The kernel lets go of a dead process's lock, and only then is the folder taken over."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        path = Path(holder.stdout.readline().strip())
        assert list(RunFolder.stale(tmp_path)) == []
    finally:
        holder.kill()
        holder.communicate()

    (stale,) = RunFolder.stale(tmp_path)

    assert path == stale.path
    stale.wipe()
    assert list(tmp_path.iterdir()) == []


def test_foreign_entries_are_left_alone(tmp_path: Path) -> None:
    """`state/run` also holds sockets and such of others: only run folders are taken."""
    (tmp_path / "permits.sock").touch()
    (tmp_path / "some-folder").mkdir()
    (tmp_path / ("0" * 31)).mkdir()

    assert list(RunFolder.stale(tmp_path)) == []
    assert list(RunFolder.stale(tmp_path / "absent")) == []
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["plain", "with space", 'it\'s; $(touch x) `y` "z"'])
def test_shim_runs_from_any_path(tmp_path: Path, name: str) -> None:
    """Two lines of shell quote every path and pass every argument as it is."""
    folder = RunFolder.make(tmp_path / name)
    program = tmp_path / name / "program.py"
    program.write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
    folder.install_shim(sys.executable, program)
    hello, go = folder.fifo("hello"), folder.fifo("go")
    os.write(go, b"g")

    arguments = ["a b", "'", '{"x": "$y"}', "*", ""]
    done = subprocess.run(
        [folder.path / "bin" / "ansible-playbook", *arguments],
        capture_output=True,
        check=True,
        timeout=20,
    )

    assert arguments == json.loads(done.stdout)
    assert os.read(hello, 32).strip().isdigit()
    os.close(hello)
    os.close(go)
    folder.wipe()


def test_inventory_names_compounds_and_nothing_else(tmp_path: Path) -> None:
    """Hosts are compound ids; there is no address and no setting in it."""
    folder = RunFolder.make(tmp_path)

    path = folder.install_inventory(("cuihu", "翠湖"), {"ansible_connection": "local"})

    tree = json.loads(path.read_text("utf-8"))
    assert tree["all"]["hosts"] == {"cuihu": {}, "翠湖": {}}
    assert tree["all"]["vars"] == {"ansible_connection": "local"}
    assert path.stat().st_mode & 0o777 == 0o600
    folder.wipe()
