"""No bytes give a traceback: random ones, cut ones, and real files with something changed."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleet.app.validate import Verdict, validate
from fleet.inventory.gate import decode
from fleet.inventory.nodes import Mapping, Node, Scalar, Sequence
from fleet.inventory.reader import parse
from fleet.inventory.scope import Scope
from fleet.model.diagnostic import Severity
from fleet.model.exitcodes import ExitCode
from tests.inventory.cities import CITY, DISTRICT, EXAMPLE, FOLDER, X, compound, write

pytestmark = pytest.mark.property

REAL = (EXAMPLE / "340722-zongyang/lianhu.yaml").read_bytes()
SMALL = compound().encode()
# What mistyping, merging and spoiling put into a file.
TOKENS = [
    b"\t", b"\x00", b"\xff", b"{", b"}", b"[", b"]", b":", b": ", b"- ", b"#", b"&a ", b"*a", b"! ",
    b"|\n", b">", b"'", b'"', b"\n", b"\r", b"---\n", b"...\n", b"%", b"@", b"`", b"?", b", ", b"~",
    b"null", b"true", b"secret://", b"secret://[", b"{device}", b"{gb_id}", b"<<: ", "：".encode(),
    b"\xc2\x85", b"9" * 30, b"-1", b"1e999", b".inf", b"../../etc/passwd", b"$(id)", b"--help",
    b"id: x-cam-01\n", b"devices:\n", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"<<<<<<< HEAD\n",
]  # fmt: skip


def _judge(files: dict[str, bytes]) -> Verdict:
    """Validate a city with some files replaced; whatever it finds, it must not raise."""
    with tempfile.TemporaryDirectory() as folder:
        return validate(write(Path(folder), dict(files)))


def _consistent(verdict: Verdict) -> None:
    """What every answer must be: a code of the contract, and every finding with a place."""
    assert verdict.exit_code in (ExitCode.OK, ExitCode.INVENTORY, ExitCode.POLICY)
    for finding in verdict.findings:
        assert finding.position is not None
        assert finding.position.line >= 1
        assert finding.position.column >= 1
        assert finding.summary.en and finding.summary.zh
        assert finding.fix.en and finding.fix.zh


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300))
@example(data=b"")
@example(data=b"\x00")
@example(data=b"- " * 5000 + b"\n")
@example(data=b"devices: []\n")
@example(data=b"devices: [{}]\n")
@example(data=b"compound: {id: x}\ndevices: {a: b}\n")
def test_random_bytes(data: bytes) -> None:
    """Any bytes in any of the three kinds of file."""
    for name in (X, "city.yaml", f"{FOLDER}/district.yaml"):
        _consistent(_judge({name: data}))


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=200))
def test_random_text(text: str) -> None:
    """Text that is valid UTF-8 gets past the gate more often than bytes do."""
    _consistent(_judge({X: text.encode("utf-8", "surrogatepass") + b"\n"}))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**32),
    changes=st.integers(1, 4),
    which=st.sampled_from([X, "city.yaml", f"{FOLDER}/district.yaml"]),
)
def test_a_spoiled_file(seed: int, changes: int, which: str) -> None:
    """Tokens put in, bytes taken out or doubled, at random places of a good file."""
    chance = random.Random(seed)
    data = {X: SMALL, "city.yaml": CITY.encode(), f"{FOLDER}/district.yaml": DISTRICT.encode()}[
        which
    ]
    for _ in range(changes):
        at, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        how = chance.randrange(3)
        if how == 0:
            data = data[:at] + chance.choice(TOKENS) + data[at:]
        elif how == 1:
            data = data[:at] + data[min(end, at + chance.randrange(1, 40)) :]
        else:
            data = data[:end] + data[at:end][:40] + data[end:]

    _consistent(_judge({which: data}))


def test_truncation_at_every_byte_of_a_real_file() -> None:
    """Cut anywhere but after a whole line, a file is refused; nowhere does it raise."""
    passed = []
    for length in range(len(REAL)):
        scope = Scope("f.yaml")
        text = decode(REAL[:length], scope)
        tree = parse(text, scope) if text is not None else None
        if tree is not None and not scope.findings:
            passed.append(length)

    assert passed
    assert all(REAL[length - 1 : length] == b"\n" for length in passed)


def test_truncation_at_every_byte_of_a_small_city() -> None:
    """Through the whole of validate: cut inside a line it is refused with exit code 3."""
    for length in range(0, len(SMALL), 7):
        data = SMALL[:length]
        verdict = _judge({X: data})

        _consistent(verdict)
        if not data.endswith(b"\n"):
            assert ExitCode.INVENTORY is verdict.exit_code, length


def test_truncation_between_lines_of_the_small_city() -> None:
    """A cut after a whole line shows by what is then missing or refers to nothing."""
    for length in range(1, len(SMALL) - 1):
        if SMALL[length - 1 : length] == b"\n":
            assert ExitCode.INVENTORY is _judge({X: SMALL[:length]}).exit_code, length


def _scalars(node: Node | None) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Sequence):
        return [s for item in node.items for s in _scalars(item)]
    if isinstance(node, Mapping):
        return [s for entry in node.entries for s in _scalars(entry.value)]
    return []


@pytest.mark.parametrize(
    "path",
    sorted(
        p.relative_to(EXAMPLE).as_posix() for p in EXAMPLE.rglob("*.yaml") if "vault" not in p.name
    ),
)
def test_every_place_points_to_its_own_text(path: str) -> None:
    """At the line and column of each plain scalar stands that scalar's text."""
    text = (EXAMPLE / path).read_text(encoding="utf-8")
    lines = text.split("\n")

    scalars = _scalars(parse(text, Scope(path)))

    assert len(scalars) > 5
    for scalar in scalars:
        rest = lines[scalar.line - 1][scalar.column - 1 :]
        assert rest.startswith(scalar.text if scalar.plain else ('"', "'")), scalar


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)


@settings(max_examples=100, deadline=None)
@given(name=NAMES)
def test_a_hostile_name_is_text(name: str) -> None:
    """Whatever a person is called: quoted it is a name, never a command, path or format."""
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    data = SMALL.replace(b"name: Road", f"name: {quoted}".encode())

    verdict = _judge({X: data})

    _consistent(verdict)
    assert not [f for f in verdict.inventory if f.severity is Severity.ERROR]
