"""`fleet explain` and `fleet rules`: lines and JSON in both languages."""

from __future__ import annotations

import pytest

from fleet.app.explain import Explained, Explanation, Said
from fleet.model.diagnostic import Position
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Lang, text
from fleet.policy import RULES
from tests.cli.conftest import Call

CITY, COMPOUND, DEVICE = text("city", "城市"), text("compound", "小区"), text("device", "设备")


def at(line: int, file: str = "340705-tongguan/cuihu.yaml") -> Position:
    """A place."""
    return Position(file=file, line=line, column=3)


FOUND = Explanation(
    subject="cuihu-cam-01",
    name="东门",
    kind="camera",
    compound="cuihu",
    position=at(31),
    fields=(
        Explained(
            field="ntp_server",
            winner=Said(level=DEVICE, value="10.0.0.9", position=at(31)),
            overridden=(
                Said(level=COMPOUND, value="10.0.0.8", position=at(7)),
                Said(level=CITY, value="10.0.0.1", position=at(4, "city.yaml")),
            ),
            meaning=text("where the clock is taken from", "时钟来源"),
        ),
        Explained(field="cloud_enabled", winner=Said(level=CITY, value=False)),
        Explained(
            field="osd_text",
            winner=Said(level=DEVICE, value=None, position=at(31)),
            overridden=(Said(level=COMPOUND, value=["a", "b"], position=at(8)),),
        ),
        Explained(
            field="admin_password",
            winner=Said(level=CITY, value="secret://generated/device/{device}/admin?version=2"),
        ),
    ),
    unmanaged=("time_mode", "channel_name"),
)
EN = """\
cuihu-cam-01  东门  (camera, 340705-tongguan/cuihu.yaml:31:3)
  ntp_server = 10.0.0.9  [device 340705-tongguan/cuihu.yaml:31:3]
{meaning}      overrides 10.0.0.8  [compound 340705-tongguan/cuihu.yaml:7:3]
      overrides 10.0.0.1  [city city.yaml:4:3]
  cloud_enabled = false  [city]
  osd_text = unmanaged  [device 340705-tongguan/cuihu.yaml:31:3]
      overrides a, b  [compound 340705-tongguan/cuihu.yaml:8:3]
  admin_password = secret://generated/device/{{device}}/admin?version=2  [city]
  unmanaged: time_mode, channel_name
"""
ZH = """\
cuihu-cam-01  东门  (camera, 340705-tongguan/cuihu.yaml:31:3)
  ntp_server = 10.0.0.9  [设备 340705-tongguan/cuihu.yaml:31:3]
{meaning}      覆盖了 10.0.0.8  [小区 340705-tongguan/cuihu.yaml:7:3]
      覆盖了 10.0.0.1  [城市 city.yaml:4:3]
  cloud_enabled = false  [城市]
  osd_text = 未托管  [设备 340705-tongguan/cuihu.yaml:31:3]
      覆盖了 a, b  [小区 340705-tongguan/cuihu.yaml:8:3]
  admin_password = secret://generated/device/{{device}}/admin?version=2  [城市]
  未托管：time_mode, channel_name
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """What `explain` is asked for; it always finds the same."""
    questions: list[tuple[str, str | None]] = []

    def explain(_folder: object, subject: str, field: str | None = None) -> Explanation:
        questions.append((subject, field))
        if subject == "nobody":
            raise UsageError(text("no such device", "没有这个设备"))
        return FOUND

    monkeypatch.setattr("fleet.app.explain.explain", explain)
    return questions


@pytest.mark.parametrize(
    ("lang", "golden", "meaning"),
    [
        ("en", EN, "      where the clock is taken from\n"),
        ("zh", ZH, "      时钟来源\n"),
    ],
)
def test_explain_word_for_word(
    asked: list[tuple[str, str | None]], call: Call, lang: str, golden: str, meaning: str
) -> None:
    """Value, level, place, what was overridden; the meaning only where one field was asked for."""
    whole = call("--lang", lang, "explain", "cuihu-cam-01")
    one = call("--lang", lang, "explain", "cuihu-cam-01", "ntp_server")

    assert (whole.code, whole.out, whole.err) == (0, golden.format(meaning=""), "")
    assert one.out == golden.format(meaning=meaning)
    assert asked == [("cuihu-cam-01", None), ("cuihu-cam-01", "ntp_server")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_explain_as_json(asked: list[tuple[str, str | None]], call: Call, lang: Lang) -> None:
    """Values as values, levels as stable words, places as file:line:column or null."""
    data = call("--lang", lang, "--format", "json", "explain", "cuihu-cam-01").json

    assert [(f["field"], f["managed"], f["value"]) for f in data["fields"]] == [
        ("ntp_server", True, "10.0.0.9"),
        ("cloud_enabled", True, False),
        ("osd_text", False, None),
        ("admin_password", True, "secret://generated/device/{device}/admin?version=2"),
    ]
    assert data["fields"][0]["overridden"] == [
        {"value": "10.0.0.8", "level": "compound", "position": "340705-tongguan/cuihu.yaml:7:3"},
        {"value": "10.0.0.1", "level": "city", "position": "city.yaml:4:3"},
    ]
    assert data["fields"][0]["meaning"] == FOUND.fields[0].meaning.render(lang)  # type: ignore[union-attr]  # it has one
    assert data["fields"][1]["position"] is None
    assert (data["position"], data["unmanaged"]) == (
        "340705-tongguan/cuihu.yaml:31:3",
        ["time_mode", "channel_name"],
    )


def test_an_unknown_subject(asked: list[tuple[str, str | None]], call: Call) -> None:
    """Exit 64, nothing on stdout."""
    said = call("--lang", "zh", "explain", "nobody")

    assert (said.code, said.out, said.err) == (ExitCode.USAGE, "", "错误: 没有这个设备\n")


IN_CHINESE = {
    "error": "错误", "warning": "警告", "police": "公安", "housing": "住建",
    "civil_affairs": "民政（社区办）",
}  # fmt: skip


@pytest.mark.parametrize(("lang", "words"), [("en", {}), ("zh", IN_CHINESE)])
def test_every_rule_is_two_lines(call: Call, lang: Lang, words: dict[str, str]) -> None:
    """Id, clause, severities and owner before the title; then the clause's words."""
    said = call("--lang", lang, "rules")
    lines = said.out.splitlines()

    assert (said.code, said.err, len(lines)) == (0, "", 2 * len(RULES))
    for rule, head, why in zip(RULES, lines[::2], lines[1::2], strict=True):
        severities = "/".join(words.get(s.value, s.value) for s in rule.severities.values())
        owner = words.get(rule.owner.value, rule.owner.value)
        assert head.split()[:4] == [rule.id, rule.clause, severities, owner]
        assert head.endswith(f" {rule.title.render(lang)}")
        assert why == f"{'':15}{rule.standard} {rule.clause}: {rule.why.render(lang)}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rules_as_json(call: Call, lang: Lang) -> None:
    """In their order, with the severity of a new compound apart; texts in the call's language."""
    data = call("--lang", lang, "--format", "json", "rules").json

    assert [r["id"] for r in data] == [r.id for r in RULES]
    for found, rule in zip(data, RULES, strict=True):
        assert found["severity"] == found["severities"]["new"]
        assert (found["title"], found["why"]) == (rule.title.render(lang), rule.why.render(lang))
        assert found["severities"] == {c: s.value for c, s in rule.severities.items()}
