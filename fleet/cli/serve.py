"""`fleet rollout serve`: permits for a plain ansible-playbook; started by the collection."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command, option
from fleet.cli.plan import read_plan
from fleet.cli.terms import ACCEPT
from fleet.model.text import text


@command(
    "serve",
    help=text(
        "Serve permits for a sealed plan to a running ansible-playbook.\n\n"
        "Prints one JSON line {socket, rollout} when ready and ends with that process.",
        "为正在运行的 ansible-playbook 就封存计划发放写入许可。\n\n"
        "就绪时输出一行 JSON，随该进程结束。",
    ),
)
@option(
    "--plan",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=text("The sealed plan.", "封存的计划。"),
)
@option(
    "--parent",
    required=True,
    type=click.IntRange(min=2),
    help=text("Process id of ansible-playbook.", "ansible-playbook 的进程号。"),
)
@ACCEPT
@pass_ctx
def serve(ctx: Context, file: Path, parent: int, accept: tuple[str, ...]) -> None:
    """Serve a plan's permits."""
    from fleet.app.apply import Terms
    from fleet.app.serve import serve_plan
    from fleet.cli.progress import Progress
    from fleet.cli.running import finish, run_async
    from fleet.wiring.build import open_app

    def ready(socket: str, rollout: str) -> None:
        click.echo(json.dumps({"socket": socket, "rollout": rollout}))

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        plan = read_plan(file)
        terms = Terms(frozenset(accept))
        result, signals = run_async(
            lambda s: serve_plan(app, plan, parent, Progress(ctx), ready, s.follow, terms)
        )
        code = finish(Context(lang=ctx.lang), result, signals)
    ctx.exit(code)
