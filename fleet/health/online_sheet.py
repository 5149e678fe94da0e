"""The upper platform's own online sheet: rows of a table become figures, or faults with a place.

Columns are found by their Chinese headings wherever they stand; titles above them are passed over.
A sheet with any fault is refused whole, all faults told at once: a half-taken sheet would look like
a platform that lost half of its devices. Times are Asia/Shanghai.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from fleet.health.times import day_begin, day_of, stamp
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.errors import InventoryError
from fleet.model.evidence import Evidence, Origin
from fleet.model.health import DeviceFigures
from fleet.model.text import Text, text
from fleet.ports.sheets import CellValue, SheetRow

HEAD_ROWS = 20
FAULTS_MAX = 100
_DAY_S = 86_400.0
_EAST = timezone(timedelta(hours=8))
# Day 0 of the sheet's calendar, as long as nobody means January or February 1900.
_EXCEL = datetime(1899, 12, 30, tzinfo=_EAST)
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("设备编码", "国标编码", "设备国标编码", "通道编码", "设备编号", "国标ID", "设备ID"),
    "status": ("在线状态", "是否在线", "设备状态", "状态", "通道状态"),
    "at": ("统计时间", "检测时间", "更新时间", "导出时间", "采集时间", "最后更新时间"),
    "day": ("统计日期", "日期"),
    "hours": ("在线时长(小时)", "在线时长(h)", "在线时长"),
    "minutes": ("在线时长(分钟)", "在线时长(分)", "在线时长(min)"),
    "seconds": ("在线时长(秒)", "在线时长(s)"),
    "rate": ("在线率", "在线率(%)"),
    "retention": ("录像保存天数", "录像天数"),
}
_BY_HEADING = {name: key for key, names in _HEADINGS.items() for name in names}
_ONLINE = frozenset({"在线", "online", "on", "是"})
_OFFLINE = frozenset({"离线", "offline", "off", "不在线", "否"})
_UNIT_S = {"hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
_ID = re.compile(r"[0-9]{20}\Z")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?\Z")
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%dT%H:%M:%S")


@dataclass
class Sheet:
    """What a sheet came to: figures of known devices, and ids that nobody here has."""

    figures: list[DeviceFigures] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    device: str
    compound: str


class _Fault(Exception):
    """One cell is wrong."""

    def __init__(self, column: int, why: Text, fix: Text) -> None:
        super().__init__(why.en)
        self.column, self.why, self.fix = column, why, fix


def figures_of(
    rows: Sequence[SheetRow],
    file: str,
    source: str,
    known: Mapping[str, tuple[str, str]],
    as_of: str | None,
    taken_in: str,
) -> Sheet:
    """The figures of a sheet.

    `known` maps GB ids to (device, compound); `as_of` (RFC 3339) is the time of a status where the
    sheet has none.

    Raises:
        InventoryError: every fault with its row and column.
    """
    head, columns = _head(rows, file)
    reader = _Reader(columns, source, as_of, taken_in)
    found, faults = Sheet(), list[Diagnostic]()
    first: dict[tuple[str, str, str], tuple[int, DeviceFigures]] = {}
    for row in rows:
        if row.number <= head or len(faults) >= FAULTS_MAX:
            continue
        try:
            gb_id = reader.gb_id(row)
            if gb_id is None:
                continue
            if gb_id not in known:
                reader.stranger(row, gb_id)
                found.strangers.append(gb_id)
                continue
            for figure in reader.figures(row, _Known(*known[gb_id])):
                key = (figure.device, figure.begin, figure.end)
                before = first.setdefault(key, (row.number, figure))
                if before[1] != figure:
                    raise _twice(columns["id"], gb_id, before[0])
                if before[0] == row.number:
                    found.figures.append(figure)
        except _Fault as fault:
            faults.append(_diagnostic(file, row.number, fault))
    if faults:
        raise _refused(file, faults)
    return found


class _Reader:
    def __init__(
        self, columns: Mapping[str, int], source: str, as_of: str | None, taken_in: str
    ) -> None:
        self._columns = columns
        self._source = source
        self._as_of = as_of
        self._taken_in = taken_in

    def gb_id(self, row: SheetRow) -> str | None:
        """The id of a row; None for an empty row or one of sums below the table."""
        column = self._columns["id"]
        cell = row.cells.get(column)
        if cell is None or (isinstance(cell, str) and _plain(cell) in ("合计", "总计", "小计")):
            return None
        if isinstance(cell, float) or "E+" in cell.upper():
            raise _Fault(
                column,
                text(
                    "the id was typed as a number and has lost digits", "编码被存成数字，已丢失位数"
                ),
                text("export again with the column as text", "请将该列设为文本后重新导出"),
            )
        plain = _plain(cell).lstrip("'")
        if not _ID.match(plain):
            raise _Fault(
                column,
                text("{c} is no id of 20 digits", "{c} 不是 20 位编码", c=_cut(cell)),
                text("a GB/T 28181 id has 20 digits", "国标编码为 20 位数字"),
            )
        return plain

    def stranger(self, row: SheetRow, gb_id: str) -> None:
        """An id that nobody has is passed over, unless a spreadsheet has eaten its digits."""
        if gb_id.endswith("00000"):
            raise _Fault(
                self._columns["id"],
                text("{i} ends in zeros, as ids do that a spreadsheet rounded",
                     "{i} 末尾为零，疑似被表格软件取整", i=gb_id),
                text("export again with the column as text", "请将该列设为文本后重新导出"),
            )  # fmt: skip

    def figures(self, row: SheetRow, known: _Known) -> list[DeviceFigures]:
        """What one row says: of a day, of a moment, or both."""
        found = []
        day = self._day(row)
        told = self._told(row)
        retention = self._number(row, "retention", 3650.0)
        if told is not None:
            begin, online = told if day is None else (day, told[1])
            end = begin + _DAY_S
            found.append(
                self._figure(known, begin, end, end, online_s=online, offline_s=_DAY_S - online,
                             retention_days=retention)
            )  # fmt: skip
        state = self._state(row)
        if state is not None:
            at = self._moment(row)
            found.append(self._figure(known, at, at, at, online=state, retention_days=retention))
        if not found:
            column = self._columns.get("status", self._columns["id"])
            raise _Fault(
                column,
                text("the row says nothing of the device", "该行没有说明设备状态"),
                text("give 在线 or 离线, or an online time", "请填写在线/离线，或在线时长"),
            )
        return found

    def _figure(
        self, known: _Known, begin: float, end: float, as_of: float, **more: float | bool | None
    ) -> DeviceFigures:
        origin = Origin(
            evidence=Evidence.PLATFORM_EXPORTED,
            source=self._source,
            as_of=stamp(as_of),
            taken_in=self._taken_in,
        )
        return DeviceFigures.model_validate(
            {
                "device": known.device,
                "compound": known.compound,
                "begin": stamp(begin),
                "end": stamp(end),
                "origin": origin,
                **{name: value for name, value in more.items() if value is not None},
            }
        )

    def _told(self, row: SheetRow) -> tuple[float, float] | None:
        """(begin of the day, seconds online), where a time or a rate is told."""
        online: float | None = None
        column = 0
        for unit, factor in _UNIT_S.items():
            value = self._number(row, unit, _DAY_S / factor)
            if value is not None:
                online, column = value * factor, self._columns[unit]
        rate = self._rate(row)
        if online is None and rate is not None:
            online, column = rate * _DAY_S, self._columns["rate"]
        if online is None:
            return None
        day = self._day(row)
        if day is None:
            raise _Fault(
                column,
                text("of which day is that?", "未说明是哪一天"),
                text("a sheet of times needs a column 统计日期", "含时长的表格须有“统计日期”列"),
            )
        return day, round(online, 3)

    def _state(self, row: SheetRow) -> bool | None:
        column = self._columns.get("status")
        cell = None if column is None else row.cells.get(column)
        if cell is None or column is None:
            return None
        word = _plain(str(int(cell)) if isinstance(cell, float) else cell).lower()
        if word in _ONLINE | {"1"} or word in _OFFLINE | {"0"}:
            return word in _ONLINE | {"1"}
        raise _Fault(
            column,
            text("{c} is no status", "{c} 不是在线状态", c=_cut(str(cell))),
            text("在线 or 离线", "应为在线或离线"),
        )

    def _moment(self, row: SheetRow) -> float:
        column = self._columns.get("at")
        if column is not None and column in row.cells:
            return self._time(row.cells[column], column)
        day = self._day(row)
        if day is not None:
            # A status of a day without a time holds at its end.
            return day + _DAY_S
        if self._as_of is None:
            raise _Fault(
                self._columns["status"],
                text("when was that?", "未说明是何时的状态"),
                text(
                    "add a column 统计时间, or say --as-of TIME", "请增加“统计时间”列，或用 --as-of"
                ),
            )
        return datetime.fromisoformat(self._as_of.replace("Z", "+00:00")).timestamp()

    def _day(self, row: SheetRow) -> float | None:
        column = self._columns.get("day")
        if column is None or column not in row.cells:
            return None
        return day_begin(day_of(self._time(row.cells[column], column)))

    def _time(self, cell: CellValue, column: int) -> float:
        found: datetime | None = None
        if isinstance(cell, float) and 36_526 <= cell < 73_051:
            found = _EXCEL + timedelta(days=cell)
        elif isinstance(cell, str):
            plain = _plain(cell).replace("/", "-").replace("年", "-").replace("月", "-")
            plain = " ".join(plain.replace("日", " ").split())
            for form in _TIMES:
                try:
                    found = datetime.strptime(plain, form).replace(tzinfo=_EAST)
                    break
                except ValueError:
                    continue
        if found is None or stamp(found.timestamp()) > self._taken_in:
            raise _Fault(
                column,
                text("{c} is no time that is past", "{c} 不是已过去的时间", c=_cut(str(cell))),
                text("like 2026-11-24 08:00", "如 2026-11-24 08:00"),
            )
        return round(found.timestamp(), 3)

    def _number(self, row: SheetRow, name: str, most: float) -> float | None:
        column = self._columns.get(name)
        cell = None if column is None else row.cells.get(column)
        if cell is None or column is None:
            return None
        plain = _plain(str(cell)) if isinstance(cell, str) else ""
        value = cell if isinstance(cell, float) else float(plain) if _NUMBER.match(plain) else -1.0
        if not 0 <= value <= most:
            raise _Fault(
                column,
                text("{c} is no number from 0 to {m:g}", "{c} 不是 0 到 {m:g} 的数",
                     c=_cut(str(cell)), m=most),
                text("a number without its unit", "只填数字，不带单位"),
            )  # fmt: skip
        return value

    def _rate(self, row: SheetRow) -> float | None:
        column = self._columns.get("rate")
        cell = None if column is None else row.cells.get(column)
        if cell is None or column is None:
            return None
        if isinstance(cell, float):
            # A cell formatted as percent holds a share.
            value = cell if cell <= 1 else cell / 100
        else:
            plain = _plain(cell)
            bare = plain.rstrip("%")
            value = float(bare) / 100 if _NUMBER.match(bare) else -1.0
        if not 0 <= value <= 1:
            raise _Fault(
                column,
                text("{c} is no rate", "{c} 不是百分率", c=_cut(str(cell))),
                text("like 98.5%", "如 98.5%"),
            )
        return value


def _head(rows: Sequence[SheetRow], file: str) -> tuple[int, dict[str, int]]:
    for row in rows[:HEAD_ROWS]:
        columns: dict[str, int] = {}
        for column, cell in row.cells.items():
            key = _BY_HEADING.get(_heading(str(cell)))
            if key is not None:
                columns.setdefault(key, column)
        if "id" in columns and columns.keys() & {"status", "rate", *_UNIT_S}:
            return row.number, columns
    fault = _Fault(
        1,
        text("no headings are found", "未找到表头"),
        text(
            "one row must name 设备编码 and 在线状态, 在线时长 or 在线率",
            "须有一行同时含“设备编码”和“在线状态”“在线时长”或“在线率”",
        ),
    )
    raise _refused(file, [_diagnostic(file, rows[0].number if rows else 1, fault)])


def _heading(cell: str) -> str:
    """A heading without blanks and marks; brackets in one form."""
    plain = "".join(_plain(cell).split()).replace("(*)", "").replace("*", "")
    return plain.replace("[", "(").replace("]", ")")


def _plain(cell: str) -> str:
    """Full-width forms become plain ones (Unicode NFKC), blanks at the ends go."""
    return unicodedata.normalize("NFKC", cell).strip()


def _cut(cell: str) -> str:
    flat = " ".join(cell.split())
    return flat if len(flat) <= 30 else flat[:29] + "…"


def _twice(column: int, gb_id: str, first: int) -> _Fault:
    return _Fault(
        column,
        text("{i} says otherwise in row {n}", "{i} 与第 {n} 行矛盾", i=gb_id, n=first),
        text("one row for a device and time", "同一设备同一时间只能有一行"),
    )


def _diagnostic(file: str, row: int, fault: _Fault) -> Diagnostic:
    return Diagnostic(
        code="sheet",
        severity=Severity.ERROR,
        summary=fault.why,
        fix=fault.fix,
        position=Position(file=file, line=row, column=fault.column),
    )


def _refused(file: str, faults: Sequence[Diagnostic]) -> InventoryError:
    return InventoryError(
        text(
            "{f}: {n} cells cannot be so; nothing was taken in",
            "{f}：{n} 个单元格有误，未导入任何内容",
            f=file,
            n=len(faults),
        ),
        faults,
        text("the place is row:column", "位置为 行:列"),
    )
