"""The byte gate: what never reaches a YAML parser, each with the place of its first byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.inventory.gate import SIZE_MAX, TABS_SHOWN_MAX, decode, read_bytes
from fleet.inventory.scope import Scope
from fleet.model.diagnostic import Diagnostic
from tests.inventory.cities import at


def _decode(data: bytes) -> tuple[str | None, list[Diagnostic]]:
    scope = Scope("f.yaml")
    return decode(data, scope), scope.findings


def _read(root: Path, path: Path) -> tuple[bytes | None, list[Diagnostic]]:
    scope = Scope("f.yaml")
    return read_bytes(root, path, scope), scope.findings


@pytest.mark.parametrize(
    "data",
    [b"", b"a: 1\n", "名称: 翠湖 \U0001f3e0\n".encode(), b"a: 1\r\nb: 2\r\n", b"# only\n\n"],
)
def test_lets_plain_utf8_pass(data: bytes) -> None:
    """What is UTF-8 with ended lines passes unchanged, Windows line ends and emoji included."""
    text, findings = _decode(data)

    assert data.decode() == text
    assert findings == []


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"\xef\xbb\xbfa: 1\n", "encoding", (1, 1)),
        ("a: 1\n".encode("utf-16"), "encoding", (1, 1)),
        ("a: 1\n".encode("utf-16-be"), "control", (1, 1)),
        (b"a: 1\nb: \xff\n", "encoding", (2, 4)),
        ("名称: ".encode() + b"\xc0\x80\n", "encoding", (1, 5)),
        (b"a: \xed\xa0\x80\n", "encoding", (1, 4)),
        (b"a: 1\nb: \x00\n", "control", (2, 4)),
        (b"a: \x07\n", "control", (1, 4)),
        (b"a: 1\rb: 2\n", "control", (1, 5)),
        ("a: 1\u2028b: 2\n".encode(), "control", (1, 5)),
        ("a: 1\u0085b: 2\n".encode(), "control", (1, 5)),
        ("a: \u202eabc\n".encode(), "control", (1, 4)),
        ("a: x\ufeffy\n".encode(), "control", (1, 5)),
        (b"a:\n\tb: 1\n", "tab", (2, 1)),
        ("名: 1\t# x\n".encode(), "tab", (1, 5)),
        (b"a: 1\nb: 2", "truncated", (2, 5)),
    ],
)
def test_refuses(data: bytes, code: str, place: tuple[int, int]) -> None:
    """Each fault has its code and the line and column, in characters, of where it begins."""
    text, findings = _decode(data)

    assert text is None
    assert [code] == [f.code for f in findings]
    assert place == at(findings[0])


def test_a_gb18030_file_is_told_how_to_convert() -> None:
    """The commonest wrong encoding here is named, with the command that mends it."""
    _, findings = _decode("名称: 翠湖\n".encode("gb18030"))

    assert "GB18030" in findings[0].fix.en
    assert "GB18030" in findings[0].fix.zh


def test_binary_data_is_not_called_gb18030() -> None:
    """A NUL beside bytes of no encoding: the hint for Chinese text would mislead."""
    _, findings = _decode(b"\x00\xff\xfe\xfa")

    assert "GB18030" not in findings[0].fix.en


def test_every_line_with_a_tab_is_shown_up_to_a_bound() -> None:
    """All tabs at once, one a line, but a file of tabs does not flood the screen."""
    _, few = _decode(b"a:\n\tb: 1\n\tc:\t2\n")
    _, many = _decode(b"\tx\n" * 1000)

    assert [at(f) for f in few] == [(2, 1), (3, 1)]
    assert len(many) == TABS_SHOWN_MAX


def test_tabs_and_a_missing_line_end_are_told_together() -> None:
    """One run names both faults of a file."""
    _, findings = _decode(b"a:\n\tb: 1")

    assert [f.code for f in findings] == ["tab", "truncated"]


def test_an_oversized_file_is_refused_by_its_size(tmp_path: Path) -> None:
    """A sparse file of 50 MB (nothing on disk) is refused; its bytes are not needed for that."""
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)

    data, findings = _read(tmp_path, path)

    assert data is None
    assert [f.code for f in findings] == ["oversized"]
    assert "50000000" in findings[0].summary.en


def test_the_largest_file_allowed_is_read(tmp_path: Path) -> None:
    """The bound itself is inside."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"#" * (SIZE_MAX - 1) + b"\n")

    data, findings = _read(tmp_path, path)

    assert len(data or b"") == SIZE_MAX
    assert findings == []


def test_one_byte_too_many_is_refused(tmp_path: Path) -> None:
    """The bound's neighbour is outside."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"#" * SIZE_MAX + b"\n")

    data, findings = _read(tmp_path, path)

    assert data is None
    assert [f.code for f in findings] == ["oversized"]


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    """No exception leaves the gate."""
    data, findings = _read(tmp_path, tmp_path / "none.yaml")

    assert data is None
    assert [f.code for f in findings] == ["unreadable"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder named like a file is named as such."""
    (tmp_path / "f.yaml").mkdir()

    data, findings = _read(tmp_path, tmp_path / "f.yaml")

    assert data is None
    assert [f.code for f in findings] == ["unreadable"]


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """Opening a fifo would block for ever: the test's own time limit is the proof."""
    os.mkfifo(tmp_path / "f.yaml")

    data, findings = _read(tmp_path, tmp_path / "f.yaml")

    assert data is None
    assert [f.code for f in findings] == ["unreadable"]


def test_a_link_out_of_the_city_is_refused(tmp_path: Path) -> None:
    """Neither an absolute link nor one through .. leads the reader outside."""
    city = tmp_path / "city"
    city.mkdir()
    (tmp_path / "secret.yaml").write_text("a: 1\n")
    (city / "a.yaml").symlink_to(tmp_path / "secret.yaml")
    (city / "b.yaml").symlink_to("../secret.yaml")

    for name in ("a.yaml", "b.yaml"):
        data, findings = _read(city, city / name)

        assert data is None
        assert [f.code for f in findings] == ["outside"]


def test_a_link_inside_the_city_is_followed(tmp_path: Path) -> None:
    """A shared file within the city may be a link."""
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / "b.yaml").symlink_to("a.yaml")

    data, findings = _read(tmp_path, tmp_path / "b.yaml")

    assert data == b"a: 1\n"
    assert findings == []


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    """A link to itself ends as a finding."""
    (tmp_path / "a.yaml").symlink_to("a.yaml")

    data, findings = _read(tmp_path, tmp_path / "a.yaml")

    assert data is None
    assert len(findings) == 1
