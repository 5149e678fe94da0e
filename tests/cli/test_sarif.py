"""SARIF, JUnit and Markdown as code hosts take them: places, fingerprints, limits, both sides."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from fleet.app.sides import Sides
from fleet.app.validate import Verdict
from fleet.cli import findings
from fleet.cli.markdown import BYTES_MAX
from fleet.cli.sarif import RESULTS_MAX, as_sarif, repository_prefix
from fleet.model.diagnostic import Diagnostic, Position
from fleet.model.text import Lang, text
from fleet.policy import RULES
from tests.cli.test_findings import ALL, CLEAN, FACE, FIELD, LANGS, NOTE, OLD


def test_places_are_told_from_the_repository_root(tmp_path: Path) -> None:
    """As hosts need them to mark a line; outside git as they are."""
    town = tmp_path / "repo" / "inventories" / "铜陵"
    town.mkdir(parents=True)
    assert repository_prefix(town) == ""
    (tmp_path / "repo" / ".git").mkdir()
    assert repository_prefix(town) == "inventories/铜陵/"
    assert repository_prefix(tmp_path / "repo") == ""

    runs = as_sarif("en", ALL, "inventories/铜陵/")["runs"]
    assert isinstance(runs, list)
    place = runs[0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "inventories/%E9%93%9C%E9%99%B5/city.yaml"


def test_a_finding_keeps_its_fingerprint_when_lines_move() -> None:
    """Two findings differ in it; one that moved does not."""

    def marks(*found: Diagnostic) -> list[str]:
        runs = as_sarif("en", Verdict(inventory=found, policy=()))["runs"]
        assert isinstance(runs, list)
        return [r["partialFingerprints"]["finding/v1"] for r in runs[0]["results"]]

    moved = FACE.model_copy(update={"position": Position(file=FACE.position.file, line=99)})

    assert marks(FACE) == marks(moved)
    assert len(set(marks(FACE, FIELD, OLD, NOTE))) == 4


def test_a_rule_of_ours_is_explained_in_sarif() -> None:
    """Title, reason, clause and level; a fault of form has no rule to explain."""
    rule = RULES[0]
    broken = OLD.model_copy(update={"code": rule.id})
    runs = as_sarif("zh", Verdict(inventory=(FIELD,), policy=(broken,)))["runs"]
    assert isinstance(runs, list)
    told = {r["id"]: r for r in runs[0]["tool"]["driver"]["rules"]}

    assert told[rule.id]["shortDescription"] == {"text": rule.title.zh}
    assert rule.clause in told[rule.id]["help"]["text"]
    assert told[rule.id]["defaultConfiguration"]["level"] in ("error", "warning")
    assert told["unknown-field"] == {"id": "unknown-field"}


def test_more_findings_than_a_host_takes_are_cut_worst_kept() -> None:
    """In SARIF by number, with a word; in a comment by bytes, with a count."""
    many = Verdict(inventory=(), policy=(NOTE,) * RESULTS_MAX + (FACE,))
    runs = as_sarif("en", many)["runs"]
    assert isinstance(runs, list)

    assert len(runs[0]["results"]) == RESULTS_MAX
    assert runs[0]["results"][0]["ruleId"] == "CF14"
    (word,) = runs[0]["invocations"][0]["toolExecutionNotifications"]
    assert word["message"]["text"] == "1 more findings are left out"
    said = findings.as_markdown("zh", many)
    assert len(said.encode()) <= BYTES_MAX
    assert "`CF14`" in said.splitlines()[2]
    assert said.splitlines()[-1].startswith("**另有 2")


def test_cases_of_the_same_name_are_told_apart() -> None:
    """Hosts drop a case whose name repeats."""
    suite = Xml.fromstring(findings.as_junit("en", Verdict(inventory=(), policy=(OLD, OLD, OLD))))

    assert [c.get("name") for c in suite] == ["cuihu", "cuihu #2", "cuihu #3"]


@pytest.mark.parametrize("lang", LANGS)
def test_both_sides_are_said_first(lang: Lang) -> None:
    """What differs, before the table; the same on both sides in one sentence."""
    sides = Sides(said=tuple(text(f"limit {n} `changes`", f"限额 {n}") for n in range(25)))
    said = findings.as_markdown(lang, CLEAN.model_copy(update={"sides": sides})).splitlines()
    same = findings.as_markdown(lang, CLEAN.model_copy(update={"sides": Sides()})).splitlines()

    both = ("judged by both sides' rules", "已按双方规则评判")
    assert both[lang == "zh"] in said[0]
    assert said[2] == ("- `限额 0`" if lang == "zh" else "- `limit 0 \\u0060changes\\u0060`")
    assert ("另有 5 处" if lang == "zh" else "and 5 more") in said[22]
    assert ("均与基线相同" if lang == "zh" else "are those of the base") in same[0]
