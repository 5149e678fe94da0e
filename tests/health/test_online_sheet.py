"""The platform's online sheet: headings, statuses, times, and every fault with row and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.health.online_sheet import FAULTS_MAX, Sheet, figures_of
from fleet.model.errors import InventoryError
from fleet.model.evidence import Evidence
from fleet.ports.sheets import CellValue, SheetRow

CAM, NVR, OTHER = "34070501011327000001", "34070501011187000001", "34070501011327000777"
KNOWN = {CAM: ("x-cam-01", "x"), NVR: ("x-nvr-01", "x")}
NOW = "2026-11-25T02:00:00.000Z"
AS_OF = "2026-11-24T08:00:00.000Z"


def sheet(*rows: tuple[CellValue | None, ...]) -> list[SheetRow]:
    """Rows numbered from 1; None is an empty cell."""
    return [
        SheetRow(number, {c: v for c, v in enumerate(row, 1) if v is not None})
        for number, row in enumerate(rows, 1)
    ]


def read(*rows: tuple[CellValue | None, ...], as_of: str | None = None) -> Sheet:
    """What a sheet comes to."""
    return figures_of(sheet(*rows), "在线.xlsx", "在线.xlsx 0011", KNOWN, as_of, NOW)


def faults(*rows: tuple[CellValue | None, ...], as_of: str | None = None) -> list[str]:
    """`row:column code-like words` of each fault."""
    with pytest.raises(InventoryError) as caught:
        read(*rows, as_of=as_of)
    found = caught.value.diagnostics
    assert all(d.position is not None and d.position.file == "在线.xlsx" for d in found)
    return [f"{d.position.line}:{d.position.column} {d.summary.en}" for d in found if d.position]


def test_a_status_at_a_time() -> None:
    """Titles above, marks and full-width forms in the headings, a row of sums below."""
    found = read(
        ("铜官区 视频设备在线情况表",),
        ("序号", "设备编码（*）", "设备名称", " 在线 状态 ", "统计时间"),
        ("1", CAM, "东门", "在线", "2026-11-24 08:00:00"),
        ("2", NVR, "录像机", "离线", "2026/11/24 08:05"),
        (None, "合计", "2 台"),
    )

    cam, nvr = found.figures
    assert (cam.device, cam.compound, cam.online) == ("x-cam-01", "x", True)
    assert cam.begin == cam.end == cam.origin.as_of == "2026-11-24T00:00:00.000Z"
    assert (nvr.online, nvr.begin) == (False, "2026-11-24T00:05:00.000Z")
    assert cam.origin.evidence is Evidence.PLATFORM_EXPORTED
    assert not cam.origin.evidence.verified
    assert (cam.origin.source, cam.origin.taken_in) == ("在线.xlsx 0011", NOW)


@pytest.mark.parametrize(
    ("heading", "cell", "seconds"),
    [
        ("在线时长(小时)", "23.5", 84_600.0),
        ("在线时长（分钟）", 1410.0, 84_600.0),
        ("在线时长(秒)", "84600", 84_600.0),
        ("在线时长", 24.0, 86_400.0),
        ("在线率", "97.91%", 84_594.24),
        ("在线率(%)", "50", 43_200.0),
        ("在线率", 0.5, 43_200.0),
        ("在线率", 98.0, 84_672.0),
    ],
)
def test_a_day_in_every_unit(heading: str, cell: CellValue, seconds: float) -> None:
    """Goal: whole civil days of Beijing, online and offline adding up to one."""
    (row,) = read(("国标编码", "统计日期", heading), (CAM, "2026-11-23", cell)).figures

    assert (row.begin, row.end) == ("2026-11-22T16:00:00.000Z", "2026-11-23T16:00:00.000Z")
    assert row.online_s == pytest.approx(seconds)
    assert row.offline_s == pytest.approx(86_400 - seconds)
    assert row.online is None


def test_a_day_and_a_moment_in_one_row() -> None:
    """Both are told, with the days of recording."""
    day, now = read(
        ("设备编码", "日期", "在线时长(小时)", "设备状态", "更新时间", "录像保存天数"),
        (CAM, "2026年11月23日", "12", "ON", "2026-11-24 08:00", 31.0),
    ).figures

    assert (day.online_s, day.retention_days) == (43_200.0, 31.0)
    assert (now.online, now.retention_days) == (True, 31.0)


@pytest.mark.parametrize("cell", [46_350.0, "2026-11-24", "20261124", "2026/11/24 00:00:00"])
def test_a_days_many_spellings(cell: CellValue) -> None:
    """The sheet's own day number, and what people and programs write."""
    (row,) = read(("设备编码", "日期", "在线率"), (CAM, cell, "100%")).figures

    assert row.begin == "2026-11-23T16:00:00.000Z"


@pytest.mark.parametrize(
    ("word", "online"),
    [("在线", True), ("Online", True), ("ＯＮ", True), (1.0, True), ("是", True),
     ("离线", False), ("OFF", False), (0.0, False), ("不在线", False)],
)  # fmt: skip
def test_words_of_a_status(word: CellValue, online: bool) -> None:
    """Goal: what platforms write, and nothing guessed."""
    (row,) = read(("设备编码", "状态"), (CAM, word), as_of=AS_OF).figures

    assert (row.online, row.begin) == (online, AS_OF)


def test_ids_of_nobody_are_told_and_passed_over() -> None:
    """Goal: the platform has more devices than this product manages."""
    found = read(("设备编码", "状态"), (OTHER, "在线"), (CAM, "在线"), as_of=AS_OF)

    assert found.strangers == [OTHER]
    assert [f.device for f in found.figures] == ["x-cam-01"]


def test_a_row_twice_the_same_counts_once() -> None:
    """Goal: a doubled line is one figure; a contradiction is a fault with both places."""
    head = ("设备编码", "状态")
    assert len(read(head, (CAM, "在线"), (CAM, "在线"), as_of=AS_OF).figures) == 1

    assert faults(head, (CAM, "在线"), (NVR, "在线"), (CAM, "离线"), as_of=AS_OF) == [
        f"4:1 {CAM} says otherwise in row 2"
    ]


HEAD = ("设备编码", "状态", "日期", "在线时长(小时)", "在线率")
BAD: list[tuple[str, tuple[CellValue | None, ...], str]] = [
    ("number", (3.4070501011327e19, "在线"), "2:1 the id was typed as a number"),
    ("exponent", ("3.40705E+19", "在线"), "2:1 the id was typed as a number"),
    ("short", ("3407050101132700001", "在线"), "2:1 3407050101132700001 is no id of 20"),
    ("rounded", ("34070501011327000000", "在线"), "2:1 34070501011327000000 ends in zeros"),
    ("status", (CAM, "未知"), "2:2 未知 is no status"),
    ("nothing", (CAM,), "2:2 the row says nothing"),
    ("no day", (CAM, None, None, "3"), "2:4 of which day"),
    ("day", (CAM, None, "2026-02-30", "3"), "2:3 2026-02-30 is no time"),
    ("future", (CAM, None, "2026-12-30", "3"), "2:3 2026-12-30 is no time that is past"),
    ("hours", (CAM, None, "2026-11-23", "25"), "2:4 25 is no number from 0 to 24"),
    ("unit", (CAM, None, "2026-11-23", "3小时"), "2:4 3小时 is no number"),
    ("error", (CAM, None, "2026-11-23", "#DIV/0!"), "2:4 #DIV/0! is no number"),
    ("rate", (CAM, None, "2026-11-23", None, "101%"), "2:5 101% is no rate"),
    ("when", (CAM, "在线"), "2:2 when was that?"),
]


@pytest.mark.parametrize(("row", "told"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_every_fault_has_its_place(row: tuple[CellValue | None, ...], told: str) -> None:
    """Goal: row and column as the spreadsheet counts them."""
    (found,) = faults(HEAD, row, as_of=None)

    assert found.startswith(told)


def test_all_faults_are_told_at_once_and_not_without_end() -> None:
    """Goal: one run for the person who mends the sheet; bounded for a sheet of nonsense."""
    rows = [("x", "在线")] * (FAULTS_MAX + 50)

    found = faults(("设备编码", "状态"), *rows)

    assert len(found) == FAULTS_MAX
    assert found[0].startswith("2:1 ")
    assert found[-1].startswith(f"{FAULTS_MAX + 1}:1 ")


@pytest.mark.parametrize("rows", [[], [("a", "b")], [("设备编码", "名称")], [("状态",)]])
def test_a_sheet_without_headings(rows: list[tuple[str, ...]]) -> None:
    """Goal: which headings are wanted is said."""
    (found,) = faults(*rows)

    assert "no headings" in found


@given(
    st.lists(
        st.dictionaries(
            st.integers(1, 6),
            st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
            | st.sampled_from([CAM, NVR, "在线", "离线", "2026-11-23", "12"]),
            max_size=6,
        ),
        max_size=6,
    )
)  # fmt: skip
def test_any_sheet_ends_in_figures_or_in_faults(cells: list[dict[int, CellValue]]) -> None:
    """Goal: no traceback, and never a figure that cannot be."""
    rows = sheet(HEAD) + [SheetRow(n, c) for n, c in enumerate(cells, 2)]
    try:
        found = figures_of(rows, "f", "s", KNOWN, AS_OF, NOW)
    except InventoryError as error:
        assert error.diagnostics
        return
    assert all(f.watched_s in (0.0, pytest.approx(86_400.0)) for f in found.figures)
    assert all(f.origin.evidence is Evidence.PLATFORM_EXPORTED for f in found.figures)
