"""The screens' start: what is looked at is read, checks come first, screens after."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from fleet.model.errors import FleetError, InventoryError, UsageError
from fleet.model.plan import Plan
from fleet.model.text import Lang, text
from fleet.wiring.watch import Watch
from fleet_tui.opening import Opening

FAULTS_SHOWN = 10


def start(found: argparse.Namespace, opening: Opening) -> int:
    """Open the city, then the screens, until somebody leaves them; the contract's exit code.

    Args:
        found: what `fleet_tui.__main__.parser` made of the arguments.
        opening: what the terminal shows until then.
    """
    lang: Lang = "zh" if found.lang == "zh" else "en"
    city: Path = found.city.absolute()
    state: Path = found.state.absolute() if found.state is not None else city / ".fleet"
    try:
        watch = Watch(city, state, found.write, lang)
        plan = (watch.plan_file(str(found.plan)), found.plan.name) if found.plan else None
        _needs_terminal()
    except FleetError as error:
        opening.close()
        complain(error, lang)
        return error.exit_code
    try:
        return run(watch, lang, found.ascii or not _speaks_unicode(), plan, opening)
    finally:
        watch.close()


def run(
    watch: Watch, lang: Lang, plain: bool, plan: tuple[Plan, str] | None, opening: Opening
) -> int:
    """The screens, until somebody leaves them."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from fleet_tui.app import FleetTui
    from fleet_tui.look import Look

    # Textual draws on stderr, which scripts redirect; what is looked at is stdout.
    sys.__stderr__ = sys.__stdout__  # type: ignore[misc]  # its type says final, its users do not
    # A terminal that is gone can be told nothing: the default ends us at once, in any case.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    mono = bool(os.environ.get("NO_COLOR"))
    app = FleetTui(watch, lang, Look(mono=mono, plain=plain), plan=plan)
    opening.hand_over()
    app.run()
    return int(app.return_value if app.return_value is not None else app.return_code or 0)


def complain(error: FleetError, lang: Lang) -> None:
    """An error to stderr: the first faults of an inventory, what happened, what to do."""
    faults = error.diagnostics if isinstance(error, InventoryError) else ()
    for fault in faults[:FAULTS_SHOWN]:
        place = f"{fault.position}: " if fault.position else ""
        sys.stderr.write(f"{place}[{fault.code}] {fault.summary.render(lang)}\n")
    label = text("error", "错误").render(lang)
    sys.stderr.write(f"{label}: {error.summary.render(lang)}\n")
    fixes = [error.fix] if error.fix is not None else []
    fixes += [text("all of them: fleet validate", "全部列出：fleet validate")] if faults else []
    for fix in fixes:
        sys.stderr.write(f"    → {fix.render(lang)}\n")


def _needs_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            text("the screens need a terminal", "全屏界面需要终端"),
            text(
                "without one: fleet status, or fleet rollout watch",
                "没有终端时：fleet status 或 fleet rollout watch",
            ),
        )


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
