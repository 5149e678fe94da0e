"""`fleet stacks` refresh, outputs, recover and destroy: every line and JSON, in both languages."""

from __future__ import annotations

import pytest

from fleet.model.exitcodes import ExitCode
from tests.cli.conftest import Call
from tests.cli.site import TONG, Site, change, installed


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    """Make `fleet stacks` act on servers of fakes."""
    return installed(monkeypatch)


@pytest.mark.parametrize(
    ("lang", "out"),
    [
        (
            "en",
            "340705  drift\n  ~ Thing config  update\n      port: 1 → 2\n"
            "340722  stands as recorded\n",
        ),
        ("zh", "340705  有漂移\n  ~ Thing config  修改\n      port: 1 → 2\n340722  与记录一致\n"),
    ],
)
def test_refresh_is_two_on_drift(site: Site, call: Call, lang: str, out: str) -> None:
    """Before as recorded, after as seen."""
    site.engine.drift = {
        "340705": (change("update", "config", before={"port": 1}, after={"port": 2}),)
    }
    said = call("--lang", lang, "stacks", "refresh")

    assert (said.code, said.out) == (ExitCode.CHANGES, out)
    assert call("stacks", "refresh", "340722").code == 0
    data = call("--format", "json", "stacks", "refresh")
    assert (data.code, len(data.json["340705"]), data.json["340722"]) == (2, 1, [])


OUTPUTS = {
    "en": (
        "340705  platform-340705\n"
        "  server id    34070500002000000001\n"
        "  domain       3407050000\n"
        "  SIP over UDP 127.34.0.1:5060, 127.34.0.2:5060\n"
        f"  CA           sha256 {'ab' * 16}\n"
        "  sip/1  v2\n"
    ),
    "zh": (
        "340705  platform-340705\n"
        "  服务器编码  34070500002000000001\n"
        "  域编码      3407050000\n"
        "  SIP (UDP)   127.34.0.1:5060, 127.34.0.2:5060\n"
        f"  CA          sha256 {'ab' * 16}\n"
        "  sip/1  v2\n"
    ),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_outputs_word_for_word(site: Site, call: Call, lang: str) -> None:
    """Ids, addresses, fingerprint and versions of what stands, of nothing else."""
    site.engine.standing = {"340705": TONG}

    assert call("--lang", lang, "stacks", "outputs").out == OUTPUTS[lang]
    assert list(call("--format", "json", "stacks", "outputs").json) == ["340705"]


@pytest.mark.parametrize(
    ("lang", "verb", "words"),
    [
        ("en", "outputs", "no stack was brought up yet\n"),
        ("zh", "outputs", "尚未创建任何栈\n"),
        ("en", "recover", "nothing to recover\n"),
        ("zh", "recover", "无需恢复\n"),
        ("en", "destroy", "there is no stack to remove\n"),
        ("zh", "destroy", "没有可移除的栈\n"),
    ],
)
def test_where_there_is_nothing(site: Site, call: Call, lang: str, verb: str, words: str) -> None:
    """Exit 0, a sentence on stderr, no data."""
    said = call("--lang", lang, "--non-interactive", "stacks", verb)

    assert (said.code, said.out, said.err) == (0, "", words)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "recovered; the next up or apply finishes what was pending\n"),
        ("zh", "已恢复；下一次 up 或 apply 会完成未完成的操作\n"),
    ],
)
def test_recover_names_what_it_cleared(site: Site, call: Call, lang: str, words: str) -> None:
    """A line each; only the stack where something was found is journalled."""
    site.engine.left = {"340705": ("ended pid 7", "lock 1", "creating fleet:index:Thing ca")}
    said = call("--lang", lang, "stacks", "recover")

    assert (
        said.out == "340705  ended pid 7\n340705  lock 1\n340705  creating fleet:index:Thing ca\n"
    )
    assert (said.code, said.err) == (0, words)
    assert [r.subject for r in site.journal.records()] == ["platform-340705"]
    data = call("--format", "json", "stacks", "recover").json
    assert (len(data["340705"]), data["340722"]) == (3, [])


@pytest.mark.parametrize(
    ("lang", "out", "err"),
    [
        (
            "en",
            "340705: removed\n",
            "platform-340705  delete  registrar  failed\n"
            "platform-340705  delete  registrar  done\n",
        ),
        (
            "zh",
            "340705：已移除\n",
            "platform-340705  删除  registrar  失败\nplatform-340705  删除  registrar  完成\n",
        ),
    ],
)
def test_destroy_removes_what_stands(site: Site, call: Call, lang: str, out: str, err: str) -> None:
    """What is only declared is not touched; begun and destroyed are on record."""
    site.engine.standing = {"340705": TONG}
    said = call("--lang", lang, "stacks", "destroy", "--yes")

    assert (said.code, said.out, said.err) == (0, out, err)
    assert site.kinds() == ["stack.begun", "stack.destroyed"]
    assert site.engine.stacks() == ()


@pytest.mark.parametrize("verb", ["list", "preview", "up", "refresh", "outputs", "recover"])
@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "error: district 999999 has no stack"), ("zh", "错误: 区县 999999 没有服务器栈")],
)
def test_an_unknown_district(site: Site, call: Call, verb: str, lang: str, words: str) -> None:
    """Exit 64 with the way to find the right one; nothing is done to the others."""
    said = call("--lang", lang, "--non-interactive", "stacks", verb, "340705", "999999")

    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert said.err.splitlines()[0] == words
    assert "fleet stacks list" in said.err
    assert site.kinds() == []
