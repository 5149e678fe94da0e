"""A workbook's sheets as an .xlsx; equal sheets give equal bytes.

Text stays text: an id of 20 digits is no number, and nothing that begins with `=` is a formula.
"""

from __future__ import annotations

import io

from openpyxl import Workbook as Xlsx
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring

from fleet.adapters.documents.archive import moment, printable, repacked
from fleet.model.document import Cell, Sheet, Workbook

_FONT, _BOLD = Font(name="宋体", size=11), Font(name="宋体", size=11, bold=True)
_WRAP = Alignment(vertical="top", wrap_text=True)
_THIN = Side(style="thin", color="FFBFBFBF")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="FFE7EDF5")
_PROPERTIES = "docProps/core.xml"


def write_xlsx(workbook: Workbook) -> bytes:
    """The file's bytes."""
    made = Xlsx()
    made.remove(made.worksheets[0])
    for sheet in workbook.sheets:
        _sheet(made.create_sheet(printable(sheet.name)[:31]), sheet)
    core, at = made.properties, moment(workbook.made)
    core.title, core.creator = printable(workbook.name), printable(workbook.author)
    core.lastModifiedBy = core.creator
    core.created = at
    out = io.BytesIO()
    made.save(out)
    # The library sets this to the time of saving, whatever it was.
    core.modified = at
    return repacked(out.getvalue(), {_PROPERTIES: tostring(core.to_tree())})


def _sheet(made: Worksheet, sheet: Sheet) -> None:
    for column, name in enumerate(sheet.columns, 1):
        _put(made, 1, column, name)
        made.cell(1, column).font, made.cell(1, column).fill = _BOLD, _HEAD
    for number, row in enumerate(sheet.rows, 2):
        for column, value in enumerate(row, 1):
            if value is not None:
                _put(made, number, column, value)
    for column, width in enumerate(sheet.widths, 1):
        made.column_dimensions[get_column_letter(column)].width = width
    made.freeze_panes = "B2"
    last = f"{get_column_letter(len(sheet.columns))}{len(sheet.rows) + 1}"
    made.auto_filter.ref = f"A1:{last}"
    made.page_setup.orientation, made.page_setup.paperSize = "landscape", 9
    made.page_setup.fitToWidth, made.page_setup.fitToHeight = 1, 0
    made.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    made.print_title_rows = "1:1"


def _put(made: Worksheet, row: int, column: int, value: Cell) -> None:
    cell = made.cell(row, column)
    cell.value = printable(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font, cell.alignment, cell.border = _FONT, _WRAP, _BORDER
