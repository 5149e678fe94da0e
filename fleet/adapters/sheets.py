"""Reads .xlsx and .csv that people made, within limits that are checked while reading.

Own code on expat, because one cell in the last corner or a bomb in the zip made ready-made readers
end the process or fill the memory (ISO/IEC 29500-1, 18.3 worksheets; RFC 4180).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from fleet.model.errors import UsageError
from fleet.model.text import Text, text
from fleet.ports.sheets import CellValue, SheetRow

FILE_MAX = 64 * 1024 * 1024
PART_MAX = 400 * 1024 * 1024
TEXT_MAX = 64 * 1024 * 1024
CELLS_MAX = 5_000_000
COLUMNS_MAX = 256
_CHUNK = 64 * 1024
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")


def read_sheet(data: bytes) -> list[SheetRow]:
    """The first sheet of an .xlsx file, or a .csv file in UTF-8 or GB 18030; see SheetReader."""
    if len(data) > FILE_MAX:
        _refuse(text("it is over {n} MiB", "超过 {n} MiB", n=FILE_MAX // 2**20))
    if data.startswith(_OLE):
        _refuse(text("it is an old .xls, or has a password", "为旧版 .xls，或设有密码"))
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return _Workbook(archive).rows()
        except (zipfile.BadZipFile, KeyError, StopIteration, expat.ExpatError) as error:
            _refuse(text("it is no .xlsx file ({e})", "不是 .xlsx 文件（{e}）", e=error))
        except (ValueError, IndexError, EOFError, RuntimeError, OSError, zlib.error) as error:
            _refuse(text("it is damaged ({e})", "文件已损坏（{e}）", e=error))
    return _csv(data)


def _csv(data: bytes) -> list[SheetRow]:
    try:
        words = _decoded(data)
    except UnicodeDecodeError:
        _refuse(text("it is neither UTF-8 nor GB 18030", "既不是 UTF-8 也不是 GB 18030 编码"))
    if "\x00" in words:
        _refuse(text("it is no text", "不是文本文件"))
    delimiter = "\t" if "\t" in words.partition("\n")[0] else ","
    found, count = [], 0
    try:
        for number, line in enumerate(csv.reader(io.StringIO(words), delimiter=delimiter), 1):
            count += len(line)
            if count > CELLS_MAX:
                _refuse(_too_many())
            cells: dict[int, CellValue] = {
                column: cell.strip()
                for column, cell in enumerate(line[:COLUMNS_MAX], 1)
                if cell.strip()
            }
            if cells:
                found.append(SheetRow(number, cells))
    except csv.Error as error:
        _refuse(text("it is no .csv file ({e})", "不是 .csv 文件（{e}）", e=error))
    return found


def _decoded(data: bytes) -> str:
    """A byte order mark, then UTF-8 as a whole, then GB 18030: each strict."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


class _Workbook:
    """One open .xlsx file."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._shared: list[str] = []
        self._rows: dict[int, dict[int, CellValue]] = {}
        self._cells = 0

    def rows(self) -> list[SheetRow]:
        """The rows of the first sheet."""
        sheet = self._first_sheet()
        if "xl/sharedStrings.xml" in self._archive.namelist():
            self._shared = _Strings(self._archive).read("xl/sharedStrings.xml")
        _Cells(self._archive, self._put).read(sheet)
        return [SheetRow(n, cells) for n, cells in sorted(self._rows.items())]

    def _first_sheet(self) -> str:
        sheets = _attributes(self._archive, "xl/workbook.xml", "sheet")
        links = _attributes(self._archive, "xl/_rels/workbook.xml.rels", "Relationship")
        wanted = next(v for k, v in sheets[0].items() if k.rpartition(":")[2] == "id")
        target = next(link["Target"] for link in links if link["Id"] == wanted)
        return target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def _put(self, place: str, kind: str, told: str) -> None:
        self._cells += 1
        if self._cells > CELLS_MAX:
            _refuse(_too_many())
        match = _PLACE.match(place)
        if match is None:
            raise ValueError(f"cell {place!r}")
        column = 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - 64
        if column <= COLUMNS_MAX and told.strip():
            value: CellValue = told.strip()
            if kind == "s":
                value = self._shared[int(told)].strip()
            elif kind in ("", "n"):
                value = float(told)
            if value != "":
                self._rows.setdefault(int(match[2]), {})[column] = value


class _Part:
    """Parses one part of the archive, chunk by chunk."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = _no_doctype
        self._told: list[str] = []
        self._length = 0

    def parse(self, name: str) -> None:
        """Read a part; expat.ExpatError, ValueError where it is none."""
        size = 0
        with self._archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > PART_MAX:
                    _refuse(text("it unpacks to too much", "解压后过大"))
                self._parser.Parse(chunk, False)
        self._parser.Parse(b"", True)

    def _text(self, words: str) -> None:
        self._length += len(words)
        if self._length > TEXT_MAX:
            _refuse(text("it holds too much text", "文本过多"))
        self._told.append(words)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _end(self, name: str) -> None:
        raise NotImplementedError


class _Strings(_Part):
    """The shared strings (18.4.8); phonetic runs are no part of a string."""

    def read(self, name: str) -> list[str]:
        """All of them, in order."""
        self._found: list[str] = []
        self._phonetic = False
        self.parse(name)
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "rPh":
            self._phonetic = True
        elif _local(name) == "si":
            self._item: list[str] = []
        elif _local(name) == "t":
            self._told = []

    def _end(self, name: str) -> None:
        if _local(name) == "rPh":
            self._phonetic = False
        elif _local(name) == "t" and not self._phonetic:
            self._item.append("".join(self._told))
        elif _local(name) == "si":
            self._found.append("".join(self._item))


class _Cells(_Part):
    """The cells of one sheet (18.3.1.4)."""

    def __init__(self, archive: zipfile.ZipFile, put: Callable[[str, str, str], None]) -> None:
        super().__init__(archive)
        self._put = put

    def read(self, name: str) -> None:
        """Hand each cell to `put`: its place, its type and what it holds."""
        self._place = self._kind = self._value = ""
        self.parse(name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "c":
            self._place, self._kind = attributes.get("r", ""), attributes.get("t", "")
            self._value = ""
        elif _local(name) in ("v", "t"):
            self._told = []

    def _end(self, name: str) -> None:
        if _local(name) in ("v", "t"):
            self._value += "".join(self._told)
        elif _local(name) == "c":
            self._put(self._place, self._kind, self._value)


class _Attributes(_Part):
    """The attributes of every element of one name."""

    def read(self, name: str, element: str) -> list[dict[str, str]]:
        """In order."""
        self._element = element
        self._found: list[dict[str, str]] = []
        self.parse(name)
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) == self._element:
            self._found.append(attributes)

    def _end(self, name: str) -> None:
        """Nothing is inside."""


def _attributes(archive: zipfile.ZipFile, name: str, element: str) -> list[dict[str, str]]:
    found = _Attributes(archive).read(name, element)
    if not found:
        raise KeyError(element)
    return found


def _no_doctype(*_: object) -> None:
    raise ValueError("a document type")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _too_many() -> Text:
    return text("it has over {n} cells", "单元格超过 {n} 个", n=CELLS_MAX)


def _refuse(why: Text) -> NoReturn:
    raise UsageError(
        text("the sheet cannot be read: {w}", "无法读取表格：{w}", w=why),
        text("give .xlsx, or .csv in UTF-8 or GB 18030", "请提供 .xlsx，或 UTF-8/GB 18030 的 .csv"),
    )
