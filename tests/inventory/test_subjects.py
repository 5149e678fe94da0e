"""Whose line a fault stands in, and which devices a file speaks of at all."""

from __future__ import annotations

import pytest

from fleet.inventory.nodes import Mapping
from fleet.inventory.reader import parse
from fleet.inventory.scope import FINDINGS_MAX, Scope, nearest, unresolved
from fleet.inventory.subjects import declared, named
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.text import text

FILE = """\
compound:
  id: x
devices:
  - id: a
    port: 1
  - {id: b, port: 2}
  - port: 3
  - c
  - id: [d]
  - id: e
    settings:
      port: 4
centre:
  room: 5
"""


def _root(content: str) -> Mapping:
    node = parse(content, Scope("f.yaml"))
    assert isinstance(node, Mapping)
    return node


def _finding(line: int, column: int = 3, **more: str) -> Diagnostic:
    return Diagnostic(
        code="c",
        severity=Severity.ERROR,
        summary=text("s", "摘要"),
        fix=text("f", "办法"),
        position=Position(file="f.yaml", line=line, column=column),
        **more,
    )


@pytest.mark.parametrize(
    ("line", "column", "device"),
    [
        (2, 7, None),
        (4, 5, "a"),
        (5, 11, "a"),
        (6, 18, "b"),
        (7, 5, None),
        (8, 5, None),
        (9, 5, None),
        (10, 5, "e"),
        (12, 13, "e"),
        (13, 1, None),
        (14, 9, None),
    ],
)
def test_a_line_belongs_to_its_device(line: int, column: int, device: str | None) -> None:
    """From a device's first line to the next one's, the last one's up to the next section."""
    (found,) = named([_finding(line, column)], _root(FILE))

    assert ("x", device) == (found.compound, found.device)


def test_two_devices_on_one_line() -> None:
    """Columns tell flow-style devices apart."""
    root = _root("devices: [{id: a, port: 1}, {id: b, port: 2}]\n")

    found = list(named([_finding(1, 18), _finding(1, 38)], root))

    assert [f.device for f in found] == ["a", "b"]


def test_what_a_finding_says_itself_is_kept() -> None:
    """The place never overrules a finding that already names its subject."""
    (found,) = named([_finding(5, device="z", compound="y")], _root(FILE))

    assert (found.compound, found.device) == ("y", "z")


def test_a_finding_without_place_names_the_compound() -> None:
    """A fault of the whole file."""
    whole = _finding(1).model_copy(update={"position": None})

    (found,) = named([whole], _root(FILE))

    assert (found.compound, found.device) == ("x", None)


@pytest.mark.parametrize(
    "content", ["devices: []\n", "devices: 1\n", "devices: {a: 1}\n", "compound: 1\n", "a: b\n"]
)
def test_files_without_devices_or_compound(content: str) -> None:
    """Nothing to name, nothing to trip over."""
    (found,) = named([_finding(1)], _root(content))

    assert (found.compound, found.device) == (None, None)
    assert frozenset() == declared(_root(content))


def test_declared_devices_are_all_that_have_an_id() -> None:
    """Also lines that are faulty in everything else."""
    assert {"a", "b", "e"} == declared(_root(FILE))


def test_scopes_share_one_list_and_stop_at_a_bound() -> None:
    """A narrower scope notes into the same run; past the bound nothing more is taken."""
    scope = Scope("a.yaml")
    inner = scope.within(file="b.yaml", compound="x", device="d")

    for _ in range(FINDINGS_MAX + 5):
        inner.note("c", None, text("s", "摘要"), text("f", "办法"), field="port")

    assert scope.full
    assert len(scope.findings) == FINDINGS_MAX
    first = scope.findings[0]
    assert (
        first.position.file if first.position else "",
        first.position.line if first.position else 0,
        first.compound,
        first.device,
        first.field,
    ) == ("b.yaml", 1, "x", "d", "port")


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("osd_txt", ["osd_text", "channel_name"], "osd_text"),
        ("zzz", ["osd_text"], None),
        ("a", [], None),
        ("x" * 100_000, ["osd_text"], None),
    ],
)
def test_nearest(name: str, known: list[str], found: str | None) -> None:
    """One name that is alike, or none; a giant name costs no giant comparison."""
    assert found == nearest(name, known)


@pytest.mark.parametrize(
    ("known", "fix"),
    [(["alpha"], "did you mean alpha?"), (["beta", "gamma"], "known: beta, gamma"), ([], "add it")],
)
def test_unresolved_says_what_there_is(known: list[str], fix: str) -> None:
    """The nearest, else some of what there is, else that there is nothing yet."""
    scope = Scope("f.yaml")

    unresolved(scope, Position(file="f.yaml", line=3, column=4), "area", "alpah", known)

    (finding,) = scope.findings
    assert fix in finding.fix.en
    assert (finding.position.line if finding.position else 0, finding.field) == (3, "area")
