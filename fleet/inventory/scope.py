"""Where a fault is noted: the file, compound and device that are being read, and the one list."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.text import Text, text

# More than anybody reads; a spoiled file must not cost minutes or fill a pipeline's log.
FINDINGS_MAX = 1000


class Placed(Protocol):
    """Anything with a line and a column from 1."""

    @property
    def line(self) -> int:
        """Line from 1."""
        ...

    @property
    def column(self) -> int:
        """Column from 1, in characters."""
        ...


@dataclass(frozen=True)
class Scope:
    """The subject that is being read; all scopes of a run share one list of findings."""

    file: str
    findings: list[Diagnostic] = field(default_factory=list)
    compound: str | None = None
    device: str | None = None

    def within(
        self, *, file: str | None = None, compound: str | None = None, device: str | None = None
    ) -> Scope:
        """The same list, a narrower subject."""
        return replace(
            self,
            file=file or self.file,
            compound=compound or self.compound,
            device=device or self.device,
        )

    def at(self, place: Placed) -> Position:
        """The position of a node in this scope's file."""
        return Position(file=self.file, line=place.line, column=place.column)

    @property
    def full(self) -> bool:
        """Whether so much was noted that nothing more is taken."""
        return len(self.findings) >= FINDINGS_MAX

    def note(
        self,
        code: str,
        place: Placed | Position | None,
        summary: Text,
        fix: Text,
        field: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note one fault, unless there are too many; without a place it is the whole file."""
        if self.full:
            return
        self.findings.append(
            Diagnostic(
                code=code,
                severity=severity,
                summary=summary,
                fix=fix,
                position=self._position(place),
                compound=self.compound,
                device=self.device,
                field=field,
            )
        )

    def _position(self, place: Placed | Position | None) -> Position:
        if place is None:
            return Position(file=self.file)
        return place if isinstance(place, Position) else self.at(place)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like a mistyped one, if one is."""
    close = difflib.get_close_matches(name[:100], list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def unresolved(scope: Scope, place: Position, field: str, name: str, known: Iterable[str]) -> None:
    """Note a reference to nothing, with the nearest known name."""
    names = list(known)
    close = nearest(name, names)
    if close:
        fix = text("did you mean {n}?", "是否想写 {n}？", n=close)
    elif names:
        fix = text("known: {n}", "已有：{n}", n=", ".join(names[:20]))
    else:
        fix = text("there is none yet: add it", "目前没有可引用的对象，请先添加")
    scope.note(
        "no-reference",
        place,
        text("{f} refers to {n}, which does not exist", "{f} 引用了不存在的 {n}", f=field, n=name),
        fix,
        field=field,
    )
