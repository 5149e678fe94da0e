"""One file of the city, read once: its tree, its text, and two hashes of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from fleet.inventory.gate import decode, read_bytes
from fleet.inventory.nodes import Mapping, Node, Scalar
from fleet.inventory.reader import parse
from fleet.inventory.scope import Scope
from fleet.model.text import text


@dataclass(frozen=True)
class Source:
    """A file that was read; `root` is None where it holds no tree.

    `sha256` is over its bytes; `meaning` over its tree alone, so that a comment, a blank line or
    another indentation does not make a plan stale. Both in hex.
    """

    file: str
    content: str
    sha256: str
    meaning: str
    root: Mapping | None


def read(root: Path, path: Path, scope: Scope) -> Source | None:
    """Read one file; every fault is noted. None where not even its text could be had."""
    scope = scope.within(file=path.relative_to(root).as_posix())
    data = read_bytes(root, path, scope)
    if data is None:
        return None
    digest = hashlib.sha256(data).hexdigest()
    content = decode(data, scope)
    if content is None:
        return None
    before = len(scope.findings)
    tree = parse(content, scope)
    if not isinstance(tree, Mapping):
        if len(scope.findings) == before:
            scope.note(
                "wrong-type",
                tree,
                text("the file holds no mapping (key: value)", "文件内容不是映射（键: 值）"),
                text(
                    "see docs/reference/inventory.md for what it holds",
                    "内容格式见 docs/reference/inventory.md",
                ),
            )
        tree = None
    return Source(scope.file, content, digest, _meaning(tree), tree)


def _meaning(tree: Node | None) -> str:
    canonical = json.dumps(_plain(tree), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(node: Node | None) -> object:
    if node is None:
        return None
    if isinstance(node, Scalar):
        return ["p" if node.plain else "q", node.text]
    if isinstance(node, Mapping):
        return {e.key: _plain(e.value) for e in sorted(node.entries, key=lambda e: e.key)}
    return [_plain(item) for item in node.items]
