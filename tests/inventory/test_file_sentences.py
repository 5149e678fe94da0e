"""The sentences of files that are of no use, and of a city's own faults, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.diagnostic import Severity
from tests.inventory.cities import CITY, FOLDER, X, at, compound, errors, only, place, write

# What ends the reading of a file: its bytes, the code, the place, en, fix en, zh, fix zh
FILES_OF_NO_USE = [
    (b"\xef\xbb\xbfa: 1\n", "encoding", (1, 1), "starts with a UTF-8 byte order mark",
     "save it as UTF-8 without BOM", "文件以 UTF-8 字节序标记开头", "请另存为不带 BOM 的 UTF-8"),
    (b"\xff\xfea\x00", "encoding", (1, 1), "starts with a UTF-16 byte order mark",
     "save it as UTF-8 without BOM", "文件以 UTF-16 字节序标记开头", "请另存为不带 BOM 的 UTF-8"),
    (b"a: \xff\n", "encoding", (1, 4), "not UTF-8 from here on",
     "restore it from git, or save it as UTF-8",
     "从此处起不是 UTF-8 编码", "请从 git 恢复，或另存为 UTF-8"),
    ("名: 翠\n".encode("gb18030"), "encoding", (1, 1), "not UTF-8 from here on",
     "it reads as GB 18030: iconv -f GB18030 -t UTF-8 FILE > NEW",
     "从此处起不是 UTF-8 编码", "内容像是 GB 18030：iconv -f GB18030 -t UTF-8 FILE > NEW"),
    (b"a: \x1b[31m\n", "control", (1, 4), "a control or invisible character, U+001B",
     "remove it", "含有控制字符或不可见字符 U+001B", "请删除该字符"),
    (b"a:\n\tb: 1\n", "tab", (2, 1), "a tab; YAML is indented with spaces",
     "replace it by spaces", "含有制表符；YAML 用空格缩进", "请改为空格"),
    (b"a: 1", "truncated", (1, 5), "the last line does not end: the file may be truncated",
     "restore the rest of it, or end the last line if it is complete",
     "最后一行没有换行符：文件可能被截断", "请补回缺失的内容；若内容完整，请在末尾加换行"),
    (b"a: {b: 1\n", "truncated", (2, 1),
     "the file ends in the middle of what began in line 1: truncated?",
     "restore the rest of it, or close it",
     "文件在第 1 行开始的内容中途结束：可能被截断", "请补回缺失的内容，或补上闭合符号"),
    (b"a: 1\n---\nb: 1\n", "documents", (2, 1), "a second document begins here",
     "one document a file: remove the --- line",
     "此处开始了第二个文档", "每个文件只能有一个文档：请删除 --- 行"),
    (b"%YAML 1.2\n---\na: 1\n", "directive", (1, 1), "a % directive",
     "remove it; files are YAML 1.2", "含有 % 指令", "请删除；文件按 YAML 1.2 读取"),
    (b"a: &b 1\n", "alias", (1, 4), "an anchor or alias (& or *)",
     "write the value out, quote a text that begins with & or *, or inherit it by settings:",
     "使用了锚点或别名（& 或 *）",
     "请直接写出值；以 & 或 * 开头的文字请加引号；共用值请用 settings: 继承"),
    (b"a: !b 1\n", "tag", (1, 4), "a tag (!)",
     "write the plain value, or quote a text that begins with !",
     "使用了标签（!）", "请写普通值；以 ! 开头的文字请加引号"),
    (b"[" * 70 + b"\n", "nesting", (1, 65), "nested deeper than 64 levels",
     "nothing in an inventory is that deep: restore the file",
     "嵌套超过 64 层", "清单不会有如此深的嵌套：请恢复该文件"),
    (b"- a\n", "wrong-type", (1, 1), "the file holds no mapping (key: value)",
     "see docs/reference/inventory.md for what it holds",
     "文件内容不是映射（键: 值）", "内容格式见 docs/reference/inventory.md"),
    (b"", "wrong-type", (1, 1), "the file holds no mapping (key: value)",
     "see docs/reference/inventory.md for what it holds",
     "文件内容不是映射（键: 值）", "内容格式见 docs/reference/inventory.md"),
    ("a：1\nb: 2\n".encode(), "syntax", (2, 2),
     "not YAML: mapping values are not allowed in this context",
     'there is full-width punctuation here: YAML wants ASCII : , { } [ ] "',
     "不是合法的 YAML：此处不能出现“键: 值”",
     '此处有全角标点：YAML 需要半角的 : , { } [ ] "'),
    (b"a: b: c\n", "syntax", (1, 5),
     "not YAML: mapping values are not allowed in this context",
     "check indentation, colons with a space after them, brackets and quotes here",
     "不是合法的 YAML：此处不能出现“键: 值”", "请检查此处的缩进、冒号后的空格、括号和引号"),
]  # fmt: skip


@pytest.mark.parametrize("case", FILES_OF_NO_USE, ids=lambda c: f"{c[1]}-{c[0][:8]!r}")
def test_the_sentence_of_an_unreadable_file(
    tmp_path: Path, case: tuple[bytes, str, tuple[int, int], str, str, str, str]
) -> None:
    """Each way a file is no file of ours, beside a compound that is fine and stays so."""
    data, code, spot, en, fix_en, zh, fix_zh = case
    files: dict[str, str | bytes] = {f"{FOLDER}/y.yaml": data}

    found = load(write(tmp_path, files))

    finding = only(found)
    assert (finding.code, at(finding)) == (code, spot)
    assert finding.severity is Severity.ERROR
    assert (finding.summary.en, finding.fix.en) == (en, fix_en)
    assert (finding.summary.zh, finding.fix.zh) == (zh, fix_zh)
    assert found.sound is not None
    assert [c.id for c in found.sound.compounds()] == ["x"]


def test_a_city_that_is_not_there(tmp_path: Path) -> None:
    """The folder that was looked in is named in both languages."""
    finding = only(load(tmp_path / "none"))

    assert finding.code == "no-city"
    assert finding.summary.en == f"no city.yaml in {tmp_path / 'none'}"
    assert finding.summary.zh == f"{tmp_path / 'none'} 中没有 city.yaml"
    assert finding.fix.zh == "请用 -C 指定城市目录"


def test_a_vault_that_is_not_there(tmp_path: Path) -> None:
    """A warning at the vault's name, with the command that makes one."""
    city = CITY + "secrets: {vault: s.yaml}\n"

    (finding,) = load(write(tmp_path, {"city.yaml": city})).diagnostics

    assert (finding.code, finding.severity) == ("no-reference", Severity.WARNING)
    assert at(finding) == place(city, "s.yaml")
    assert finding.summary.en == "s.yaml is not there or cannot be read"
    assert finding.summary.zh == "s.yaml 不存在或无法读取"
    assert finding.fix.en == "make it with: ansible-vault create s.yaml"
    assert finding.fix.zh == "可用 ansible-vault create s.yaml 创建"


def test_two_folders_of_one_district_name_each_other(tmp_path: Path) -> None:
    """The second folder is the fault and names the first."""
    head = 'district: {code: "340705", name: 铜官区}\n'

    finding = only(load(write(tmp_path, {"340705-zweite/district.yaml": head})))

    assert (finding.code, finding.field) == ("duplicate-id", "district.code")
    assert finding.summary.en == f"district 340705 is already given in {FOLDER}"
    assert finding.summary.zh == f"区县 340705 已在 {FOLDER} 出现"
    assert (finding.fix.en, finding.fix.zh) == ("one folder a district", "每个区县一个目录")


def test_a_flood_says_how_much_is_shown(tmp_path: Path) -> None:
    """The last finding of a flood tells the reader that there is more, in both languages."""
    flood = compound() + "".join(f"k{n}: 1\n" for n in range(1200))

    more = [e for e in errors(load(write(tmp_path, {X: flood}))) if e.code == "more"]

    assert [m.summary.en for m in more] == ["only the first 1000 faults are shown"]
    assert more[0].summary.zh == "仅显示前 1000 处错误"
    assert (more[0].fix.en, more[0].fix.zh) == (
        "correct these, then look again",
        "请先更正以上错误，再次检查",
    )
