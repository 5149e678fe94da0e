"""Sheets that people made: written by openpyxl, by hand, in three encodings, and as bombs."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.adapters.sheets import COLUMNS_MAX, read_sheet
from fleet.model.errors import UsageError
from fleet.ports.sheets import SheetReader

READ: SheetReader = read_sheet
ID = "34070501011327000001"
CONTENT = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
    '2006/main"><sheetData>{rows}</sheetData></worksheet>'
)


def book(*rows: list[object]) -> bytes:
    """An .xlsx by openpyxl."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def by_hand(rows: str, **parts: str) -> bytes:
    """An .xlsx whose only sheet is as the test writes it."""
    data = io.BytesIO()
    space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns:r="{space}"><sheets><sheet name="a" r:id="rId7"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="rId7" Target="worksheets/s.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/s.xml", CONTENT.format(rows=rows))
        for name, words in parts.items():
            archive.writestr(name, words)
    return data.getvalue()


def refused(data: bytes) -> str:
    """Why a file cannot be read."""
    with pytest.raises(UsageError) as caught:
        READ(data)
    assert caught.value.fix is not None
    return str(caught.value)


def test_text_numbers_and_dates_keep_their_kinds() -> None:
    """Goal: an id typed as a number is seen as one; empty cells are no cells."""
    rows = READ(
        book(["设备编码", "状态", None, "时长"], [], [ID, "在线", None, 23.5],
             [34070501011327000001, " 离线 ", "", datetime(2026, 11, 24)])
    )  # fmt: skip

    assert [r.number for r in rows] == [1, 3, 4]
    assert rows[0].cells == {1: "设备编码", 2: "状态", 4: "时长"}
    assert rows[1].cells == {1: ID, 2: "在线", 4: 23.5}
    assert isinstance(rows[2].cells[1], float)
    assert rows[2].cells[2] == "离线"
    assert rows[2].cells[4] == 46350.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_csv_in_every_encoding_that_is_met(encoding: str, delimiter: str) -> None:
    """Goal: the same cells, whatever wrote them."""
    line = delimiter.join((ID, "在线", '"一,二"'))
    data = f"设备编码{delimiter}状态{delimiter}名称\r\n\r\n{line}\r\n".encode(encoding)

    rows = READ(data)

    assert rows[0].cells == {1: "设备编码", 2: "状态", 3: "名称"}
    assert rows[1].number == 3
    assert rows[1].cells == {1: ID, 2: "在线", 3: "一,二"}


def test_inline_and_rich_strings() -> None:
    """Goal: strings in every form that writers use; phonetic hints are no part of them."""
    rows = READ(
        by_hand(
            '<row r="2"><c r="A2" t="inlineStr"><is><r><t>在</t></r><r><t>线</t></r></is></c>'
            '<c r="B2" t="s"><v>0</v></c><c r="C2" t="str"><f>A1</f><v>x</v></c>'
            '<c r="D2" t="e"><v>#DIV/0!</v></c><c r="E2"/></row>',
            **{"xl/sharedStrings.xml": "<sst><si><t>离线</t><rPh><t>lixian</t></rPh></si></sst>"},
        )
    )

    assert rows[0].cells == {1: "在线", 2: "离线", 3: "x", 4: "#DIV/0!"}


def test_a_cell_in_the_last_corner_costs_nothing() -> None:
    """Symptom: ready-made readers gave a million rows, or ended the process."""
    rows = READ(by_hand('<row><c r="XFD1048576"><v>1</v></c><c r="A1048576"><v>2</v></c></row>'))

    assert [(r.number, dict(r.cells)) for r in rows] == [(1_048_576, {1: 2.0})]
    assert COLUMNS_MAX < 16_384


def test_a_bomb_is_stopped_while_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: limits are checked while reading: size, text, cells."""
    from fleet.adapters import sheets

    monkeypatch.setattr(sheets, "PART_MAX", 100_000)
    assert "unpacks to too much" in refused(by_hand(" " * 1_000_000))
    monkeypatch.setattr(sheets, "PART_MAX", 10_000_000)
    monkeypatch.setattr(sheets, "TEXT_MAX", 1000)
    cell = f'<c r="A1" t="str"><v>{"x" * 2000}</v></c>'
    assert "too much text" in refused(by_hand(f"<row>{cell}</row>"))
    monkeypatch.setattr(sheets, "CELLS_MAX", 10)
    cells = "".join(f'<c r="A{n}"><v>1</v></c>' for n in range(1, 20))
    assert "over 10 cells" in refused(by_hand(f"<row>{cells}</row>"))
    assert "over 10 cells" in refused(b"a,b,c,d\n" * 5)
    monkeypatch.setattr(sheets, "FILE_MAX", 10)
    assert "over 0 MiB" in refused(b"a,b,c,d\n" * 5)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x", "password"),
        (b"PK\x03\x04 nothing", "no .xlsx"),
        (b"\x00\x01\x02", "no text"),
        (b"\xff\xff\xff", "neither"),
        (b'a,"' + b"x" * 200_000, "no .csv"),
        (by_hand("<row><c r='1A'><v>1</v></c></row>"), "damaged"),
        (by_hand("<row><c r='A1' t='s'><v>4</v></c></row>"), "damaged"),
        (by_hand("<row>"), "no .xlsx"),
        (by_hand("<row><c r='A1'><v>one</v></c></row>"), "damaged"),
    ],
)
def test_what_is_no_sheet(data: bytes, why: str) -> None:
    """Goal: each kind of wrong file is told in words."""
    assert why in refused(data)


def test_an_entity_bomb_is_refused() -> None:
    """Goal: no document type, so nothing expands."""
    entity = '<!DOCTYPE a [<!ENTITY b "xxxx">]><worksheet>&b;</worksheet>'
    data = io.BytesIO(by_hand(""))
    made = io.BytesIO()
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, entity if name.endswith("s.xml") else old.read(name))

    assert "document type" in refused(made.getvalue())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.integers(0, 900))
def test_any_bytes_end_in_rows_or_in_words(noise: bytes, at: int) -> None:
    """Goal: no traceback for any file, damaged ones included."""
    whole = by_hand('<row><c r="A1"><v>1</v></c></row>')
    for data in (noise, whole[:at] + noise + whole[at + len(noise) :]):
        try:
            rows = READ(data)
        except UsageError:
            continue
        assert all(row.cells for row in rows)
