"""`fleet journal verify|tail|export` as a person or a script sees them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.cli.main import run
from tests.adapters.stores import FREED, by_hand, draft, opened


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder that the verbs of this test use."""
    folder = tmp_path / "state"
    monkeypatch.setenv("FLEET_STATE", str(folder))
    return folder


def fill(state: Path, count: int) -> None:
    """Append records, the odd ones of another rollout."""
    with opened(state) as journal:
        for n in range(count):
            journal.append([draft(n).model_copy(update={"rollout": f"r-{n % 2}"})])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--lang", "en"], "3 records, all in order\n"),
        (["--lang", "zh"], "共 3 条记录，全部完好\n"),
        (["--format", "json"], '{\n  "ok": true,\n  "records": 3\n}\n'),
    ],
)
def test_verify_says_how_many(
    state: Path, capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    """A sound journal: exit 0, the count, in each language and as JSON."""
    fill(state, 3)

    assert run([*args, "journal", "verify"]) == 0

    assert said == capsys.readouterr().out


@pytest.mark.parametrize(("lang", "said"), [("en", "record 2"), ("zh", "第 2 条记录")])
def test_verify_names_the_first_bad_record(
    state: Path, capsys: pytest.CaptureFixture[str], lang: str, said: str
) -> None:
    """A changed record: exit 1, its number and what to do on stderr, nothing on stdout."""
    fill(state, 4)
    by_hand(state, *FREED, "UPDATE journal SET subject = 'x' WHERE seq IN (2, 3)")

    assert run(["--lang", lang, "journal", "verify"]) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "→" in err


@pytest.mark.parametrize("verb", ["verify", "tail", "export"])
def test_without_a_journal_none_is_made(
    state: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """Looking at a journal that is not there is no error and leaves no empty one behind."""
    assert run(["--lang", "en", "journal", verb]) == 0

    assert "no journal yet" in capsys.readouterr().err
    assert not state.exists()


def test_tail_shows_the_last(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-n` counts records from the end; each is one line with its number and what it is about."""
    fill(state, 5)

    assert run(["journal", "tail", "-n", "2"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["4", "5"]
    assert "intent" in lines[0]
    assert "r-1 cuihu-cam-03" in lines[0]
    assert '{"n": 3}' in lines[0]


def test_tail_of_one_rollout(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--rollout` counts only that rollout's records; JSON gives them whole, one a line."""
    fill(state, 6)

    assert run(["--format", "json", "journal", "tail", "-n", "2", "--rollout", "r-1"]) == 0

    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["seq"] for r in records] == [4, 6]
    assert {"r-1"} == {r["rollout"] for r in records}


@pytest.mark.parametrize("count", ["0", "20"])
def test_tail_of_more_or_nothing(
    state: Path, capsys: pytest.CaptureFixture[str], count: str
) -> None:
    """More than there are shows all; none shows none."""
    fill(state, 3)

    assert run(["journal", "tail", "-n", count]) == 0

    assert min(int(count), 3) == len(capsys.readouterr().out.splitlines())


def test_a_wrong_count_is_a_usage_error(state: Path) -> None:
    """A count below zero is refused as usage."""
    assert run(["journal", "tail", "-n", "-1"]) == 64


def test_a_device_cannot_draw_on_the_terminal(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences and direction marks in a device's text come out as escapes."""
    with opened(state) as journal:
        journal.append([draft(name="\x1b[2J\x9b2J\u202egnp.exe")])

    run(["journal", "tail"])

    out = capsys.readouterr().out
    assert all(c.isprintable() or c == "\n" for c in out)
    assert "\\u202e" in out


def test_export_is_every_record(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Export writes one JSON object a line, in order, with the chain's fields."""
    fill(state, 4)

    assert run(["journal", "export"]) == 0

    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["seq"] for r in records] == [1, 2, 3, 4]
    assert [r["digest"] for r in records[:3]] == [r["prev"] for r in records[1:]]


def test_export_stops_at_a_bad_record(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not fit its digest is not handed on as truth."""
    fill(state, 3)
    by_hand(state, *FREED, "UPDATE journal SET data = '{}' WHERE seq = 2")

    assert run(["--lang", "en", "journal", "export"]) == 1

    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert "record 2" in err


def test_follow_shows_what_comes(state: Path) -> None:
    """`--follow` shows records of another process as they are appended, until Ctrl-C (130)."""
    fill(state, 1)
    program = "from fleet.cli.main import main; main()"
    options = ["--format", "json", "journal", "tail", "--follow", "--rollout", "r-1"]
    child = subprocess.Popen(
        [sys.executable, "-c", program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert child.stdout is not None
        for n in (1, 3):
            fill(state, 2)
            assert n + 2 == json.loads(child.stdout.readline())["seq"]
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130
    finally:
        child.kill()
        child.communicate()
