"""A rollout, live: is it safe to let it run, what failed and why, when does it end."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import ClassVar

from textual.widget import Widget

from fleet.app.watch import OUTCOME_WORDS, STAGE_WORDS, STATUS_WORDS, word
from fleet.model.text import Text, join, text
from fleet.rollout.state import RolloutState
from fleet_tui import acts, keys
from fleet_tui.cells import Column, Line
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.items import Item, ItemRows
from fleet_tui.screens.parts import STATUS_STYLE, age, event_line, newest
from fleet_tui.store import query, when
from fleet_tui.store.progress import Part, Progress, WavePart, eta_s
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

COLUMNS = (
    Column(text("what", "对象"), 26, share=1),
    Column(text("progress", "进度"), 12),
    Column(text("steps", "步骤"), 9),
    Column(text("how it stands", "状态"), 25, share=3),
)


class RolloutScreen(FleetScreen):
    """One rollout of this or another process."""

    kind: ClassVar[str] = "rollout"

    def __init__(self, rollout: str | None = None) -> None:
        super().__init__()
        self.rollout = rollout

    def state(self) -> RolloutState | None:
        """The rollout that is shown: the named one, else the newest."""
        facts = self.fleet.picture.facts
        return facts.rollouts.get(self.rollout) if self.rollout else facts.newest()

    def title_text(self) -> Text:
        """Which rollout."""
        state = self.state()
        if state is None:
            return text("rollout", "下发")
        names = list(self.fleet.picture.facts.rollouts)
        return text(
            "rollout {r} ({n}/{t})",
            "下发 {r}（{n}/{t}）",
            r=state.id,
            n=names.index(state.id) + 1,
            t=len(names),
        )

    def rows(self) -> Rows:
        """Failed and open devices first, then waves and the stages of the one that runs."""
        rows = ItemRows(self.fleet, COLUMNS)
        rows.set(self._items())
        return rows

    def body(self) -> Iterator[Widget]:
        """Summary, table, newest events of this rollout."""
        look = self.fleet.look
        yield Lines(self._summary, look, "summary")
        yield VTable(self.rows(), look)
        yield Lines(self._tail, look, "tail")

    def choose(self, keep: Hashable = None) -> None:
        """Make the rows anew and filter them."""
        rows = self.vtable.rows
        words = query.narrow(self.query_text).lower().split()
        if isinstance(rows, ItemRows) and rows.filtered(self._items(), words, self.only_problems):
            self.vtable.reload(keep)

    def facts_changed(self) -> None:
        """Rows come and go while it runs."""
        self.choose()
        super().facts_changed()

    def language_changed(self) -> None:
        """Rows are said anew even where none came or went."""
        super().language_changed()
        self.vtable.reload()

    def is_problem(self, index: int) -> bool:
        """A failed or open device."""
        rows = self.vtable.rows
        return isinstance(rows, ItemRows) and rows.items[index].problem

    def action_enter(self) -> None:
        """Into a device."""
        rows = self.vtable.rows
        if isinstance(rows, ItemRows) and self.vtable.cursor < len(rows):
            device = rows.items[self.vtable.cursor].device
            if device is not None:
                self.fleet.show_device(device)

    def action_act(self, verb: str) -> None:
        """Pause, resume, abort, retry or undo this rollout."""
        state = self.state()
        if state is None:
            self.tell(text("there is no rollout yet", "尚无任何下发"))
        else:
            self.fleet.act(verb, state.id)

    def acts(self, key: keys.Key) -> bool:
        """What fits the rollout as it stands."""
        state = self.state()
        verb = key.action.removeprefix("act('").removesuffix("')")
        return state is not None and acts.refused(self.fleet, verb, state.id) is None

    def action_older(self) -> None:
        """The rollout before."""
        self._step(-1)

    def action_newer(self) -> None:
        """The rollout after."""
        self._step(1)

    def _step(self, by: int) -> None:
        names = list(self.fleet.picture.facts.rollouts)
        state = self.state()
        if state is None:
            return
        self.rollout = names[max(0, min(len(names) - 1, names.index(state.id) + by))]
        self.fleet.need_plan(self.rollout)
        self.choose()
        self.facts_changed()

    def _progress(self) -> Progress | None:
        state = self.state()
        if state is None:
            return None
        self.fleet.need_plan(state.id)
        progress = self.fleet.progress.get(state.id)
        if progress is not None:
            progress.update(state)
        return progress

    def _items(self) -> list[Item]:
        state = self.state()
        if state is None:
            return []
        items = self._bad(state)
        progress = self._progress()
        if progress is not None:
            items += self._waves(progress, state)
        return items

    def _bad(self, state: RolloutState) -> list[Item]:
        lang = self.fleet.lang
        running = self.fleet.picture.facts.status(state.id) == "running"
        items = []
        outcomes = {
            s.device: s.outcome for s in state.steps.values() if s.outcome not in ("done", "intent")
        }
        for device, fault in sorted(state.failed().items()):
            outcome = word(OUTCOME_WORDS, outcomes.get(device, "failed")).render(lang)
            why = Text(en=fault.en, zh=fault.zh).render(lang) if fault is not None else ""
            if not why:
                known = self.fleet.picture.facts.devices.get(device)
                why = join(list(known.problems)).render(lang) if known is not None else ""
            both = text("{o}: {w}", "{o}：{w}", o=outcome, w=why).render(lang)
            cells = (
                (f"! {device}", "bad"),
                ("", ""),
                ("", ""),
                (both if why else outcome, "bad"),
            )
            items.append(Item(f"device {device}", cells, device, problem=True))
        for name, step in sorted(state.unsettled().items()):
            said = text("writing", "写入中") if running else OUTCOME_WORDS["intent"]
            style = "s3" if running else "s5"
            glyph = ">" if running else "o"
            since = age(self.fleet, step.intended_at)
            shown = (
                (f"{glyph} {name}", style),
                ("", ""),
                (since, "dim"),
                (said.render(lang), style),
            )
            items.append(Item(f"step {name}", shown, step.device, problem=not running))
        return items

    def _waves(self, progress: Progress, state: RolloutState) -> list[Item]:
        lang = self.fleet.lang
        items: list[Item] = []
        finished = [w for w in progress.waves if w.number < state.wave]
        if len(finished) > 2:
            done = sum(w.done for w in finished)
            steps = sum(w.steps for w in finished)
            said = text("waves 1-{n} are behind", "第 1-{n} 批已过", n=len(finished)).render(lang)
            items.append(Item("finished", ((f". {said}", "dim"), (self._bar(done, steps), "dim"),
                                           (f"{done}/{steps}", "dim"), ("", "dim"))))  # fmt: skip
            finished = []
        for wave in progress.waves:
            if wave.number < state.wave and wave not in finished:
                continue
            items.append(self._wave(wave, state))
            if wave.number == state.wave or (not state.wave and wave.number == 1):
                items += [self._stage(wave, s, p) for s, p in wave.stages.items()]
        return items

    def _wave(self, wave: WavePart, state: RolloutState) -> Item:
        lang = self.fleet.lang
        status = self.fleet.picture.facts.status(state.id)
        name = text("wave {n}", "第 {n} 批", n=wave.number)
        if wave.number == 1:
            name = text("{n} (canary)", "{n}（先行）", n=name)
        complete = wave.done == wave.steps
        here = wave.number == state.wave
        if complete:
            glyph, style, said = ".", "good", text("done", "完成")
        elif here and status == "running":
            glyph, style, said = ">", "s3", text("running", "进行中")
        elif here:
            glyph, style, said = "o", "warn", word(STATUS_WORDS, status)
        elif wave.number < state.wave:
            glyph, style, said = "~", "warn", text("not complete", "未全部完成")
        else:
            glyph, style, said = " ", "dim", text("waiting", "等待")
        names = ", ".join(wave.compounds)
        cells = (
            (f"{glyph} {name.render(lang)}", style),
            (self._bar(wave.done, wave.steps), style),
            (f"{wave.done}/{wave.steps}", ""),
            (f"{said.render(lang)}{self._failed(wave)}  {names}", style),
        )
        return Item(f"wave {wave.number}", cells, None, problem=bool(wave.failed))

    def _stage(self, wave: WavePart, stage: str, part: Part) -> Item:
        style = "good" if part.done == part.steps else "s3" if part.open else "dim"
        cells = (
            (f"    {word(STAGE_WORDS, stage).render(self.fleet.lang)}", style),
            (self._bar(part.done, part.steps), style),
            (f"{part.done}/{part.steps}", ""),
            (self._failed(part).strip(), "bad"),
        )
        return Item(f"stage {wave.number} {stage}", cells)

    def _bar(self, done: int, steps: int) -> str:
        return self.fleet.look.bar(done, steps, 12)

    def _failed(self, part: Part) -> str:
        if not part.failed:
            return ""
        return text(" failed {n}", " 失败 {n}", n=len(part.failed)).render(self.fleet.lang)

    def _summary(self, width: int) -> list[Line]:
        state, lang = self.state(), self.fleet.lang
        if state is None:
            hint = text(
                "no rollout yet; `fleet apply` starts one", "尚无任何下发；用 fleet apply 开始"
            )
            return [[(f" {hint.render(lang)}", "dim")]]
        facts = self.fleet.picture.facts
        status = facts.status(state.id)
        style = STATUS_STYLE.get(status, "bad")
        steps, done, failed = int(state.data["steps"]), len(state.done()), len(state.failed())
        left = steps - done
        rate = facts.rate(state.id, self.fleet.now().timestamp()) if status == "running" else 0.0
        eta = eta_s(left, rate)
        begun = when.short(state.started_at, self.fleet.now(), self.fleet.zone)
        amounts = text(
            "steps done {d}, failed devices {f}, left {n}",
            "步骤完成 {d}，失败设备 {f}，剩余 {n}",
            d=done,
            f=failed,
            n=left,
        )
        speed = text("  {r:.1f}/s", "  {r:.1f}/秒", r=rate)
        if eta is not None:
            speed = text("{s}, {e} to go", "{s}，还需 {e}", s=speed, e=when.lasting(eta))
        return [
            [
                (f" {word(STATUS_WORDS, status).render(lang)} ", style),
                (f" {state.actor}  {begun}  ", "dim"),
                (f"pid {state.caller.pid} {state.caller.host}", "dim"),
            ],
            [
                (f" {self.fleet.look.bar(done, steps, max(6, width - 70))} ", style),
                (amounts.render(lang), "bad" if failed else ""),
                (speed.render(lang) if status == "running" else "", "dim"),
            ],
        ]

    def _tail(self, width: int) -> list[Line]:
        state = self.state()
        lines: list[Line] = [[(self.fleet.look.line * width, "dim")]]
        if state is None:
            return lines
        room = self.query_one("#tail", Lines).size.height - 1
        events = newest(self.fleet.picture.facts.events, room, state.id)
        return lines + [event_line(self.fleet, e, width) for e in events]
