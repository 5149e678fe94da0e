"""A call of the engine ended from another thread, as the second Ctrl-C of a rollout does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fleet.adapters.filelock import locked
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi import PulumiEngine
from fleet.adapters.pulumi.places import Places
from fleet.adapters.pulumi.underway import CallsUnderWay, end_by
from fleet.model.errors import EngineError
from fleet.model.stack import PlatformSpec, ResourceChange
from fleet.ports.process import ProcessId
from tests.adapters.pulumi.marks import SDK_LEAK
from tests.support import servers


@pytest.mark.e2e
@pytest.mark.timeout(180)
@SDK_LEAK
@pytest.mark.parametrize("hangs", [True, False], ids=["a create hangs", "a create goes on"])
def test_a_second_ctrl_c_during_up_did_nothing_until_the_engine_had_ended(
    state: Path, spec: PlatformSpec, engine: PulumiEngine, hangs: bool
) -> None:
    """Goal: stop returns when engine and provider are gone; then recover and `up` finish."""
    processes, began = LinuxProcesses(), threading.Event()
    seen: list[ProcessId] = []

    def tell(change: ResourceChange, phase: str) -> None:
        if not began.is_set():
            seen.extend(servers.victim(state, spec.district, r) for r in ("engine", "provider"))
            if hangs:
                os.kill(seen[1].pid, signal.SIGSTOP)
            began.set()

    preview = engine.preview(spec)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(engine.up, preview, tell)
        assert began.wait(60)
        engine.stop()
        assert not any(processes.alive(p) for p in seen)
        with pytest.raises(EngineError) as caught:
            call.result(10)
    assert "was stopped" in caught.value.summary.en
    assert caught.value.fix is not None
    assert "recover" in caught.value.fix.en
    assert not Places(state).call_record(spec.stack).exists()

    engine.recover(spec.district)
    engine.up(engine.preview(spec))
    assert engine.clean(spec)


@pytest.mark.e2e
@SDK_LEAK
def test_a_call_that_waits_for_another_is_ended_too(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: it waits two minutes for the lock, but not after a stop; no engine was started."""
    places = Places(state)
    with locked(places.call_lock(spec.stack), 0), ThreadPoolExecutor(1) as pool:
        call = pool.submit(engine.preview, spec)
        while not call.done():
            engine.stop()  # harmless as long as the call has not begun
        with pytest.raises(EngineError, match="was stopped"):
            call.result()
    assert not places.checkpoint(spec.stack).exists()
    assert not places.call_record(spec.stack).exists()


def test_with_nothing_under_way_stop_is_harmless() -> None:
    """Goal: it returns, and the next call may start a process as ever."""
    calls = CallsUnderWay()
    calls.stop()

    with calls.calling("s") as call:
        process = call.start(lambda: _program("pass"))
        assert process.wait(20) == 0
    calls.stop()


def test_after_a_stop_no_further_command_of_the_call_starts() -> None:
    """Goal: `up` is three commands; the ones after the stopped one are never started."""
    calls, over = CallsUnderWay(), threading.Event()
    started: list[int] = []

    def caller() -> None:
        with calls.calling("s") as call:
            process = call.start(lambda: _program("import time; time.sleep(60)"))
            started.append(process.pid)
            process.wait()
            with pytest.raises(EngineError, match="was stopped"):
                call.start(lambda: _program("pass"))
            over.set()

    thread = threading.Thread(target=caller)
    thread.start()
    servers.until(lambda: started)
    calls.stop()
    assert over.is_set()
    thread.join(20)
    assert not thread.is_alive()


def test_an_engine_deaf_to_the_interrupt_is_killed_at_the_end_of_its_grace() -> None:
    """Goal: asked first; KILL only afterwards."""
    deaf = _program(
        "import signal, sys, time; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(60)",
        subprocess.PIPE,
    )
    assert deaf.stdout is not None
    with deaf.stdout as said:
        assert said.readline() == "deaf\n"
        deaf.send_signal(signal.SIGINT)
        end_by(deaf, time.monotonic() + 0.1)
    assert deaf.returncode == -signal.SIGKILL


def _program(code: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    # Its own words of an interrupt amid its start are nothing to read.
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        text=True,
    )
