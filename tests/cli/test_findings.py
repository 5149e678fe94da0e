"""`fleet validate` in its five formats and both languages, word for word over given findings."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as Xml

import pytest

from fleet import __version__
from fleet.app.validate import Verdict
from fleet.cli import findings
from fleet.cli.context import Context
from fleet.cli.render import diagnostic_lines, visible
from fleet.cli.sarif import as_sarif
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.text import Lang, text
from tests.cli.conftest import Call

FACE = Diagnostic(
    code="CF14",
    severity=Severity.ERROR,
    summary=text("only a face opens it | no card", "仅人脸可开 | 无刷卡"),
    fix=text("add card", "增加刷卡"),
    position=Position(file="340705-tongguan/翠湖.yaml", line=31, column=7),
    compound="cuihu",
    device="cuihu-door-01",
    field="auth_ways",
    clause="14",
    owner="property",
)
FIELD = Diagnostic(
    code="unknown-field",
    severity=Severity.ERROR,
    summary=text("no such field <osd_txt> & no default", "没有字段 <osd_txt>，也无默认值"),
    fix=text('write "osd_text"', "应为 “osd_text”"),
    position=Position(file="city.yaml"),
)
OLD = Diagnostic(
    code="CF03",
    severity=Severity.WARNING,
    summary=text("no camera sees the gate", "没有摄像机照到出入口"),
    fix=text("add one", "增设一台"),
    compound="cuihu",
)
NOTE = Diagnostic(
    code="spare",
    severity=Severity.INFO,
    summary=text("2 channels are spare", "2 个备用通道"),
    fix=text("nothing", "无需处理"),
    device="cuihu-nvr-01",
)
ALL = Verdict(inventory=(FIELD,), policy=(FACE, OLD, NOTE), compounds=2, devices=40)
CLEAN = Verdict(inventory=(), policy=(), compounds=2, devices=40)

TEXT: dict[Lang, str] = {
    "en": (
        "city.yaml:1:1: error: [unknown-field] no such field <osd_txt> & no default\n"
        '    → write "osd_text"\n'
        "340705-tongguan/翠湖.yaml:31:7: error: [CF14] (14) cuihu-door-01 auth_ways: "
        "only a face opens it | no card\n"
        "    → add card\n"
        "warning: [CF03] cuihu: no camera sees the gate\n"
        "    → add one\n"
        "info: [spare] cuihu-nvr-01: 2 channels are spare\n"
        "    → nothing\n"
        "2 compounds, 40 devices: 2 errors, 1 warnings\n"
    ),
    "zh": (
        "city.yaml:1:1: 错误: [unknown-field] 没有字段 <osd_txt>，也无默认值\n"
        "    → 应为 “osd_text”\n"
        "340705-tongguan/翠湖.yaml:31:7: 错误: [CF14] (14) cuihu-door-01 auth_ways: "
        "仅人脸可开 | 无刷卡\n"
        "    → 增加刷卡\n"
        "警告: [CF03] cuihu: 没有摄像机照到出入口\n"
        "    → 增设一台\n"
        "提示: [spare] cuihu-nvr-01: 2 个备用通道\n"
        "    → 无需处理\n"
        "2 个小区，40 台设备：2 处错误，1 处警告\n"
    ),
}
MARKDOWN: dict[Lang, str] = {
    "en": (
        "| | place | finding | what to do |\n"
        "|---|---|---|---|\n"
        "| error `unknown-field` | `city.yaml:1:1` | `no such field <osd_txt> & no default` | "
        '`write "osd_text"` |\n'
        "| error `CF14` | `340705-tongguan/翠湖.yaml:31:7` | `cuihu-door-01 auth_ways: only a "
        "face opens it \\u007c no card` | `add card` |\n"
        "| warning `CF03` |  | `cuihu: no camera sees the gate` | `add one` |\n"
        "| info `spare` |  | `cuihu-nvr-01: 2 channels are spare` | `nothing` |\n"
    ),
    "zh": (
        "| | 位置 | 问题 | 处理办法 |\n"
        "|---|---|---|---|\n"
        "| error `unknown-field` | `city.yaml:1:1` | `没有字段 <osd_txt>，也无默认值` | "
        "`应为 “osd_text”` |\n"
        "| error `CF14` | `340705-tongguan/翠湖.yaml:31:7` | `cuihu-door-01 auth_ways: 仅人脸可开 "
        "\\u007c 无刷卡` | `增加刷卡` |\n"
        "| warning `CF03` |  | `cuihu: 没有摄像机照到出入口` | `增设一台` |\n"
        "| info `spare` |  | `cuihu-nvr-01: 2 个备用通道` | `无需处理` |\n"
    ),
}
JUNIT: dict[Lang, str] = {
    "en": (
        '<testsuite name="fleet validate" tests="4" failures="2" errors="0" skipped="0">'
        '<testcase classname="unknown-field" name="city.yaml:1:1">'
        '<failure message="no such field &lt;osd_txt&gt; &amp; no default" type="unknown-field">'
        'no such field &lt;osd_txt&gt; &amp; no default\nwrite "osd_text"</failure></testcase>'
        '<testcase classname="CF14" name="340705-tongguan/翠湖.yaml:31:7 cuihu-door-01 auth_ways">'
        '<failure message="only a face opens it | no card" type="CF14">'
        "cuihu-door-01 auth_ways: only a face opens it | no card\nadd card</failure></testcase>"
        '<testcase classname="CF03" name="cuihu">'
        "<system-out>cuihu: no camera sees the gate\nadd one</system-out></testcase>"
        '<testcase classname="spare" name="cuihu-nvr-01">'
        "<system-out>cuihu-nvr-01: 2 channels are spare\nnothing</system-out></testcase>"
        "</testsuite>\n"
    ),
    "zh": (
        '<testsuite name="fleet validate" tests="4" failures="2" errors="0" skipped="0">'
        '<testcase classname="unknown-field" name="city.yaml:1:1">'
        '<failure message="没有字段 &lt;osd_txt&gt;，也无默认值" type="unknown-field">'
        "没有字段 &lt;osd_txt&gt;，也无默认值\n应为 “osd_text”</failure></testcase>"
        '<testcase classname="CF14" name="340705-tongguan/翠湖.yaml:31:7 cuihu-door-01 auth_ways">'
        '<failure message="仅人脸可开 | 无刷卡" type="CF14">'
        "cuihu-door-01 auth_ways: 仅人脸可开 | 无刷卡\n增加刷卡</failure></testcase>"
        '<testcase classname="CF03" name="cuihu">'
        "<system-out>cuihu: 没有摄像机照到出入口\n增设一台</system-out></testcase>"
        '<testcase classname="spare" name="cuihu-nvr-01">'
        "<system-out>cuihu-nvr-01: 2 个备用通道\n无需处理</system-out></testcase>"
        "</testsuite>\n"
    ),
}
LANGS: list[Lang] = ["en", "zh"]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    """What `validate` finds: the last of the list."""
    verdicts = [ALL]
    monkeypatch.setattr("fleet.wiring.validate.verdict_on", lambda _folder: verdicts[-1])
    return verdicts


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("form", "golden"), [("text", TEXT), ("markdown", MARKDOWN), ("junit", JUNIT)]
)
def test_each_format_word_for_word(
    found: list[Verdict], call: Call, form: str, golden: dict[Lang, str], lang: Lang
) -> None:
    """Everything on stdout, nothing on stderr, exit 3 for the fault of the files."""
    said = call("--lang", lang, "--format", form, "validate")

    assert said.out == golden[lang]
    assert (said.code, said.err) == (3, "")


@pytest.mark.parametrize("lang", LANGS)
def test_json_has_counts_and_flat_findings(found: list[Verdict], call: Call, lang: Lang) -> None:
    """Texts in the call's language, places apart, what is unknown null."""
    data = call("--lang", lang, "--format", "json", "validate").json

    assert {k: v for k, v in data.items() if k != "findings"} == {
        "ok": False,
        "exit_code": 3,
        "compounds": 2,
        "devices": 40,
        "errors": 2,
        "warnings": 1,
    }
    assert [f["code"] for f in data["findings"]] == ["unknown-field", "CF14", "CF03", "spare"]
    assert data["findings"][1] == {
        "code": "CF14",
        "severity": "error",
        "clause": "14",
        "owner": "property",
        "file": "340705-tongguan/翠湖.yaml",
        "line": 31,
        "column": 7,
        "compound": "cuihu",
        "device": "cuihu-door-01",
        "field": "auth_ways",
        "summary": FACE.summary.render(lang),
        "fix": FACE.fix.render(lang),
    }
    assert data["findings"][2] == {
        "code": "CF03",
        "severity": "warning",
        "clause": None,
        "owner": None,
        "file": None,
        "line": None,
        "column": None,
        "compound": "cuihu",
        "device": None,
        "field": None,
        "summary": OLD.summary.render(lang),
        "fix": OLD.fix.render(lang),
    }


@pytest.mark.parametrize("lang", LANGS)
def test_sarif_is_what_code_hosts_take(found: list[Verdict], call: Call, lang: Lang) -> None:
    """SARIF 2.1.0: rules once and sorted, levels, addresses escaped, no place where none is."""
    data = call("--lang", lang, "--format", "sarif", "validate").json

    (run,) = data["runs"]
    assert (data["version"], data["$schema"]) == (
        "2.1.0",
        "https://json.schemastore.org/sarif-2.1.0.json",
    )
    assert run["tool"]["driver"] == {
        "name": "compound-fleet",
        "version": __version__,
        "rules": [{"id": "CF03"}, {"id": "CF14"}, {"id": "spare"}, {"id": "unknown-field"}],
    }
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("unknown-field", "error"),
        ("CF14", "error"),
        ("CF03", "warning"),
        ("spare", "note"),
    ]
    (marked,) = run["results"][1].pop("partialFingerprints").values()
    assert re.fullmatch("[0-9a-f]{64}", marked)
    assert run["results"][1] == {
        "ruleId": "CF14",
        "ruleIndex": 1,
        "level": "error",
        "message": {
            "text": f"cuihu-door-01 auth_ways: {FACE.summary.render(lang)} → "
            f"{FACE.fix.render(lang)}"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": "340705-tongguan/%E7%BF%A0%E6%B9%96.yaml",
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": 31, "startColumn": 7},
                }
            }
        ],
    }
    assert "locations" not in run["results"][2]


@pytest.mark.parametrize(
    ("form", "lang", "golden"),
    [
        ("text", "en", "2 compounds, 40 devices: 0 errors, 0 warnings\n"),
        ("text", "zh", "2 个小区，40 台设备：0 处错误，0 处警告\n"),
        ("markdown", "en", "No findings.\n"),
        ("markdown", "zh", "没有发现问题。\n"),
        ("junit", "en", None),
        ("junit", "zh", None),
    ],
)
def test_a_clean_city_in_each_format(
    found: list[Verdict], call: Call, form: str, lang: Lang, golden: str | None
) -> None:
    """Exit 0; a pipeline still sees one case that passed."""
    found.append(CLEAN)
    said = call("--lang", lang, "--format", form, "validate")

    one_case = (
        '<testsuite name="fleet validate" tests="1" failures="0" errors="0" skipped="0">'
        '<testcase classname="fleet" name="validate" /></testsuite>\n'
    )
    assert said.out == (golden or one_case)
    assert (said.code, said.err) == (0, "")


def test_a_clean_city_as_data(found: list[Verdict], call: Call) -> None:
    """`ok`, no findings, and a run of SARIF without results."""
    found.append(CLEAN)

    assert call("--format", "json", "validate").json["ok"] is True
    (run,) = call("--format", "sarif", "validate").json["runs"]
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


@pytest.mark.parametrize(
    ("inventory", "policy", "code"),
    [
        ((), (), 0),
        ((), (NOTE,), 0),
        ((), (OLD,), 0),
        ((), (OLD, FACE), 4),
        ((OLD,), (), 0),
        ((OLD,), (FACE,), 4),
        ((FIELD,), (), 3),
        ((FIELD,), (FACE,), 3),
        ((OLD, FIELD), (OLD,), 3),
    ],
)
def test_the_exit_code_by_what_is_wrong(
    found: list[Verdict],
    call: Call,
    inventory: tuple[Diagnostic, ...],
    policy: tuple[Diagnostic, ...],
    code: int,
) -> None:
    """Files before rules; warnings never count; the JSON says the same as the process."""
    found.append(Verdict(inventory=inventory, policy=policy))

    assert call("validate").code == code
    data = call("--format", "json", "validate").json
    assert (data["exit_code"], data["ok"]) == (code, code == 0)


HOSTILE = [
    "a\nb",
    "a\r\nb",
    "bell \x07",
    "nul \x00",
    "escape \x1b[31m",
    "lone \ud800",
    "non-character \uffff",
    "<![CDATA[x]]>",
    "\u202eright to left",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_no_words_of_a_file_break_a_format(words: str) -> None:
    """A value that a finding quotes: JUnit stays XML, a table row one line, JSON and SARIF JSON."""
    odd = OLD.model_copy(
        update={"summary": text("{w}", "{w}", w=words), "severity": Severity.ERROR}
    )
    verdict = Verdict(inventory=(odd,), policy=())

    suite = Xml.fromstring(findings.as_junit("en", verdict).encode())
    assert suite.find("testcase/failure") is not None
    assert len(findings.as_markdown("en", verdict).split("\n")) == 3
    assert json.loads(json.dumps(as_sarif("en", verdict)))["version"] == "2.1.0"
    assert json.loads(json.dumps(findings.as_json("en", verdict)))["errors"] == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("a\nb", "a\\u000ab"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x9b31m", "\\u009b31m"),
        ("\u202etxt", "\\u202etxt"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\x7f", "\\u007f"),
        ("东门 (1) – “é”\u3000", "东门 (1) – “é”\u3000"),
    ],
)
def test_a_line_of_a_terminal_shows_what_nobody_could_see(words: str, line: str) -> None:
    """Colour codes, line breaks and marks of direction out of a file never reach the terminal."""
    assert visible(words) == line
    odd = OLD.model_copy(update={"compound": words, "summary": text("{w}", "{w}", w=words)})
    assert diagnostic_lines(Context(), odd)[0] == f"warning: [CF03] {line}: {line}"
