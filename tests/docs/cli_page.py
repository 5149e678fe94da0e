"""docs/reference/cli.md, written from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from fleet.cli.kit import Argument, Command, Option
from fleet.cli.main import fleet
from fleet.model.text import Lang

LANG: Lang = "en"
_HEAD = """\
# The command line

Written from the commands by `make reference`; do not edit by hand. `fleet --lang zh VERB --help`
says the same in Chinese. Options of `fleet` itself stand before the verb:
`fleet -C CITY --format json plan`. What an exit code means: [exit codes](exit-codes.md).
"""


def page() -> str:
    """The whole page in Markdown, verbs in the order in which they are taught."""
    top = click.Context(fleet, info_name="fleet")
    top.meta["fleet.lang"] = LANG
    commands = list(walk(top))
    rows = [f"| [`{c.command_path}`](#{_anchor(c.command_path)}) | {_first(c)} |" for c in commands]
    index = "\n| verb | |\n|---|---|\n" + "\n".join(rows) + "\n"
    return _HEAD + index + "".join(_section(context) for context in commands)


def walk(context: click.Context) -> Iterator[click.Context]:
    """A context for the command and for each below it; hidden ones are left out."""
    yield context
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                below = click.Context(inner, info_name=name, parent=context)
                yield from walk(below)


def _anchor(heading: str) -> str:
    return heading.replace(" ", "-")


def _help(context: click.Context) -> str:
    assert isinstance(context.command, Command)
    assert context.command.text_help is not None
    return context.command.text_help.render(LANG).strip()


def _first(context: click.Context) -> str:
    return _cell(_help(context).split("\n")[0])


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    tables = _arguments(context) + _options(context)
    return f"\n## {context.command_path}\n\n`{usage}`\n\n{_paragraphs(_help(context))}{tables}"


def _paragraphs(words: str) -> str:
    """Help as Markdown: what is set out in columns stays as it is written."""
    told = []
    for block in words.split("\n\n"):
        columns = re.search(r"^  |\S  +\S", block, flags=re.MULTILINE)
        told.append(f"```text\n{block}\n```\n" if columns else _escaped(block) + "\n")
    return "\n".join(told)


def _arguments(context: click.Context) -> str:
    rows = [
        f"| `{p.make_metavar(context)}` | {_cell(p.text_help.render(LANG))} |"
        for p in context.command.params
        if isinstance(p, Argument) and p.text_help is not None
    ]
    return "\n| argument | |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""


def _options(context: click.Context) -> str:
    rows = []
    for param in context.command.params:
        if not isinstance(param, Option) or param.hidden:
            continue
        record = param.get_help_record(context)
        assert record is not None
        rows.append(f"| `{record[0]}` | {_cell(record[1])} |")
    return "\n| option | |\n|---|---|\n" + "\n".join(rows) + "\n" if rows else ""


def _escaped(words: str) -> str:
    """Text that Markdown would take for markup, kept as it is; code spans stay code."""
    parts = re.split(r"(`[^`]*`)", words)
    return "".join(p if p.startswith("`") else re.sub(r"([<>*_|])", r"\\\1", p) for p in parts)


def _cell(words: str) -> str:
    return _escaped(" ".join(words.split()))
