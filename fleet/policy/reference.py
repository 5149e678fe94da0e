"""docs/reference/rules.md, written from the registry: `python -m fleet.policy.reference --write`.

`--check` says whether the committed page is what the registry says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fleet.policy.registry import RULES
from fleet.policy.rule import Rule

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"
_HEAD = """\
# Rules / 规则

Written from the registry by `python -m fleet.policy.reference --write`; do not edit by hand.
由规则登记表生成，请勿手工修改。

How a finding counts follows the clause's wording and the compound's category: 应当 is an error in
a new compound, and a warning in an existing one (逐步完善: put it into the remediation plan) and
in an old one (结合实际: as circumstances allow). 争取 is a warning everywhere. What protects
residents is an error everywhere. `fleet rules` lists the same; `fleet validate` judges (exit code
4 on an error).

| rule | clause | new | existing | old | owner | title | 标题 |
|---|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page in Markdown."""
    rows = "".join(_row(rule) for rule in RULES)
    return _HEAD + rows + "".join(_section(rule) for rule in RULES)


def _row(rule: Rule) -> str:
    severities = " | ".join(s.value for s in rule.severities.values())
    title = f"{rule.title.en} | {rule.title.zh}"
    return f"| `{rule.id}` | {rule.clause} | {severities} | {rule.owner.value} | {title} |\n"


def _section(rule: Rule) -> str:
    return f"""
## {rule.id} {rule.title.zh}

{rule.title.en}. {rule.standard} ({rule.version}), {rule.clause}: {rule.why.en}.

{rule.why.zh}。

Keeps it / 符合:

```yaml
{rule.example.good}```

Breaks it / 不符合:

```yaml
{rule.example.bad}```
"""


def main(arguments: list[str], path: Path = PAGE) -> int:
    """Write or check the page; 0 written or fresh, 1 stale, 64 wrong usage."""
    if arguments == ["--write"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        fresh = path.is_file() and path.read_text(encoding="utf-8") == page()
        if not fresh:
            sys.stderr.write(f"{path.name}: stale; python -m fleet.policy.reference --write\n")
        return 0 if fresh else 1
    sys.stderr.write("python -m fleet.policy.reference --write | --check\n")
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
