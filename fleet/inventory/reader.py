"""Bytes that passed the gate become a tree with places: PyYAML's events, our own rules on them.

Only events are taken from PyYAML: its constructors would resolve YAML 1.1 (`yes`, `12:30`, dates),
expand aliases and let the last duplicate key win.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from fleet.inventory.gate import Spot, check_escapes
from fleet.inventory.nodes import Entry, Mapping, Node, Scalar, Sequence
from fleet.inventory.scope import Scope
from fleet.inventory.syntax import explained
from fleet.model.text import Text, text

DEPTH_MAX = 64
# A compound of a thousand devices has thirty thousand; ten megabytes of "- a" have five million.
NODES_MAX = 200_000
# libyaml is twenty times faster; without it the same events come from the parser in Python.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Refused(Exception):
    """The document ends here: a fault that makes the rest unreadable was noted."""


class _Reader:
    """Builds one tree from one stream of events."""

    def __init__(self, events: Iterator[yaml.Event], scope: Scope) -> None:
        self._events = events
        self._scope = scope
        self._nodes = 0

    def document(self) -> Node | None:
        """The one document of the stream; None if there is none."""
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "documents", *_ONE_DOCUMENT)
                if event.version or event.tags:
                    self._refuse(event, "directive", *_NO_DIRECTIVE)
                root = self._node(next(self._events), 1)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, "alias", *_NO_ALIAS)
        if getattr(event, "tag", None):
            self._refuse(event, "tag", *_NO_TAG)
        self._nodes += 1
        if self._nodes > NODES_MAX:
            self._refuse(event, "oversized", *_TOO_MANY)
        if depth > DEPTH_MAX:
            self._refuse(event, "nesting", *_TOO_DEEP)
        spot = _spot(event)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            if event.style == '"':
                check_escapes(event.value, spot, self._scope)
            return Scalar(event.value, plain, spot.line, spot.column)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            return Sequence(tuple(items), spot.line, spot.column)
        return self._mapping(spot, depth)

    def _mapping(self, spot: Spot, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._scope.note("key", key, *_PLAIN_KEY)
            elif (first := entries.get(key.text)) is not None:
                self._scope.note(
                    "duplicate-key",
                    key,
                    text(
                        "{k} is already given in line {n}",
                        "{k} 已在第 {n} 行出现",
                        k=_short(key.text),
                        n=first.line,
                    ),
                    text("keep one of the two", "请只保留一个"),
                    field=_short(key.text),
                )
            else:
                entries[key.text] = Entry(key.text, key.line, key.column, value)
        return Mapping(tuple(entries.values()), spot.line, spot.column)

    def _refuse(self, event: yaml.Event, code: str, summary: Text, fix: Text) -> None:
        self._scope.note(code, _spot(event), summary, fix)
        raise _Refused


def parse(content: str, scope: Scope) -> Node | None:
    """The tree of a text, or None after noting why there is none.

    Duplicate keys are noted, the first one is kept; a syntax error, an alias, a tag, a directive,
    a second document or nesting beyond `DEPTH_MAX` ends the reading of this file.
    """
    try:
        return _Reader(yaml.parse(content, Loader=_LOADER), scope).document()
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        _syntax(error, content, scope)
    except yaml.YAMLError as error:
        scope.note(
            "syntax",
            None,
            text("not YAML: {e}", "不是合法的 YAML：{e}", e=_short(str(error))),
            text("restore it from git", "请从 git 恢复该文件"),
        )
    return None


def _syntax(error: yaml.MarkedYAMLError, content: str, scope: Scope) -> None:
    spot = Spot(1, 1)
    if error.problem_mark is not None:
        spot = Spot(error.problem_mark.line + 1, error.problem_mark.column + 1)
    lines = content.split("\n")
    if spot.line >= len(lines):
        opened = error.context_mark.line + 1 if error.context_mark is not None else spot.line
        scope.note(
            "truncated",
            spot,
            text(
                "the file ends in the middle of what began in line {n}: truncated?",
                "文件在第 {n} 行开始的内容中途结束：可能被截断",
                n=opened,
            ),
            text("restore the rest of it, or close it", "请补回缺失的内容，或补上闭合符号"),
        )
        return
    scope.note(
        "syntax",
        spot,
        explained(error),
        _syntax_fix(lines[spot.line - 1], lines[max(spot.line - 2, 0)]),
    )


def _syntax_fix(line: str, before: str) -> Text:
    if any(mark in line or mark in before for mark in "：，｛｝［］“”"):
        return text(
            'there is full-width punctuation here: YAML wants ASCII : , { } [ ] "',
            '此处有全角标点：YAML 需要半角的 : , { } [ ] "',
        )
    return text(
        "check indentation, colons with a space after them, brackets and quotes here",
        "请检查此处的缩进、冒号后的空格、括号和引号",
    )


def _spot(event: yaml.Event) -> Spot:
    mark = event.start_mark
    return Spot(1, 1) if mark is None else Spot(mark.line + 1, mark.column + 1)


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"


_ONE_DOCUMENT = (
    text("a second document begins here", "此处开始了第二个文档"),
    text("one document a file: remove the --- line", "每个文件只能有一个文档：请删除 --- 行"),
)
_NO_DIRECTIVE = (
    text("a % directive", "含有 % 指令"),
    text("remove it; files are YAML 1.2", "请删除；文件按 YAML 1.2 读取"),
)
_NO_ALIAS = (
    text("an anchor or alias (& or *)", "使用了锚点或别名（& 或 *）"),
    text(
        "write the value out, quote a text that begins with & or *, or inherit it by settings:",
        "请直接写出值；以 & 或 * 开头的文字请加引号；共用值请用 settings: 继承",
    ),
)
_NO_TAG = (
    text("a tag (!)", "使用了标签（!）"),
    text(
        "write the plain value, or quote a text that begins with !",
        "请写普通值；以 ! 开头的文字请加引号",
    ),
)
_TOO_DEEP = (
    text("nested deeper than 64 levels", "嵌套超过 64 层"),
    text(
        "nothing in an inventory is that deep: restore the file",
        "清单不会有如此深的嵌套：请恢复该文件",
    ),
)
_TOO_MANY = (
    text("more than 200000 values in one file", "单个文件中的值超过 200000 个"),
    text("one file a compound; split it", "每个小区一个文件，请拆分"),
)
_PLAIN_KEY = (
    text("a list or mapping as a key", "列表或映射不能作为键"),
    text("keys are plain names", "键必须是普通名称"),
)
