"""The `fleet` command: global options, the table of verbs, and the exit codes of the contract."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

from fleet import __version__
from fleet.cli.context import Context, locale_language
from fleet.cli.kit import Group, group, option, usage_text
from fleet.cli.render import show_error
from fleet.cli.terminated import hear_term, was_terminated
from fleet.model.errors import FleetError, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

VERBS = {
    "validate": (
        "fleet.cli.validate:validate",
        text(
            "Check a city offline: form, ids, rules of the notice.",
            "离线检查清单：格式、编码、通知条款。",
        ),
    ),
    "plan": (
        "fleet.cli.plan:plan",
        text(
            "Show every field that would change, and seal it.", "列出将变更的每个字段并封存计划。"
        ),
    ),
    "show": ("fleet.cli.plan:show", text("Show a sealed plan file.", "显示已封存的计划文件。")),
    "apply": (
        "fleet.cli.apply:apply",
        text(
            "Run a sealed plan in waves; without one, plan first and ask.",
            "分批执行计划；无文件则先出计划再询问。",
        ),
    ),
    "observe": (
        "fleet.cli.observe:observe",
        text(
            "Sign what stands, to plan from without credentials.", "对现状签名，供无凭据时出计划。"
        ),
    ),
    "drift": (
        "fleet.cli.drift:drift",
        text("Compare what stands with what is declared.", "比较现场与声明的差异。"),
    ),
    "status": ("fleet.cli.status:status", text("The fleet on one page.", "一页看全局。")),
    "watch": ("fleet.cli.watch:watch", text("The fleet on screens.", "全屏查看全局。")),
    "rollout": (
        "fleet.cli.rollout:rollout",
        text(
            "List, show, approve, pause, resume, abort, retry or undo rollouts.",
            "查看、批准、暂停、继续、中止、重试或撤销下发。",
        ),
    ),
    "device": ("fleet.cli.device:device", text("Act on one device.", "对单台设备操作。")),
    "alarms": (
        "fleet.cli.alarm_routes:alarms",
        text("Alarms: list, acknowledge, silence, tell.", "告警：列表、确认、静默、发送。"),
    ),
    "health": (
        "fleet.cli.health:health",
        text(
            "Signed health out of a site, into the centre; online sheets in.",
            "站点签名导出、中心导入健康数据及在线情况表。",
        ),
    ),
    "uplink": (
        "fleet.cli.uplink:uplink",
        text("Why a link to the upper platform is down.", "到上级平台的链路为何中断。"),
    ),
    "collector": (
        "fleet.cli.collector:collector",
        text("Watch devices and keep their health.", "监视设备并保存健康状况。"),
    ),
    "explain": (
        "fleet.cli.explain:explain",
        text("Where a device's value comes from.", "说明设备的值来自何处。"),
    ),
    "rules": (
        "fleet.cli.rules:rules",
        text("The rules, with clause and severity.", "规则及其条款和级别。"),
    ),
    "stacks": (
        "fleet.cli.stacks:stacks",
        text("The servers' side alone (Pulumi).", "单独处理服务器侧（Pulumi）。"),
    ),
    "journal": (
        "fleet.cli.journal:journal",
        text("Verify or read the journal of everything done.", "校验或查看操作日志。"),
    ),
    "doctor": (
        "fleet.cli.doctor:doctor",
        text("Check this machine and the state folder.", "检查本机与状态目录。"),
    ),
    "report": (
        "fleet.cli.report:report",
        text("The monthly report, and what is behind it.", "月度报告及其数据来源。"),
    ),
    "sim": ("fleet.cli.sim:sim", text("Simulated devices on loopback.", "本机回环上的模拟设备。")),
    "demo": (
        "fleet.cli.demo:demo",
        text("The whole story on simulated devices.", "在模拟设备上演示全过程。"),
    ),
}


_EVERYWHERE = ("text", "json")
_FORMATS_OF = {
    "sarif": ("validate",),
    "junit": ("validate",),
    "markdown": ("validate", "plan", "show", "drift"),
}


def _set_lang(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value:
        ctx.meta["fleet.lang"] = value
    return value


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"fleet {__version__}")
        ctx.exit()


@group(
    "fleet",
    help=text(
        "Compounds as YAML in git: planned, rolled out in waves, read back on the device.\n\n"
        "Start with:  fleet -C inventories/tongling validate\n"
        "             fleet -C inventories/tongling plan\n"
        "             fleet demo    (the whole story on simulated devices)\n\n"
        "Exit codes: 0 ok, 2 changes or drift, 3 inventory, 4 policy, 5 some devices failed,\n"
        "6 halted, 7 stale or locked, 8 waiting for consent, 9 secrets, 10 engine, 64 usage.",
        "小区即 git 中的 YAML：先出计划，分批下发，在设备上回读验证。\n\n"
        "入门：  fleet -C inventories/tongling validate\n"
        "        fleet -C inventories/tongling plan\n"
        "        fleet demo    （在模拟设备上演示全过程）\n\n"
        "退出码：0 正常，2 有变更或漂移，3 清单有误，4 违反规则，5 部分设备失败，6 已停止，\n"
        "7 计划过期或被锁定，8 等待同意，9 密钥或登录失败，10 引擎失败，64 用法有误。",
    ),
    lazy=VERBS,
)
@option(
    "-C",
    "--city",
    "city_dir",
    # Whether it can be read is for the inventory to tell, with its own exit code.
    type=click.Path(path_type=Path, readable=False),
    default=Path(),
    help=text(
        "The city's folder (with city.yaml). Default: here.",
        "城市目录（内有 city.yaml），默认为当前目录。",
    ),
)
@option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    callback=_set_lang,
    is_eager=True,
    help=text("Language of every text; default: the locale's.", "文字的语言，默认随区域设置。"),
)
@option(
    "--format",
    "format_",
    default="text",
    metavar="FORMAT",
    type=click.Choice(["text", "json", "sarif", "junit", "markdown"]),
    help=text(
        "How data is written to stdout: text, json; validate also sarif, junit, markdown,\n"
        "plan, show and drift also markdown.",
        "输出格式：text、json；validate 还支持 sarif、junit、markdown，\n"
        "plan、show 与 drift 还支持 markdown。",
    ),
)
@option(
    "--non-interactive",
    is_flag=True,
    help=text(
        "Never ask; a question counts as declined (exit 8).",
        "从不提问；需要回答时视为拒绝（退出码 8）。",
    ),
)
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help=text("Show the version.", "显示版本。"),
)
@click.pass_context
def fleet(
    ctx: click.Context, city_dir: Path, lang: str | None, format_: str, non_interactive: bool
) -> None:
    """Collect the global options into the context."""
    _check_format(format_, ctx.invoked_subcommand)
    ctx.obj = Context(
        city_dir=city_dir.absolute(),
        lang="zh" if (lang or locale_language()) == "zh" else "en",
        format=format_,
        interactive=not non_interactive,
    )


def _check_format(wanted: str, verb: str | None) -> None:
    """Refuse a format that a verb would pass over in silence, having acted.

    Raises:
        UsageError: the verb has no such format.
    """
    if wanted in _EVERYWHERE or verb is None or verb in _FORMATS_OF[wanted]:
        return
    raise UsageError(
        text(
            "--format {f} is not for `fleet {v}`",
            "`fleet {v}` 不支持 --format {f}",
            f=wanted,
            v=verb,
        ),
        text("use text or json", "请用 text 或 json"),
    )


def _language(args: list[str]) -> Context:
    """A context good enough to speak before, or without, a parsed command line."""
    lang = locale_language()
    for i, arg in enumerate(args):
        value = arg.partition("=")[2] or (args[i + 1] if i + 1 < len(args) else "")
        if arg.split("=")[0] == "--lang" and value in ("zh", "en"):
            lang = "zh" if value == "zh" else "en"
    return Context(lang=lang)


def main(argv: list[str] | None = None) -> None:
    """Run one verb and end the process with its exit code."""
    args = sys.argv[1:] if argv is None else argv
    # Playbooks, engine and provider speak by their environment alone.
    os.environ["FLEET_LANG"] = _language(args).lang
    hear_term()
    sys.exit(run(args))


def run(args: list[str]) -> int:
    """Run one verb; every error becomes a text on stderr and a code of the contract."""
    speaker = _language(args)
    try:
        # `obj` speaks until the options are parsed, and where they cannot be.
        result = fleet.main(args=args, prog_name="fleet", standalone_mode=False, obj=speaker)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.UsageError as error:
        if error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        speaker.say(text("error: {m}", "错误：{m}", m=usage_text(error)))
        path = error.ctx.command_path if error.ctx else "fleet"
        speaker.say(text("    → see {p} --help", "    → 请看 {p} --help", p=path))
        return ExitCode.USAGE
    except FleetError as error:
        show_error(speaker, error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as error:
        if was_terminated(error):
            speaker.say(text("terminated", "被终止"))
            return ExitCode.TERMINATED
        speaker.say(text("interrupted", "已中断"))
        return ExitCode.INTERRUPTED
    except SystemExit:
        # Click's only way to end by itself here: the reader of our stdout went away
        # (`fleet … | head`), which is not an error of ours.
        return ExitCode.OK
    except Exception as error:
        if os.environ.get("FLEET_DEBUG"):
            traceback.print_exc()
        speaker.say(
            text(
                "internal error: {t}: {e} (a defect of fleet; FLEET_DEBUG=1 shows where)",
                "内部错误：{t}：{e}（fleet 自身缺陷；设置 FLEET_DEBUG=1 可查看位置）",
                t=type(error).__name__,
                e=error,
            )
        )
        return ExitCode.INTERNAL


__all__ = ["Group", "fleet", "main", "run"]
