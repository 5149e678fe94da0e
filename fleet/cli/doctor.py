"""`fleet doctor`: the machine and the state folder, one line a check."""

from __future__ import annotations

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command
from fleet.cli.render import padded, width
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

_WORD = {
    "ok": (text("ok", "正常"), "green"),
    "warning": (text("warning", "警告"), "yellow"),
    "error": (text("error", "错误"), "red"),
}


@command(
    "doctor",
    help=text(
        "Check this machine and the state folder; exit 0 unless something is an error.",
        "检查本机与状态目录；没有错误则退出码为 0。",
    ),
)
@pass_ctx
def doctor(ctx: Context) -> None:
    """Show every check with what to do about it."""
    from fleet.app.doctor import sound
    from fleet.wiring.doctor import examine

    checks = examine(ctx.state_dir)
    if ctx.json:
        ctx.out_json(
            [
                {
                    "check": c.code,
                    "status": c.status,
                    "found": ctx.render(c.found),
                    "fix": ctx.render(c.fix) if c.fix else None,
                }
                for c in checks
            ]
        )
    else:
        wide = max(width(ctx.render(c.name)) for c in checks)
        for check in checks:
            word, colour = _WORD[check.status]
            status = ctx.style(padded(ctx.render(word), 8), fg=colour)
            name = padded(ctx.render(check.name), wide)
            ctx.out(f"{status} {name}  {ctx.render(check.found)}")
            if check.fix is not None:
                ctx.out(f"{'':8} {'':{wide}}  → {ctx.render(check.fix)}")
    if not sound(checks):
        ctx.exit(ExitCode.INTERNAL)
