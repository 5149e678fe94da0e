"""`fleet health`: two state folders, a site and the centre, and files that go between them."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from fleet.adapters.health import SqlHealth
from fleet.adapters.health_figures_read import FiguresReader, figures_file
from fleet.model.evidence import Evidence
from fleet.model.exitcodes import ExitCode
from fleet.ports.health_store import Batch, OpenRow
from tests.cli.conftest import Call, Said

EXAMPLE = Path(__file__).resolve().parents[2] / "inventories" / "tongling"
CAM = "34070501011327000003"
At = Callable[..., Said]


@pytest.fixture
def at(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    """Run `fleet -C EXAMPLE …` in the state folder of the site or of the centre."""

    def run(who: str, *args: str) -> Said:
        monkeypatch.setenv("FLEET_STATE", str(tmp_path / who))
        return call("-C", str(EXAMPLE), *args)

    return run


@pytest.fixture
def file(at: At, tmp_path: Path) -> Path:
    """A file that the site exported; the centre has enrolled its key."""
    now = time.time()
    store = SqlHealth.in_folder(tmp_path / "site")
    store.write(
        Batch(
            opened=[OpenRow("cuihu-cam-03", "online", now - 7200, "", now)],
            meta={"beat:340705": now, "poll_s:340705": 60.0},
        )
    )
    store.close()
    public = at("site", "health", "key")
    (tmp_path / "key").write_text(public.out)
    assert at("centre", "health", "enrol", "cuihu", str(tmp_path / "key")).code == 0
    made = at("site", "health", "export", "--site", "cuihu", "-o", str(tmp_path / "a.json"))
    assert (made.code, "cuihu: file 1" in made.err) == (0, True), made.err
    return tmp_path / "a.json"


def figures(tmp_path: Path) -> list[tuple[str, Evidence]]:
    """What the centre has, with its evidence."""
    rows = FiguresReader(figures_file(tmp_path / "centre")).devices("2000", "2100")
    return [(r.device, r.origin.evidence) for r in rows]


def test_a_file_goes_from_the_site_to_the_centre(at: At, file: Path, tmp_path: Path) -> None:
    """Goal: key, enrol, export, import; the second import is refused with 7."""
    first = at("centre", "health", "import", str(file))
    again = at("centre", "--lang", "zh", "health", "import", str(file))

    assert first.code == ExitCode.OK, first.err
    assert "file 1 of cuihu" in first.err
    assert set(figures(tmp_path)) == {("cuihu-cam-03", Evidence.SITE_SIGNED)}
    assert again.code == ExitCode.STALE
    assert "此前已经导入" in again.err
    listed = at("centre", "health", "sites")
    assert listed.out.startswith("cuihu  ")


def test_a_bad_file_does_not_hold_up_a_good_one(at: At, file: Path, tmp_path: Path) -> None:
    """Goal: each on its own; the exit code is the first failure's; JSON says which."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(file.read_bytes().replace(b'"online_s":', b'"online_s":1', 1))

    said = at("centre", "--format", "json", "health", "import", str(bad), str(file))

    assert said.code == ExitCode.STALE
    assert [one["taken"] for one in said.json] == [False, True]
    assert "altered" in said.json[0]["why"]
    assert figures(tmp_path) != []


def test_a_lost_file_is_written_again(at: At, file: Path, tmp_path: Path) -> None:
    """Goal: the same bytes under the same number; another number was never made."""
    other = tmp_path / "b.json"
    said = at("site", "health", "export", "--site", "cuihu", "--again", "1", "-o", str(other))

    assert said.code == 0
    assert other.read_bytes() == file.read_bytes()
    said = at("site", "health", "export", "--site", "cuihu", "--again", "9", "-o", str(other))
    assert said.code == ExitCode.USAGE


def test_a_place_that_cannot_be_written_loses_nothing(at: At, file: Path, tmp_path: Path) -> None:
    """Goal: said in words; the file is kept and can be written elsewhere."""
    said = at("site", "health", "export", "--site", "cuihu", "--again", "1", "-o",
              str(tmp_path / "no" / "where"))  # fmt: skip

    assert said.code == ExitCode.USAGE
    assert "--again 1" in said.err


def workbook(*rows: list[object]) -> bytes:
    """An .xlsx file."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_platforms_sheet(at: At, tmp_path: Path, kind: str) -> None:
    """Goal: platform-exported figures; ids of nobody are told; the same file is no news."""
    sheet = tmp_path / f"在线情况.{kind}"
    rows: list[list[object]] = [["铜官区在线情况"], ["设备编码", "统计日期", "在线时长(小时)"],
                                [CAM, "2026-11-01", 23.5],
                                ["34070501011327000777", "2026-11-01", 1]]  # fmt: skip
    if kind == "xlsx":
        sheet.write_bytes(workbook(*rows))
    else:
        sheet.write_bytes("\n".join(",".join(map(str, r)) for r in rows).encode("gb18030"))

    said = at("centre", "health", "import", str(sheet))

    assert said.code == ExitCode.OK, said.err
    assert "1 rows of 1 devices; 1 ids of nobody here" in said.err
    assert figures(tmp_path) == [("cuihu-cam-03", Evidence.PLATFORM_EXPORTED)]
    assert at("centre", "health", "import", str(sheet)).code == ExitCode.STALE


def test_a_sheets_faults_have_row_and_column(at: At, tmp_path: Path) -> None:
    """Goal: `file:row:column`, all at once, exit 3, and nothing taken in."""
    sheet = tmp_path / "a.csv"
    sheet.write_text(f"设备编码,在线状态\n{CAM},在线\n3.4E+19,在线\n{CAM[:-1]}9,可能\n", "utf-8")

    said = at("centre", "health", "import", "--as-of", "2h", str(sheet))

    assert said.code == ExitCode.INVENTORY
    assert "a.csv:3:1: error" in said.err
    assert figures(tmp_path) == []


def test_a_sheet_without_times_takes_one(at: At, tmp_path: Path) -> None:
    """Goal: --as-of says when; without it the missing time is a fault."""
    sheet = tmp_path / "a.csv"
    sheet.write_text(f"设备编码,在线状态\n{CAM},离线\n", "utf-8")

    assert at("centre", "health", "import", str(sheet)).code == ExitCode.INVENTORY
    assert at("centre", "health", "import", "--as-of", "2h", str(sheet)).code == ExitCode.OK


def test_what_cannot_be_enrolled(at: At, tmp_path: Path) -> None:
    """Goal: no such site, no key: usage; another key than the known one needs a word."""
    (tmp_path / "key").write_text(at("site", "health", "key").out)
    (tmp_path / "other").write_text(at("elsewhere", "health", "key").out)
    (tmp_path / "text").write_text("hello")

    assert at("centre", "health", "enrol", "nowhere", str(tmp_path / "key")).code == 64
    assert at("centre", "health", "enrol", "cuihu", str(tmp_path / "text")).code == 64
    assert at("centre", "health", "enrol", "cuihu", str(tmp_path / "key")).code == 0
    refused = at("centre", "health", "enrol", "cuihu", str(tmp_path / "other"))
    assert (refused.code, "--replace" in refused.err) == (64, True)
    args = ("enrol", "cuihu", str(tmp_path / "other"), "--replace")
    assert at("centre", "health", *args).code == 0


def test_json_of_the_key(at: At, tmp_path: Path) -> None:
    """Goal: what two people compare over the phone; the private key is nobody else's."""
    said = at("site", "--format", "json", "health", "key")

    assert said.json["key"].startswith("ed25519:")
    assert len(said.json["fingerprint"]) == 19
    assert json.loads(said.out) == said.json
    assert (tmp_path / "site/keys/site-key.pem").stat().st_mode & 0o777 == 0o600
