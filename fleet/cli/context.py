"""What every verb needs: where the city is, where its state is, how to speak and to whom."""

from __future__ import annotations

import json
import locale
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from fleet.model.language import language_of
from fleet.model.text import Lang, Text

if TYPE_CHECKING:
    from fleet.model.exitcodes import ExitCode


def locale_language(environ: Mapping[str, str] | None = None) -> Lang:
    """The language of FLEET_LANG, else of the locale: zh for any Chinese one, else en."""
    chinese = (locale.getlocale()[0] or "").lower().startswith("zh")
    return language_of(os.environ if environ is None else environ, "zh" if chinese else "en")


@dataclass
class Context:
    """The global options of one call; stdout is data, stderr is talk."""

    city_dir: Path = Path()
    lang: Lang = "en"
    format: str = "text"
    interactive: bool = True

    @property
    def state_dir(self) -> Path:
        """The state folder: $FLEET_STATE, else `.fleet` in the city folder (made on need)."""
        return Path(os.environ.get("FLEET_STATE") or self.city_dir / ".fleet").absolute()

    @property
    def json(self) -> bool:
        """Whether data goes out as JSON."""
        return self.format == "json"

    def render(self, text: Text) -> str:
        """A text in the language of this call."""
        return text.render(self.lang)

    def say(self, text: Text | str) -> None:
        """Talk: one line to stderr."""
        click.echo(text if isinstance(text, str) else self.render(text), err=True)

    def out(self, line: Text | str = "") -> None:
        """Data: one line to stdout."""
        click.echo(line if isinstance(line, str) else self.render(line))

    def out_json(self, value: object) -> None:
        """Data: one JSON document to stdout, keys in the order given."""
        click.echo(json.dumps(value, ensure_ascii=False, indent=2))

    def style(self, text: str, **how: object) -> str:
        """Colour for stdout, only on a terminal and unless NO_COLOR is set."""
        if os.environ.get("NO_COLOR") or not sys.stdout.isatty():
            return text
        return click.style(text, **cast("dict[str, bool]", how))

    def confirm(self, question: Text) -> bool:
        """Ask a yes/no question on the terminal; without one the answer is no."""
        if not self.interactive or not sys.stdin.isatty():
            return False
        return click.confirm(self.render(question), default=False, err=True)

    def exit(self, code: ExitCode) -> None:
        """End the call with a code of the contract."""
        if code:
            raise click.exceptions.Exit(int(code))


pass_ctx: Callable[..., Callable[..., None]] = click.make_pass_decorator(Context)
