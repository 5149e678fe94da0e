"""TERM wherever it comes: its own exit code, and what a Ctrl-C would have cleaned up."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from fleet.cli import main as cli
from fleet.cli.running import Signals, run_async
from fleet.cli.terminated import Terminated, hear_term, was_terminated
from fleet.model.exitcodes import ExitCode

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """This process hears as before afterwards."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_term_unwinds_like_ctrl_c() -> None:
    """Goal: every `finally` and every handler of KeyboardInterrupt runs."""
    hear_term()
    with pytest.raises(KeyboardInterrupt) as caught:
        signal.raise_signal(signal.SIGTERM)
    assert was_terminated(caught.value)


def test_what_is_ignored_stays_ignored() -> None:
    """Goal: a caller who had it ignored meant it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hear_term()
    signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_a_ctrl_c_is_not_taken_for_it() -> None:
    """Goal: 130 and 143 stay apart, also behind Click's Abort."""
    assert not was_terminated(KeyboardInterrupt())
    abort = click.Abort()
    abort.__cause__ = KeyboardInterrupt()
    assert not was_terminated(abort)
    abort.__cause__ = Terminated()
    assert was_terminated(abort)


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED, "terminated"),
        (signal.SIGINT, ExitCode.INTERRUPTED, "interrupted"),
    ],
)
def test_a_verb_without_a_loop_ends_with_the_signals_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    code: ExitCode,
    word: str,
) -> None:
    """Symptom: TERM between reading devices and the first wave ended apply with -15, not 143."""
    cleaned: list[bool] = []

    @click.command()
    def waits() -> None:
        try:
            signal.raise_signal(number)
        finally:
            cleaned.append(True)

    monkeypatch.setattr(cli, "fleet", waits)
    hear_term()
    assert cli.run([]) == code
    assert cleaned == [True]
    assert word in capsys.readouterr().err


def test_a_loop_gives_the_handlers_back() -> None:
    """Goal: after one loop, before the next, TERM is still heard."""
    hear_term()
    before = [signal.getsignal(number) for number in NUMBERS]

    async def work(_signals: Signals) -> int:
        await asyncio.sleep(0)
        return 7

    assert run_async(work)[0] == 7
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_a_loop_that_fails_gives_them_back_too() -> None:
    """Goal: as above, when the work raised."""
    hear_term()
    before = [signal.getsignal(number) for number in NUMBERS]

    async def work(_signals: Signals) -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_async(work)
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_within_a_loop_its_own_rules_count() -> None:
    """Goal: a rollout still ends its steps first; TERM reaches its listener, not an exception."""
    hear_term()

    async def work(signals: Signals) -> list[int]:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        return [int(number) for number in signals.heard]

    heard, signals = run_async(work)
    assert heard in ([signal.SIGTERM], None)
    assert signals.code is ExitCode.TERMINATED


def test_children_hear_the_default() -> None:
    """Goal: what we start is ended by TERM as anything else."""
    hear_term()
    code = "import signal; print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
