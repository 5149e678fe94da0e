"""The page of GB/T 9704-2012, asserted on the XML: A4, margins, fonts, 22 lines of 28 characters.

The arithmetic below is the reader's: the full-width page was laid out by LibreOffice once, with 28
characters on each of 22 lines and the next one on the second page.
"""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from lxml import etree

from fleet.adapters.documents import write_docx
from fleet.adapters.documents.page import STYLES
from fleet.model.document import (
    Attachments,
    Block,
    Document,
    Paragraph,
    Recipient,
    Signature,
    Table,
)
from tests.adapters.test_documents import DOCUMENT

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NS = {"w": W.strip("{}")}
TWIPS_PER_MM = 1440 / 25.4
# One paragraph that fills a page and one character of the next.
FULL = Document(
    lang="zh",
    name="full",
    author="x",
    made="2026-11-25T00:00:00Z",
    blocks=(Recipient(text="国" * (28 * 22 + 1)),),
)


def part(document: Document, name: str) -> etree._Element:
    """One member of the file as XML."""
    with zipfile.ZipFile(io.BytesIO(write_docx(document))) as archive:
        return etree.fromstring(archive.read(name))


def names(document: Document) -> list[str]:
    """The file's members."""
    with zipfile.ZipFile(io.BytesIO(write_docx(document))) as archive:
        return archive.namelist()


def number(element: etree._Element, path: str, name: str) -> int:
    """A numeric attribute of the one element at a path."""
    (found,) = element.findall(path, NS)
    return int(found.attrib[W + name])


def style(name: str) -> etree._Element:
    """A style by its name."""
    for found in part(FULL, "word/styles.xml").findall("w:style", NS):
        if found.find("w:name", NS).attrib[W + "val"] == name:  # type: ignore[union-attr]  # each has a name
            return found
    raise KeyError(name)


def section() -> etree._Element:
    """The page of the document."""
    (found,) = part(FULL, "word/document.xml").findall("w:body/w:sectPr", NS)
    return found


def test_a4_with_the_national_margins() -> None:
    """210 x 297 mm; 37 above, 35 below, 28 at the binding, 26 at the right (5.2.1)."""
    page = section()
    wanted = {"top": 37, "bottom": 35, "left": 28, "right": 26}

    assert number(page, "w:pgSz", "w") == pytest.approx(210 * TWIPS_PER_MM, abs=1)
    assert number(page, "w:pgSz", "h") == pytest.approx(297 * TWIPS_PER_MM, abs=1)
    for side, millimetres in wanted.items():
        assert number(page, "w:pgMar", side) == pytest.approx(millimetres * TWIPS_PER_MM, abs=1)


def test_there_is_no_document_grid() -> None:
    """It would move lines and characters; no style snaps to one either."""
    assert section().find("w:docGrid", NS) is None
    for wanted in STYLES:
        assert number(style(wanted.name), "w:pPr/w:snapToGrid", "val") == 0


@pytest.mark.parametrize("name", ["Body", "Flush", "Level 1", "Level 2"])
def test_a_line_has_exactly_28_characters_and_a_page_22_lines(name: str) -> None:
    """From the XML alone: widths and heights in twentieths of a point (5.2.3)."""
    page, found = section(), style(name)
    width = number(page, "w:pgSz", "w") - number(page, "w:pgMar", "left")
    width -= number(page, "w:pgMar", "right")
    height = number(page, "w:pgSz", "h") - number(page, "w:pgMar", "top")
    height -= number(page, "w:pgMar", "bottom")

    size = number(found, "w:rPr/w:sz", "val") * 10
    character = size + number(found, "w:rPr/w:spacing", "val")
    line = number(found, "w:pPr/w:spacing", "line")

    assert size == 320
    assert width // character == 28
    assert line == 578
    assert height // line == 22
    (spacing,) = found.findall("w:pPr/w:spacing", NS)
    assert spacing.attrib[W + "lineRule"] == "exact"
    assert (spacing.attrib[W + "before"], spacing.attrib[W + "after"]) == ("0", "0")


def test_nothing_in_the_full_page_overrides_its_style() -> None:
    """One paragraph, one run, no spacing of its own: the arithmetic above is the page's."""
    body = part(FULL, "word/document.xml")

    (paragraph,) = body.findall("w:body/w:p", NS)
    assert [c.tag for c in paragraph.find("w:pPr", NS)] == [W + "pStyle"]  # type: ignore[union-attr]  # has one
    (run,) = paragraph.findall("w:r", NS)
    assert [c.tag for c in run] == [W + "t"]
    assert len(run.findtext("w:t", namespaces=NS) or "") == 617


def test_lines_are_not_made_longer_or_moved() -> None:
    """No hanging punctuation, no space between scripts, no moved widows, full-width marks kept."""
    found = style("Body")

    for name in ("overflowPunct", "autoSpaceDE", "autoSpaceDN", "adjustRightInd", "widowControl"):
        assert number(found, f"w:pPr/w:{name}", "val") == 0
    control = part(FULL, "word/settings.xml").find("w:characterSpacingControl", NS)
    assert control is not None
    assert control.attrib[W + "val"] == "doNotCompress"


@pytest.mark.parametrize(
    ("name", "font", "half_points", "indent"),
    [
        ("Body", "仿宋_GB2312", 32, 200),
        ("Level 1", "黑体", 32, 200),
        ("Level 2", "楷体_GB2312", 32, 200),
        ("Report Title", "方正小标宋简体", 44, None),
        ("Page Number", "宋体", 28, None),
    ],
)
def test_fonts_of_the_standard(name: str, font: str, half_points: int, indent: int | None) -> None:
    """Size 3 仿宋, headings 黑体 and 楷体, size 2 title, size 4 page numbers (5.2.2, 7)."""
    found = style(name)

    (fonts,) = found.findall("w:rPr/w:rFonts", NS)
    assert fonts.attrib[W + "eastAsia"] == font
    assert number(found, "w:rPr/w:sz", "val") == half_points
    first = found.find("w:pPr/w:ind", NS)
    assert (int(first.attrib[W + "firstLineChars"]) if first is not None else None) == indent


def test_order_of_a_styles_properties_is_the_schemas() -> None:
    """A strict reader refuses elements out of order (ISO/IEC 29500-1, 17.3.1.26)."""
    order = ["keepNext", "keepLines", "widowControl", "overflowPunct", "autoSpaceDE"]
    order += ["autoSpaceDN", "adjustRightInd", "snapToGrid", "spacing", "ind", "jc"]
    for wanted in STYLES:
        found = [c.tag.removeprefix(W) for c in style(wanted.name).find("w:pPr", NS)]  # type: ignore[union-attr]  # has one
        assert found == sorted(found, key=order.index), wanted.name


def test_page_numbers_stand_outside() -> None:
    """— 1 —: odd pages to the right, even ones to the left, one character in (7.5)."""
    settings = part(FULL, "word/settings.xml")
    assert settings.find("w:evenAndOddHeaders", NS) is not None

    sides = []
    for name in sorted(n for n in names(FULL) if re.fullmatch(r"word/footer\d\.xml", n)):
        footer = part(FULL, name)
        assert "".join(map(str, footer.itertext())) == "— 1 —"
        assert footer.find(".//w:fldSimple", NS).attrib[W + "instr"] == "PAGE"  # type: ignore[union-attr]  # has one
        (align,) = footer.findall(".//w:jc", NS)
        sides.append(align.attrib[W + "val"])
        indent = footer.find(".//w:ind", NS)
        assert "100" in (indent.attrib.values() if indent is not None else ())
    assert sorted(sides) == ["left", "right"]


def test_the_template_carries_nothing_along() -> None:
    """No thumbnail, theme, numbering or custom XML; only the styles that are used here."""
    assert sorted(names(FULL)) == [
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/core.xml",
        "word/_rels/document.xml.rels",
        "word/document.xml",
        "word/footer1.xml",
        "word/footer2.xml",
        "word/settings.xml",
        "word/styles.xml",
    ]
    found = part(FULL, "word/styles.xml").findall("w:style", NS)
    assert len(found) == len(STYLES) + 1
    assert len(write_docx(FULL)) < 12_000


def test_a_table_fills_the_text_width_and_repeats_its_header() -> None:
    """Fixed widths that add up to 156 mm; rows do not break over pages."""
    table = Table(header=("a", "b", "c"), rows=(("1", "2", "3"),) * 60, widths=(5, 3, 4))
    body = part(DOCUMENT.model_copy(update={"blocks": (table,)}), "word/document.xml")

    columns = [int(c.attrib[W + "w"]) for c in body.findall(".//w:gridCol", NS)]
    assert sum(columns) == pytest.approx(156 * TWIPS_PER_MM, abs=3)
    assert columns[0] / columns[1] == pytest.approx(5 / 3, rel=0.01)
    rows = body.findall(".//w:tr", NS)
    assert [r.find("w:trPr/w:tblHeader", NS) is not None for r in rows] == [True] + [False] * 60
    assert all(r.find("w:trPr/w:cantSplit", NS) is not None for r in rows)
    layout = body.find(".//w:tblLayout", NS)
    assert layout is not None
    assert layout.attrib[W + "type"] == "fixed"
    for row in rows:
        assert [int(c.attrib[W + "w"]) for c in row.findall("w:tc/w:tcPr/w:tcW", NS)] == columns


def test_the_date_is_centred_below_the_signature() -> None:
    """The shorter line is moved in by half of the difference (7.3.5)."""
    block = Signature(issuer="铜陵市公安局铜官分局", date="2026年11月25日")
    body = part(DOCUMENT.model_copy(update={"blocks": (block,)}), "word/document.xml")

    right = [
        int(ind.attrib[W + "rightChars"])
        for p in body.findall("w:body/w:p", NS)
        if p.findtext("w:r/w:t", namespaces=NS) and (ind := p.find("w:pPr/w:ind", NS)) is not None
    ]

    # 10 characters against 3 characters and 8 half ones: 1.5 characters on each side.
    assert right == [200, 350]


def kept(blocks: tuple[Block, ...]) -> list[tuple[str, bool]]:
    """Each paragraph outside of tables, with whether it stays with the next one."""
    body = part(DOCUMENT.model_copy(update={"blocks": blocks}), "word/document.xml")
    return [
        (
            p.findtext("w:r/w:t", namespaces=NS) or "",
            p.find("w:pPr/w:keepNext", NS) is not None,
        )
        for p in body.findall("w:body/w:p", NS)
    ]


@pytest.mark.parametrize(("rows", "together"), [(2, True), (10, True), (11, False)])
def test_short_tables_stay_on_one_page_with_what_introduces_them(rows: int, together: bool) -> None:
    """All rows but the last are kept with the next; a longer table breaks between rows."""
    table = Table(header=("a",), rows=(("1",),) * rows, widths=(1,))
    blocks = (Paragraph(text="free"), Paragraph(text="intro"), table, Paragraph(text="after"))

    body = part(DOCUMENT.model_copy(update={"blocks": blocks}), "word/document.xml")
    flags = [p.find("w:pPr/w:keepNext", NS) is not None for p in body.findall(".//w:tbl//w:p", NS)]

    assert flags == [False] + [together] * (rows - 1) + [False]
    assert kept(blocks) == [("free", False), ("intro", True), ("", False), ("after", False)]


def test_headings_stay_with_their_text() -> None:
    """Both levels and the title."""
    for name in ("Level 1", "Level 2", "Report Title"):
        assert style(name).find("w:pPr/w:keepNext", NS) is not None


def test_a_signature_never_stands_alone() -> None:
    """Attachments, the empty lines and the signing body are kept with the date."""
    blocks = (
        Attachments(label="附件：", names=("1. 甲", "2. 乙")),
        Signature(issuer="分局", date="2026年11月25日"),
    )

    assert kept(blocks) == [
        ("", False),
        ("附件：1. 甲", True),
        ("2. 乙", True),
        ("", True),
        ("", True),
        ("分局", True),
        ("2026年11月25日", False),
    ]
