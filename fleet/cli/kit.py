"""Click with help in both languages, verbs imported only when called, and exit code 64.

A verb module defines its commands with `command`, `group`, `option` and `argument` from here; help
is a `Text` and is rendered when it is asked for, in the language of that call.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from fleet.cli.context import Context, locale_language
from fleet.model.text import Lang, Text, text

_ARGUMENTS = text("Arguments", "参数")
_OPTIONS = text("Options", "选项")
_COMMANDS = text("Commands", "命令")
_USAGE = text("Usage: ", "用法：")


def language(ctx: click.Context | None) -> Lang:
    """The language of a call, also while its options are still being parsed."""
    while ctx is not None:
        if isinstance(ctx.obj, Context):
            return ctx.obj.lang
        if lang := ctx.meta.get("fleet.lang"):
            return "zh" if lang == "zh" else "en"
        ctx = ctx.parent
    return locale_language()


class Option(click.Option):
    """An option whose help is a `Text`."""

    def __init__(self, *args: Any, text_help: Text | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.text_help = text_help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Name and help, in the call's language."""
        if self.text_help is not None:
            self.help = self.text_help.render(language(ctx))
        return super().get_help_record(ctx)


class Argument(click.Argument):
    """A positional argument whose help is a `Text`."""

    def __init__(self, *args: Any, text_help: Text, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.text_help = text_help


class Command(click.Command):
    """A command whose help is a `Text`."""

    def __init__(self, *args: Any, text_help: Text | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.text_help = text_help

    def _localise(self, ctx: click.Context | None) -> None:
        if self.text_help is not None:
            self.help = self.text_help.render(language(ctx))

    def get_short_help_str(self, limit: int = 72) -> str:
        """The first sentence of the help."""
        self._localise(click.get_current_context(silent=True))
        return (self.help or "").strip().split("\n")[0]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line with its prefix in the call's language."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_USAGE.render(language(ctx)))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help, lines kept as they are written."""
        self._localise(ctx)
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                for line in self.help.strip().split("\n"):
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n" if line else "\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments and options, each under a heading in the call's language."""
        lang, params = language(ctx), self.get_params(ctx)
        arguments = [
            (p.make_metavar(ctx), p.text_help.render(lang))
            for p in params
            if isinstance(p, Argument)
        ]
        options = [
            record
            for p in params
            if isinstance(p, click.Option) and (record := p.get_help_record(ctx)) is not None
        ]
        for heading, rows in ((_ARGUMENTS, arguments), (_OPTIONS, options)):
            if rows:
                with formatter.section(heading.render(lang)):
                    formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, explained in the call's language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = text("Show this page.", "显示本页。").render(language(ctx))
        return option


class Group(Command, click.Group):
    """A group of verbs, imported only when called.

    `lazy` maps a verb to `module:attribute` and to the sentence that the list of verbs shows.
    """

    def __init__(
        self, *args: Any, lazy: dict[str, tuple[str, Text]] | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order in which they are taught."""
        return [*self.lazy, *(n for n in super().list_commands(ctx) if n not in self.lazy)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, imported now."""
        if cmd_name in self.lazy:
            module, attribute = self.lazy[cmd_name][0].split(":")
            found: click.Command = getattr(importlib.import_module(module), attribute)
            return found
        return super().get_command(ctx, cmd_name)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options, then the verbs."""
        Command.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with the first sentence of their help."""
        rows = [(n, sentence.render(language(ctx))) for n, (_, sentence) in self.lazy.items()]
        for name in super().list_commands(ctx):
            command = super().get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, command.get_short_help_str()))
        if rows:
            with formatter.section(_COMMANDS.render(language(ctx))):
                formatter.write_dl(rows)


def command(name: str, help: Text, **kw: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command with help in both languages."""
    return click.command(name, cls=Command, text_help=help, **kw)


def group(name: str, help: Text, **kw: Any) -> Callable[[Callable[..., Any]], Group]:
    """Make a function a group of commands with help in both languages."""
    return click.group(name, cls=Group, text_help=help, **kw)


def option(*names: str, help: Text, **kw: Any) -> Callable[[Callable[..., Any]], Any]:
    """An option with help in both languages."""
    return click.option(*names, cls=Option, text_help=help, **kw)


def argument(*names: str, help: Text, **kw: Any) -> Callable[[Callable[..., Any]], Any]:
    """A positional argument with help in both languages."""
    return click.argument(*names, cls=Argument, text_help=help, **kw)


def usage_text(error: click.UsageError) -> Text:
    """A usage error in both languages, with the nearest known name where there is one."""
    if isinstance(error, click.NoSuchOption):
        near = ", ".join(error.possibilities or ())
        hint = (
            text("; did you mean {n}?", "；是否想用 {n}？", n=near) if near else Text(en="", zh="")
        )
        return text(
            "no such option: {o}{hint}", "没有这个选项：{o}{hint}", o=error.option_name, hint=hint
        )
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = error.param.make_metavar(error.ctx) if error.ctx else error.param.name
        return text("missing: {p}", "缺少：{p}", p=name)
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = "/".join(error.param.opts) or error.param.name or ""
        return text(
            "bad value for {p}: {m}",
            "{p} 的值不对：{w}",
            p=name,
            m=error.message,
            w=_wanted(error.param.type),
        )
    if isinstance(error, click.exceptions.NoSuchCommand):
        group = error.ctx.command if error.ctx else None
        known = group.list_commands(error.ctx) if isinstance(group, Group) and error.ctx else []
        hint = nearest(error.command_name, known)
        return text("no such verb: {c}{h}", "没有这个命令：{c}{h}", c=error.command_name, h=hint)
    if match := re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message):
        return text("too many arguments: {a}", "多余的参数：{a}", a=match[1])
    if isinstance(error, click.BadOptionUsage):
        return text("{m}", "选项 {o} 缺少值或不接受值", m=error.message, o=error.option_name)
    if error.message == "Missing command.":
        return text("no verb is given", "没有给出命令")
    return text("{m}", "命令行有误：{m}", m=error.message)


def _wanted(kind: click.ParamType[Any]) -> Text:
    """What a value of this type looks like; Click itself says it in English alone."""
    if isinstance(kind, click.Choice):
        return text("one of {c}", "只能是 {c} 之一", c=" | ".join(str(c) for c in kind.choices))
    if isinstance(kind, click.IntRange | click.FloatRange):
        return text("a number from {a} to {b}", "应为 {a} 至 {b} 之间的数", a=kind.min, b=kind.max)
    if isinstance(kind, click.Path):
        return text("a usable path", "路径不可用或类型不符")
    return text("a {k}", "应为 {k} 类型", k=kind.name)


def nearest(name: str, known: Sequence[str]) -> Text:
    """A hint with the nearest known name, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if not close:
        return Text(en="", zh="")
    return text("; did you mean {n}?", "；是否想用 {n}？", n=close[0])


TARGET = option(
    "--target",
    "targets",
    multiple=True,
    metavar="GLOB",
    help=text(
        "Only these compounds or devices (glob over ids); may be repeated.",
        "仅限这些小区或设备（编号通配），可重复。",
    ),
)
