"""`fleet stacks`: the servers' side alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, option
from fleet.model.errors import ConsentNeeded
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.model.stack import ResourceChange, StackPreview
    from fleet.ports.engine import OnResource

_DISTRICTS = argument(
    "districts",
    metavar="[DISTRICT]...",
    nargs=-1,
    help=text(
        "Division codes, like 340705; without them all.", "区划代码，如 340705；不给时指全部。"
    ),
)
_YES = option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))
_PHASES = {
    "started": text("started", "开始"),
    "done": text("done", "完成"),
    "failed": text("failed", "失败"),
}
_ACTIONS = {
    "create": ("+", text("create", "新建")),
    "update": ("~", text("update", "修改")),
    "replace": ("±", text("replace", "替换")),
    "delete": ("-", text("delete", "删除")),
}
_AFTER_UP = text("(known after up)", "（执行后可知）")


@group(
    "stacks",
    help=text(
        "The servers of each district (Pulumi), without its devices.\n\n"
        "Without DISTRICT every stack is meant. No password is ever shown, only its version.",
        "各区县的服务器（Pulumi），不涉及设备。\n\n"
        "不给 DISTRICT 时指所有栈。从不显示密码，只显示其版本。",
    ),
)
def stacks() -> None:
    """Group of the servers' verbs."""


@stacks.command(
    "list",
    cls=Command,
    text_help=text("Every stack, declared or standing.", "列出所有栈，无论已声明或已存在。"),
)
@_DISTRICTS
@pass_ctx
def list_(ctx: Context, districts: tuple[str, ...]) -> None:
    """List stacks and how they stand, without the engine."""
    from fleet.app.stacks import listing
    from fleet.wiring.stacks import open_servers

    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        found = listing(servers, districts)
    if ctx.json:
        ctx.out_json([s.model_dump(mode="json") for s in found])
        return
    for one in found:
        if one.outputs is None:
            word = text("not there yet", "尚未创建")
        elif one.spec is None:
            word = text("stands, but is declared no more", "仍存在，但已不再声明")
        elif one.clean:
            word = text("stands as declared", "与声明一致")
        else:
            word = text("differs from what is declared", "与声明不一致")
        shown = one.spec or one.outputs
        where = " ".join(f"{a}:{shown.port}" for a in shown.addresses) if shown else ""
        ctx.out(f"{one.district}  {one.stack}  {ctx.render(word)}  {where}".rstrip())
    if not found:
        ctx.say(text("no district has servers of its own", "没有区县拥有自己的服务器"))


@stacks.command(
    "preview", cls=Command, text_help=text("What up would do.", "显示 up 将要做的变更。")
)
@_DISTRICTS
@pass_ctx
def preview(ctx: Context, districts: tuple[str, ...]) -> None:
    """Show what up would do."""
    from fleet.app import stacks as app
    from fleet.wiring.stacks import open_servers

    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        found = app.preview(servers, districts)
    if ctx.json:
        ctx.out_json([p.model_dump(mode="json") for p in found])
    else:
        _show_previews(ctx, found)


@stacks.command(
    "up", cls=Command, text_help=text("Bring servers to what is declared.", "使服务器与声明一致。")
)
@_DISTRICTS
@_YES
@pass_ctx
def up(ctx: Context, districts: tuple[str, ...], yes: bool) -> None:
    """Preview, ask, and do exactly that."""
    from fleet.app import stacks as app
    from fleet.wiring.stacks import open_servers

    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        found = app.preview(servers, districts)
        if any(p.dirty for p in found):
            if not ctx.json:
                _show_previews(ctx, found)
            _consent(ctx, yes, text("Change these servers?", "确认变更这些服务器？"))
        done = app.up(servers, found, lambda stack: _progress(ctx, stack))
    if ctx.json:
        ctx.out_json([o.model_dump(mode="json") for o in done])
    elif done:
        for one in done:
            ctx.out(text("{s} is up", "{s} 已就绪", s=one.stack))
    else:
        ctx.out(_NOTHING)


@stacks.command(
    "refresh",
    cls=Command,
    text_help=text("Look at what stands; exit 2 on drift.", "查看现状；有漂移时退出码为 2。"),
)
@_DISTRICTS
@pass_ctx
def refresh(ctx: Context, districts: tuple[str, ...]) -> None:
    """Compare what stands with what was brought up."""
    from fleet.app import stacks as app
    from fleet.wiring.stacks import open_servers

    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        found = app.refresh(servers, districts)
    if ctx.json:
        ctx.out_json(
            {d: [c.model_dump(mode="json") for c in changes] for d, changes in found.items()}
        )
    for district, changes in found.items() if not ctx.json else ():
        word = text("drift", "有漂移") if changes else text("stands as recorded", "与记录一致")
        ctx.out(f"{district}  {ctx.render(word)}")
        _show_changes(ctx, changes)
    ctx.exit(ExitCode.CHANGES if any(found.values()) else ExitCode.OK)


@stacks.command(
    "outputs",
    cls=Command,
    text_help=text("What the stacks gave, without secrets.", "显示栈的输出（不含密码）。"),
)
@_DISTRICTS
@pass_ctx
def outputs(ctx: Context, districts: tuple[str, ...]) -> None:
    """Show the outputs of the last up."""
    from fleet.app import stacks as app
    from fleet.wiring.stacks import open_servers

    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        found = app.outputs(servers, districts)
    if ctx.json:
        ctx.out_json({d: o.model_dump(mode="json") for d, o in found.items()})
        return
    for district, one in found.items():
        ctx.out(ctx.style(f"{district}  {one.stack}", bold=True))
        ctx.out(text("  server id    {v}", "  服务器编码  {v}", v=one.server_id))
        ctx.out(text("  domain       {v}", "  域编码      {v}", v=one.server_domain))
        where = ", ".join(f"{a}:{one.port}" for a in one.addresses)
        ctx.out(text("  SIP over UDP {v}", "  SIP (UDP)   {v}", v=where))
        ctx.out(text("  CA           sha256 {v}", "  CA          sha256 {v}", v=one.ca_fingerprint))
        for name, versions in sorted(one.credentials.items()):
            shown = ", ".join(f"v{v} {one.fingerprints.get(f'{name}@{v}', '')}" for v in versions)
            ctx.out(f"  {name}  {shown}".rstrip())
    if not found:
        ctx.say(text("no stack was brought up yet", "尚未创建任何栈"))


@stacks.command(
    "recover",
    cls=Command,
    text_help=text(
        "After a kill: prove the holder dead, clear its lock, say what was pending.",
        "进程被杀后：证明持锁者已死，清除其锁，说明未完成的操作。",
    ),
)
@_DISTRICTS
@_YES
@pass_ctx
def recover(ctx: Context, districts: tuple[str, ...], yes: bool) -> None:
    """Clear what killed calls of the engine left.

    Only what is proved dead is cleared, so a pipeline need not say --yes; a person is asked.
    """
    from fleet.app import stacks as app
    from fleet.wiring.stacks import open_servers

    if not yes and ctx.interactive and sys.stdin.isatty():
        question = text("Clear what dead calls left?", "清除已死调用的残留？")
        _consent(ctx, yes, question)
    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        found = app.recover(servers, districts)
    if ctx.json:
        ctx.out_json({d: list(lines) for d, lines in found.items()})
        return
    for district, lines in found.items():
        for line in lines:
            ctx.out(f"{district}  {line}")
    if any(found.values()):
        ctx.say(
            text(
                "recovered; the next up or apply finishes what was pending",
                "已恢复；下一次 up 或 apply 会完成未完成的操作",
            )
        )
    else:
        ctx.say(text("nothing to recover", "无需恢复"))


@stacks.command(
    "destroy",
    cls=Command,
    text_help=text(
        "End and remove the servers: no process, listener or file stays.",
        "结束并移除服务器：不留进程、端口和文件。",
    ),
)
@_DISTRICTS
@_YES
@pass_ctx
def destroy(ctx: Context, districts: tuple[str, ...], yes: bool) -> None:
    """Ask, and remove."""
    from fleet.app import stacks as app
    from fleet.wiring.stacks import open_servers

    with open_servers(ctx.city_dir, ctx.state_dir) as servers:
        chosen = app.choose(servers, districts, standing=True)
        standing = [d for d in chosen if d in servers.engine.stacks()]
        if standing:
            question = text(
                "Remove the servers of {d}?", "确认移除 {d} 的服务器？", d=", ".join(standing)
            )
            _consent(ctx, yes, question)
        gone = app.destroy(servers, standing, lambda stack: _progress(ctx, stack))
    if ctx.json:
        ctx.out_json(list(gone))
        return
    for district in gone:
        ctx.out(text("{d}: removed", "{d}：已移除", d=district))
    if not gone:
        ctx.say(text("there is no stack to remove", "没有可移除的栈"))


_NOTHING = text("servers stand as declared, nothing to do", "服务器与声明一致，无需操作")


def _consent(ctx: Context, yes: bool, question: Text) -> None:
    if not yes and not ctx.confirm(question):
        raise ConsentNeeded(
            text("not confirmed; nothing was changed", "未确认，没有做任何变更"),
            text("answer y, or give --yes", "请回答 y，或使用 --yes"),
        )


def _progress(ctx: Context, stack: str) -> OnResource:
    def tell(change: ResourceChange, phase: str) -> None:
        word = _ACTIONS[change.action][1] if change.action in _ACTIONS else Text(en="", zh="")
        ctx.say(f"{stack}  {ctx.render(word)}  {change.name}  {ctx.render(_PHASES[phase])}")

    return tell


def _show_previews(ctx: Context, previews: Sequence[StackPreview]) -> None:
    for one in previews:
        ctx.out(ctx.style(f"{one.stack}  {one.spec.name}", bold=True))
        if one.dirty:
            _show_changes(ctx, one.changes)
        else:
            ctx.out(f"  {ctx.render(_NOTHING)}")


def _show_changes(ctx: Context, changes: Sequence[ResourceChange]) -> None:
    for change in changes:
        if change.action not in _ACTIONS:
            continue
        sign, word = _ACTIONS[change.action]
        kind = change.type.rsplit(":", 1)[-1]
        ctx.out(f"  {sign} {kind} {change.name}  {ctx.render(word)}")
        if change.action in ("update", "replace"):
            for key in sorted({*change.before, *change.after, *change.unknown}):
                unknown = key in change.unknown
                after = ctx.render(_AFTER_UP) if unknown else _shown(change.after.get(key))
                ctx.out(f"      {key}: {_shown(change.before.get(key))} → {after}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "–" if value is None else str(value)
