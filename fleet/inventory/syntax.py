"""What the YAML parser finds wrong, in the reader's language; its own words are English only."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from fleet.model.text import Text, text

# The problems of libyaml's and PyYAML's scanners and parsers, by a part of their sentence.
_IN_CHINESE: Mapping[str, str] = {
    "mapping values are not allowed": "此处不能出现“键: 值”",
    "did not find expected key": "此处应为下一个键，可能是缩进不一致",
    "expected <block end>": "此处应为下一个键，可能是缩进不一致",
    "did not find expected '-' indicator": "此处应为以“- ”开头的下一项",
    "did not find expected ',' or ']'": "列表中缺少逗号或 ]",
    "expected ',' or ']'": "列表中缺少逗号或 ]",
    "did not find expected ',' or '}'": "映射中缺少逗号或 }",
    "expected ',' or '}'": "映射中缺少逗号或 }",
    "did not find expected node content": "此处缺少值",
    "expected the node content": "此处缺少值",
    "could not find expected ':'": "键后缺少冒号",
    "found character that cannot start any token": "值不能以此字符开头，请加引号",
    "cannot start any token": "值不能以此字符开头，请加引号",
    "found unknown escape character": "双引号中有未知的转义符",
    "found invalid Unicode character escape code": "双引号中的 \\u 转义不是字符",
    "did not find expected hexdecimal number": "双引号中的转义缺少十六进制数",
    "expected escape sequence of": "双引号中的转义缺少十六进制数",
    "block sequence entries are not allowed": "此处不能出现“- ”列表项",
    "sequence entries are not allowed": "此处不能出现“- ”列表项",
    "block mapping keys are not allowed": "此处不能出现键",
    "mapping keys are not allowed": "此处不能出现键",
    "did not find expected <document start>": "此处应为文件结尾",
    "expected '<document start>'": "此处应为文件结尾",
    "found unexpected end of stream": "文件意外结束",
    "found undefined tag handle": "使用了未定义的标签",
    "expected alphabetic": "标记名称不合法",
}


def explained(error: yaml.MarkedYAMLError) -> Text:
    """The parser's finding as a sentence; an unknown one keeps its English words in both."""
    problem = error.problem or "cannot be parsed"
    why = " ".join(p for p in (error.context, problem) if p)
    chinese = next((zh for en, zh in _IN_CHINESE.items() if en in problem), why)
    return text("not YAML: {why}", "不是合法的 YAML：{why}", why=Text(en=why, zh=chinese))
