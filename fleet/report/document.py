"""The written report: title, recipient, sections, tables, attachments and signature.

The order of GB/T 9704-2012, chapter 7; what clause 21 and §4 of the report's form ask for.
"""

from __future__ import annotations

from collections.abc import Callable

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
from fleet.model.text import Lang, Text, text
from fleet.policy.rule import NOTICE
from fleet.report import tables
from fleet.report.monthly import Monthly
from fleet.report.period import day, local, month_name, span

_NUMBERS = "一二三四五六七八九十"
_NOT_WRITTEN = text("Nothing was added for this period.", "本期无补充内容。")


def document(report: Monthly, lang: Lang) -> Document:
    """The report in one language."""
    writer = _Writer(report, lang)
    writer.opening()
    writer.progress()
    writer.running()
    writer.changes()
    writer.findings()
    writer.remediation()
    sections = report.facts.sections
    for heading, written in (
        (text("What was done", "主要做法"), sections.practices),
        (text("Problems", "存在问题"), sections.problems),
        (text("Next steps", "下一步打算"), sections.next_steps),
    ):
        writer.heading(heading)
        writer.written(written, _NOT_WRITTEN)
    writer.closing()
    return Document(
        lang=lang,
        name=report.name(lang),
        author=report.issuer,
        made=report.as_of,
        blocks=tuple(writer.blocks),
    )


class _Writer:
    """Collects the blocks of one report in one language and counts its headings."""

    def __init__(self, report: Monthly, lang: Lang) -> None:
        self.blocks: list[Block] = []
        self._report = report
        self._facts = report.facts
        self._lang = lang
        self._first = self._second = 0

    def heading(self, said: Text) -> None:
        """A heading of the first level."""
        self._first, self._second = self._first + 1, 0
        number = f"{_NUMBERS[self._first - 1]}、" if self._lang == "zh" else f"{self._first}. "
        self.blocks.append(Heading(level=1, text=number + said.render(self._lang)))

    def subheading(self, said: Text) -> None:
        """A heading of the second level."""
        self._second += 1
        number = f"（{_NUMBERS[self._second - 1]}）" if self._lang == "zh" else f"({self._second}) "
        self.blocks.append(Heading(level=2, text=number + said.render(self._lang)))

    def say(self, said: Text, strong: bool = False) -> None:
        """A paragraph."""
        self.blocks.append(Paragraph(text=said.render(self._lang), strong=strong))

    def table(self, make: Callable[[Monthly, Lang], Table]) -> None:
        """A table."""
        self.blocks.append(make(self._report, self._lang))

    def written(self, paragraphs: tuple[str, ...], otherwise: Text) -> None:
        """What people wrote, else a sentence that nobody did."""
        for paragraph in paragraphs:
            self.blocks.append(Paragraph(text=paragraph))
        if not paragraphs:
            self.say(otherwise)

    def shown(self, name: str) -> Text:
        """A figure as it is printed."""
        return self._report.figure(name).shown

    def opening(self) -> None:
        """Title, recipient, whether this is a draft or late, and what the report is about."""
        facts, month = self._facts, month_name(self._facts.period.month)
        title = text(
            "Monthly report on smart security compounds",
            "{d}智慧安防小区建设工作月报告",
            d=facts.district.name,
        )
        lines = (title, text("{d}, {m}", "（{m}）", d=facts.district.name, m=month))
        to = text("To: {r}", "{r}：", r=facts.district.report.recipient)
        self.blocks.append(Title(lines=tuple(line.render(self._lang) for line in lines)))
        self.blocks.append(Recipient(text=to.render(self._lang)))
        state = self._report.state()
        if state is not None:
            self.say(state, strong=True)
        self.say(
            text(
                "As notice {n} asks (clause 21), this is the report of {d} for {m} ({s}).",
                "根据{n}文件要求，现将{d}{m}（{s}）智慧安防小区建设工作情况报告如下。",
                n=NOTICE,
                d=facts.district.name,
                m=month,
                s=span(facts.period),
            )
        )

    def progress(self) -> None:
        """Compounds, devices and completion."""
        self.heading(text("Progress", "建设进展"))
        self.subheading(text("Compounds", "小区情况"))
        self.say(
            text(
                "{t} compounds are on record: {n} new, {e} existing and {o} old ones in the "
                "renovation plan; {a} are accepted.",
                "台账在册小区{t}个，其中新建小区{n}个，既有小区{e}个，纳入改造计划的老旧小区{o}个；"
                "已验收{a}个。",
                t=self.shown("compounds.total"),
                n=self.shown("compounds.new"),
                e=self.shown("compounds.existing"),
                o=self.shown("compounds.old"),
                a=self.shown("compounds.stage.accepted"),
            )
        )
        self.table(tables.compounds)
        self.subheading(text("Devices", "设备情况"))
        self.say(
            text("{t} devices are on record.", "台账在册设备{t}台。", t=self.shown("devices.total"))
        )
        self.table(tables.devices)
        self._rest(len(self._facts.district.compounds))
        self.subheading(text("Completion", "建设完成情况"))
        total = self._report.figure("completion.total")
        self.say(
            text(
                "Of what the notice asks for, {q} is built: {r}.",
                "按通知要求应建项目中，已建/应建为{q}，建设完成率{r}。",
                q=total.quotient or "0/0",
                r=total.shown,
            )
        )
        self.table(tables.completion)

    def running(self) -> None:
        """Rates, why they are unknown where they are, and planned work."""
        self.heading(text("Operation", "运行情况"))
        self.subheading(text("Online and integrity rates", "在线率与完好率"))
        online = self._report.figure("rate.online")
        if online.value is None and online.why is not None:
            self.say(
                text(
                    "The online rate is unknown: {w}. Nothing is assumed.",
                    "设备在线率未知：{w}，不作推测。",
                    w=online.why,
                )
            )
        else:
            self.say(
                text(
                    "The devices' online rate is {o}, their connectivity {c}; {i} were intact at "
                    "the end. {w} of the time was watched; time that nobody watched counts as "
                    "neither online nor offline.",
                    "设备在线率{o}，连通率{c}，期末设备完好率{i}。观测覆盖率{w}，未观测时段既不计为"
                    "在线，也不计为离线。",
                    o=online.shown,
                    c=self.shown("rate.connectivity"),
                    i=self.shown("rate.intact"),
                    w=self.shown("rate.watched"),
                )
            )
        self.table(tables.health)
        self.evidence()
        self.subheading(text("Planned work", "计划检修"))
        if tables.windows(self._report, self._lang).rows:
            self.say(text("Excluded from the rates:", "下列计划检修时段不计入各项率："))
            self.table(tables.windows)
        else:
            self.say(text("There was none in this period.", "本期无计划检修时段。"))

    def evidence(self) -> None:
        """Whose word the online figures are, and what is only declared; nothing if all is ours."""
        figure = self._report.figure
        counts = [figure(f"evidence.{kind}").part for kind in ("site-signed", "platform-exported")]
        declared = figure("declared.compounds").part
        if not any(counts) and not declared:
            return
        self.say(
            text(
                "Behind these figures: {m} devices measured, {s} by signed files of their sites, "
                "{p} by the upper platform's sheets; of {n} nobody tells. Verified, the online "
                "rate is {v}; with what is not verified, {t}.",
                "数据来源：系统实测{m}台，站点签名{s}台，上级平台导出{p}台，无数据{n}台。经核实的在线率为"
                "{v}，计入未核实数据为{t}。",
                m=figure("evidence.measured").shown,
                s=figure("evidence.site-signed").shown,
                p=figure("evidence.platform-exported").shown,
                n=figure("evidence.silent").shown,
                v=figure("rate.online.verified").shown,
                t=figure("rate.online.told").shown,
            )
        )
        if declared:
            self.say(
                text(
                    "Another {c} compounds with {d} devices are declared only; they are in none of "
                    "the rates.",
                    "另有{c}个小区、{d}台设备仅由人工填报，不计入各项率。",
                    c=figure("declared.compounds").shown,
                    d=figure("declared.devices").shown,
                )
            )

    def changes(self) -> None:
        """The difference to the last report, and what was written to devices."""
        self.heading(text("Changes", "本期变化"))
        self.subheading(text("Since the last report", "与上期比较"))
        if self._facts.baseline is None:
            self.say(
                text(
                    "No report of the month before was issued here, so nothing is compared.",
                    "本系统没有上月报告的签发记录，不作比较。",
                )
            )
        else:
            self.table(tables.compared)
            self.say(
                text(
                    "Compounds added: {a}, removed: {r}, of another category or stage: {c}.",
                    "新增小区{a}个，移出{r}个，类别或阶段变化{c}个。",
                    a=self.shown("changes.compound_added"),
                    r=self.shown("changes.compound_removed"),
                    c=self.shown("changes.compound_changed"),
                )
            )
        self.subheading(text("Rollouts", "设备配置下发"))
        self.say(
            text(
                "By the journal, {r} rollouts began; {d} settings were written and proved in {c} "
                "compounds, {b} failed or are in doubt.",
                "据操作日志，本期启动配置下发{r}次，在{c}个小区写入并验证设备配置{d}项，失败或存疑"
                "{b}项。",
                r=self.shown("changes.rollouts"),
                d=self.shown("changes.done"),
                c=self.shown("changes.compounds"),
                b=self.shown("changes.bad"),
            )
        )
        if tables.rollouts(self._report, self._lang).rows:
            self.table(tables.rollouts)
            self._rest(int(self._report.figure("changes.rollouts").part))

    def findings(self) -> None:
        """Findings by clause and by department."""
        self.heading(text("Findings", "检查发现"))
        self.say(
            text(
                "{t} findings: {e} errors and {w} warnings.",
                "检查发现{t}项，其中不符合{e}项，待完善{w}项。",
                t=self.shown("findings.total"),
                e=self.shown("findings.error"),
                w=self.shown("findings.warning"),
            )
        )
        if self._facts.findings:
            self.subheading(text("By clause", "按条款"))
            self.table(tables.by_clause)
            self.subheading(text("By department", "按责任部门"))
            self.table(tables.by_department)

    def remediation(self) -> None:
        """What is to be done about the findings."""
        self.heading(text("Remediation plan", "整改计划"))
        if self._facts.findings:
            self.table(tables.remediation)
            self._rest(tables.measures(self._report, self._lang))
        self.written(
            self._facts.sections.remediation,
            text(
                "The departments named follow the measures up and report on them every month.",
                "以上措施由责任部门跟踪落实，并逐月报告进展。",
            )
            if self._facts.findings
            else text("There is nothing to mend.", "本期无需整改事项。"),
        )

    def closing(self) -> None:
        """Attachments and signature."""
        name = self._report.name(self._lang)
        rows = text("every row behind the figures", "数据明细表")
        data = text("the same for machines", "机读数据")
        self.blocks.append(
            Attachments(
                label=text("Attachments: ", "附件：").render(self._lang),
                names=(
                    f"1. {rows.render(self._lang)} ({name}.xlsx)",
                    f"2. {data.render(self._lang)} ({name}.json)",
                )
                if self._lang == "en"
                else (f"1. {rows.zh}（{name}.xlsx）", f"2. {data.zh}（{name}.json）"),
            )
        )
        date = day(local(self._report.as_of).date())
        self.blocks.append(Signature(issuer=self._report.issuer, date=date.render(self._lang)))

    def _rest(self, count: int) -> None:
        """Where a list is longer than a letter shows."""
        if count > tables.ROWS_MAX:
            self.say(
                text(
                    "The first {n} of {c} are shown; the workbook has all.",
                    "以上列出前{n}项，共{c}项，全部见数据明细表。",
                    n=tables.ROWS_MAX,
                    c=count,
                )
            )
