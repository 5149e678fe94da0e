"""The monthly report through the command line: no device, no engine, no secret is needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from fleet.model.exitcodes import ExitCode
from fleet.report.period import SHANGHAI
from tests.inventory.cities import EXAMPLE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class City:
    """A copy of the example city with a state of its own."""

    root: Path
    state: Path

    def fleet(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `fleet` in a process of its own."""
        env = dict(os.environ) | {"FLEET_STATE": str(self.state), "LC_ALL": "C.UTF-8"} | environ
        return subprocess.run(
            [str(Path(sys.executable).with_name("fleet")), "-C", str(self.root), *arguments],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def monthly(self, month: str, folder: Path, *more: str, **environ: str) -> Path:
        """Make a report and return its folder."""
        done = self.fleet(
            *(a for a in more if a in ("--lang", "en")),
            *("report", "monthly", "--district", "340705", "--month", month, "-o", str(folder)),
            *(a for a in more if a not in ("--lang", "en")),
            **environ,
        )
        assert done.returncode == ExitCode.OK, done.stderr
        return folder


@pytest.fixture
def city(tmp_path: Path) -> City:
    """The example, not yet used."""
    root = tmp_path / "city"
    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".fleet"))
    return City(root, tmp_path / "state")


def closed_month() -> str:
    """The month before this one: its period is over in any case."""
    today = datetime.now(SHANGHAI).date()
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def words(folder: Path) -> str:
    """The text of the one .docx in a folder."""
    (path,) = folder.glob("*.docx")
    with zipfile.ZipFile(path) as archive:
        return re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())


def test_a_closed_month_is_the_same_file_again(city: City, tmp_path: Path) -> None:
    """Other zone, hash seed and locale, at another second; one record in the journal."""
    month = closed_month()
    one = city.monthly(month, tmp_path / "1", TZ="Asia/Shanghai", PYTHONHASHSEED="1")
    two = city.monthly(
        month, tmp_path / "2", TZ="America/New_York", PYTHONHASHSEED="2", LC_ALL="zh_CN.UTF-8"
    )

    assert contents(one) == contents(two)
    assert sorted(contents(one)) == [
        f"monthly-340705-{month}.{ending}" for ending in ("docx", "json", "xlsx")
    ]
    found = json.loads((one / f"monthly-340705-{month}.json").read_text("utf-8"))
    tail = city.fleet("--format", "json", "journal", "tail")
    issues = [json.loads(line) for line in tail.stdout.splitlines()]
    assert [(r["kind"], r["data"]["as_of"]) for r in issues] == [("report.issued", found["as_of"])]
    assert city.fleet("journal", "verify").returncode == ExitCode.OK


def test_it_is_chinese_whatever_the_locale(city: City, tmp_path: Path) -> None:
    """The reader is the city's bureau; --lang en gives the English one beside it."""
    month = closed_month()

    text = words(city.monthly(month, tmp_path / "zh", LC_ALL="en_US.UTF-8"))
    english = words(city.monthly(month, tmp_path / "en", "--lang", "en"))

    assert len(HAN.findall(text)) > 500
    for heading in ("一、建设进展", "六、主要做法", "七、存在问题", "八、下一步打算", "附件："):
        assert heading in text
    assert "铜陵市公安局铜官分局" in text
    assert "台账先行" in text
    assert "1. Progress" in english
    assert "6. What was done" in english
    assert (tmp_path / "en" / f"monthly-340705-{month}.en.docx").exists()


def test_an_open_period_is_a_draft(city: City, tmp_path: Path) -> None:
    """The period that holds now; stderr and the document say it, the journal holds no issue."""
    today = datetime.now(SHANGHAI).date()
    ahead = today if today.day < 25 else today.replace(day=1) + timedelta(days=31)
    month = f"{ahead:%Y-%m}"

    done = city.fleet(
        *("--lang", "zh", "report", "monthly"),
        *("--district", "340705", "--month", month, "-o", str(tmp_path / "now")),
    )

    assert done.returncode == ExitCode.OK
    assert "【草稿】" in done.stderr
    assert "【草稿】本统计期尚未结束" in words(tmp_path / "now")
    assert city.fleet("journal", "tail").stdout == ""


def test_late_as_of_a_time(city: City, tmp_path: Path) -> None:
    """Days since the 25th of that month."""
    month = closed_month()
    due = date(int(month[:4]), int(month[5:]), 25)
    folder = city.monthly(month, tmp_path / "late", "--as-of", f"{due + timedelta(days=4)}")

    assert "已逾期4日" in words(folder)
    found = json.loads((folder / f"monthly-340705-{month}.json").read_text("utf-8"))
    assert found["late_days"] == 4
    assert datetime.fromisoformat(found["as_of"]).astimezone(UTC).hour == 16


def test_the_files_are_private(city: City, tmp_path: Path) -> None:
    """Mode 0600 in a folder of 0700."""
    folder = city.monthly(closed_month(), tmp_path / "new" / "folder")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}


def test_every_figure_can_be_traced(city: City) -> None:
    """The list names them; the rows of one add up to it."""
    where = ("--district", "340705", "--month", closed_month())
    listed = json.loads(city.fleet("--format", "json", "report", "trace", *where).stdout)
    assert len(listed) > 40

    found = json.loads(
        city.fleet("--format", "json", "report", "trace", *where, "completion.total").stdout
    )
    total = sum((Fraction(r["part"]) for r in found["rows"]), Fraction(0))
    whole = sum((Fraction(r["whole"]) for r in found["rows"]), Fraction(0))

    assert (str(total), str(whole)) == (found["part"], found["whole"])
    assert len(found["rows"]) == whole > 20
    shown = {f["id"]: f["shown"] for f in listed}
    assert shown["completion.total"] == found["shown"]


def test_a_trace_in_words(city: City) -> None:
    """The reason where a figure is unknown; the nearest names where there is none."""
    where = ("--district", "340705", "--month", closed_month())

    unknown = city.fleet("--lang", "zh", "report", "trace", *where, "rate.online")
    wrong = city.fleet("--lang", "zh", "report", "trace", *where, "rate.onlin")

    assert "未知：本系统没有采集服务的健康记录" in unknown.stdout
    assert wrong.returncode == ExitCode.USAGE
    assert "rate.online" in wrong.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--district", "999999", "--month", "2026-10"),
        ("--district", "340705", "--month", "october"),
        ("--district", "340705", "--month", "2098-01"),
        ("--district", "340705", "--month", "2026-10", "--as-of", "never"),
        ("--month", "2026-10"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(city: City, arguments: tuple[str, ...]) -> None:
    """Exit code 64 and a text; no traceback, no file."""
    done = city.fleet("report", "monthly", *arguments, "-o", str(city.state / "out"))

    assert done.returncode == ExitCode.USAGE
    assert "Traceback" not in done.stderr
    assert not (city.state / "out").exists()


def test_a_text_that_names_a_person_is_refused(city: City, tmp_path: Path) -> None:
    """A telephone number in the text file: exit 3, the place and not the number is told."""
    text = city.root / "340705-tongguan" / "monthly.zh.txt"
    text.write_text("# 存在问题\n请联系 13812345678\n", encoding="utf-8")

    done = city.fleet(
        *("report", "monthly", "--district", "340705", "--month", closed_month()),
        *("-o", str(tmp_path / "out")),
    )

    assert done.returncode == ExitCode.INVENTORY
    assert "monthly.zh.txt:2" in done.stderr
    assert "13812345678" not in done.stderr + done.stdout
    assert not (tmp_path / "out").exists()


def test_validate_does_not_see_the_text(city: City) -> None:
    """It is no YAML file of the inventory: no finding more than before."""
    done = city.fleet("--format", "json", "validate")

    assert done.returncode == ExitCode.OK
    assert "monthly" not in done.stdout


def test_what_was_made_as_json(city: City, tmp_path: Path) -> None:
    """Paths, the time, and the digest of the facts, for a pipeline."""
    month = closed_month()
    done = city.fleet(
        *("--format", "json", "report", "monthly", "--district", "340705", "--month", month),
        *("-o", str(tmp_path / "out")),
    )

    found = json.loads(done.stdout)
    assert {Path(p).suffix for p in found["files"]} == {".docx", ".xlsx", ".json"}
    assert all(Path(p).is_file() for p in found["files"])
    assert found["closed"] is True
    assert re.fullmatch(r"[0-9a-f]{64}", found["facts"])


def test_a_folder_that_cannot_be(city: City, tmp_path: Path) -> None:
    """A file where a folder should be made: told, no traceback."""
    (tmp_path / "file").write_text("x")
    done = city.fleet(
        *("report", "monthly", "--district", "340705", "--month", closed_month()),
        *("-o", str(tmp_path / "file" / "sub")),
    )

    assert done.returncode == ExitCode.USAGE
    assert "Traceback" not in done.stderr
    assert "internal" not in done.stderr
