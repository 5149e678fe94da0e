"""The command line itself: help in both languages, lazy verbs, usage errors, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fleet import __version__
from fleet.cli import main as module
from fleet.cli.context import Context, locale_language
from fleet.cli.kit import Argument, Group, language, nearest
from fleet.cli.main import VERBS, fleet, run
from fleet.model import errors
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text
from tests.cli.conftest import Call


def has_chinese(words: str) -> bool:
    """Whether a CJK ideograph stands in it."""
    return any("\u4e00" <= letter <= "\u9fff" for letter in words)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself_in_both_languages(call: Call, verb: str) -> None:
    """Exit 0, the right language, and the same verb in both."""
    english, chinese = call(verb, "--help"), call("--lang", "zh", verb, "--help")

    assert (english.code, chinese.code) == (0, 0)
    assert english.out.startswith(f"Usage: fleet {verb}")
    assert chinese.out.startswith(f"用法：fleet {verb}")
    assert not has_chinese(english.out)
    assert has_chinese(chinese.out.partition("\n")[2])
    assert "选项" in chinese.out
    assert "显示本页" in chinese.out


def every_command(group: Group, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    """Every verb there is, with what one types for it."""
    found: list[tuple[str, click.Command]] = []
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            assert command is not None
            found.append((" ".join((*path, name)), command))
            if isinstance(command, Group):
                found += every_command(command, (*path, name))
    return found


def test_every_argument_of_every_verb_is_explained() -> None:
    """`[ID]` without a word teaches nothing; in both languages, beside the options."""
    arguments = [
        (path, parameter)
        for path, command in every_command(fleet)
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    ]
    assert len(arguments) > 15
    for path, argument in arguments:
        assert isinstance(argument, Argument), path
        assert has_chinese(argument.text_help.zh), path
        assert not has_chinese(argument.text_help.en), path


def test_arguments_stand_under_a_heading_of_their_own(call: Call) -> None:
    """They are no options."""
    said = call("rollout", "undo", "--help").out
    assert "Arguments:\n  [ID]  The rollout, as `fleet rollout list` shows it" in said
    assert said.index("Arguments:") < said.index("Options:")
    assert "[ID]" not in said.partition("Options:")[2]
    assert "参数:\n  [ID]  下发编号" in call("--lang", "zh", "rollout", "undo", "--help").out
    assert "Arguments" not in call("drift", "--help").out


@pytest.mark.parametrize(
    ("wanted", "verb"),
    [("sarif", "plan"), ("junit", "apply"), ("markdown", "apply"), ("markdown", "status")],
)
def test_a_format_that_a_verb_has_not_is_refused_before_it_acts(
    call: Call, tmp_path: Path, wanted: str, verb: str
) -> None:
    """A pipeline that asked `apply` for JUnit got text, after the apply."""
    said = call("-C", str(tmp_path), "--format", wanted, verb)

    assert said.code == ExitCode.USAGE
    assert f"--format {wanted} is not for `fleet {verb}`" in said.err
    assert said.out == ""


@pytest.mark.parametrize("verb", ["list", "show", "pause", "abort", "resume", "retry", "undo"])
def test_the_rollouts_verbs_explain_themselves(call: Call, verb: str) -> None:
    """The same one level down."""
    english, chinese = (
        call("rollout", verb, "--help"),
        call("--lang", "zh", "rollout", verb, "--help"),
    )

    assert (english.code, chinese.code) == (0, 0)
    assert not has_chinese(english.out)
    assert has_chinese(chinese.out.partition("\n")[2])


def test_the_first_page_lists_every_verb_in_the_order_of_teaching(call: Call) -> None:
    """With its sentence, and the exit codes."""
    said = call("--help")

    places = [said.out.index(f"\n  {verb} ") for verb in VERBS]
    assert places == sorted(places)
    assert "7 stale or locked" in said.out
    assert all(sentence.en[:30] in said.out for _, sentence in VERBS.values())


def test_the_version_is_data(call: Call) -> None:
    """On stdout, alone."""
    said = call("--version")

    assert (said.code, said.out, said.err) == (0, f"fleet {__version__}\n", "")


def test_a_verb_is_imported_only_when_it_is_called() -> None:
    """The first page costs no engine, no Ansible, no SNMP and no verb."""
    code = (
        "import sys; from fleet.cli.main import run; run(['--help'])\n"
        "late = ('pulumi', 'ansible', 'pysnmp', 'sqlalchemy', 'fleet.app', 'fleet.wiring',"
        " 'fleet.cli.plan')\n"
        "print([m for m in sys.modules if m.startswith(late)], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("args", "english", "chinese"),
    [
        (["plna"], "no such verb: plna; did you mean plan?", "没有这个命令：plna；是否想用 plan？"),
        (["xyzzy"], "no such verb: xyzzy\n", "没有这个命令：xyzzy\n"),
        (["rollout", "resum"], "did you mean resume?", "是否想用 resume？"),
        (["plan", "--taget", "x"], "did you mean --target", "是否想用 --target"),
        (["plan", "--frobnicate"], "no such option: --frobnicate", "没有这个选项：--frobnicate"),
        (["show"], "missing: FILE", "缺少：FILE"),
        (["plan", "--detailed-exitcode=1"], "does not take a value", "不接受值"),
        (["plan", "--target"], "requires an argument", "选项 --target 缺少值"),
        (["--format", "xml", "plan"], "is not one of", "只能是 text | json | sarif"),
        (["plan", "a", "b"], "too many arguments: a b", "多余的参数：a b"),
        (["show", "/"], "bad value for file", "file 的值不对：路径不可用"),
        ([], "no verb is given", "没有给出命令"),
    ],
)
def test_a_usage_error_is_told_in_the_language_of_the_call(
    call: Call, args: list[str], english: str, chinese: str
) -> None:
    """Exit 64, on stderr, with the nearest known name and the way to the help."""
    for lang, words, mark in (("en", english, "→ see fleet"), ("zh", chinese, "→ 请看 fleet")):
        said = call("--lang", lang, *args)
        assert (said.code, said.out) == (ExitCode.USAGE, "")
        assert words in said.err
        assert mark in said.err


def test_no_verb_shows_the_first_page_and_is_a_usage_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A script that forgot its verb does not succeed."""
    assert run([]) == ExitCode.USAGE
    assert "fleet -C inventories/tongling validate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("env", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "ZH_CN"}, "zh"),
    ],
)
def test_the_locale_chooses_the_language(env: dict[str, str], lang: str) -> None:
    """LC_ALL before LC_MESSAGES before LANG, empty ones left out (POSIX)."""
    assert locale_language(env) == lang


def test_an_option_overrules_the_locale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also for errors that come before the command line is understood."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run(["nothing"]) == 64
    assert "没有这个命令" in capsys.readouterr().err
    assert run(["--lang", "en", "nothing"]) == 64
    assert "no such verb" in capsys.readouterr().err
    assert run(["--lang=en", "nothing"]) == 64
    assert "no such verb" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [("statsu", ["status", "show"], "status"), ("qqq", ["status"], ""), ("", [], "")],
)
def test_the_nearest_name(name: str, known: list[str], hint: str) -> None:
    """One, or none when nothing is near."""
    found = nearest(name, known)

    assert (hint in found.en, hint in found.zh) == (True, True)
    assert bool(found.en) is bool(hint)


def test_language_of_a_call_is_found_from_anywhere() -> None:
    """In the context's object, in what was parsed so far, or in the locale."""
    parent = click.Context(fleet, obj=Context(lang="zh"))
    assert language(click.Context(fleet, parent=parent)) == "zh"
    early = click.Context(fleet)
    early.meta["fleet.lang"] = "zh"
    assert language(early) == "zh"
    assert language(None) == locale_language()


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Have the program raise."""

    def main(**_: object) -> None:
        raise error

    monkeypatch.setattr(module.fleet, "main", main)


def every_error() -> list[type[errors.FleetError]]:
    """Every class of the tree."""
    found: list[type[errors.FleetError]] = [errors.FleetError]
    for one in found:
        found += one.__subclasses__()
    return found


CODES = {
    "FleetError": 1, "UsageError": 64, "InventoryError": 3, "PolicyDenied": 4, "StalePlan": 7,
    "AlteredPlan": 7, "LockHeld": 7, "UnfinishedRollout": 7, "ConsentNeeded": 8, "SecretError": 9,
    "EngineError": 10, "StoreError": 1, "Interrupted": 130, "DeliveryFailed": 5, "ForeignFile": 7,
}  # fmt: skip


@pytest.mark.parametrize("kind", every_error(), ids=lambda k: k.__name__)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_error_of_the_tree_has_its_code_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
    call: Call,
    kind: type[errors.FleetError],
    lang: str,
) -> None:
    """As the contract numbers it; in the call's language; with what to do."""
    happened, remedy = text("it happened", "出事了"), text("do this", "这样做")
    if issubclass(kind, errors.DeviceError):
        error: errors.FleetError = kind("c1-cam-1", happened, remedy)
    elif issubclass(kind, errors.PolicyDenied):
        error = kind(happened)
    else:
        error = kind(happened, fix=remedy)
    raising(monkeypatch, error)

    said = call("--lang", lang, "plan")

    expected = 5 if issubclass(kind, errors.DeviceError) else CODES[kind.__name__]
    assert (said.code, said.out) == (expected, "")
    assert happened.render("zh" if lang == "zh" else "en") in said.err
    if error.fix is not None:
        assert f"    → {remedy.render('zh' if lang == 'zh' else 'en')}" in said.err
    if isinstance(error, errors.DeviceError):
        assert "c1-cam-1: " in said.err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (ZeroDivisionError("oh"), 1, "internal error: ZeroDivisionError: oh"),
        (RecursionError(), 1, "internal error: RecursionError"),
        (MemoryError(), 1, "internal error: MemoryError"),
    ],
)
def test_anything_else_is_a_code_and_never_a_traceback(
    monkeypatch: pytest.MonkeyPatch, call: Call, error: BaseException, code: int, words: str
) -> None:
    """The call fixture itself asserts that there is no traceback."""
    raising(monkeypatch, error)

    said = call("plan")

    assert said.code == code
    assert words in said.err


def test_a_developer_may_ask_for_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """FLEET_DEBUG=1 shows where."""
    raising(monkeypatch, ZeroDivisionError("oh"))
    monkeypatch.setenv("FLEET_DEBUG", "1")

    assert run(["plan"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "before", "spoken"),
    [
        (["--lang", "zh", "--version"], "en", "zh"),
        (["--lang=en", "--version"], "zh", "en"),
        (["--version"], "zh", "zh"),
    ],
)
def test_what_fleet_starts_speaks_the_language_of_the_call(
    monkeypatch: pytest.MonkeyPatch, args: list[str], before: str, spoken: str
) -> None:
    """A playbook, the engine and its provider are told it by the environment alone."""
    monkeypatch.setenv("FLEET_LANG", before)
    with pytest.raises(SystemExit):
        module.main(args)

    assert os.environ["FLEET_LANG"] == spoken


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`fleet … | head` ends quietly: nobody reads our stdout any more."""
    reader, writer = os.pipe()
    os.close(reader)
    code = "from fleet.cli.main import main; main(['rules'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", ["validate", "plan", "apply", "drift", "status"])
def test_a_folder_that_is_no_city_is_exit_three(call: Call, tmp_path: Path, verb: str) -> None:
    """Named, whatever the verb; no state folder is made in it."""
    said = call("-C", str(tmp_path / "nowhere"), verb)

    assert said.code == ExitCode.INVENTORY
    assert "city.yaml" in said.err + said.out
    assert not (tmp_path / "nowhere").exists()
