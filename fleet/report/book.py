"""The workbook: the figures first, then every row behind them."""

from __future__ import annotations

from fleet.model.document import Cell, Sheet, Workbook
from fleet.model.text import Lang, text
from fleet.report import words
from fleet.report.figure import Figure
from fleet.report.monthly import Monthly
from fleet.report.rows import RowSheet

_COLUMNS = (
    (text("figure", "指标编号"), 30),
    (text("name", "指标"), 38),
    (text("value", "数值"), 14),
    (text("numerator", "分子"), 12),
    (text("denominator", "分母"), 12),
    (text("evidence", "数据来源"), 20),
    (text("sheet", "明细表"), 14),
    (text("rows", "明细行数"), 10),
    (text("rows behind it (first 20)", "明细行（前20行）"), 60),
    (text("why unknown", "未知原因"), 40),
)
_SHOWN_KEYS = 20


def workbook(report: Monthly, lang: Lang) -> Workbook:
    """All sheets of the report in one language."""
    return Workbook(
        name=report.name(lang),
        author=report.issuer,
        made=report.as_of,
        sheets=(_figures(report, lang), *(_sheet(s, lang) for s in report.sheets)),
    )


def _figures(report: Monthly, lang: Lang) -> Sheet:
    names = {s.id: s.name for s in report.sheets}
    rows: list[tuple[Cell, ...]] = []
    for figure in report.figures:
        sheet = names[figure.evidence[0].sheet].render(lang) if figure.evidence else ""
        keys = [e.key for e in figure.evidence]
        more = " …" if len(keys) > _SHOWN_KEYS else ""
        why = figure.why.render(lang) if figure.value is None and figure.why else ""
        rows.append(
            (
                figure.id,
                figure.label.render(lang),
                figure.shown.render(lang),
                _decimal(figure, "part"),
                _decimal(figure, "whole") if figure.unit != "count" else None,
                words.SOURCE[figure.source].render(lang),
                sheet,
                len(keys),
                ", ".join(keys[:_SHOWN_KEYS]) + more,
                why,
            )
        )
    return Sheet(
        name=text("figures", "指标").render(lang),
        columns=tuple(c.render(lang) for c, _ in _COLUMNS),
        rows=tuple(rows),
        widths=tuple(w for _, w in _COLUMNS),
    )


def _decimal(figure: Figure, side: str) -> Cell:
    exact = figure.part if side == "part" else figure.whole
    return exact.numerator if exact.denominator == 1 else round(float(exact), 6)


def _sheet(sheet: RowSheet, lang: Lang) -> Sheet:
    return Sheet(
        name=sheet.name.render(lang),
        columns=tuple(c.render(lang) for c, _ in sheet.columns),
        rows=tuple(row.shown(lang) for row in sheet.rows),
        widths=tuple(w for _, w in sheet.columns),
    )
