"""`fleet rollout watch`: a rollout as lines, for logs and pipelines; the plain twin of the screens.

Reads the journal alone, so it watches a rollout of any process and ends with its verdict. A line
comes at least every 30 s, because what is silent for long is taken for dead.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command
from fleet.cli.rollout import ROLLOUT_ID
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.ports.journal import Record
    from fleet.rollout.state import RolloutState
    from fleet.wiring.watch import Watch

LOOK_EVERY_S = 0.3
HEARTBEAT_S = 25.0
BATCH = 1000


@command(
    "watch",
    help=text(
        "Follow a rollout, one line a change, until it ends; the exit code is its verdict.\n\n"
        "Works on a rollout of any process. Without ID: the one that runs, else the newest.\n"
        "With --format json every line is one object.",
        "逐行跟随一次下发直至结束，退出码即其结论。\n\n"
        "可跟随任何进程的下发。不给编号时：进行中的，否则最近一次。\n"
        "--format json 时每行一个对象。",
    ),
)
@ROLLOUT_ID
@pass_ctx
def watch(ctx: Context, rollout_id: str | None) -> None:
    """Follow a rollout."""
    from fleet.wiring.watch import Watch

    watched = Watch(ctx.city_dir, ctx.state_dir, lang=ctx.lang)
    try:
        code = Follower(ctx, watched, rollout_id).run()
    finally:
        watched.close()
    ctx.exit(code)


class Follower:
    """Follows one rollout; `wait` and `clock` are inputs so that tests need not wait."""

    def __init__(
        self,
        ctx: Context,
        watched: Watch,
        rollout_id: str | None,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ctx = ctx
        self._watched = watched
        self._id = rollout_id
        self._wait = wait
        self._clock = clock
        self._seq = 0
        self._said_at = clock()

    def run(self) -> ExitCode:
        """Tell what there is, then what comes; returns the verdict's code.

        Raises:
            UsageError: there is no such rollout.
            StoreError: the journal cannot be read.
        """
        from fleet.cli.running import STATUS_CODE

        state = self._begin()
        while True:
            # Alive is asked before the records are: a process that ends in between has said so.
            alive = self._watched.alive(state.caller)
            for record in self._new():
                if record.rollout != state.id:
                    continue
                if record.seq > state.last_seq:
                    state.apply(record)
                self._tell(record)
            if state.ended:
                self._verdict(state, state.ended)
                return STATUS_CODE[state.ended]
            if not alive:
                self._verdict(state, "died")
                return ExitCode.HALTED
            if self._clock() - self._said_at >= HEARTBEAT_S:
                self._beat(state)
            self._wait(LOOK_EVERY_S)

    def _begin(self) -> RolloutState:
        """The wanted rollout with what is known of it."""
        states = self._watched.rollouts()
        if self._id is not None:
            states = [s for s in states if s.id == self._id]
        running = [s for s in states if not s.ended and self._watched.alive(s.caller)]
        if not states:
            raise UsageError(
                text("no such rollout: {r}", "没有这次下发：{r}", r=self._id)
                if self._id
                else text("there is no rollout yet", "尚无任何下发"),
                text("see: fleet rollout list", "请看：fleet rollout list"),
            )
        return (running or states)[-1]

    def _new(self) -> Iterator[Record]:
        while found := self._watched.records(self._seq, BATCH):
            self._seq = found[-1].seq
            yield from found

    def _tell(self, record: Record) -> None:
        from fleet.app.watch import tell

        told = tell(record)
        if self._ctx.json:
            self._line(
                {
                    "seq": record.seq,
                    "at": record.at,
                    "kind": record.kind,
                    "rollout": record.rollout,
                    "subject": record.subject,
                    "weight": told.weight,
                    "text": self._ctx.render(told.said),
                    "data": record.data,
                }
            )
        else:
            self._ctx.out(f"{record.at}  {self._ctx.render(told.said)}")
        self._said_at = self._clock()

    def _beat(self, state: RolloutState) -> None:
        self._summary(state, "running", "heartbeat", text("still running", "仍在进行"))

    def _verdict(self, state: RolloutState, status: str) -> None:
        from fleet.cli.running import STATUS_TEXT

        self._summary(state, status, "verdict", STATUS_TEXT[status])

    def _summary(self, state: RolloutState, status: str, kind: str, said: Text) -> None:
        done, failed = len(state.done()), len(state.failed())
        left = int(state.data["steps"]) - done
        if self._ctx.json:
            counts = {"steps_done": done, "devices_failed": failed, "steps_left": left}
            self._line({"kind": kind, "rollout": state.id, "status": status, **counts})
        else:
            line = text(
                "{r}: {s}; {d} steps done, {n} left, {f} devices failed",
                "{r}：{s}；完成 {d} 步，剩余 {n} 步，失败设备 {f} 台",
                r=state.id,
                s=said,
                d=done,
                n=left,
                f=failed,
            )
            self._ctx.out(line)
        self._said_at = self._clock()

    def _line(self, value: dict[str, object]) -> None:
        self._ctx.out(json.dumps(value, ensure_ascii=False))
