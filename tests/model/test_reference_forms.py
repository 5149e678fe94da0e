"""References mean exactly what is written: nothing is dropped, guessed or repaired."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.inventory import schema
from fleet.model.secret import SecretRef

PART = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,8}", fullmatch=True)
NAMES = st.lists(PART, min_size=1, max_size=4).map("/".join)
SOURCES = st.sampled_from(["vault", "generated", "env"])
# Characters that URLs, shells and paths give a meaning to.
NASTY = st.text(st.sampled_from("abc/?#=&%.:@\\ \t\n\r\0;version1"), max_size=20)
PATTERN = re.compile(schema._REFERENCE)


@pytest.mark.parametrize(
    "uri",
    [
        "secret://vault/a#fragment",
        "secret://vault/a#",
        "secret://vault/a?version=2#x",
        "secret://vault/a?",
        "secret://vault/a?version=",
        "secret://vault/a?x=",
        "secret://vault/a?version=2&version=3",
        "secret://vault/a?version=2;x",
        "secret://vault/a?version=02",
        "secret://vault/a?version=+2",
        "secret://vault/a?version= 2",
        "secret://vault/a?version=２",
        "secret://vault/a?version=²",
        "secret://vault/a?VERSION=2",
        "secret://vault/a?version=99999999999999999999",
        "secret://vault/a/",
        "secret://vault//a",
        "secret://vault/a\n",
        "secret://vault/a\tb",
        "secret://vault/a\r\nb",
        " secret://vault/a",
        "secret://vault/a ",
        "\x00secret://vault/a",
        "SECRET://vault/a",
        "Secret://vault/a",
        "secret:///vault/a",
        "secret:/vault/a",
        "secret://Vault/a",
        "secret://user@vault/a",
        "secret://user:pw@vault/a",
        "secret://vault:80/a",
        "secret://[vault]/a",
        "secret://vault\\a",
        "secret://vault/%61",
        "secret://vault/.hidden",
        "secret://vault/a/../b",
        "secret://vault/a/./b",
        "secret://vault/_a",
        "secret://vault/ａ",
    ],
)
def test_what_only_looks_like_a_reference(uri: str) -> None:
    """Each is refused: a part that is dropped in silence could name another secret."""
    with pytest.raises(ValueError, match=r"."):
        SecretRef.parse(uri)


@pytest.mark.parametrize(
    ("uri", "name", "version"),
    [
        ("secret://vault/a", "a", 1),
        ("secret://vault/a?version=1", "a", 1),
        ("secret://vault/a?version=2", "a", 2),
        ("secret://vault/a?version=10", "a", 10),
        ("secret://vault/a?version=999999999", "a", 999_999_999),
        ("secret://env/A_B", "A_B", 1),
        ("secret://generated/device/x-cam-01/admin?version=3", "device/x-cam-01/admin", 3),
        ("secret://vault/0", "0", 1),
        ("secret://vault/a.b-c_d/e..f", "a.b-c_d/e..f", 1),
    ],
)
def test_what_is_a_reference(uri: str, name: str, version: int) -> None:
    """Name and version as written."""
    ref = SecretRef.parse(uri)

    assert (ref.name, ref.version) == (name, version)


@settings(deadline=None)
@given(source=SOURCES, name=NAMES, version=st.integers(1, 999_999_999))
def test_written_and_read_again(source: str, name: str, version: int) -> None:
    """Whatever can be built says itself in a way that is read as the same."""
    ref = SecretRef.model_validate({"source": source, "name": name, "version": version})

    assert SecretRef.parse(str(ref)) == ref
    assert PATTERN.search(str(ref))


@settings(deadline=None, max_examples=150)
@given(source=SOURCES, rest=NASTY)
def test_nothing_is_dropped(source: str, rest: str) -> None:
    """What is accepted says itself again letter for letter, but for an explicit version 1."""
    uri = f"secret://{source}/{rest}"
    try:
        ref = SecretRef.parse(uri)
    except ValueError:
        return

    assert str(ref) == uri.removesuffix("?version=1")
    assert PATTERN.search(uri), "the editor would underline it"


@settings(deadline=None, max_examples=150)
@given(source=SOURCES, rest=NASTY | NAMES)
def test_the_editor_and_the_reader_agree(source: str, rest: str) -> None:
    """A reference without placeholders is underlined exactly where the reader refuses it."""
    uri = f"secret://{source}/{rest}"
    # Python's `$` lets a last line feed pass, which the schema's own dialect does not.
    editor = bool(PATTERN.search(uri)) and not uri.endswith("\n")
    try:
        SecretRef.parse(uri)
        reader = True
    except ValueError:
        reader = False

    assert editor is reader
