"""A document as blocks, and a workbook as sheets: what the writers turn into .docx and .xlsx.

Texts are rendered already: a document is in one language. Nothing here knows of a file format.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.text import Lang


class Title(Frozen):
    """The title, centred; one line an entry."""

    lines: tuple[str, ...]


class Recipient(Frozen):
    """The party addressed, flush left (GB/T 9704-2012, 7.3.2)."""

    text: str


class Heading(Frozen):
    """A heading of the first (一、) or second （一） level, its number included (7.3.3)."""

    level: Literal[1, 2]
    text: str


class Paragraph(Frozen):
    """Running text; `strong` for what must not be overlooked."""

    text: str
    strong: bool = False


class Table(Frozen):
    """A table over the full text width; `widths` are shares of it; `right`: columns of numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    right: tuple[int, ...] = ()


class Attachments(Frozen):
    """The list of attachments after the text (7.3.4)."""

    label: str
    names: tuple[str, ...]


class Signature(Frozen):
    """Who signs, and the date (7.3.5)."""

    issuer: str
    date: str


Block = Title | Recipient | Heading | Paragraph | Table | Attachments | Signature


class Document(Frozen):
    """One document; `made` (UTC, RFC 3339) and `author` become its only properties."""

    lang: Lang
    name: str
    author: str
    made: str
    blocks: tuple[Block, ...]


# What a cell may hold: text, a whole number, a share or another decimal number, or nothing.
Cell = str | int | float | None


class Sheet(Frozen):
    """One sheet: a header row and rows of as many cells; `widths` in characters."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...] = Field(default=())


class Workbook(Frozen):
    """Several sheets; `made` and `author` as in a document."""

    name: str
    author: str
    made: str
    sheets: tuple[Sheet, ...]
