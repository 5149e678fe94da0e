"""The documents port: blocks and sheets in, the bytes of a file out; equal values, equal bytes."""

from __future__ import annotations

from typing import Protocol

from fleet.model.document import Document, Workbook


class DocumentWriter(Protocol):
    """Writes office files; never reads a clock, a locale or a time zone."""

    def docx(self, document: Document) -> bytes:
        """The bytes of a .docx file (ISO/IEC 29500) on the page of GB/T 9704-2012."""
        ...

    def xlsx(self, workbook: Workbook) -> bytes:
        """The bytes of an .xlsx file (ISO/IEC 29500)."""
        ...
