"""The references are what the code says, and a stale one is told with the command that mends it."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest

from fleet.cli.main import VERBS, fleet
from tests.docs import cli_page, reference, tables

PAGES = reference.ROOT / reference.PAGES


def copied(tmp_path: Path) -> Path:
    """The written parts of the checkout in a folder of their own."""
    shutil.copytree(PAGES, tmp_path / reference.PAGES)
    shutil.copytree(reference.ROOT / "inventories/schema", tmp_path / "inventories/schema")
    return tmp_path


def test_every_reference_is_fresh() -> None:
    """Goal: nobody reads what the code no longer does; `make reference` mends."""
    assert reference.stale() == []


def test_a_stale_page_is_named_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Goal: the failure says what to type; writing makes it fresh again."""
    root = copied(tmp_path)
    page = root / reference.PAGES / "cli.md"
    page.write_text(page.read_text("utf-8").replace("Usage", "") + "more\n", "utf-8")
    table = root / reference.PAGES / "exit-codes.md"
    table.write_text(table.read_text("utf-8").replace("| StoreError | 1 |", "| StoreError | 0 |"))

    assert reference.main(["--check"], root) == 1
    said = capsys.readouterr().err
    assert "docs/reference/cli.md: stale; make reference" in said
    assert "docs/reference/exit-codes.md: stale" in said
    (root / reference.PAGES / "rules.md").unlink()
    assert Path("docs/reference/rules.md") in reference.stale(root)
    assert reference.main(["--write"], root) == 0
    assert reference.stale(root) == []


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Goal: no word is no order to write."""
    assert reference.main([]) == 64
    assert "--write | --check" in capsys.readouterr().err


def test_a_page_without_its_mark_is_refused() -> None:
    """Goal: a table that lost its place is not silently left out."""
    with pytest.raises(ValueError, match="'errors'"):
        tables.filled("exit-codes.md", "# Exit codes\n")


def test_every_verb_and_every_option_is_on_the_page() -> None:
    """Goal: counted from the commands themselves, not from the page's own walk."""
    words = (PAGES / "cli.md").read_text("utf-8")
    top = click.Context(fleet, info_name="fleet")

    for verb in VERBS:
        assert f"\n## fleet {verb}\n" in words
        command = fleet.get_command(top, verb)
        assert command is not None
        for param in command.params:
            assert f"`{param.opts[0]}" in words or param.param_type_name == "argument"


def test_no_markup_leaks_out_of_a_help_text() -> None:
    """Goal: `<`, `*` and `|` of a help text are shown, not taken for markup or a new column."""
    assert cli_page._escaped("a <b> *c* d|e `f|g*`") == r"a \<b\> \*c\* d\|e `f|g*`"
    rows = [r for r in (PAGES / "cli.md").read_text("utf-8").splitlines() if r.startswith("| `")]
    assert rows
    for row in rows:
        assert row.replace(r"\|", "").count(" | ") == 1, row


def test_columns_of_a_help_text_stay_columns() -> None:
    """Goal: the list of faults is readable; prose is not put into a box."""
    words = (PAGES / "cli.md").read_text("utf-8")
    assert "```text\nkeep-nothing      says yes and stores nothing\n" in words
    assert "\nNothing is written. With -o the plan is sealed" in words
