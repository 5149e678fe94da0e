"""`fleet observe`: what stands, signed, so that others can plan from it without credentials."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import TARGET, command, option
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text


@command(
    "observe",
    help=text(
        "Read servers and devices and sign what was seen.\n\n"
        "`fleet plan --observed FILE` plans from it without any credential. The key is made in\n"
        "the state folder; --enrol adds its public half to observers.pub in the city's folder,\n"
        "to be committed. Exit 5 when some devices could not be read.",
        "读取服务器与设备，并对所见签名。\n\n"
        "fleet plan --observed FILE 据此出计划，无需任何凭据。密钥保存在状态目录；\n"
        "--enrol 将其公钥写入城市目录的 observers.pub，请提交到 git。\n"
        "部分设备无法读取时退出码为 5。",
    ),
)
@option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help=text("Write the signed observation to this file.", "将签名的观测写入此文件。"),
)
@option(
    "--enrol",
    is_flag=True,
    help=text("Trust this machine's key in this city.", "在本市信任本机密钥。"),
)
@TARGET
@pass_ctx
def observe(ctx: Context, out: Path | None, enrol: bool, targets: tuple[str, ...]) -> None:
    """Enrol, observe, or both."""
    from fleet.wiring import observed

    if out is None and not enrol:
        raise UsageError(
            text("nothing to do: give -o FILE or --enrol", "无事可做：请给出 -o FILE 或 --enrol")
        )
    signer = observed.signer(ctx.state_dir)
    if enrol:
        new = observed.enrol(ctx.city_dir, signer.public, socket.gethostname())
        word = text("enrolled", "已登记") if new else text("is enrolled already", "此前已登记")
        ctx.say(text("{k} {w}: {f}", "{k} {w}：{f}", k=signer.public, w=word, f=observed.ENROLLED))
    if out is not None:
        ctx.exit(_observe(ctx, out, targets))


def _observe(ctx: Context, out: Path, targets: tuple[str, ...]) -> ExitCode:
    from fleet.app.observed import take
    from fleet.cli.progress import Progress
    from fleet.cli.running import run_async
    from fleet.wiring import observed
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        progress = Progress(ctx)
        found, signals = run_async(lambda _: take(app, targets, progress.seen))
    if found is None:
        return signals.code
    signer = observed.signer(ctx.state_dir)
    observed.write_observation(out, found, signer)
    faults = [s.seen for s in found.devices if s.seen.fault is not None]
    if ctx.json:
        ctx.out_json(
            {
                "file": str(out),
                "key": signer.public,
                "taken_at": found.taken_at,
                "devices": len(found.devices),
                "unread": {s.device: s.fault.code for s in faults if s.fault is not None},
            }
        )
    else:
        ctx.out(
            text(
                "{o}: {n} devices, {f} could not be read, {s} stacks; taken at {t}, signed by {k}",
                "{o}：设备 {n} 台，无法读取 {f} 台，栈 {s} 个；时间 {t}，签名 {k}",
                o=out,
                n=len(found.devices),
                f=len(faults),
                s=len(found.stacks),
                t=found.taken_at,
                k=signer.public,
            )
        )
    return ExitCode.PARTIAL if faults else ExitCode.OK
