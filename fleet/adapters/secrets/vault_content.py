"""What stands inside a vault file: nested YAML mappings, flattened to keys joined by "/".

Nodes, not constructed values: every scalar stays the text that the operator wrote (`no`, 0123 and
1e3 are passwords, not a boolean and numbers), and nothing of the file reaches an error's text.
"""

from __future__ import annotations

import yaml

from fleet.model.text import Text, text

_DEPTH_MAX = 16
# What plain YAML resolves to by itself; all else was written as a tag, like `!vault`, whose text is
# no password but an encrypted one.
_PLAIN = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ["str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq"]
)


class BadContent(ValueError):
    """The plain text is not what a vault must hold; `why` quotes no value."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def flatten(plain: bytes) -> dict[str, str]:
    """Read one or several YAML documents of nested mappings into key → text.

    Raises:
        BadContent: no YAML, no mapping, a list, an alias, a tag, a key twice, or nested too deeply.
    """
    found: dict[str, str] = {}
    try:
        for document in yaml.compose_all(plain.decode("utf-8"), Loader=yaml.SafeLoader):
            if document is not None:
                _walk(document, "", found, set(), 0)
    except UnicodeDecodeError:
        raise BadContent(text("it is not UTF-8", "不是 UTF-8 编码")) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadContent(
            text("no valid YAML at line {n}", "第 {n} 行不是有效的 YAML", n=line)
        ) from None
    except yaml.YAMLError:
        raise BadContent(text("no valid YAML", "不是有效的 YAML")) from None
    except RecursionError:
        raise BadContent(text("nested too deeply", "嵌套过深")) from None
    return found


def _walk(node: yaml.Node, key: str, found: dict[str, str], seen: set[int], depth: int) -> None:
    where = node.start_mark.line + 1
    if id(node) in seen or depth > _DEPTH_MAX:
        raise BadContent(
            text("an alias or too deep at line {n}", "第 {n} 行使用了别名或嵌套过深", n=where)
        )
    if node.tag not in _PLAIN:
        raise BadContent(text("a tag at line {n}", "第 {n} 行使用了标签", n=where))
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise BadContent(
                    text("a key is no text at line {n}", "第 {n} 行的键不是文本", n=where)
                )
            _walk(value, f"{key}/{name.value}" if key else name.value, found, seen, depth + 1)
    elif isinstance(node, yaml.ScalarNode) and key:
        if key in found:
            raise BadContent(text("a key twice at line {n}", "第 {n} 行的键重复", n=where))
        found[key] = node.value
    else:
        raise BadContent(text("line {n} is no mapping", "第 {n} 行不是映射", n=where))
