"""The byte gate: what may not even reach a YAML parser.

Parsers were seen to drop everything after a NUL, to keep a byte order mark in a key and to take
half a file for a whole one, so bytes are judged first: size, kind of file, strict UTF-8, no byte
order mark, no control or invisible direction characters, no tab, a last line that ends.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from fleet.inventory.scope import Scope
from fleet.model.text import Text, text

SIZE_MAX = 10_000_000
TABS_SHOWN_MAX = 20
_BOMS = {
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# Controls but tab, line feed and carriage return; line and paragraph separators, which a parser
# would count as line ends; direction overrides, which show a text other than it is read; byte
# order marks inside; surrogates and non-characters cannot pass strict UTF-8 or make no text.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
    "|\r(?!\n)"
)


@dataclass(frozen=True)
class Spot:
    """A line and a column, from 1."""

    line: int
    column: int


def read_bytes(root: Path, path: Path, scope: Scope) -> bytes | None:
    """Read a file of the city, or note why it cannot be read.

    At most `SIZE_MAX` + 1 bytes are read; a fifo or a device is never opened.
    """
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            scope.note(
                "outside",
                None,
                text("a link that leads out of the city's folder", "链接指向城市目录之外"),
                text("put the file itself here", "请把文件本身放在此处"),
            )
            return None
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            scope.note(
                "unreadable",
                None,
                text("not a regular file", "不是普通文件"),
                text("put a YAML file here", "请在此放置 YAML 文件"),
            )
            return None
        if state.st_size > SIZE_MAX:
            _oversized(scope, state.st_size)
            return None
        with open(path, "rb", opener=_no_wait) as file:
            data = file.read(SIZE_MAX + 1)
    except (OSError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        scope.note(
            "unreadable",
            None,
            text("cannot be read: {why}", "无法读取：{why}", why=why),
            text("check that it exists and its permissions", "请检查文件是否存在及其权限"),
        )
        return None
    if len(data) > SIZE_MAX:
        _oversized(scope, len(data))
        return None
    return data


def decode(data: bytes, scope: Scope) -> str | None:
    """The text of a file that passes the gate; None after noting every fault it has."""
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            scope.note(
                "encoding",
                Spot(1, 1),
                text("starts with a {n} byte order mark", "文件以 {n} 字节序标记开头", n=name),
                text("save it as UTF-8 without BOM", "请另存为不带 BOM 的 UTF-8"),
            )
            return None
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _not_utf8(data, error.start, scope)
        return None
    faults = len(scope.findings)
    _characters(content, scope)
    _tabs(content, scope)
    if content and not content.endswith("\n"):
        lines = content.split("\n")
        scope.note(
            "truncated",
            Spot(len(lines), len(lines[-1]) + 1),
            text(
                "the last line does not end: the file may be truncated",
                "最后一行没有换行符：文件可能被截断",
            ),
            text(
                "restore the rest of it, or end the last line if it is complete",
                "请补回缺失的内容；若内容完整，请在末尾加换行",
            ),
        )
    return content if len(scope.findings) == faults else None


def _no_wait(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _oversized(scope: Scope, size: int) -> None:
    scope.note(
        "oversized",
        None,
        text(
            "{size} bytes; a file may have {most}",
            "文件有 {size} 字节；上限为 {most} 字节",
            size=size,
            most=SIZE_MAX,
        ),
        text("one file a compound; split it", "每个小区一个文件，请拆分"),
    )


def _not_utf8(data: bytes, start: int, scope: Scope) -> None:
    before = data[:start].decode("utf-8")
    if _is_gb18030(data):
        fix = text(
            "it reads as GB 18030: iconv -f GB18030 -t UTF-8 FILE > NEW",
            "内容像是 GB 18030：iconv -f GB18030 -t UTF-8 FILE > NEW",
        )
    else:
        fix = text("restore it from git, or save it as UTF-8", "请从 git 恢复，或另存为 UTF-8")
    scope.note(
        "encoding",
        Spot(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1),
        text("not UTF-8 from here on", "从此处起不是 UTF-8 编码"),
        fix,
    )


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data


def _characters(content: str, scope: Scope) -> None:
    found = _FORBIDDEN.search(content)
    if found is None:
        return
    before = content[: found.start()]
    spot = Spot(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    _control(found.group(), spot, scope)


def check_escapes(value: str, spot: Spot, scope: Scope) -> None:
    """Note a character that only an escape in double quotes can bring past the bytes' gate."""
    found = _FORBIDDEN.search(value)
    if found is not None:
        _control(found.group(), spot, scope)


def _control(found: str, spot: Spot, scope: Scope) -> None:
    scope.note(
        "control",
        spot,
        text(
            "a control or invisible character, U+{c:04X}",
            "含有控制字符或不可见字符 U+{c:04X}",
            c=ord(found[0]),
        ),
        text("remove it", "请删除该字符"),
    )


def _tabs(content: str, scope: Scope) -> None:
    if "\t" not in content:
        return
    shown = 0
    for number, line in enumerate(content.split("\n"), 1):
        column = line.find("\t")
        if column < 0:
            continue
        shown += 1
        if shown > TABS_SHOWN_MAX:
            return
        scope.note("tab", Spot(number, column + 1), _TAB, _SPACES)


_TAB: Text = text("a tab; YAML is indented with spaces", "含有制表符；YAML 用空格缩进")
_SPACES: Text = text("replace it by spaces", "请改为空格")
