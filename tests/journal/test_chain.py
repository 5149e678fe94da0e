"""The chain's form is a promise to other verifiers: fixed bytes, recomputed here by hand."""

from __future__ import annotations

import hashlib
import json
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
    """A verifier that shares no code with us accepts an export and finds each changed character."""
    with opened(tmp_path) as journal:
        journal.append([draft(n, name="东门", ratio=0.25, list=[1, None, True]) for n in range(5)])
        lines = [as_line(r) for r in journal.records()]

    assert independent(lines) == 5
    for number, line in enumerate(lines):
        place = line.index("东")
        changed = line[:place] + "西" + line[place + 1 :]
        assert independent([*lines[:number], changed, *lines[number + 1 :]]) == number


def independent(lines: list[str]) -> int:
    """How many records verify, by the description in docs/reference/journal.md alone."""
    before = "0" * 64
    for number, line in enumerate(lines):
        given = json.loads(line)
        prev, digest = given.pop("prev"), given.pop("digest")
        given["data"] = compact(given["data"])
        body = f"compound-fleet journal 1\n{prev}\n{compact(given)}"
        if prev != before or hashlib.sha256(body.encode()).hexdigest() != digest:
            return number
        before = digest
    return len(lines)


def compact(value: object) -> str:
    """JSON with sorted keys, no spaces, and no escapes that are not needed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
