"""Files, folders and texts that are made to break a reader: none of them raises."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.inventory.nodes import Mapping, Scalar
from fleet.inventory.reader import parse
from fleet.inventory.scope import Scope
from tests.inventory.cities import (
    CITY,
    DISTRICT,
    FOLDER,
    X,
    at,
    compound,
    device,
    devices,
    errors,
    line,
    loaded,
    only,
    place,
    write,
)

CAM = "x-cam-01"


@pytest.mark.parametrize(
    "name",
    [
        "翠湖.yaml".encode("gb18030"),
        b"\xff\xfe.yaml",
        b"a\nb.yaml",
        b"a\x1b[2Jb.yaml",
        b"a\x7f.yml",
        "a\u202eb.yaml".encode(),
    ],
)
def test_a_file_name_that_no_terminal_should_see(tmp_path: Path, name: bytes) -> None:
    """A name from another encoding, or with controls in it: one finding, printable, no crash."""
    root = write(tmp_path)
    with open(os.path.join(os.fsencode(root / FOLDER), name), "wb") as file:
        file.write(compound().encode())

    finding = only(load(root))

    assert finding.code == "file-name"
    assert finding.position is not None
    assert finding.position.file == FOLDER
    for said in (finding.summary.en, finding.summary.zh, finding.fix.en, finding.fix.zh):
        assert said.isprintable()
        said.encode()


def test_a_folder_name_that_no_terminal_should_see(tmp_path: Path) -> None:
    """The same for a district's folder, named by the city's own folder."""
    root = write(tmp_path)
    folder = os.path.join(os.fsencode(root), "340711-郊区".encode("gb18030"))
    os.mkdir(folder)

    finding = only(load(root))

    assert finding.code == "file-name"
    assert finding.position is not None
    assert finding.position.file == "."


def test_names_that_are_not_read_do_not_matter(tmp_path: Path) -> None:
    """A note beside the files may be named as it likes: nobody reads it."""
    root = write(tmp_path)
    with open(os.path.join(os.fsencode(root / FOLDER), b"\xff.txt"), "wb"):
        pass
    os.mkdir(os.path.join(os.fsencode(root), b"\xff"))

    assert load(root).diagnostics == ()


def test_a_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lost+found` at the top of a disk is root's: it is passed over, the city is read."""
    root = write(tmp_path)
    (root / "lost+found").mkdir()
    real = os.stat

    def stat(path: str | Path, *args: object, **more: object) -> os.stat_result:
        if "lost+found/" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(os, "stat", stat)

    assert load(root).diagnostics == ()


@pytest.mark.parametrize(
    ("escape", "code"),
    [
        ("\\0", "U+0000"),
        ("\\a", "U+0007"),
        ("\\e", "U+001B"),
        ("\\r", "U+000D"),
        ("\\x7f", "U+007F"),
        ("\\N", "U+0085"),
        ("\\u202e", "U+202E"),
        ("\\uFEFF", "U+FEFF"),
        ("\\P", "U+2029"),
    ],
)
def test_an_escape_brings_no_control_character_in(tmp_path: Path, escape: str, code: str) -> None:
    """What the byte gate keeps out does not come in through double quotes.

    A NUL in a channel's name breaks the XML that goes to the device; an ESC rewrites a terminal.
    """
    sections = {"devices": devices(x_cam_01=line(CAM, settings=f'{{osd_text: "a{escape}b"}}'))}

    finding = only(loaded(tmp_path, **sections))

    assert finding.code == "control"
    assert code in finding.summary.en
    assert at(finding) == place(compound(**sections), f'"a{escape}b"')
    assert (finding.compound, finding.device) == ("x", CAM)


def test_an_escape_in_a_key(tmp_path: Path) -> None:
    """Keys are held to the same."""
    codes = {e.code for e in errors(loaded(tmp_path, centre='centre: {room: a, "b\\e": 1}\n'))}

    assert "control" in codes


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('"a\\tb"', "a\tb"),
        ('"a\\nb"', "a\nb"),
        ('"\\u7fe0"', "翠"),
        ('"a\\\\b"', "a\\b"),
        ('"\\x41"', "A"),
        ("'a\\e'", "a\\e"),
    ],
)
def test_harmless_escapes_stay(written: str, text: str) -> None:
    """Tabs, line ends and letters by number are texts like others."""
    scope = Scope("f.yaml")
    root = parse(f"a: {written}\n", scope)

    assert scope.findings == []
    assert isinstance(root, Mapping)
    value = root.entries[0].value
    assert isinstance(value, Scalar)
    assert value.text == text


def test_a_vault_that_is_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """Opening a fifo would block for ever: the test's own time limit is the proof."""
    root = write(tmp_path, {"city.yaml": CITY + "secrets: {vault: v.yaml}\n"})
    os.mkfifo(root / "v.yaml")

    (finding,) = load(root).diagnostics

    assert (finding.code, finding.field) == ("no-reference", "secrets.vault")


@pytest.mark.parametrize("stamp", ["0001-01-01 00:00", "0001-01-01 07:59", "0000-01-01 00:00"])
def test_a_window_before_all_calendars(tmp_path: Path, stamp: str) -> None:
    """A time that has no UTC is no time; the reader does not fall over it."""
    report = f"report: {{windows: [{{from: {stamp}, to: 2026-01-01 00:00, reason: r}}]}}\n"

    finding = only(load(write(tmp_path, {f"{FOLDER}/district.yaml": DISTRICT + report})))

    assert (finding.code, finding.field) == ("window", "report.windows")
    assert stamp in finding.summary.en


@pytest.mark.parametrize("address", ["127.0.0.300", "1.2.3.4.5", ":::", "256.1.1.1", "1::2::3"])
def test_a_platforms_address_is_an_address(tmp_path: Path, address: str) -> None:
    """The registrar could never bind it: told before anything is built."""
    text = DISTRICT.replace("127.0.0.2]", f"'{address}']")

    codes = [e.code for e in errors(load(write(tmp_path, {f"{FOLDER}/district.yaml": text})))]

    assert codes == ["wrong-type"]


def test_one_address_written_in_two_ways(tmp_path: Path) -> None:
    """IPv6 has many spellings of one place; two devices cannot share it."""
    one = line(CAM, address="'fd00::1'")
    two = line(CAM, id="x-cam-02", address="'fd00:0:0::0001'", serial="C2", gb_id="null")

    finding = only(loaded(tmp_path, devices=devices(x_cam_01=one, x_cam_02=two)))

    assert (finding.code, finding.device) == ("duplicate-address", "x-cam-02")


def test_a_camera_twice_on_one_recorder(tmp_path: Path) -> None:
    """Two channels of one id: the upper platform could not tell them apart."""
    lines = devices(x_nvr_01=line("x-nvr-01", channels="[x-cam-01, x-cam-01]"))

    finding = only(loaded(tmp_path, devices=lines))

    assert (finding.code, finding.field) == ("duplicate-id", "channels")
    assert at(finding) == place(compound(devices=lines), "x-cam-01]")


def test_deeply_nested_flow_in_a_device(tmp_path: Path) -> None:
    """Sixty brackets where a name should be: refused by type, not by the stack."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line(CAM, name="[" * 55 + "]" * 55)))

    assert only(found).code == "wrong-type"


def test_a_giant_key_is_shown_short(tmp_path: Path) -> None:
    """A key of a thousand letters costs a line, not a screen."""
    finding = only(loaded(tmp_path, centre=f"centre: {{room: a, {'k' * 1000}: 1}}\n"))

    assert finding.code == "unknown-field"
    assert len(finding.summary.en) < 100
    assert finding.field is not None
    assert len(finding.field) <= 40


def test_texts_of_four_bytes(tmp_path: Path) -> None:
    """Rare Han characters and emoji are counted as one character each, and kept."""
    name = "𠮷" * 31 + "🏠"

    found = loaded(
        tmp_path, devices=devices(x_cam_01=line(CAM, settings=f"{{channel_name: {name}}}"))
    )

    assert device(found, CAM).settings["channel_name"] == name


def test_an_empty_compound_file_among_others(tmp_path: Path) -> None:
    """One file without content leaves its neighbours readable."""
    found = load(write(tmp_path, {f"{FOLDER}/leer.yaml": ""}))

    assert only(found).position is not None
    assert found.sound is not None
    assert [c.id for c in found.sound.compounds()] == ["x"]
    assert found.city is None


def test_a_link_to_the_citys_own_file(tmp_path: Path) -> None:
    """The same compound under two names is two compounds of one id."""
    root = write(tmp_path)
    (root / FOLDER / "y.yaml").symlink_to(Path(X).name)

    codes = {(e.code, e.field) for e in errors(load(root))}

    assert ("duplicate-id", "compound.id") in codes
    assert ("duplicate-address", "address") in codes
