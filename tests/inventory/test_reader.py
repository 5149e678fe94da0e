"""From text to tree: places, duplicates, and what ends the reading of a file."""

from __future__ import annotations

import pytest
import yaml

from fleet.inventory import reader
from fleet.inventory.nodes import Mapping, Node, Scalar, Sequence
from fleet.inventory.reader import DEPTH_MAX, NODES_MAX, parse
from fleet.inventory.scope import Scope
from fleet.model.diagnostic import Diagnostic
from tests.inventory.cities import at, place


def _parse(text: str) -> tuple[Node | None, list[Diagnostic]]:
    scope = Scope("f.yaml")
    return parse(text, scope), scope.findings


def _mapping(text: str) -> Mapping:
    node, findings = _parse(text)
    assert findings == []
    assert isinstance(node, Mapping)
    return node


def _value(node: Mapping, key: str) -> Node:
    entry = node.get(key)
    assert entry is not None
    return entry.value


def test_every_node_knows_its_place() -> None:
    """Keys, values, list items and nested flow mappings, beside Chinese text."""
    text = "名称: 翠湖\nlist:\n  - {编号: a1, port: 80}\n  - b\n"

    root = _mapping(text)

    first = _value(root, "名称")
    items = _value(root, "list")
    assert isinstance(items, Sequence)
    inner = items.items[0]
    assert isinstance(inner, Mapping)
    port = inner.get("port")
    assert port is not None
    assert (first.line, first.column) == (1, 5)
    assert place(text, "port") == (port.line, port.column)
    assert place(text, "80") == (port.value.line, port.value.column)
    assert place(text, "b\n") == (items.items[1].line, items.items[1].column)


@pytest.mark.parametrize(
    ("written", "text", "plain"),
    [
        ("06", "06", True),
        ("'06'", "06", False),
        ('"a\\n"', "a\n", False),
        ("34070501011327000001", "34070501011327000001", True),
        ("12:30:45", "12:30:45", True),
        ("2024-01-01", "2024-01-01", True),
        ("yes", "yes", True),
        ("AA-BB-CC-00-11-22", "AA-BB-CC-00-11-22", True),
        ("", "", True),
        ("''", "", False),
    ],
)
def test_scalars_keep_their_text(written: str, text: str, plain: bool) -> None:
    """Nothing is resolved while reading: the text stays as it was written."""
    value = _value(_mapping(f"a: {written}\n"), "a")

    assert isinstance(value, Scalar)
    assert (text, plain) == (value.text, value.plain)


def test_an_empty_file_has_no_tree() -> None:
    """Comments alone are no document, and no fault of the parser."""
    assert _parse("# nothing\n") == (None, [])


def test_a_duplicate_key_names_both_lines() -> None:
    """The second one is the fault; the first one's line is in the text; reading goes on."""
    node, findings = _parse("a: 1\nb: 2\na: 3\nb: 4\n")

    assert isinstance(node, Mapping)
    assert [(f.code, at(f)) for f in findings] == [
        ("duplicate-key", (3, 1)),
        ("duplicate-key", (4, 1)),
    ]
    assert "line 1" in findings[0].summary.en
    assert [e.key for e in node.entries] == ["a", "b"]
    first = _value(node, "a")
    assert isinstance(first, Scalar)
    assert first.text == "1"


def test_quoting_does_not_hide_a_duplicate() -> None:
    """`a` and "a" are the same key."""
    _, findings = _parse('a: 1\n"a": 2\n')

    assert [f.code for f in findings] == ["duplicate-key"]


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("a: &x 1\nb: *x\n", "alias", (1, 4)),
        ("a: *nowhere\n", "alias", (1, 4)),
        ("a: !!str 1\n", "tag", (1, 4)),
        ("a: !python/object:os.system {}\n", "tag", (1, 4)),
        ("a: ! 1\n", "tag", (1, 4)),
        ("%YAML 1.1\n---\na: 1\n", "directive", (1, 1)),
        ("%TAG ! x:\n---\na: 1\n", "directive", (1, 1)),
        ("a: 1\n---\nb: 2\n", "documents", (2, 1)),
        ("? [a, b]\n: 1\n", "key", (1, 3)),
        ("{a: 1}: 2\n", "key", (1, 1)),
    ],
)
def test_what_yaml_has_and_an_inventory_has_not(
    text: str, code: str, where: tuple[int, int]
) -> None:
    """Anchors, aliases, tags, directives, several documents, keys that are no names."""
    _, findings = _parse(text)

    assert [code] == [f.code for f in findings]
    assert where == at(findings[0])


def test_an_alias_bomb_is_not_expanded() -> None:
    """Nine levels of nine would be 387 million nodes; the first anchor ends the reading."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
    )

    node, findings = _parse(bomb)

    assert node is None
    assert [f.code for f in findings] == ["alias"]


@pytest.mark.parametrize("shape", ["[", "{a: ", "- "])
def test_deep_nesting_ends_the_reading(shape: str) -> None:
    """A hundred thousand levels cost no more than 64: neither stack nor time."""
    node, findings = _parse(shape * 100_000 + "\n")

    assert node is None
    assert len(findings) == 1
    assert findings[0].code in ("nesting", "syntax")


def test_a_file_of_a_million_values_is_refused_on_the_way() -> None:
    """Reading ends at the bound, long before the tree fills the memory."""
    node, findings = _parse("- a\n" * 1_000_000)

    assert node is None
    assert [(f.code, at(f)) for f in findings] == [("oversized", (NODES_MAX, 3))]


def test_the_deepest_nesting_allowed() -> None:
    """64 levels pass, 65 do not."""
    inside, fine = _parse("[" * (DEPTH_MAX - 1) + "x" + "]" * (DEPTH_MAX - 1) + "\n")
    outside, deep = _parse("[" * DEPTH_MAX + "x" + "]" * DEPTH_MAX + "\n")

    assert isinstance(inside, Sequence)
    assert fine == []
    assert outside is None
    assert [f.code for f in deep] == ["nesting"]


@pytest.mark.parametrize(
    "text", ["a: {b: 1\n", "a: [1, 2\n", 'a: "x\n', "a: 'x\n\n\n", "devices:\n  - {id: x, na\n"]
)
def test_an_unfinished_file_is_called_truncated(text: str) -> None:
    """What is open at the end of the file points to a cut, not to a mistyped character."""
    node, findings = _parse(text)

    assert node is None
    assert [f.code for f in findings] == ["truncated"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: b: c\n", 1), ("a: 1\n b: 2\n", 2), ("a: [1, }\n", 1), ("a: 1\n- b\n", 2), ("a: @x\n", 1)],
)
def test_a_syntax_fault_has_its_line(text: str, line: int) -> None:
    """The parser's own words with our place and what to look at."""
    node, findings = _parse(text)

    assert node is None
    assert [f.code for f in findings] == ["syntax"]
    assert line == at(findings[0])[0]


def test_full_width_punctuation_is_named() -> None:
    """The classic mistake of a Chinese keyboard gets its own advice."""
    _, findings = _parse("a: 1\nname：翠湖\nb: 2\n")

    assert [f.code for f in findings] == ["syntax"]
    assert "full-width" in findings[0].fix.en
    assert "全角" in findings[0].fix.zh


def test_the_parser_in_python_gives_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libyaml is missing nothing changes: same nodes, same places."""
    text = "a: {b: [1, 'two', ~]}\nc: >-\n  folded\n  text\n名: x\n"
    fast, _ = _parse(text)

    monkeypatch.setattr(reader, "_LOADER", yaml.SafeLoader)
    slow, findings = _parse(text)

    assert findings == []
    assert fast == slow


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(
    "content",
    [
        "a: b: c\n",
        "a: 1\n b: 2\n",
        "a: [1, }\n",
        "a: {b: 1 ]\n",
        "a: 1\n- b\n",
        "a: @x\n",
        "a: 1\nb\nc: 2\n",
        'a: "\\q"\n',
        'a: "\\uD800"\n',
        'a: "\\uZZ00"\n',
        "a: - b\n",
        "- a\nb: 1\n",
        "[a]\nb\n",
        "a: !x!y z\n",
        "a: & b\n",
    ],
)
def test_syntax_faults_are_told_in_chinese(
    monkeypatch: pytest.MonkeyPatch, loader: str, content: str
) -> None:
    """Both parsers' English words have a Chinese sentence."""
    monkeypatch.setattr(reader, "_LOADER", getattr(yaml, loader))

    _, findings = _parse(content)

    assert len(findings) == 1
    assert findings[0].code in ("syntax", "tag", "alias", "control")
    words = findings[0].summary.zh.removeprefix("不是合法的 YAML：")
    assert not words.isascii()
