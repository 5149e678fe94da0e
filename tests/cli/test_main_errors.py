"""Whatever a verb raises becomes words on stderr and a code of the contract, in both languages."""

from __future__ import annotations

import json

import click
import pytest

from fleet.cli.context import Context, locale_language
from fleet.cli.main import VERBS, run
from fleet.model.errors import (
    AlteredPlan,
    ConsentNeeded,
    EngineError,
    FleetError,
    InventoryError,
    LockHeld,
    LoginRefused,
    PolicyDenied,
    SecretError,
    StalePlan,
    StoreError,
    Unreachable,
    UsageError,
)
from fleet.model.text import text
from tests.cli.conftest import Call

WHAT, FIX = text("it broke", "出错了"), text("mend it", "请修复")
RAISED: list[tuple[BaseException, int, str, str]] = [
    (FleetError(WHAT), 1, "error: it broke\n", "错误: 出错了\n"),
    (FleetError(WHAT, FIX), 1, "error: it broke\n    → mend it\n", "错误: 出错了\n    → 请修复\n"),
    (InventoryError(WHAT, []), 3, "error: it broke\n", "错误: 出错了\n"),
    (PolicyDenied(WHAT, []), 4, "error: it broke\n", "错误: 出错了\n"),
    (StalePlan(WHAT), 7, "error: it broke\n", "错误: 出错了\n"),
    (AlteredPlan(WHAT), 7, "error: it broke\n", "错误: 出错了\n"),
    (LockHeld(WHAT), 7, "error: it broke\n", "错误: 出错了\n"),
    (ConsentNeeded(WHAT, FIX), 8, "error: it broke\n    → mend it\n",
     "错误: 出错了\n    → 请修复\n"),
    (SecretError(WHAT), 9, "error: it broke\n", "错误: 出错了\n"),
    (EngineError(WHAT), 10, "error: it broke\n", "错误: 出错了\n"),
    (UsageError(WHAT), 64, "error: it broke\n", "错误: 出错了\n"),
    (KeyboardInterrupt(), 130, "\ninterrupted\n", "\n已中断\n"),
    (click.Abort(), 130, "interrupted\n", "已中断\n"),
    (SystemExit(1), 0, "", ""),
    (ValueError("odd"), 1,
     "internal error: ValueError: odd (a defect of fleet; FLEET_DEBUG=1 shows where)\n",
     "内部错误：ValueError：odd（fleet 自身缺陷；设置 FLEET_DEBUG=1 可查看位置）\n"),
    (RecursionError("deep"), 1,
     "internal error: RecursionError: deep (a defect of fleet; FLEET_DEBUG=1 shows where)\n",
     "内部错误：RecursionError：deep（fleet 自身缺陷；设置 FLEET_DEBUG=1 可查看位置）\n"),
]  # fmt: skip


def breaks(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `validate` end so."""

    def broken(_folder: object) -> None:
        raise error

    monkeypatch.setattr("fleet.wiring.validate.verdict_on", broken)


@pytest.mark.parametrize(("error", "code", "en", "zh"), RAISED)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_raised(
    monkeypatch: pytest.MonkeyPatch,
    call: Call,
    error: BaseException,
    code: int,
    en: str,
    zh: str,
    lang: str,
) -> None:
    """The words of the call's language, nothing on stdout, the contract's code."""
    breaks(monkeypatch, error)
    said = call("--lang", lang, "validate")

    assert (said.code, said.out, said.err) == (code, "", en if lang == "en" else zh)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Unreachable("cam-1", WHAT), "error: cam-1: it broke"),
        (LoginRefused("cam-1", WHAT), "error: cam-1: it broke"),
        (StoreError(WHAT), "error: it broke"),
    ],
)
def test_a_devices_error_names_the_device(
    monkeypatch: pytest.MonkeyPatch, call: Call, error: FleetError, line: str
) -> None:
    """Before what happened; its code is the class's own."""
    breaks(monkeypatch, error)
    said = call("validate")

    assert said.err.splitlines()[0] == line
    assert said.code == error.exit_code != 0


def test_a_defect_shows_where_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """FLEET_DEBUG=1; without it nobody sees a stack of calls."""
    breaks(monkeypatch, ValueError("odd"))
    monkeypatch.setenv("FLEET_DEBUG", "1")

    assert run(["--lang", "en", "validate"]) == 1
    assert "Traceback" in capsys.readouterr().err


USAGE: list[tuple[tuple[str, ...], str, str]] = [
    (("nothing",), "no such verb: nothing", "没有这个命令：nothing"),
    (("valdate",), "no such verb: valdate; did you mean validate?",
     "没有这个命令：valdate；是否想用 validate？"),
    (("plann",), "no such verb: plann; did you mean plan?",
     "没有这个命令：plann；是否想用 plan？"),
    (("--cty", "x", "plan"), "no such option: --cty; did you mean --city?",
     "没有这个选项：--cty；是否想用 --city？"),
    (("--zzz", "plan"), "no such option: --zzz", "没有这个选项：--zzz"),
    (("--format", "yaml", "plan"), "bad value for --format: ",
     "--format 的值不对：只能是 text | json | sarif | junit | markdown 之一"),
    (("plan", "extra"), "too many arguments: extra", "多余的参数：extra"),
    (("plan", "a", "b"), "too many arguments: a b", "多余的参数：a b"),
    (("show",), "missing: FILE", "缺少：FILE"),
    (("explain",), "missing: SUBJECT", "缺少：SUBJECT"),
    (("explain", "a", "b", "c"), "too many arguments: c", "多余的参数：c"),
    (("rollout", "shw"), "no such verb: shw; did you mean show?",
     "没有这个命令：shw；是否想用 show？"),
    (("rollout", "serve"), "missing: ", "缺少："),
    (("rollout", "serve", "--plan", "x", "--parent", "1"), "bad value for --parent: ", "--parent "),
    (("journal", "tail", "-n", "-1"), "bad value for -n: ", "-n 的值不对："),
    (("journal", "tail", "-n", "many"), "bad value for -n: ", "-n 的值不对："),
    (("stacks", "upp"), "no such verb: upp; did you mean up?",
     "没有这个命令：upp；是否想用 up？"),
    (("apply", "--yess"), "no such option: --yess; did you mean --yes?",
     "没有这个选项：--yess；是否想用 --yes？"),
    (("demo", "now"), "too many arguments: now", "多余的参数：now"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "en", "zh"), USAGE)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_line_that_cannot_be_parsed(
    call: Call, args: tuple[str, ...], en: str, zh: str, lang: str
) -> None:
    """Exit 64: the usage line, what is wrong with the nearest known name, where help is."""
    said = call("--lang", lang, *args)

    usage, *_, wrong, see = said.err.splitlines()
    assert (said.code, said.out) == (64, "")
    assert usage.startswith({"en": "Usage: fleet", "zh": "用法：fleet"}[lang])
    assert wrong.startswith({"en": f"error: {en}", "zh": f"错误：{zh}"}[lang])
    assert see.startswith({"en": "    → see fleet", "zh": "    → 请看 fleet"}[lang])
    assert see.endswith(" --help")


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, None),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "ZH_TW"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "de_DE", "LC_MESSAGES": "zh_CN"}, "zh"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "zh_CN", "LC_ALL": "en_US"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "en_US", "LC_ALL": "zh_CN"}, "zh"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_language_of_the_locale(environ: dict[str, str], lang: str | None) -> None:
    """LC_ALL before LC_MESSAGES before LANG (POSIX.1-2017, 8.2); an empty one does not count."""
    found = locale_language(environ)

    assert found == lang if lang is not None else found in ("en", "zh")


@pytest.mark.parametrize("verb", sorted(VERBS))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_verb_has_its_page(call: Call, verb: str, lang: str) -> None:
    """Usage, options and help in the call's language; exit 0, nothing on stderr."""
    said = call("--lang", lang, verb, "--help")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith({"en": f"Usage: fleet {verb}", "zh": f"用法：fleet {verb}"}[lang])
    assert {"en": "Show this page.", "zh": "显示本页。"}[lang] in said.out
    assert any("\u4e00" <= c <= "\u9fff" for c in said.out) is (lang == "zh")


@pytest.mark.parametrize("value", [{"b": 1, "a": "东门"}, [], None, {"x": [{"y": None}]}])
def test_json_goes_out_as_it_is(capsys: pytest.CaptureFixture[str], value: object) -> None:
    """Keys in the order given, Chinese readable, one document."""
    Context().out_json(value)

    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert "\\u" not in out
    if isinstance(value, dict) and "b" in value:
        assert out.index('"b"') < out.index('"a"')
