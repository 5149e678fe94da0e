"""`fleet rollout`: list, show, approve, pause, resume, abort, retry, undo, from any terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, option
from fleet.cli.terms import ACCEPT, WAIT
from fleet.model.errors import ConsentNeeded
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.app.context import App
    from fleet.ports.driver import Trial
    from fleet.rollout.state import RolloutState

ROLLOUT_ID = argument(
    "rollout_id",
    metavar="[ID]",
    required=False,
    help=text(
        "The rollout, as `fleet rollout list` shows it; without it the newest.",
        "下发编号（见 fleet rollout list）；不给时指最近一次。",
    ),
)
_YES = option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))


@group(
    "rollout",
    help=text(
        "Act on rollouts, also on one of another process or whose process died.\n\n"
        "Without ID the newest one is meant.",
        "处理下发，包括其他进程的或其进程已中断的。\n\n不给编号时指最近一次。",
    ),
    lazy={
        "watch": (
            "fleet.cli.rollout_watch:watch",
            text(
                "Follow a rollout line by line; exits with its verdict.",
                "逐行跟随下发，以其结论为退出码。",
            ),
        ),
        "serve": (
            "fleet.cli.serve:serve",
            text(
                "Permits for a plain ansible-playbook.", "为单独运行的 ansible-playbook 发放许可。"
            ),
        ),
    },
)
def rollout() -> None:
    """Group of the rollout's verbs."""


@rollout.command("list", cls=Command, text_help=text("Every rollout.", "列出所有下发。"))
@pass_ctx
def list_(ctx: Context) -> None:
    """List rollouts, newest last."""
    from fleet.cli.running import STATUS_TEXT
    from fleet.rollout.state import rollouts
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        found = rollouts(app.journal)
        if ctx.json:
            ctx.out_json([_row(app, s) for s in found])
            return
        for state in found:
            word = STATUS_TEXT[state.status(app.processes)]
            of = state.data.get("undo_of")
            undo = ctx.render(text(" (undo of {r})", "（撤销 {r}）", r=of)) if of else ""
            compounds = ", ".join(state.data["compounds"])
            when = f"{state.id}  {state.started_at}  {state.actor}"
            ctx.out(f"{when}  {ctx.render(word)}{undo}  {compounds}")
        if not found:
            ctx.say(text("there is no rollout yet", "尚无任何下发"))


@rollout.command(
    "show", cls=Command, text_help=text("One rollout, step by step.", "逐步显示一次下发。")
)
@ROLLOUT_ID
@pass_ctx
def show(ctx: Context, rollout_id: str | None) -> None:
    """Show a rollout's steps and failures."""
    from fleet.app.rollouts import find
    from fleet.cli.progress import OUTCOMES, held_text
    from fleet.cli.running import STATUS_TEXT
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        state = find(app, rollout_id)
        if ctx.json:
            steps = {
                k: {
                    "device": s.device,
                    "outcome": s.outcome,
                    "evidence": s.evidence,
                    "trial": None if s.trial is None else s.trial.model_dump(),
                }
                for k, s in state.steps.items()
            }
            ctx.out_json({**_row(app, state), "step_outcomes": steps})
            return
        ctx.out(f"{state.id}  {ctx.render(STATUS_TEXT[state.status(app.processes)])}")
        for name, step in sorted(state.steps.items()):
            word = OUTCOMES.get(step.outcome, text("permitted, unsettled", "已许可，未结算"))
            why = f": {ctx.render(Text(en=step.fault.en, zh=step.fault.zh))}" if step.fault else ""
            if step.trial is not None and step.outcome == "intent":
                why = f": {ctx.render(_on_trial(step.trial))}"
            ctx.out(f"  {name:<40} {ctx.render(word)} {step.evidence}".rstrip() + why)
        for device, link in sorted(state.held.items()):
            ctx.out(f"  {ctx.render(held_text(device, link))}")
        for wave, who in sorted(state.approvals.items()):
            ctx.out(text("  wave {n} approved by {a}", "  第 {n} 批由 {a} 批准", n=wave, a=who))
        if (asked := state.waits_for()) is not None:
            ctx.out(
                text(
                    "  wave {n} waits for: fleet rollout approve {r}",
                    "  第 {n} 批等待：fleet rollout approve {r}",
                    n=asked,
                    r=state.id,
                )
            )
        told = state.problems_zh if ctx.lang == "zh" else state.problems
        for device, problems in sorted(told.items()):
            for problem in problems:
                ctx.out(f"  {device}: {problem}")


def _on_trial(trial: Trial) -> Text:
    return text(
        "on trial {i}; the device takes it back {n} s after it began unless resume confirms it",
        "试运行 {i}；开始后 {n} 秒内若 resume 未确认，设备将自动回退",
        i=trial.id,
        n=trial.seconds,
    )


def _ask(ctx: Context, rollout_id: str | None, verb: str) -> None:
    from fleet.app.rollouts import abort_dead, find, request
    from fleet.cli.running import STATUS_TEXT, run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        state = find(app, rollout_id)
        if request(app, state, verb):
            ctx.say(text("asked rollout {r}: {v}", "已请求下发 {r}：{v}", r=state.id, v=verb))
            return
        status = state.status(app.processes)
        if verb == "abort" and (status == "died" or state.resumable(app.processes)):
            run_async(lambda _: abort_dead(app, state))
            ctx.say(text("rollout {r}: aborted", "下发 {r}：已中止", r=state.id))
            return
        ctx.say(
            text(
                "rollout {r} is not running: {s}",
                "下发 {r} 未在运行：{s}",
                r=state.id,
                s=STATUS_TEXT[status],
            )
        )


@rollout.command(
    "pause",
    cls=Command,
    text_help=text(
        "Finish what is permitted, then stop; resume continues.", "完成已许可的写入后暂停。"
    ),
)
@ROLLOUT_ID
@pass_ctx
def pause(ctx: Context, rollout_id: str | None) -> None:
    """Ask a running rollout to pause."""
    _ask(ctx, rollout_id, "pause")


@rollout.command(
    "approve",
    cls=Command,
    text_help=text(
        "Approve the wave that waits; goes on here if no process waits for it.",
        "批准等待中的批次；若没有进程在等待，则在此继续。",
    ),
)
@ROLLOUT_ID
@_YES
@option(
    "--no-resume",
    is_flag=True,
    help=text("Only put the approval into the journal.", "仅将批准记入日志。"),
)
@pass_ctx
def approve(ctx: Context, rollout_id: str | None, yes: bool, no_resume: bool) -> None:
    """Approve the waiting wave, and take the rollout up where nobody else does."""
    from fleet.app.rollouts import approve as approve_wave
    from fleet.app.rollouts import find, wave_compounds
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        state = find(app, rollout_id, only="waiting")
        wave = state.waits_for()
        if wave is not None:
            question = text(
                "Approve wave {n} of {r}: {c}?",
                "批准 {r} 的第 {n} 批：{c}？",
                n=wave,
                r=state.id,
                c=", ".join(wave_compounds(app, state.id, wave)),
            )
            _consent(ctx, yes, question)
        number = approve_wave(app, state)
        ctx.say(text("{r}: wave {n} is approved", "{r}：第 {n} 批已批准", r=state.id, n=number))
        running = state.status(app.processes) == "running"
        code = ExitCode.OK if running or no_resume else _resume(ctx, app, state.id, wait=False)
    ctx.exit(code)


@rollout.command(
    "abort",
    cls=Command,
    text_help=text(
        "Finish what is permitted, then end for good; a dead one is settled and closed.",
        "完成已许可的写入后终止；进程已中断的则查明结果后关闭。",
    ),
)
@ROLLOUT_ID
@pass_ctx
def abort(ctx: Context, rollout_id: str | None) -> None:
    """Ask a running rollout to abort, or close a dead one."""
    _ask(ctx, rollout_id, "abort")


@rollout.command(
    "resume",
    cls=Command,
    text_help=text(
        "Go on from what journal and devices show; nothing is written twice.",
        "按日志与设备实际状态继续；不会重复写入。",
    ),
)
@ROLLOUT_ID
@WAIT
@pass_ctx
def resume(ctx: Context, rollout_id: str | None, wait: bool) -> None:
    """Take up a rollout."""
    from fleet.app.rollouts import find
    from fleet.rollout.state import rollouts
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        if rollout_id is None and not any(
            s.resumable(app.processes) for s in rollouts(app.journal)
        ):
            ctx.say(text("there is nothing to resume", "没有可继续的下发"))
            return
        state = find(app, rollout_id, only="resumable")
        code = _resume(ctx, app, state.id, wait)
    ctx.exit(code)


def _resume(ctx: Context, app: App, rollout_id: str, wait: bool) -> ExitCode:
    from fleet.app.apply import resume as resume_rollout
    from fleet.cli.progress import Progress
    from fleet.cli.running import finish, run_async

    result, signals = run_async(
        lambda s: resume_rollout(app, rollout_id, Progress(ctx), s.follow, wait)
    )
    return finish(ctx, result, signals)


@rollout.command(
    "retry",
    cls=Command,
    text_help=text("Plan and apply again the devices that failed.", "对失败的设备重新计划并执行。"),
)
@ROLLOUT_ID
@_YES
@ACCEPT
@pass_ctx
def retry(ctx: Context, rollout_id: str | None, yes: bool, accept: tuple[str, ...]) -> None:
    """Plan and apply the failed devices again."""
    from fleet.app.apply import Terms, apply_plan
    from fleet.app.consent import check_consents
    from fleet.app.plan import make_plan
    from fleet.app.rollouts import find, to_retry
    from fleet.cli.planview import show_plan
    from fleet.cli.progress import Progress
    from fleet.cli.running import finish, run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        failed = to_retry(app, find(app, rollout_id))
        if not failed:
            ctx.say(text("no device failed in it", "其中没有失败的设备"))
            return
        progress = Progress(ctx)
        planned, signals = run_async(lambda _: make_plan(app, failed, progress.seen))
        if planned is None:
            ctx.exit(signals.code)
            return
        show_plan(ctx, planned.plan, app.city)
        if planned.plan.empty:
            ctx.exit(ExitCode.PARTIAL if planned.plan.faults else ExitCode.OK)
            return
        terms = Terms(frozenset(accept))
        check_consents(planned.plan, terms.accepted)
        _consent(ctx, yes, text("Apply this plan?", "执行此计划？"))
        result, signals = run_async(
            lambda s: apply_plan(app, planned.plan, progress, s.follow, fresh=False, terms=terms)
        )
        code = finish(ctx, result, signals, unseen=len(planned.plan.faults))
    ctx.exit(code)


@rollout.command(
    "undo",
    cls=Command,
    text_help=text(
        "Put back the recorded values that a rollout replaced (never passwords).",
        "恢复该次下发所替换的值（不含口令）。",
    ),
)
@ROLLOUT_ID
@_YES
@ACCEPT
@pass_ctx
def undo(ctx: Context, rollout_id: str | None, yes: bool, accept: tuple[str, ...]) -> None:
    """Undo a rollout under the same protocol."""
    from fleet.app.apply import Terms
    from fleet.app.rollouts import find
    from fleet.app.rollouts import undo as undo_rollout
    from fleet.cli.progress import Progress
    from fleet.cli.running import finish, run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        state = find(app, rollout_id)
        _consent(
            ctx,
            yes,
            text("Put back what {r} replaced?", "恢复 {r} 所替换的值？", r=state.id),
        )
        terms = Terms(frozenset(accept))
        result, signals = run_async(
            lambda s: undo_rollout(app, state, Progress(ctx), s.follow, terms)
        )
        if result is None and not signals.heard:
            ctx.say(text("nothing to put back", "没有需要恢复的内容"))
            return
        code = finish(ctx, result, signals)
    ctx.exit(code)


def _consent(ctx: Context, yes: bool, question: Text) -> None:
    if not yes and not ctx.confirm(question):
        raise ConsentNeeded(
            text("not done: nobody said yes", "未执行：没有得到确认"),
            text("answer yes, or give --yes", "请确认，或使用 --yes"),
        )


def _row(app: App, state: RolloutState) -> dict[str, object]:
    return {
        "id": state.id,
        "status": state.status(app.processes),
        "started_at": state.started_at,
        "ended_at": state.ended_at or None,
        "actor": state.actor,
        "compounds": list(state.data["compounds"]),
        "steps": state.data["steps"],
        "steps_done": len(state.done()),
        "failed": sorted(state.failed()),
        "held": dict(sorted(state.held.items())),
        "waits_for": state.waits_for(),
        "undo_of": state.data.get("undo_of") or None,
    }
