"""The chain's form is a promise to other verifiers: fixed bytes, recomputed here by hand."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.app.journal import as_line
from fleet.journal import chain
from fleet.ports.journal import Draft
from fleet.ports.store import Head, Row
from tests.adapters.stores import draft, opened

AT = "2026-09-01T00:00:00.000Z"


def rows() -> tuple[Row, ...]:
    """Two rows that are sound."""
    return chain.extend(chain.GENESIS, [Draft(kind="a", data={"b": 1, "a": "门"}), draft()], AT)


def test_the_form_never_changes_unseen() -> None:
    """The digest of one known record, computed once by sha256sum over the bytes below."""
    said = (
        b"compound-fleet journal 1\n" + b"0" * 64 + b'\n{"at":"2026-09-01T00:00:00.000Z",'
        b'"data":"{\\"a\\":\\"\xe9\x97\xa8\\",\\"b\\":1}","kind":"a","rollout":"","seq":1,'
        b'"subject":""}'
    )

    assert hashlib.sha256(said).hexdigest() == rows()[0].digest


def test_an_export_can_be_verified_by_another_program(tmp_path: Path) -> None:
    """The verifier printed in the reference accepts an export and names each changed record."""
    page = (Path(__file__).parents[2] / "docs/reference/journal.md").read_text("utf-8")
    program = page.split("```python\n")[1].split("```")[0]
    with opened(tmp_path) as journal:
        journal.append([draft(n, name="东门", ratio=0.25, list=[1, None, True]) for n in range(3)])
        lines = [as_line(r) for r in journal.records()]

    assert verdict(program, lines) == (0, "")
    for number, line in enumerate(lines):
        changed = [*lines[:number], line.replace("东", "西"), *lines[number + 1 :]]
        assert (1, f"AssertionError: {number + 1}") == verdict(program, changed)
    assert verdict(program, [lines[0], lines[2]]) == (1, "AssertionError: 3")


def verdict(program: str, lines: list[str]) -> tuple[int, str]:
    """Exit code and last line of a program that shares no code with us, given an export."""
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-c", program],
        input="\n".join(lines),
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    return done.returncode, (done.stderr.splitlines() or [""])[-1]


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"seq": 3}, "seq"),
        ({"prev": "0" * 64}, "prev"),
        ({"kind": "b"}, "digest"),
        ({"digest": "0" * 64}, "digest"),
        ({"data": b"{}"}, "type"),
        ({"at": None}, "type"),
        ({"subject": "\udcff"}, "digest"),
    ],
)
def test_each_break_has_its_name(changes: dict[str, object], how: str) -> None:
    """What is wrong with a record is told by its kind."""
    first, second = rows()

    assert how == chain.break_after(
        Head(first.seq, first.digest),
        second._replace(**changes),  # type: ignore[arg-type] # damage has any type
    )


@pytest.mark.parametrize("data", ["[]", "not json", '"text"'])
def test_data_that_is_no_object_is_a_fault(data: str) -> None:
    """Even with a fitting digest, what cannot be a record's data is refused."""
    row = rows()[0]._replace(data=data)
    row = row._replace(digest=chain.digest(row))

    assert chain.fault(row) == "data"


def test_sound_rows_are_sound() -> None:
    """The two rows follow each other, and read as what was given."""
    first, second = rows()

    assert chain.break_after(chain.GENESIS, first) is None
    assert chain.break_after(Head(1, first.digest), second) is None
    assert chain.record(first).data == {"a": "门", "b": 1}
    assert chain.record(second).subject == "cuihu-cam-00"
