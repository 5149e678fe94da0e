"""`fleet stacks` list, preview and up: every line and JSON, in both languages."""

from __future__ import annotations

import pytest

from fleet.model.exitcodes import ExitCode
from tests.cli.conftest import Call
from tests.cli.site import CHANGES, TONG, ZONG, Site, installed, spec


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    """Make `fleet stacks` act on servers of fakes."""
    return installed(monkeypatch)


LIST = {
    "en": (
        "340705  platform-340705  stands as declared  127.34.0.1:5060 127.34.0.2:5060\n"
        "340722  platform-340722  not there yet  127.34.0.1:5070 127.34.0.2:5070\n"
        "340799  platform-340799  stands, but is declared no more  "
        "127.34.0.1:5080 127.34.0.2:5080\n"
    ),
    "zh": (
        "340705  platform-340705  与声明一致  127.34.0.1:5060 127.34.0.2:5060\n"
        "340722  platform-340722  尚未创建  127.34.0.1:5070 127.34.0.2:5070\n"
        "340799  platform-340799  仍存在，但已不再声明  127.34.0.1:5080 127.34.0.2:5080\n"
    ),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_list_tells_how_each_stack_stands(site: Site, call: Call, lang: str) -> None:
    """Declared and standing, declared alone, standing alone; no engine is run for it."""
    site.engine.standing = {"340705": TONG, "340799": spec("340799", "旧区", 5080)}
    said = call("--lang", lang, "stacks", "list")

    assert (said.code, said.out, said.err) == (0, LIST[lang], "")
    assert "engine preview" not in [what for what, _ in site.engine.trace.events]


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "differs from what is declared"), ("zh", "与声明不一致")]
)
def test_list_tells_a_stack_that_differs(site: Site, call: Call, lang: str, word: str) -> None:
    """Another port in git than on the server."""
    site.engine.standing = {"340705": TONG.model_copy(update={"port": 1})}
    out = call("--lang", lang, "stacks", "list", "340705").out

    assert out == f"340705  platform-340705  {word}  127.34.0.1:5060 127.34.0.2:5060\n"


def test_list_as_json(site: Site, call: Call) -> None:
    """One object a stack; no password in it, only versions."""
    site.engine.standing = {"340705": TONG}
    first, second = call("--format", "json", "stacks", "list").json

    assert (first["district"], first["clean"]) == ("340705", True)
    assert first["outputs"]["credentials"] == {"sip/1": [2]}
    assert (second["clean"], second["outputs"]) == (False, None)


PREVIEW = {
    "en": (
        "platform-340705  铜官区\n"
        "  + Thing registrar  create\n"
        "  ~ Thing config  update\n"
        "      ha1: – → (known after up)\n"
        "      log: true → –\n"
        "      port: 1 → 2\n"
        "  ± Thing certificate  replace\n"
        "      days: 30 → 90\n"
        "  - Thing old  delete\n"
        "platform-340722  枞阳县\n"
        "  servers stand as declared, nothing to do\n"
    ),
    "zh": (
        "platform-340705  铜官区\n"
        "  + Thing registrar  新建\n"
        "  ~ Thing config  修改\n"
        "      ha1: – → （执行后可知）\n"
        "      log: true → –\n"
        "      port: 1 → 2\n"
        "  ± Thing certificate  替换\n"
        "      days: 30 → 90\n"
        "  - Thing old  删除\n"
        "platform-340722  枞阳县\n"
        "  服务器与声明一致，无需操作\n"
    ),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_preview_word_for_word(site: Site, call: Call, lang: str) -> None:
    """Each action with its sign, each changed input before → after, nothing of what stays."""
    site.engine.standing = {"340722": ZONG}
    said = call("--lang", lang, "stacks", "preview")

    assert (said.code, said.out) == (0, PREVIEW[lang])
    assert site.kinds() == []


def test_preview_as_json(site: Site, call: Call) -> None:
    """The whole preview: stack, changes, and what binds a later up to it."""
    (one,) = call("--format", "json", "stacks", "preview", "340705").json

    assert [c["action"] for c in one["changes"]] == [c.action for c in CHANGES]
    assert (one["stack"], one["plan_sha256"]) == ("platform-340705", "0" * 64)


UP_ERR = {
    "en": (
        "platform-340705  create  registrar  started\n"
        "platform-340705  update  config  started\n"
        "platform-340705  create  registrar  done\n"
        "platform-340705  update  config  done\n"
    ),
    "zh": (
        "platform-340705  新建  registrar  开始\n"
        "platform-340705  修改  config  开始\n"
        "platform-340705  新建  registrar  完成\n"
        "platform-340705  修改  config  完成\n"
    ),
}


@pytest.mark.parametrize(
    ("lang", "last"), [("en", "platform-340705 is up"), ("zh", "platform-340705 已就绪")]
)
def test_up_shows_does_and_records(site: Site, call: Call, lang: str, last: str) -> None:
    """The preview, each resource as it goes (stderr), the end, and two records."""
    site.engine.changes = CHANGES[:2]
    said = call("--lang", lang, "stacks", "up", "340705", "--yes")

    assert said.code == 0
    assert said.out.splitlines()[0] == "platform-340705  铜官区"
    assert said.out.splitlines()[-1] == last
    assert said.err == UP_ERR[lang]
    assert site.kinds() == ["stack.begun", "stack.up"]
    assert site.leases.taken == [("stack/340705",)]


@pytest.mark.parametrize(
    ("lang", "words", "fix"),
    [
        ("en", "not confirmed; nothing was changed", "answer y, or give --yes"),
        ("zh", "未确认，没有做任何变更", "请回答 y，或使用 --yes"),
    ],
)
@pytest.mark.parametrize("verb", ["up", "destroy"])
def test_nobody_said_yes(
    site: Site, call: Call, verb: str, lang: str, words: str, fix: str
) -> None:
    """Exit 8, nothing begun, no lease taken."""
    site.engine.standing = {} if verb == "up" else {"340705": TONG}
    said = call("--lang", lang, "--non-interactive", "stacks", verb)

    assert said.code == ExitCode.WAITING
    assert words in said.err
    assert fix in said.err
    assert (site.kinds(), site.leases.taken) == ([], [])


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "servers stand as declared, nothing to do\n"), ("zh", "服务器与声明一致，无需操作\n")],
)
def test_up_with_nothing_to_do_asks_nothing(site: Site, call: Call, lang: str, words: str) -> None:
    """Exit 0 without a question and without a record."""
    site.engine.standing = {"340705": TONG, "340722": ZONG}
    said = call("--lang", lang, "--non-interactive", "stacks", "up")

    assert (said.code, said.out, said.err) == (0, words, "")
    assert site.kinds() == []
    assert call("--format", "json", "--non-interactive", "stacks", "up").json == []


def test_up_as_json_gives_outputs(site: Site, call: Call) -> None:
    """Of each stack that was brought up; progress stays on stderr."""
    said = call("--format", "json", "stacks", "up", "--yes")

    assert [o["stack"] for o in said.json] == ["platform-340705", "platform-340722"]
    assert "started" in said.err


def test_up_with_a_broken_engine_is_ten(site: Site, call: Call) -> None:
    """The error's text, and no record of success."""
    site.engine.broken = True
    said = call("stacks", "up", "--yes")

    assert (said.code, said.out) == (ExitCode.ENGINE, "")
    assert said.err == "error: the engine is broken\n"


def test_a_held_stack_is_seven_and_untouched(site: Site, call: Call) -> None:
    """Somebody else acts on one of them: none is begun."""
    site.leases.held = {"stack/340722": "pid 7"}

    assert call("stacks", "up", "--yes").code == ExitCode.STALE
    assert site.kinds() == []
