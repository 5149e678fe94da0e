"""The text file beside the inventory: headings, paragraphs, and what must not stand in it."""

from __future__ import annotations

import pytest

from fleet.model.errors import InventoryError
from fleet.report.sections import names, parse
from tests.inventory.cities import EXAMPLE

FILE = "340705-x/monthly.zh.txt"


def test_sections_and_paragraphs() -> None:
    """Lines of a paragraph are joined, an empty line ends it; English keeps a space."""
    found = parse(
        "# 主要做法\n一是\n二是。\n\n\n三是。\n# Problems\nOne\nline.\n## 下一步打算\n\n"
        "# 整改计划\n月底。",
        FILE,
    )

    assert found.practices == ("一是二是。", "三是。")
    assert found.problems == ("One line.",)
    assert found.next_steps == ()
    assert found.remediation == ("月底。",)
    assert found.file == FILE


def test_an_empty_file_has_nothing() -> None:
    """No section, no fault."""
    assert parse("\n\n", FILE).practices == ()


@pytest.mark.parametrize(
    ("content", "line"), [("# 主要做法\n好。\n# 其他\n", 3), ("\n开头的话\n# 主要做法\n", 2)]
)
def test_what_has_no_place_is_refused_where_it_stands(content: str, line: int) -> None:
    """A mistyped heading must not swallow a section."""
    with pytest.raises(InventoryError) as caught:
        parse(content, FILE)

    (finding,) = caught.value.diagnostics
    assert finding.position is not None
    assert (finding.position.file, finding.position.line) == (FILE, line)
    assert "主要做法" in finding.fix.zh


@pytest.mark.parametrize(
    "secret", ["联系 13812345678", "身份证 11010519491231002X", "http://admin:pw1234@10.0.0.1/"]
)
def test_numbers_of_persons_and_secrets_are_refused_and_not_repeated(secret: str) -> None:
    """The report is sent on: no telephone or identity number, no login."""
    with pytest.raises(InventoryError) as caught:
        parse(f"# 存在问题\n{secret}\n", FILE)

    (finding,) = caught.value.diagnostics
    assert finding.position is not None
    assert finding.position.line == 2
    told = str(caught.value) + finding.summary.zh + finding.fix.zh + finding.summary.en
    assert secret.rsplit(maxsplit=1)[-1] not in told


def test_the_months_own_file_comes_first() -> None:
    """One text may hold for every month, another for one."""
    assert names("2026-11", "zh") == ("monthly-2026-11.zh.txt", "monthly.zh.txt")
    assert names("2026-11", "en")[1] == "monthly.en.txt"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_examples_texts(lang: str) -> None:
    """They fill every section that the form has."""
    path = EXAMPLE / "340705-tongguan" / f"monthly.{lang}.txt"

    found = parse(path.read_text("utf-8"), path.name)

    assert found.practices
    assert found.problems
    assert found.next_steps
