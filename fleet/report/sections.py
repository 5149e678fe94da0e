"""The parts of a report that people write: a text file beside the inventory, one heading each.

`monthly-2026-11.zh.txt` holds for that month alone, `monthly.zh.txt` for every other one. A line
that begins with `#` opens a section, an empty line ends a paragraph.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.inventory.suspects import suspects_of_line
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.errors import InventoryError
from fleet.model.text import Lang, text
from fleet.report.facts import Sections

HEADINGS: Mapping[str, str] = {
    "主要做法": "practices",
    "存在问题": "problems",
    "下一步打算": "next_steps",
    "整改计划": "remediation",
    "What was done": "practices",
    "Problems": "problems",
    "Next steps": "next_steps",
    "Remediation": "remediation",
}


def names(month: str, lang: Lang) -> tuple[str, str]:
    """The files that are looked for, the one of the month first."""
    return (f"monthly-{month}.{lang}.txt", f"monthly.{lang}.txt")


def parse(content: str, file: str) -> Sections:
    """Read the file.

    Raises:
        InventoryError: a heading is not one of ours, text stands before the first one, or there
            is a resident's or employee's number in it.
    """
    found: dict[str, list[list[str]]] = {}
    current = ""
    for number, raw in enumerate(content.splitlines(), 1):
        line = raw.strip()
        for suspect in suspects_of_line(file, number, raw):
            raise _personal(suspect.position)
        if line.startswith("#"):
            current = HEADINGS.get(line.lstrip("#").strip(), "")
            if not current:
                raise _fault(file, number, line.lstrip("#").strip())
            found.setdefault(current, [[]])
        elif line and not current:
            raise _fault(file, number, line[:20])
        elif current:
            paragraphs = found[current]
            if line:
                paragraphs[-1].append(line)
            elif paragraphs[-1]:
                paragraphs.append([])
    return Sections.model_validate(
        {"file": file} | {n: tuple(_joined(p) for p in ps if p) for n, ps in found.items()}
    )


def _joined(lines: list[str]) -> str:
    """One paragraph of several lines; Chinese needs no space at a line's end, English does."""
    joined = lines[0]
    for line in lines[1:]:
        joined += (" " if joined[-1].isascii() and line[0].isascii() else "") + line
    return joined


def _personal(position: Position) -> InventoryError:
    fix = text(
        "name posts and departments, never persons or numbers", "请写岗位和部门，不写个人及号码"
    )
    finding = Diagnostic(
        code="report-personal",
        severity=Severity.ERROR,
        summary=text(
            "a telephone or identity number, or a secret, stands in the text",
            "文字中含有电话、身份证号码或密钥",
        ),
        fix=fix,
        position=position,
    )
    return InventoryError(
        text("{f} cannot be used", "{f} 无法使用", f=position.file), (finding,), fix
    )


def _fault(file: str, line: int, found: str) -> InventoryError:
    known = "、".join(n for n in HEADINGS if not n.isascii())
    fix = text(
        "headings: {e}",
        "可用标题：{z}",
        e=", ".join(f"# {n}" for n in HEADINGS if n.isascii()),
        z=known,
    )
    finding = Diagnostic(
        code="report-section",
        severity=Severity.ERROR,
        summary=text("{f} is no heading of the report", "{f} 不是报告的标题", f=found),
        fix=fix,
        position=Position(file=file, line=line),
    )
    return InventoryError(text("{f} cannot be used", "{f} 无法使用", f=file), (finding,), fix)
