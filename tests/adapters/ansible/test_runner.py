"""The runner from outside: outcomes, order of events, what is left, and what the tree can see."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from fleet.adapters.ansible import playbooks_folder
from fleet.adapters.ansible import runner as runner_module
from fleet.adapters.ansible.words import LastWords
from fleet.model.errors import EngineError, StoreError
from fleet.model.text import Text
from fleet.ports.process import ProcessId
from fleet.ports.runner import StageOutcome
from tests.adapters.ansible.device import CountingDevice
from tests.adapters.ansible.permits import Permits, forks, noted, playbook
from tests.adapters.ansible.support import COMPOUNDS, alive, marked, runner, stage

pytestmark = pytest.mark.scenario
CANARY = "kanarienvogel-4711"


def _own(folder: Path, name: str, tasks: str) -> Path:
    """A playbooks folder with one play of `tasks`."""
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    (playbooks / "ansible.cfg").touch()
    head = "- hosts: all\n  gather_facts: false\n  tasks:\n"
    (playbooks / f"{name}.yml").write_text(head + tasks, "utf-8")
    return playbooks


async def _until(condition: Callable[[], object], limit_s: float = 15.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - it is about other processes, which set no event
            await asyncio.sleep(0.005)


async def test_stage_runs_and_leaves_nothing(folder: Path) -> None:
    """A stage of two compounds writes everything once; no process and no file stays."""
    with CountingDevice() as device:
        async with Permits(folder) as permits:
            ansible = runner(folder, device.address, on_tree=lambda t: permits.record(list(t)))
            outcome = await ansible.run(stage(permits.socket))

    assert StageOutcome(status="successful", rc=0) == outcome
    assert {f"{c}/{n}" for c in COMPOUNDS for n in range(60)} == set(device.writes.steps)
    assert len(device.writes.steps) == 120
    assert ansible.leftovers == []
    assert alive(playbook(folder), *forks(folder).values()) == []
    assert list((folder / "state" / "run").iterdir()) == []


async def test_tree_is_recorded_before_anything_asks(folder: Path) -> None:
    """The first thing noted is the tree's root; forks and grants come after it."""
    with CountingDevice() as device:
        async with Permits(folder) as permits:
            ansible = runner(folder, device.address, on_tree=lambda t: permits.record(list(t)))
            await ansible.run(stage(permits.socket))

    kinds = [next(iter(entry)) for entry in noted(folder)]
    assert kinds[0] == "tree"
    assert kinds.count("tree") == 1
    assert kinds.count("fork") == 2


async def test_refused_record_stops_the_tree_before_its_start(folder: Path) -> None:
    """No audit, no act: when the root cannot be recorded the playbook never starts."""
    roots: list[ProcessId] = []

    def refuse(tree: Sequence[ProcessId]) -> None:
        roots.extend(tree)
        raise StoreError(Text(en="disk full", zh="磁盘已满"))

    async with Permits(folder) as permits:
        with pytest.raises(StoreError):
            await runner(folder, on_tree=refuse).run(stage(permits.socket))

    assert len(roots) == 1
    assert alive(roots[0].pid) == []
    assert noted(folder) == []
    assert list((folder / "state" / "run").iterdir()) == []


async def test_cancelling_ends_the_tree_first(folder: Path) -> None:
    """A cancelled run raises only when playbook and forks are gone and the folder is wiped."""
    async with Permits(folder) as permits:
        ansible = runner(folder, mode="hang", on_tree=lambda t: permits.record(list(t)))
        task = asyncio.create_task(ansible.run(stage(permits.socket)))
        await _until(lambda: len(forks(folder)) == len(COMPOUNDS))
        pids = [playbook(folder), *forks(folder).values()]
        assert pids == [p.pid for p in alive(*pids)]

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert alive(*pids) == []
    assert list((folder / "state" / "run").iterdir()) == []


async def test_cancelled_again_and_again_it_still_ends_the_tree_first(folder: Path) -> None:
    """Impatience (Ctrl-C, Ctrl-C) does not make the adapter give up its proof."""
    async with Permits(folder) as permits:
        ansible = runner(folder, mode="deaf", on_tree=lambda t: permits.record(list(t)))
        task = asyncio.create_task(ansible.run(stage(permits.socket)))
        await _until(lambda: len(forks(folder)) == len(COMPOUNDS))
        pids = [playbook(folder), *forks(folder).values()]

        for _ in range(5):
            task.cancel()
            await asyncio.sleep(0.01)
        with pytest.raises(asyncio.CancelledError):
            await task

    assert alive(*pids) == []
    assert list((folder / "state" / "run").iterdir()) == []


async def test_cancelled_while_queued_it_never_starts(folder: Path) -> None:
    """A run that waits for its turn behind another is cancelled without a process of its own."""
    async with Permits(folder) as permits:
        ansible = runner(folder, mode="hang", on_tree=lambda t: permits.record(list(t)))
        first = asyncio.create_task(ansible.run(stage(permits.socket)))
        await _until(lambda: len(forks(folder)) == len(COMPOUNDS))
        second = asyncio.create_task(ansible.run(stage(permits.socket)))
        await _until(lambda: len(list((folder / "state" / "run").iterdir())) == 2)

        second.cancel()
        await asyncio.sleep(0.05)
        first.cancel()
        for task in (first, second):
            with pytest.raises(asyncio.CancelledError):
                await task

    assert sum("tree" in entry for entry in noted(folder)) == 1
    assert list((folder / "state" / "run").iterdir()) == []


async def test_overtime_is_a_timeout_even_if_the_runner_keeps_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter has a deadline of its own behind ansible-runner's."""
    monkeypatch.setattr(runner_module, "_OVERTIME_S", -997.5)
    async with Permits(folder) as permits:
        ansible = runner(folder, mode="hang", on_tree=lambda t: permits.record(list(t)))
        outcome = await ansible.run(stage(permits.socket, timeout_s=1000.0))

    assert outcome.status == "timeout"
    assert alive(playbook(folder), *forks(folder).values()) == []


async def test_no_canary_of_the_caller_reaches_the_tree(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret in the caller's environment is in no process's environment or arguments, no file."""
    monkeypatch.setenv("FLEET_BOOTSTRAP_PASSWORD", CANARY)
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", f"/{CANARY}")
    async with Permits(folder) as permits:
        ansible = runner(folder, mode="hang", on_tree=lambda t: permits.record(list(t)))
        task = asyncio.create_task(ansible.run(stage(permits.socket)))
        await _until(lambda: len(forks(folder)) == len(COMPOUNDS))

        seen = {
            name: (Path("/proc") / str(process.pid) / name).read_bytes()
            for process in marked(folder / "state")
            for name in ("environ", "cmdline")
        }
        files = [f for f in (folder / "state").rglob("*") if f.is_file()]
        content = b"".join(f.read_bytes() for f in files)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert b"FLEET_TREE" in seen["environ"] and b"gates.yml" in seen["cmdline"]
    assert b"ansible-playbook" in content and len(files) > 3
    assert all(CANARY.encode() not in text for text in (*seen.values(), content))


async def test_run_folder_is_private(folder: Path) -> None:
    """Folders 0700 and files 0600 (the shim 0700), whatever the caller's mask is."""
    before = os.umask(0o000)
    try:
        async with Permits(folder) as permits:
            ansible = runner(folder, mode="hang", on_tree=lambda t: permits.record(list(t)))
            task = asyncio.create_task(ansible.run(stage(permits.socket)))
            await _until(lambda: len(forks(folder)) == len(COMPOUNDS))
            run = folder / "state" / "run"
            modes = {p: stat.S_IMODE(p.stat().st_mode) for p in (run, *run.glob("*"))}
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    finally:
        os.umask(before)

    assert {0o700} == set(modes.values())
    assert len(modes) == 2


async def test_two_adapters_in_two_state_folders_at_once(folder: Path) -> None:
    """Runs of different cities share no folder and no thread, and do not end each other."""
    first, second = folder / "1", folder / "2"
    first.mkdir()
    second.mkdir()
    with CountingDevice() as one, CountingDevice() as two:
        async with Permits(first) as permits, Permits(second) as others:
            outcomes = await asyncio.gather(
                runner(first, one.address).run(stage(permits.socket)),
                runner(second, two.address).run(stage(others.socket)),
            )

    assert [outcome.status for outcome in outcomes] == ["successful", "successful"]
    assert [len(one.writes.steps), len(two.writes.steps)] == [120, 120]


async def test_a_new_adapter_leaves_a_living_run_alone(folder: Path) -> None:
    """Only folders that nobody holds are taken over: another command may start meanwhile."""
    with CountingDevice() as device:
        async with Permits(folder) as permits:
            ansible = runner(folder, device.address, on_tree=lambda t: permits.record(list(t)))
            task = asyncio.create_task(ansible.run(stage(permits.socket)))
            await _until(lambda: len(device.writes.seen) > 5)

            other = runner(folder, device.address)

            outcome = await task
    assert other.leftovers == []
    assert outcome.status == "successful"
    assert len(device.writes.steps) == 120


async def test_failed_task_is_named_in_one_scrubbed_line(folder: Path) -> None:
    """The detail is the failed task's message, with what looks like a secret struck out."""
    tasks = '    - ansible.builtin.fail: {msg: "no luck, password=hunter2 \\n second"}\n'
    ansible = runner(folder, playbooks=_own(folder, "broken", tasks))

    outcome = await ansible.run(stage(folder / "none", playbook="broken"))

    assert (outcome.status, outcome.rc) == ("failed", 2)
    assert outcome.detail.endswith(": no luck, password=***   second")


async def test_syntax_error_is_told_by_the_tools_last_words(folder: Path) -> None:
    """A playbook that cannot be read fails with Ansible's own words, not with silence."""
    ansible = runner(folder, playbooks=_own(folder, "broken", "    - no.such.action:\n"))

    outcome = await ansible.run(stage(folder / "none", playbook="broken"))

    assert outcome.status == "failed"
    assert outcome.detail


async def test_nobody_at_the_socket_fails_the_stage(folder: Path) -> None:
    """Without a permit server nothing is written, and the stage says why."""
    with CountingDevice() as device:
        outcome = await runner(folder, device.address).run(stage(folder / "none.sock"))

    assert outcome.status == "failed"
    assert "no permit server answers" in outcome.detail
    assert device.writes.steps == []


async def test_unknown_playbook_is_an_engine_error(folder: Path) -> None:
    """What cannot be started at all is Ansible's failure (exit 10) and leaves no folder."""
    with pytest.raises(EngineError, match=r"no-such\.yml is missing"):
        await runner(folder).run(stage(folder / "none", playbook="no-such"))

    assert not (folder / "state" / "run").exists()


async def test_missing_ansible_is_an_engine_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment without ansible-playbook is named as that."""
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))

    with pytest.raises(EngineError, match="ansible-playbook is missing"):
        await runner(folder).run(stage(folder / "none"))


async def test_state_folder_that_cannot_be_made_is_an_engine_error(folder: Path) -> None:
    """A disk that refuses is told as what it means here: Ansible cannot be started."""
    ansible = runner(folder)
    (folder / "state").write_text("not a folder")

    with pytest.raises(EngineError, match="could not be started"):
        await ansible.run(stage(folder / "none"))


async def test_a_failure_inside_the_runner_is_an_engine_error_after_the_proof(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ansible-runner raises: the tree is ended, the folder wiped, the error ours."""
    roots: list[ProcessId] = []

    def broken(self: LastWords, event: Mapping[str, object]) -> bool:
        raise ValueError("broken pipe, token=abc")

    monkeypatch.setattr(LastWords, "hear", broken)
    ansible = runner(folder, mode="hang", on_tree=roots.extend)

    with pytest.raises(EngineError, match=r"ValueError: broken pipe, token=\*\*\*"):
        await ansible.run(stage(folder / "none"))

    assert alive(roots[0].pid) == []
    assert list((folder / "state" / "run").iterdir()) == []


async def test_state_folder_with_spaces_and_a_long_path(folder: Path) -> None:
    """Neither a space nor 200 characters of path (past a shebang line's limit) matter."""
    deep = folder / "my city's folder" / ("x" * 200)
    deep.mkdir(parents=True)
    with CountingDevice() as device:
        async with Permits(folder) as permits:
            outcome = await runner(deep, device.address).run(stage(permits.socket))

    assert outcome.status == "successful"
    assert len(device.writes.steps) == 120


def test_playbooks_are_found_in_a_checkout() -> None:
    """The default folder holds a playbook for each stage that has devices, and for the proof."""
    found = {path.stem for path in playbooks_folder().glob("*.yml")}

    assert {"gates", "doors", "cameras", "uplink", "verify", "servers", "site"} <= found
