"""A document's blocks as a .docx on the page of GB/T 9704-2012; equal blocks give equal bytes."""

from __future__ import annotations

import io

import docx
from docx.document import Document as Docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table as DocxTable
from docx.table import _Row

from fleet.adapters.documents.archive import moment, printable, repacked
from fleet.adapters.documents.page import TEXT_WIDTH_MM, indent, lay_out
from fleet.model.document import (
    Attachments,
    Block,
    Document,
    Heading,
    Paragraph,
    Recipient,
    Signature,
    Table,
    Title,
)

# Tables of up to so many rows stay on one page; longer ones break, their header again on top.
_TOGETHER = 10


def write_docx(document: Document) -> bytes:
    """The file's bytes."""
    made = docx.Document()
    lay_out(made)
    _properties(made, document)
    for block, following in zip(document.blocks, (*document.blocks[1:], None), strict=True):
        _block(made, block)
        if isinstance(block, Paragraph) and isinstance(following, Table):
            # What introduces a table stands on its page.
            made.paragraphs[-1].paragraph_format.keep_with_next = True
            made.paragraphs[-1].paragraph_format.keep_together = True
    out = io.BytesIO()
    made.save(out)
    return repacked(out.getvalue())


def _properties(made: Docx, document: Document) -> None:
    """The core properties: what is known from the content, and nothing of this machine."""
    core = made.core_properties
    core.title, core.author = printable(document.name), printable(document.author)
    core.last_modified_by = printable(document.author)
    core.created = core.modified = moment(document.made)
    core.language = "zh-CN" if document.lang == "zh" else "en"
    core.comments = core.keywords = core.subject = core.category = ""
    core.revision = 1


def _block(made: Docx, block: Block) -> None:
    match block:
        case Title():
            for line in block.lines:
                made.add_paragraph(printable(line), "Report Title")
            made.add_paragraph("", "Flush")
        case Recipient():
            made.add_paragraph(printable(block.text), "Flush")
        case Heading():
            made.add_paragraph(printable(block.text), f"Level {block.level}")
        case Paragraph():
            made.add_paragraph("", "Body").add_run(printable(block.text)).bold = (
                True if block.strong else None
            )
        case Table():
            _table(made, block)
        case Attachments():
            _attachments(made, block)
        case Signature():
            _signature(made, block)


def _table(made: Docx, block: Table) -> None:
    table = made.add_table(rows=0, cols=len(block.header))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    _borders(table)
    unit = TEXT_WIDTH_MM / sum(block.widths)
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Mm(share * unit)
    _row(table, block, block.header, ["Head"] * len(block.header), head=True)
    styles = ["Number" if n in block.right else "Cell" for n in range(len(block.header))]
    for cells in block.rows:
        _row(table, block, cells, styles)
    if len(block.rows) <= _TOGETHER:
        for row in table.rows[1:-1]:
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    # A little air; and LibreOffice keeps a heading with its text only if no table is right above.
    made.add_paragraph("", "Gap")


def _row(
    table: DocxTable, block: Table, cells: tuple[str, ...], styles: list[str], head: bool = False
) -> None:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # python-docx left it bare
    _flag(row, "cantSplit")
    if head:
        _flag(row, "tblHeader")
    unit = TEXT_WIDTH_MM / sum(block.widths)
    for cell, text, style, share in zip(row.cells, cells, styles, block.widths, strict=True):
        cell.width = Mm(share * unit)
        cell.paragraphs[0].style = style
        cell.paragraphs[0].add_run(printable(text))


def _flag(row: _Row, name: str) -> None:
    """Rows do not break over pages; the header comes again on each."""
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def _borders(table: DocxTable) -> None:
    """Thin lines all round, and a little room beside the text."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        room = OxmlElement(f"w:{side}")
        room.set(qn("w:w"), "60")
        room.set(qn("w:type"), "dxa")
        margins.append(room)
    # The schema wants the borders before the layout and the margins after it.
    at = [child.tag for child in properties].index(qn("w:tblLayout"))
    properties.insert(at + 1, margins)
    properties.insert(at, borders)


def _attachments(made: Docx, block: Attachments) -> None:
    """7.3.4: an empty line below the text, two characters in; later names stand under the first."""
    made.add_paragraph("", "Body")
    wide = sum(100 if ord(c) > 0xFF else 50 for c in block.label)
    for number, name in enumerate(block.names):
        paragraph = made.add_paragraph("", "Flush")
        # A file's name has no place to stretch: justified, its line would be pulled apart.
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
        # The signature never stands on a page without anything of the report.
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run(printable(block.label + name if number == 0 else name))
        indent(paragraph, leftChars=200 if number == 0 else 200 + wide)


def _signature(made: Docx, block: Signature) -> None:
    """7.3.5: the signing body and the date below it, centred on each other, to the right."""
    for _ in range(2):
        made.add_paragraph("", "Body").paragraph_format.keep_with_next = True
    widths = [sum(2 if ord(c) > 0xFF else 1 for c in s) for s in (block.issuer, block.date)]
    edge, widest = 200, max(widths)
    for text, wide in zip((block.issuer, block.date), widths, strict=True):
        paragraph = made.add_paragraph(printable(text), "Flush")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.keep_with_next = True if text == block.issuer else None
        indent(paragraph, rightChars=edge + (widest - wide) * 25)
