"""Writers of office files whose bytes follow from their content alone."""

from fleet.adapters.documents.docx import write_docx
from fleet.adapters.documents.xlsx import write_xlsx
from fleet.model.document import Document, Workbook

__all__ = ["OfficeWriter", "write_docx", "write_xlsx"]


class OfficeWriter:
    """Implements `fleet.ports.documents.DocumentWriter`."""

    def docx(self, document: Document) -> bytes:
        """The bytes of a .docx file."""
        return write_docx(document)

    def xlsx(self, workbook: Workbook) -> bytes:
        """The bytes of an .xlsx file."""
        return write_xlsx(workbook)
