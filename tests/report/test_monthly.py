"""The report as people read it: what it says when it is open, closed or late, and its sections."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fleet.model.diagnostic import Severity
from fleet.model.document import (
    Attachments,
    Block,
    Heading,
    Paragraph,
    Recipient,
    Signature,
    Table,
    Title,
)
from fleet.model.report import PlannedWindow
from fleet.model.text import Lang
from fleet.report.book import workbook
from fleet.report.document import document
from fleet.report.facts import Baseline, Facts
from fleet.report.monthly import Monthly, body, issuer, remembered
from tests.report.small import BEGIN, district, facts, finding
from tests.report.test_figures import full

CLOSED = "2026-11-25T01:00:00Z"
HAN = re.compile(r"[\u4e00-\u9fff]")


def words(blocks: tuple[Block, ...]) -> str:
    """All that stands in a document, a line a block or cell."""
    found: list[str] = []
    for block in blocks:
        match block:
            case Title():
                found += block.lines
            case Table():
                found += [*block.header, *(cell for row in block.rows for cell in row)]
            case Attachments():
                found += [block.label, *block.names]
            case Signature():
                found += [block.issuer, block.date]
            case _:
                found.append(block.text)
    return "\n".join(found)


def said(found: Facts, as_of: str = CLOSED, lang: Lang = "zh") -> str:
    """The whole text of a report."""
    return words(document(Monthly(found, as_of), lang).blocks)


def test_the_order_of_the_parts() -> None:
    """Title, recipient, eight numbered sections, attachments, signature (GB/T 9704-2012, 7)."""
    blocks = document(Monthly(full(), CLOSED), "zh").blocks

    assert isinstance(blocks[0], Title)
    assert blocks[0].lines == ("铜官区智慧安防小区建设工作月报告", "（2026年11月）")
    assert blocks[1] == Recipient(text="市公安局：")
    assert [b.text for b in blocks if isinstance(b, Heading) and b.level == 1] == [
        "一、建设进展",
        "二、运行情况",
        "三、本期变化",
        "四、检查发现",
        "五、整改计划",
        "六、主要做法",
        "七、存在问题",
        "八、下一步打算",
    ]
    assert [type(b) for b in blocks[-2:]] == [Attachments, Signature]
    assert blocks[-1] == Signature(issuer="铜陵市公安局铜官分局", date="2026年11月25日")


def test_second_level_headings_begin_anew_in_each_section() -> None:
    """（一）（二）（三） under 一、 and （一） again under 二、."""
    blocks = document(Monthly(full(), CLOSED), "zh").blocks
    numbers = [b.text[:3] for b in blocks if isinstance(b, Heading) and b.level == 2]

    assert numbers == ["（一）", "（二）", "（三）"] + ["（一）", "（二）"] * 3


def test_a_report_in_time_says_nothing_of_lateness() -> None:
    """Issued on the due day: no remark at all."""
    report = Monthly(full(), CLOSED)

    assert report.closed
    assert report.late_days == 0
    assert report.state() is None
    assert "逾期" not in said(full())
    assert "草稿" not in said(full())


def test_an_open_period_is_a_draft_and_says_so_first() -> None:
    """Right below the recipient, in bold, with the end of the period."""
    draft = document(Monthly(full(until="2026-11-20T00:00:00Z"), "2026-11-20T00:00:00Z"), "zh")

    remark = draft.blocks[2]
    assert isinstance(remark, Paragraph)
    assert remark.strong
    assert remark.text == (
        "【草稿】本统计期尚未结束，将于2026年11月25日0时00分结束；以下数据截至2026年11月20日8时"
        "00分，不作为正式报告。"
    )


@pytest.mark.parametrize(("as_of", "days"), [("2026-11-26T01:00:00Z", 1), (CLOSED, 0)])
def test_a_late_report_says_how_late(as_of: str, days: int) -> None:
    """In days since the 25th, as of its time; in both languages."""
    zh, en = said(full(), as_of), said(full(), as_of, "en")

    assert ("已逾期1日" in zh) is bool(days)
    assert ("it is 1 day late" in en) is bool(days)


def test_what_people_wrote_stands_in_its_section() -> None:
    """Paragraph by paragraph; an empty section says that it is empty."""
    blocks = document(Monthly(full(), CLOSED), "zh").blocks
    texts = [b.text for b in blocks if isinstance(b, Heading | Paragraph)]

    at = texts.index("六、主要做法")
    assert texts[at : at + 6] == [
        "六、主要做法",
        "做法一。",
        "做法二。",
        "七、存在问题",
        "问题。",
        "八、下一步打算",
    ]
    assert texts[at + 6] == "本期无补充内容。"


def test_every_number_of_the_tables_is_a_figure() -> None:
    """The by-hand figures as they are printed."""
    text = said(full())

    for expected in (
        "7/13",
        "53.84%",
        "60.00%",
        "70.00%",
        "66.66%",
        "33.33%",
        "62.50%",
        "0.75小时",
    ):
        assert expected in text
    assert "检查发现4项，其中不符合1项，待完善3项。" in text
    assert "本期启动配置下发1次，在1个小区写入并验证设备配置1项，失败或存疑1项。" in text


def test_without_a_history_the_reason_stands_in_the_report() -> None:
    """Unknown, and why; no rate is printed, and no count of alarms nobody could see."""
    why = Monthly(facts(), CLOSED)
    text = said(facts(unwatched=why.figure("rate.online").why))

    assert "设备在线率未知：" in text
    table = next(
        b
        for b in document(why, "zh").blocks
        if isinstance(b, Table) and b.header[0] == "指标" and len(b.header) == 3
    )
    assert dict((r[0], r[1]) for r in table.rows)["设备在线率"] == "未知"


def test_planned_work_is_listed() -> None:
    """With its time in Shanghai, its compounds and its reason; what lies outside is not."""
    windows = (
        PlannedWindow(begin="2026-11-01T14:00:00Z", end="2026-11-01T16:00:00Z", reason="割接"),
        PlannedWindow(begin="2026-09-01T14:00:00Z", end="2026-09-01T16:00:00Z", reason="早先"),
        PlannedWindow(begin="2026-10-01T00:00:00Z", end=BEGIN, reason="前一期"),
    )

    text = said(full(district=district(windows)))

    assert "2026-11-01 22:00\n2026-11-02 00:00\n全部\n割接" in text
    assert "早先" not in text
    assert "前一期" not in text


def test_the_comparison_with_the_last_report() -> None:
    """Signed differences; unknown on one side gives no difference."""
    last = Baseline(
        month="2026-10",
        record=3,
        figures={"compounds.total": "1", "completion.total": "1/2", "findings.total": "6"},
        compounds={},
    )

    text = said(full(baseline=last))

    assert "小区\n1\n2\n+1" in text
    assert "建设完成率\n50.00%\n53.84%\n+3.85个百分点" in text
    assert "检查发现\n6\n4\n-2" in text
    assert "设备在线率\n未知\n60.00%\n—" in text
    assert "不作比较" in said(full())


def test_equal_measures_are_folded() -> None:
    """One line for the same measure in two compounds."""
    same = (
        finding("AREA-11", "11", "police", Severity.WARNING, "alpha"),
        finding("AREA-11", "11", "police", Severity.WARNING, "beta"),
    )

    text = said(full(findings=same))

    assert "1\nAREA-11 不符合\n整改 AREA-11\n公安\n甲小区、乙小区" in text
    assert "\n2\nAREA-11" not in text


def test_a_long_list_is_cut_and_says_where_the_rest_is() -> None:
    """A letter shows 20 lines; the workbook has all."""
    many = tuple(finding(f"R-{n}", "11", "police", Severity.WARNING, "beta") for n in range(50))
    report = Monthly(full(findings=many), CLOSED)

    text = words(document(report, "zh").blocks)

    assert "以上列出前20项，共50项，全部见数据明细表。" in text
    sheet = next(s for s in workbook(report, "zh").sheets if s.name == "检查发现")
    assert len(sheet.rows) == 50


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_language_throughout(lang: Lang) -> None:
    """English prose has Chinese only in names of the inventory; Chinese has its own sentences."""
    blocks = document(Monthly(full(), CLOSED), lang).blocks
    prose = [b.text for b in blocks if isinstance(b, Heading)]

    assert all(bool(HAN.search(p)) is (lang == "zh") for p in prose)


def test_tables_fit() -> None:
    """Every row has a cell for each column, and each column a width."""
    for lang in ("zh", "en"):
        for block in document(Monthly(full(), CLOSED), lang).blocks:
            if isinstance(block, Table):
                assert {len(r) for r in block.rows} <= {len(block.header)}
                assert len(block.widths) == len(block.header)
                assert set(block.right) <= set(range(len(block.header)))


def test_the_workbook_has_the_sheets_of_the_form() -> None:
    """Figures first; then compounds, devices, findings, changes, online and what else is summed."""
    names = [s.name for s in workbook(Monthly(full(), CLOSED), "zh").sheets]

    assert names == [
        "指标",
        "小区",
        "建设项",
        "设备",
        "检查发现",
        "变更",
        "在线",
        "告警",
        "计划检修",
        "数据来源",
        "填报小区",
    ]


def test_the_body_is_plain_json_with_every_figure() -> None:
    """Exact fractions as texts, evidence by sheet and key, the time and what it makes of it."""
    report = Monthly(full(), "2026-11-28T00:00:00Z")
    found = json.loads(json.dumps(body(report, "zh")))

    online = next(f for f in found["figures"] if f["id"] == "rate.online")
    assert (online["value"], online["shown"]) == ("3/5", "60.00%")
    assert online["evidence"][0] == {
        "sheet": "online",
        "key": "a-cam-1",
        "part": "4/5",
        "whole": "1",
    }
    assert (found["as_of"], found["closed"], found["late_days"]) == (
        "2026-11-28T00:00:00Z",
        True,
        3,
    )
    assert {len(s["columns"]) for s in found["sheets"].values()} >= {5, 9}


def test_the_digest_is_of_the_facts_and_not_of_the_time() -> None:
    """The same facts at another time: the same digest; any other fact: another one."""
    first = Monthly(full(), CLOSED).facts_digest

    assert Monthly(full(), "2026-12-24T00:00:00Z").facts_digest == first
    changed: list[dict[str, Any]] = [
        {"findings": ()},
        {"watched": ()},
        {"alarms": ()},
        {"changes": ()},
        {"district": district(recipient="铜陵市公安局")},
        {"baseline": Baseline(month="2026-10", record=1, figures={}, compounds={})},
    ]
    digests = {Monthly(full(**c), CLOSED).facts_digest for c in changed}
    assert len(digests | {first}) == len(changed) + 1


def test_what_is_remembered_is_exact() -> None:
    """Unknown figures are left out, so that nothing is compared with a guess."""
    known = remembered(Monthly(facts(), CLOSED))

    assert known["completion.total"] == "7/13"
    assert "rate.online" not in known


def test_who_signs() -> None:
    """A district has a branch of the city's bureau, a county a bureau of its own."""
    county = district().model_copy(update={"name": "枞阳县"})

    assert issuer("铜陵市", district()) == "铜陵市公安局铜官分局"
    assert issuer("铜陵市", county) == "枞阳县公安局"
    assert issuer("铜陵市", district(issuer="某分局")) == "某分局"


def test_no_address_and_no_secret_in_any_sheet() -> None:
    """The workbook travels by mail: nothing to log in with, no address of a device."""
    data = json.dumps(body(Monthly(full(), CLOSED), "zh"), ensure_ascii=False)

    assert "127.0.0.9" not in data
    assert "192.0.2.1" not in data
    assert "secret://" not in data
