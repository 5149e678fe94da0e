"""Office files: equal content gives equal bytes, whatever the time, the zone, the hash seed."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.adapters.documents import OfficeWriter
from fleet.adapters.documents.archive import printable, repacked
from fleet.model.document import (
    Attachments,
    Document,
    Heading,
    Paragraph,
    Recipient,
    Sheet,
    Signature,
    Table,
    Title,
    Workbook,
)

MADE = "2026-11-25T01:02:03Z"
DOCUMENT = Document(
    lang="zh",
    name="monthly-340705-2026-11",
    author="铜陵市公安局铜官分局",
    made=MADE,
    blocks=(
        Title(lines=("月报告", "（2026年11月）")),
        Recipient(text="市公安局："),
        Paragraph(text="已逾期3日。", strong=True),
        Heading(level=1, text="一、建设进展"),
        Heading(level=2, text="（一）小区情况"),
        Paragraph(text="在册小区2个。"),
        Table(
            header=("类别", "合计"), rows=(("新建", "1"), ("老旧", "1")), widths=(3, 1), right=(1,)
        ),
        Attachments(label="附件：", names=("1. 明细表", "2. 机读数据")),
        Signature(issuer="铜陵市公安局铜官分局", date="2026年11月25日"),
    ),
)
WORKBOOK = Workbook(
    name="monthly",
    author="分局",
    made=MADE,
    sheets=(
        Sheet(
            name="设备",
            columns=("编号", "国标编码", "数量", "率"),
            rows=(
                ("a", "34070501011327000001", 3, 0.5),
                ("=1+1", "00123", 0, None),
            ),
            widths=(10, 24, 8, 8),
        ),
        Sheet(name="空", columns=("编号",), rows=()),
    ),
)
WRITER = OfficeWriter()
CODE = """
import hashlib
from fleet.adapters.documents import OfficeWriter
from tests.adapters.test_documents import DOCUMENT, WORKBOOK
for data in (OfficeWriter().docx(DOCUMENT), OfficeWriter().xlsx(WORKBOOK)):
    print(hashlib.sha256(data).hexdigest())
"""


def members(data: bytes) -> list[zipfile.ZipInfo]:
    """The members of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return archive.infolist()


def member(data: bytes, name: str) -> str:
    """One member as text."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_another_process_writes_the_same_bytes() -> None:
    """Another zone, hash seed and locale, and some time later."""
    mine = [hashlib.sha256(d).hexdigest() for d in (WRITER.docx(DOCUMENT), WRITER.xlsx(WORKBOOK))]
    env = dict(os.environ) | {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7", "LC_ALL": "C"}

    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=env,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=50,
        check=True,
    )

    assert mine == done.stdout.split()


@pytest.mark.parametrize("data", [WRITER.docx(DOCUMENT), WRITER.xlsx(WORKBOOK)])
def test_members_tell_nothing_of_the_time_of_saving(data: bytes) -> None:
    """Fixed times, order and attributes; the list of types leads."""
    found = members(data)

    assert {m.date_time for m in found} == {(1980, 1, 1, 0, 0, 0)}
    assert {(m.create_system, m.external_attr, m.extra, m.comment) for m in found} == {
        (0, 0o600 << 16, b"", b"")
    }
    names = [m.filename for m in found]
    assert names[0] == "[Content_Types].xml"
    assert names[1:] == sorted(names[1:])


@pytest.mark.parametrize("data", [WRITER.docx(DOCUMENT), WRITER.xlsx(WORKBOOK)])
def test_properties_are_those_of_the_report(data: bytes) -> None:
    """Made and modified at the report's time, by its issuer; nothing of this machine's user."""
    core = member(data, "docProps/core.xml")

    assert core.count("2026-11-25T01:02:03Z") == 2
    assert "分局" in core
    assert "python-docx" not in core
    assert "openpyxl" not in core


def test_the_document_reads_back() -> None:
    """A second reader finds every text in its order."""
    found = docx.Document(io.BytesIO(WRITER.docx(DOCUMENT)))

    texts = [p.text for p in found.paragraphs if p.text]
    assert texts == [
        "月报告",
        "（2026年11月）",
        "市公安局：",
        "已逾期3日。",
        "一、建设进展",
        "（一）小区情况",
        "在册小区2个。",
        "附件：1. 明细表",
        "2. 机读数据",
        "铜陵市公安局铜官分局",
        "2026年11月25日",
    ]
    (table,) = found.tables
    assert [[c.text for c in r.cells] for r in table.rows] == [
        ["类别", "合计"],
        ["新建", "1"],
        ["老旧", "1"],
    ]


def test_the_workbook_reads_back() -> None:
    """Ids stay texts with all their digits, and nothing is a formula."""
    found = openpyxl.load_workbook(io.BytesIO(WRITER.xlsx(WORKBOOK)))

    assert found.sheetnames == ["设备", "空"]
    rows = [[c.value for c in r] for r in found["设备"].iter_rows()]
    assert rows == [
        ["编号", "国标编码", "数量", "率"],
        ["a", "34070501011327000001", 3, 0.5],
        ["=1+1", "00123", 0, None],
    ]
    assert found["设备"]["A3"].data_type == "s"
    assert found["设备"].freeze_panes == "B2"
    assert found["设备"].auto_filter.ref == "A1:D3"
    assert found["空"].max_row == 1


def test_what_xml_cannot_hold_is_left_out() -> None:
    """A device's name may hold anything; the file must open."""
    spoiled = "门\x00一\x0b\ud7ff\uffff"
    document = DOCUMENT.model_copy(update={"blocks": (Paragraph(text=spoiled),)})
    sheet = Sheet(name="x", columns=("a",), rows=((spoiled,),))
    workbook = WORKBOOK.model_copy(update={"sheets": (sheet,)})

    text = docx.Document(io.BytesIO(WRITER.docx(document))).paragraphs[0].text
    cell = openpyxl.load_workbook(io.BytesIO(WRITER.xlsx(workbook)))["x"]["A2"].value

    assert text == cell == printable(spoiled) == "门一\ud7ff"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=20, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_any_text_gives_a_file_that_opens(texts: list[str]) -> None:
    """Twice the same bytes, and as many paragraphs as were given."""
    document = DOCUMENT.model_copy(update={"blocks": tuple(Paragraph(text=t) for t in texts)})

    data = WRITER.docx(document)

    assert data == WRITER.docx(document)
    assert len(docx.Document(io.BytesIO(data)).paragraphs) == len(texts)


def test_a_repacked_archive_keeps_its_content() -> None:
    """Other bytes only where they are replaced, also by nothing of the same name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("b", "two")
        archive.writestr("a", "one")

    data = repacked(out.getvalue(), {"b": b"new", "c": b"unknown"})

    assert [m.filename for m in members(data)] == ["a", "b"]
    assert (member(data, "a"), member(data, "b")) == ("one", "new")
