"""Every text of the command line in both languages, found by walking the real command tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fleet.cli.main import fleet, run

pytestmark = pytest.mark.e2e

HAN = re.compile(r"[\u4e00-\u9fff]")
# Three English words of three letters and more in a row are a sentence, not a name or a command.
SENTENCE = re.compile(r"(?<![\w./-])[A-Za-z]{3,}(?:[ ,]+[a-z]{3,}){2,}")
# How to call something is the same in every language.
CALL = re.compile(r"\bfleet( -{0,2}[\w-]+)+")


def tree(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every verb and group below a command."""
    yield path
    if isinstance(command, click.Group):
        with click.Context(command) as ctx:
            for name in command.list_commands(ctx):
                inner = command.get_command(ctx, name)
                assert inner is not None
                yield from tree(inner, (*path, name))


VERBS = list(tree(fleet))


def help_of(lang: str, verb: tuple[str, ...]) -> str:
    """What `fleet --lang LANG VERB --help` prints."""
    done = CliRunner().invoke(fleet, ["--lang", lang, *verb, "--help"], prog_name="fleet")
    assert done.exit_code == 0, done.output
    return done.output


def test_the_contract_verbs_of_this_stage_are_there() -> None:
    """The walk found the tree: groups and their verbs."""
    assert {
        ("plan",),
        ("apply",),
        ("rollout", "undo"),
        ("stacks", "recover"),
        ("sim", "fault"),
    } <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_chinese_help_has_no_english_sentence(verb: tuple[str, ...]) -> None:
    """Chinese throughout: only names, options and examples are in Latin letters."""
    words = CALL.sub("", help_of("zh", verb))

    assert HAN.search(words)
    assert "Usage" not in words and "Options" not in words and "Show this" not in words
    assert SENTENCE.findall(words) == []


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_english_help_has_no_chinese(verb: tuple[str, ...]) -> None:
    """English throughout."""
    words = help_of("en", verb)

    assert not HAN.search(words)
    assert words.startswith("Usage: ")


BAD_CALLS = [
    ["nosuchverb"],
    ["plan", "--nosuch"],
    ["sim", "fault"],
    ["sim", "up", "--lockout", "x"],
    ["sim", "up", "--lockout", "-1"],
    ["--format", "yaml", "plan"],
    ["-C", "/nonexistent", "plan"],
    ["-C", "/nonexistent", "validate"],
    ["show", "/nonexistent/plan.json"],
    ["apply", "FILE", "--target", "x"],
    ["rollout", "show", "r0"],
    ["rollout", "undo"],
    ["stacks", "up", "999999"],
    ["explain", "no-such-device"],
    ["plan", "--target", "no-such-*"],
    ["sim", "log", "no-such-device"],
    ["apply", "--yes", "extra", "arguments"],
    ["journal", "tail", "--nosuch"],
    [],
]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example city, with a state folder of its own."""
    monkeypatch.setenv("FLEET_STATE", str(tmp_path / "state"))
    return Path(__file__).parents[2] / "inventories" / "tongling"


@pytest.mark.parametrize("call", BAD_CALLS, ids=lambda c: " ".join(c) or "nothing")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_errors_are_in_the_language_of_the_call(
    call: list[str], lang: str, city: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Goal: what went wrong and what to do, in that language alone."""
    head = ["--lang", lang] if "-C" in call else ["--lang", lang, "-C", str(city)]

    code = run([*head, *call])

    said = capfd.readouterr()
    words = CALL.sub("", said.out + said.err)
    assert code in (3, 7, 64)
    assert "internal error" not in words and "内部错误" not in words
    if lang == "zh":
        assert HAN.search(words)
        assert SENTENCE.findall(words) == []
    else:
        # Names of a Chinese city may be Chinese; the sentences around them are not.
        assert SENTENCE.search(words) or "error:" in words


def test_the_locale_decides_without_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """POSIX order: LC_ALL before LC_MESSAGES before LANG; --lang before all."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert HAN.search(CliRunner().invoke(fleet, ["plan", "--help"]).output)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert not HAN.search(CliRunner().invoke(fleet, ["plan", "--help"]).output)
    assert HAN.search(CliRunner().invoke(fleet, ["--lang", "zh", "plan", "--help"]).output)
