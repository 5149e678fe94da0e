"""`fleet validate`, `fleet explain` and `fleet rules` from outside: output and exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fleet.cli.main import run
from fleet.model.exitcodes import ExitCode
from fleet.policy import RULES
from tests.inventory.cities import (
    EXAMPLE,
    X,
    compound,
    devices,
    line,
    write,
)

Capture = pytest.CaptureFixture[str]
TWO_FAULTS = {X: compound(centre="centre: {rom: a}\n")}
DENIED = {X: compound(perimeter="perimeter:\n  - {id: north, length_m: 80}\n")}


def _fleet(root: Path, *words: str) -> int:
    return run(["-C", str(root), "--lang", "en", "--non-interactive", *words])


def _json(root: Path, capsys: Capture, *words: str) -> Any:
    run(["-C", str(root), "--lang", "en", "--format", "json", *words])
    return json.loads(capsys.readouterr().out)


def test_validate_ok(capsys: Capture) -> None:
    """The example: a warning on stdout with its place and what to do, nothing on stderr."""
    code = _fleet(EXAMPLE, "validate")

    out, err = capsys.readouterr()
    assert code == ExitCode.OK
    assert "340705-tongguan/wusong.yaml:18:5: warning: [SEPARATION-09]" in out
    assert "→" in out
    assert "3 compounds, 44 devices: 0 errors, 1 warnings" in out
    assert err == ""


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, ExitCode.OK),
        (TWO_FAULTS, ExitCode.INVENTORY),
        (DENIED, ExitCode.POLICY),
        ({"city.yaml": b"\xff"}, ExitCode.INVENTORY),
        ({X: compound(logins="logins: {camera: {password: hunter22}}\n")}, ExitCode.POLICY),
        (
            {X: compound(centre="centre: 1\n", logins="logins: {camera: {password: hu}}\n")},
            ExitCode.INVENTORY,
        ),
    ],
)
def test_exit_codes(
    tmp_path: Path, files: dict[str, str | bytes], code: ExitCode, capsys: Capture
) -> None:
    """0, 3, 4; an invalid inventory comes before a broken rule."""
    assert code == _fleet(write(tmp_path, files), "validate")
    assert "Traceback" not in "".join(capsys.readouterr())


def test_validate_without_a_city(tmp_path: Path, capsys: Capture) -> None:
    """No city.yaml is exit code 3 and says how to name the folder."""
    assert _fleet(tmp_path, "validate") == ExitCode.INVENTORY
    assert "-C" in capsys.readouterr().out


def test_rules_speak_about_a_city_with_faults(tmp_path: Path, capsys: Capture) -> None:
    """A plaintext password is told although another line of the city is faulty."""
    files = {
        "city.yaml": write(tmp_path / "a").joinpath("city.yaml").read_text() + "rolout: {}\n",
        X: compound(logins="logins: {camera: {password: hunter22}}\n"),
    }

    code = _fleet(write(tmp_path / "b", files), "validate")

    out = capsys.readouterr().out
    assert code == ExitCode.INVENTORY
    assert "unknown-field" in out
    assert "SECRET-18" in out
    assert "hunter22" not in out


def test_chinese(capsys: Capture) -> None:
    """The same findings in Chinese."""
    run(["-C", str(EXAMPLE), "--lang", "zh", "validate"])

    out = capsys.readouterr().out
    assert "人车混行" in out
    assert "3 个小区，44 台设备：0 处错误，1 处警告" in out


def test_validate_json(tmp_path: Path, capsys: Capture) -> None:
    """Counts, and each finding with every part apart."""
    found = _json(write(tmp_path, TWO_FAULTS), capsys, "validate")

    assert (
        found["ok"],
        found["exit_code"],
        found["errors"],
        found["warnings"],
    ) == (False, 3, 2, 0)
    by_code = {f["code"]: f for f in found["findings"]}
    unknown = by_code["unknown-field"]
    assert {"unknown-field", "missing-field"} == set(by_code)
    assert (
        unknown["file"],
        unknown["line"],
        unknown["column"],
        unknown["compound"],
        unknown["field"],
    ) == (X, 11, 10, "x", "rom")
    assert unknown["fix"] == "did you mean room?"


def test_validate_sarif(tmp_path: Path, capsys: Capture) -> None:
    """SARIF 2.1.0: levels, rules, and addresses escaped for a URI."""
    root = write(tmp_path, DENIED)
    (root / X).rename(root / "340705-tongguan" / "翠湖.yaml")

    run(["-C", str(root), "--format", "sarif", "validate"])

    log = json.loads(capsys.readouterr().out)
    (result,) = log["runs"][0]["results"]
    assert (
        log["version"],
        result["ruleId"],
        result["level"],
    ) == ("2.1.0", "PERIMETER-06", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "340705-tongguan/%E7%BF%A0%E6%B9%96.yaml"
    assert place["region"] == {"startLine": 6, "startColumn": 5}
    assert [r["id"] for r in log["runs"][0]["tool"]["driver"]["rules"]] == ["PERIMETER-06"]


def test_validate_junit(tmp_path: Path, capsys: Capture) -> None:
    """An error is a failure, a warning is not, and a clean run has one passed case."""
    for files, tests, failures in (({}, 1, 0), (DENIED, 1, 1), (TWO_FAULTS, 2, 2)):
        root = write(tmp_path / str(tests + failures), dict(files))
        run(["-C", str(root), "--format", "junit", "validate"])

        suite = ElementTree.fromstring(capsys.readouterr().out)
        assert suite.tag == "testsuite"
        assert (str(tests), str(failures)) == (suite.get("tests"), suite.get("failures"))
        assert failures == len(suite.findall("testcase/failure"))
        assert tests == len(suite.findall("testcase"))


def test_junit_keeps_a_warning_as_output(capsys: Capture) -> None:
    """The example's warning: a passed case with words."""
    run(["-C", str(EXAMPLE), "--format", "junit", "validate"])

    suite = ElementTree.fromstring(capsys.readouterr().out)
    assert suite.get("failures") == "0"
    assert len(suite.findall("testcase/system-out")) == 1


def test_validate_markdown(tmp_path: Path, capsys: Capture) -> None:
    """A table for a pull request; pipes in a value do not break it."""
    files = {X: compound(centre="centre: {room: [a|b]}\n", areas="areas: a|b\n")}

    run(["-C", str(write(tmp_path, files)), "--lang", "en", "--format", "markdown", "validate"])

    lines = capsys.readouterr().out.strip().split("\n")
    assert lines[0].startswith("| | place")
    for row in lines:
        assert row.replace("\\|", "").count("|") == 5


def test_markdown_of_a_clean_city(tmp_path: Path, capsys: Capture) -> None:
    """One sentence instead of an empty table."""
    run(["-C", str(write(tmp_path)), "--lang", "en", "--format", "markdown", "validate"])

    assert capsys.readouterr().out == "No findings.\n"


def test_explain_a_field(capsys: Capture) -> None:
    """Value, level, file:line, meaning, and what it overrides."""
    code = _fleet(EXAMPLE, "explain", "cuihu-door-04", "open_duration_s")

    out = capsys.readouterr().out
    assert code == ExitCode.OK
    assert "open_duration_s = 10  [device 340705-tongguan/cuihu.yaml:" in out
    assert "overrides 5  [city city.yaml:22:" in out
    assert "seconds the door stays unlocked" in out


def test_explain_a_whole_device(capsys: Capture) -> None:
    """Login, identity, managed fields, fields taken out of management, and unmanaged ones."""
    found = _json(EXAMPLE, capsys, "explain", "cuihu-cam-05")

    fields = {f["field"]: f for f in found["fields"]}
    assert fields["login.password"]["value"] == "secret://vault/bootstrap/camera"
    assert fields["address"]["value"] == "127.34.1.15"
    assert fields["cloud_enabled"]["value"] is False
    assert fields["cloud_enabled"]["managed"] is True
    assert (fields["ntp_server"]["value"], fields["ntp_server"]["managed"]) == (None, False)
    (hidden,) = fields["ntp_server"]["overridden"]
    assert (hidden["value"], hidden["level"]) == ("127.34.10.1", "district")
    assert hidden["position"].startswith("340705-tongguan/district.yaml:14:")
    assert found["unmanaged"] == ["osd_text", "barrier_open_s", "barrier_mode"]


def test_explain_a_derived_field(capsys: Capture) -> None:
    """The uplink is named as the origin."""
    (field,) = _json(EXAMPLE, capsys, "explain", "wusong-nvr-01", "gb_server_address")["fields"]

    assert (field["value"], field["level"]) == ("127.34.10.2", "from the uplink")
    assert field["position"].startswith("340705-tongguan/wusong.yaml:4:")


def test_explain_an_unmanaged_field(capsys: Capture) -> None:
    """A field that nobody sets is named as such, which is an answer and no error."""
    assert _fleet(EXAMPLE, "explain", "cuihu-cam-03", "barrier_mode") == ExitCode.OK
    assert "unmanaged: barrier_mode" in capsys.readouterr().out


def test_explain_a_compound(capsys: Capture) -> None:
    """What is declared of it, with places."""
    found = _json(EXAMPLE, capsys, "explain", "lianhu")

    fields = {f["field"]: f["value"] for f in found["fields"]}
    assert found["kind"] == "compound"
    assert (
        fields["category"],
        fields["built_year"],
        fields["uplink.source"],
    ) == ("old", 1996, "operator")
    assert len(fields["devices"]) == 12
    assert fields["unmanaged"] == ["lianhu-sw-02"]
    assert all(f["position"] for f in found["fields"])


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("cuihu-cm-05",), "cuihu-cam-05"),
        (("cuihuu",), "cuihu"),
        (("cuihu-cam-05", "osd_txt"), "osd_text"),
    ],
)
def test_explain_what_is_not_there(words: tuple[str, ...], near: str, capsys: Capture) -> None:
    """A wrong name is a usage error that names the nearest one."""
    assert _fleet(EXAMPLE, "explain", *words) == ExitCode.USAGE
    assert f"did you mean {near}?" in capsys.readouterr().err


def test_explain_without_anything_near(capsys: Capture) -> None:
    """Nothing is alike: some of what there is."""
    assert _fleet(EXAMPLE, "explain", "zzzzzzzz") == ExitCode.USAGE
    assert "cuihu-nvr-01" in capsys.readouterr().err


def test_explain_a_city_with_faults(tmp_path: Path, capsys: Capture) -> None:
    """Exit code 3 with every fault on stderr."""
    assert _fleet(write(tmp_path, TWO_FAULTS), "explain", "x-cam-01") == ExitCode.INVENTORY
    assert "did you mean room?" in capsys.readouterr().err


def test_explain_keeps_lists_and_secrets_readable(tmp_path: Path, capsys: Capture) -> None:
    """A list on one line, a reference as it stands in YAML."""
    root = write(tmp_path, {X: compound(devices=devices(x_door_01=line("x-door-01")))})

    _fleet(root, "explain", "x-door-01")

    out = capsys.readouterr().out
    assert "auth_ways = card, face " in out
    assert "admin_password = secret://generated/device/x-door-01/admin " in out


def test_rules_json(capsys: Capture) -> None:
    """The contract: a list of objects with id, clause, severity, owner."""
    found = _json(EXAMPLE, capsys, "rules")

    assert [r.id for r in RULES] == [r["id"] for r in found]
    for rule in found:
        assert {"id", "clause", "severity", "owner", "severities", "standard"} <= set(rule)
        assert rule["severity"] in ("error", "warning")
        assert rule["owner"] in ("police", "housing", "civil_affairs")


def test_rules_need_no_city(tmp_path: Path, capsys: Capture) -> None:
    """The rules are the product's, not a city's; each has a line."""
    assert run(["-C", str(tmp_path), "--lang", "zh", "rules"]) == ExitCode.OK

    out = capsys.readouterr().out
    for rule in RULES:
        assert rule.id in out
        assert rule.title.zh in out
