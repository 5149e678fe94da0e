"""The review of a sealed plan: how far it reaches, wave by wave, equal changes folded."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import ClassVar

from textual.widget import Widget

from fleet.app.consent import CONSENTS
from fleet.app.watch import STAGE_WORDS, word
from fleet.model.plan import Plan
from fleet.model.text import Text, text
from fleet.plan.seal import fingerprint
from fleet_tui.cells import Column, Line
from fleet_tui.look import wrap
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.items import Item, ItemRows
from fleet_tui.store import query, review, when
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

COLUMNS = (
    Column(text("field", "字段"), 24, share=1),
    Column(text("before", "现值"), 17, share=1),
    Column(text("after", "目标值"), 17, share=1),
    Column(text("devices", "设备"), 16, share=1),
)


class PlanScreen(FleetScreen):
    """One plan, from a file or of a rollout; `name` says which."""

    kind: ClassVar[str] = "plan"

    def __init__(self, plan: Plan | None, name: str) -> None:
        super().__init__()
        self.plan = plan
        self.plan_name = name

    def title_text(self) -> Text:
        """Which plan."""
        return text("plan review: {n}", "计划审阅：{n}", n=self.plan_name or "-")

    def rows(self) -> Rows:
        """Servers, then every fold."""
        rows = ItemRows(self.fleet, COLUMNS)
        rows.set(self._items())
        return rows

    def body(self) -> Iterator[Widget]:
        """Reach, changes, the devices of the change under the cursor."""
        look = self.fleet.look
        yield Lines(self._reach, look, "summary")
        yield VTable(self.rows(), look)
        yield Lines(self._devices, look, "whole")

    def choose(self, keep: Hashable = None) -> None:
        """Filter by anything that is shown, device ids too."""
        rows = self.vtable.rows
        if isinstance(rows, ItemRows):
            words = query.narrow(self.query_text).lower().split()
            rows.filtered(self._items(), words, self.only_problems)
            self.vtable.reload(keep)

    def is_problem(self, index: int) -> bool:
        """Devices that could not be read, and what is taken away."""
        rows = self.vtable.rows
        return isinstance(rows, ItemRows) and rows.items[index].problem

    def action_enter(self) -> None:
        """Into the only device of a change."""
        rows = self.vtable.rows
        if isinstance(rows, ItemRows) and rows.items:
            device = rows.items[self.vtable.cursor].device
            if device is not None:
                self.fleet.show_device(device)

    def _items(self) -> list[Item]:
        plan = self.plan
        if plan is None:
            return []
        items = [*self._servers(plan), *self._faults(plan), *self._needs(plan)]
        title = ""
        for n, fold in enumerate(review.folds(plan)):
            stage = word(STAGE_WORDS, fold.stage).render(self.fleet.lang)
            place = text(
                "wave {w}  {c}  {s}", "第 {w} 批  {c}  {s}", w=fold.wave, c=fold.compound, s=stage
            )
            if (shown := place.render(self.fleet.lang)) != title:
                title = shown
                items.append(Item(f"title {n}", ((title, "head"), ("", ""), ("", ""), ("", ""))))
            many = len(fold.devices)
            who = (
                fold.devices[0]
                if many == 1
                else text("{n} devices", "{n} 台", n=many).render(self.fleet.lang)
            )
            style = "warn" if fold.mark != " " else ""
            items.append(
                Item(
                    f"{fold.compound} {fold.stage} {n}",
                    (
                        (f" {fold.mark} {fold.field}", style),
                        (fold.before, "dim"),
                        (f"{self.fleet.look.into} {fold.after}", "strong"),
                        (who, "link" if many == 1 else ""),
                    ),
                    fold.devices[0] if many == 1 else None,
                    detail=fold.devices,
                )
            )
        return items

    def _servers(self, plan: Plan) -> Iterator[Item]:
        for stack in plan.stacks:
            for change in stack.changes:
                if change.action == "same":
                    continue
                away = change.action in ("delete", "replace")
                cells = (
                    (f" {stack.stack}", "bad" if away else "head"),
                    (change.action, "bad" if away else "good"),
                    (change.name, ""),
                    (change.type, "dim"),
                )
                yield Item(f"{stack.stack} {change.urn}", cells, problem=away)

    def _faults(self, plan: Plan) -> Iterator[Item]:
        for device, fault in plan.faults.items():
            why = Text(en=fault.en, zh=fault.zh).render(self.fleet.lang)
            cells = ((f" ! {device}", "bad"), (fault.code, "bad"), (why, "bad"), ("", ""))
            yield Item(f"fault {device}", cells, device, problem=True, detail=(why,))

    def _needs(self, plan: Plan) -> Iterator[Item]:
        """What the plan needs consent for, or warns of; the devices that go dark are its detail."""
        for n, need in enumerate(plan.needs):
            asked = need.kind in CONSENTS
            words = f"--accept {need.kind}" if asked else ""
            why, style = need.text.render(self.fleet.lang), "bad" if asked else "warn"
            cells = ((f" ! {need.device}", style), (words, style), (why, style), ("", ""))
            detail = (why, *need.dark)
            yield Item(f"need {n}", cells, need.device, problem=asked, detail=detail)

    def _reach(self, _width: int) -> list[Line]:
        plan, lang = self.plan, self.fleet.lang
        if plan is None:
            hint = text(
                "no plan: `fleet plan -o FILE`, then `:show FILE` here",
                "没有计划：先用 fleet plan -o 文件，再在此输入 :show 文件",
            )
            return [[(f" {hint.render(lang)}", "dim")]]
        sums = review.amounts(plan)
        reach = text(
            "{c} compounds, {d} devices, {f} fields, {r} requests, {s} passwords",
            "小区 {c} 设备 {d} 字段 {f} 请求 {r} 口令 {s}",
            c=sum(len(w.compounds) for w in plan.waves),
            d=sums.devices,
            f=sums.fields,
            r=sums.requests,
            s=sums.secrets,
        )
        made = when.short(plan.created_at, self.fleet.now(), self.fleet.zone)
        limits = text(
            "made {a}; {w} waves, stops after more than {t} failed devices",
            "生成于 {a}；共 {w} 批，失败设备超过 {t} 台即停止",
            a=made,
            w=len(plan.waves),
            t=plan.limits.tolerated_failures,
        )
        servers = text("  server resources {n}", "  服务器资源 {n}", n=sums.servers).render(lang)
        unread = text("  unreadable {n}", "  无法读取 {n}", n=sums.unread).render(lang)
        return [
            [(f" {fingerprint(plan)[:12]} ", "strong"), (reach.render(lang), "")],
            [
                (f" {limits.render(lang)}", "dim"),
                (servers if sums.servers else "", "head"),
                (unread if sums.unread else "", "bad"),
            ],
        ]

    def _devices(self, width: int) -> list[Line]:
        lines: list[Line] = [[(self.fleet.look.line * width, "dim")]]
        rows = self.vtable.rows
        if not isinstance(rows, ItemRows) or not rows.items:
            return lines
        item = rows.items[min(self.vtable.cursor, len(rows) - 1)]
        said = " ".join(item.detail) or " ".join(c for c, _ in item.cells).strip()
        return lines + [[(f" {part}", "")] for part in wrap(said, width - 2)]
