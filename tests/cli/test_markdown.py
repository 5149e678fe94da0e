"""Foreign words in Markdown, as an independent parser reads them (markdown-it-py, GitHub's way)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from fleet.cli.markdown import BYTES_MAX, Page, code, row

READER = MarkdownIt("gfm-like")
HOSTILE = [
    "`", "``", "a`b", "`a`", "```\n# x", "|", "\\|", "\\", "a\\", "\\`", "<img src=x onerror=y>",
    "--> <b>", "@everyone", "#1", "www.evil.example", "https://evil.example", "[a](javascript:b)",
    "![a](b)", "\n\n# big\n", "\r\n- x", "&lt;b&gt;", "\u202egnp.exe", "\x00\x1b[2J", "**b**",
    "</details>", "<!--", "\t", " ", "", "铜官`区", "` | ` | `", "~~~", "\u2028", "\ud800",
]  # fmt: skip


def kinds(tokens: list[Token]) -> set[str]:
    """Every kind of token, also inside paragraphs and cells."""
    return {t.type for t in tokens} | {k.type for t in tokens for k in t.children or ()}


def spans(words: str) -> list[str]:
    """What stands in code spans of a text."""
    return [
        kid.content
        for token in READER.parse(words)
        for kid in token.children or ()
        if kid.type == "code_inline"
    ]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_in_one_span(words: str) -> None:
    """In a list item and in a table's cell: a span, text, and nothing else."""
    item = f"- before {code(words)} after"
    table = "\n".join([row("a", "b"), row("---", "---"), row(code(words), "after")])

    assert kinds(READER.parse(item)) == {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "code_inline",
        "paragraph_close", "list_item_close", "bullet_list_close",
    }  # fmt: skip
    assert len(spans(item)) == len(spans(table)) == 1
    cells = [t for t in READER.parse(table) if t.type == "td_open"]
    assert len(cells) == 2
    assert kinds(READER.parse(table)) & {"html_inline", "link_open", "image", "em_open"} == set()


@given(st.text(max_size=120))
def test_any_words_stay_in_one_span(words: str) -> None:
    """Property: the span holds them, and the text after it stands."""
    shown = spans(f"- {code(words)} `end`")

    assert len(shown) == 2
    assert shown[1] == "end"


@given(st.text("ab东|\\<>&*_[]()!#@ ", max_size=79))
def test_words_without_trouble_are_shown_as_they_are(words: str) -> None:
    """Property: what a reader sees is what stands there."""
    if words.strip():
        assert spans(f"x {code(words)}")[0].strip() == words.strip()


def test_long_words_are_cut() -> None:
    """At eighty characters, with a sign that there was more."""
    assert code("x" * 80) == "`" + "x" * 80 + "`"
    assert code("x" * 81) == "`" + "x" * 79 + "…`"


@given(st.lists(st.lists(st.text(max_size=300), max_size=4), max_size=60))
def test_a_page_never_passes_its_budget(blocks: list[list[str]]) -> None:
    """Property: refused blocks leave nothing behind; the end has its reserve."""
    page = Page()
    taken = [line for block in blocks for line in (block if page.add(block) else [])]
    end = page.end(["铜" * (page.reserved // 3 - 1)])

    assert page.lines == taken
    assert len(end.encode("utf-8", "replace")) <= BYTES_MAX


def test_a_block_that_is_too_large_is_refused_whole() -> None:
    """And a smaller one after it is still taken."""
    page = Page()

    assert page.add(["x" * 20_000])
    assert not page.add(["a", "y" * 11_000])
    assert page.add(["z"])
    assert page.lines == ["x" * 20_000, "z"]
