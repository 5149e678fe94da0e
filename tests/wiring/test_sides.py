"""The base's own product, another checkout with other code, judges these files in a child."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.app.validate import Verdict
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.wiring.sides import UNJUDGED, base_city, verdict_against

ROOT = Path(__file__).resolve().parents[2]
CITY = Path("inventories/tongling")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a checkout with product and example."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        for part in ("fleet", "inventories"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("*.pyc"))
        (folder / ".git").mkdir()
        return folder

    return make


def edit(file: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    words = file.read_text("utf-8")
    assert old in words
    file.write_text(words.replace(old, new), "utf-8")


def judged(head: Path, base: Path) -> Verdict:
    """The verdict on the head's city."""
    return verdict_against(head / CITY, base, "en")


def said(verdict: Verdict) -> list[str]:
    """What differs, in English."""
    assert verdict.sides is not None
    return [s.en for s in verdict.sides.said]


def test_the_same_product_is_not_asked_twice(checkout: Callable[[str], Path]) -> None:
    """Nothing differs, nothing is said."""
    head = checkout("same")

    assert said(judged(head, head)) == []


def test_limits_and_keys_that_change_are_said(checkout: Callable[[str], Path]) -> None:
    """Without any other code."""
    head = checkout("limits")
    edit(head / CITY / "city.yaml", "tolerated_failures: 2", "tolerated_failures: 7")
    (head / CITY / "observers.pub").write_text("ed25519:x me\n")

    assert said(judged(head, ROOT)) == [
        "rollout limit tolerated_failures changes from 2 to 7",
        "observers.pub changes: other keys may sign observations; the base's are to be used here",
    ]


def test_a_rule_that_only_the_base_has_still_denies(checkout: Callable[[str], Path]) -> None:
    """The base's stricter code finds an error in files that this side finds sound: exit 4."""
    base = checkout("strict")
    edit(
        base / "fleet/policy/rule.py",
        "if mild or self.wording is Wording.STRIVE:\n            return Severity.WARNING",
        "if mild or self.wording is Wording.STRIVE:\n            return Severity.ERROR",
    )
    verdict = judged(ROOT, base)

    assert verdict.exit_code is ExitCode.POLICY
    (finding,) = verdict.sides.findings if verdict.sides else ()
    assert finding.code == "SEPARATION-09"
    assert finding.summary.en.startswith("by the base's rules: ")
    assert said(verdict)[0] == "fleet's code or rules change"
    assert "rule SEPARATION-09 has other severities" in said(verdict)


def test_a_base_that_cannot_run_denies(checkout: Callable[[str], Path]) -> None:
    """Nobody judged, so nobody passed: the reason and what to do are told."""
    base = checkout("broken")
    (base / "fleet/policy/__init__.py").write_text("raise RuntimeError('no policy')\n")
    verdict = judged(ROOT, base)

    assert verdict.exit_code is ExitCode.POLICY
    (finding,) = verdict.sides.findings if verdict.sides else ()
    assert (finding.code, "no policy" in finding.summary.en) == (UNJUDGED, True)


def test_files_that_the_base_cannot_read_are_said(checkout: Callable[[str], Path]) -> None:
    """A field that only this side's product knows: faults of form there, not a denial here."""
    base = checkout("older")
    edit(base / "fleet/model/settings.py", "cloud_enabled: bool | None = None", "")
    words = said(judged(ROOT, base))

    assert any("faults of form in these files" in w for w in words)


def test_a_base_without_this_city_is_a_usage_error(tmp_path: Path) -> None:
    """It names where it looked; a city folder itself is taken as it is."""
    with pytest.raises(UsageError, match="no city there"):
        base_city(ROOT / CITY, tmp_path)
    assert base_city(ROOT / CITY, ROOT / CITY) == ROOT / CITY
    assert base_city(ROOT / CITY, ROOT) == ROOT / CITY
