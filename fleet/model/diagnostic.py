"""Findings about an inventory or a device, as values with a place; gathered, never raised."""

from __future__ import annotations

from enum import StrEnum

from fleet.model.base import Frozen
from fleet.model.text import Text


class Severity(StrEnum):
    """How a finding counts: an error stops a plan, a warning is shown, info only informs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Position(Frozen):
    """A place in a file: `line` and `column` from 1, `file` relative to the city folder."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Diagnostic(Frozen):
    """One finding: where, about what, why, and what to do."""

    code: str
    severity: Severity
    summary: Text
    fix: Text
    position: Position | None = None
    compound: str | None = None
    device: str | None = None
    field: str | None = None
    clause: str | None = None
    owner: str | None = None
