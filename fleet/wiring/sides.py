"""Finding the base's side in a second checkout, and letting its own product judge these files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fleet.app.sides import Sides, by_rules, by_terms, joined
from fleet.app.validate import Verdict
from fleet.inventory import load
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.errors import UsageError
from fleet.model.text import Lang, Text, text
from fleet.wiring.code import code_digest
from fleet.wiring.observed import ENROLLED
from fleet.wiring.validate import verdict_on, writable_check

UNJUDGED = "BASE-UNJUDGED"
TIMEOUT_S = 300
# The base's modules come before every installed one; nothing of ours is imported by name.
_RUN = (
    "import sys; root = sys.argv.pop(1); "
    "sys.path[:0] = [root, root + '/tui', root + '/stacks']; "
    "from fleet.cli.main import main; main(sys.argv[1:])"
)
_DIGEST = (
    "import sys; root = sys.argv.pop(1); sys.path.insert(0, root); "
    "from fleet.wiring.code import code_digest; print(code_digest())"
)


def verdict_against(city_dir: Path, against: Path, lang: Lang) -> Verdict:
    """Judge a city by this side and by the base's, which stands in the checkout `against`.

    Raises:
        UsageError: there is no city at the same place in `against`.
    """
    mine = verdict_on(city_dir)
    base_dir = base_city(city_dir, against)
    check = writable_check()
    base, head = load(base_dir, check), load(city_dir, check)
    terms = by_terms(base.city or base.sound, head.city or head.sound)
    keys = Sides(said=_keys(base_dir, city_dir))
    rules = _by_rules(city_dir, against, mine, lang)
    return mine.model_copy(update={"sides": joined(terms, keys, rules)})


def base_city(city_dir: Path, against: Path) -> Path:
    """The same city in another checkout, or `against` itself if it is a city.

    Raises:
        UsageError: there is none.
    """
    if (against / "city.yaml").exists():
        return against
    top = next((p for p in (city_dir, *city_dir.parents) if (p / ".git").exists()), city_dir.parent)
    found = against / city_dir.relative_to(top)
    if (found / "city.yaml").exists():
        return found
    raise UsageError(
        text(
            "--against {a}: no city there ({f})",
            "--against {a}：该处没有城市（{f}）",
            a=against,
            f=found,
        ),
        text(
            "give a checkout of the base branch, as made by: git worktree add DIR BASE",
            "请给出基线分支的检出目录，例如：git worktree add DIR BASE",
        ),
    )


def _by_rules(city_dir: Path, against: Path, mine: Verdict, lang: Lang) -> Sides:
    """What the base's own product says; nothing if it has none or the same."""
    root = next(
        (p for p in (against, *against.parents) if (p / "fleet/wiring/code.py").exists()), None
    )
    if root is None:
        return Sides()
    try:
        if _child(root, _DIGEST).strip() == code_digest():
            return Sides()
        rules = json.loads(_child(root, _RUN, "--format", "json", "rules"))
        judged = json.loads(
            _child(root, _RUN, "-C", str(city_dir), "--lang", lang, "--format", "json", "validate")
        )
        found = [_diagnostic(f) for f in judged["findings"]]
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
        return Sides(findings=(_unjudged(error),))
    faults = [f for f in found if f.clause is None and f.severity is Severity.ERROR]
    sides = by_rules(rules, [f for f in found if f not in faults], mine.findings)
    return joined(sides, Sides(said=_unread(faults)))


def _child(root: Path, program: str, *args: str) -> str:
    """Run the base's product, isolated from our modules and from the caller's environment."""
    python = root / ".venv/bin/python"
    command = [str(python) if python.exists() else sys.executable, "-I", "-c", program, str(root)]
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "TMPDIR")}
    done = subprocess.run(
        [*command, *args],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        cwd=root,
        env={**kept, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode not in (0, 3, 4):
        raise subprocess.SubprocessError(done.stderr.strip()[-300:] or f"exit {done.returncode}")
    return done.stdout


def _diagnostic(found: dict[str, Any]) -> Diagnostic:
    """A finding of the base's product, which told it in the language of this call."""
    both = {name: Text(en=str(found[name]), zh=str(found[name])) for name in ("summary", "fix")}
    place = found["file"]
    return Diagnostic(
        code=str(found["code"]),
        severity=Severity(found["severity"]),
        summary=both["summary"],
        fix=both["fix"],
        position=Position(file=place, line=found["line"], column=found["column"])
        if place
        else None,
        compound=found["compound"],
        device=found["device"],
        field=found["field"],
        clause=found["clause"],
        owner=found["owner"],
    )


def _unread(faults: Sequence[Diagnostic]) -> tuple[Text, ...]:
    if not faults:
        return ()
    first = faults[0]
    return (
        text(
            "the base's product finds {n} faults of form in these files, so it judged only what it "
            "can read; first: {p} [{c}] {s}",
            "基线版本认为这些文件有 {n} 处格式问题，因此只评判了可读部分；首处：{p} [{c}] {s}",
            n=len(faults),
            p=first.position or "",
            c=first.code,
            s=first.summary,
        ),
    )


def _keys(base: Path, head: Path) -> tuple[Text, ...]:
    sides = [p.read_bytes() if p.exists() else b"" for p in (base / ENROLLED, head / ENROLLED)]
    if sides[0] == sides[1]:
        return ()
    return (
        text(
            "{f} changes: other keys may sign observations; the base's are to be used here",
            "{f} 有改动：可签名观测的密钥改变；此处应使用基线的密钥",
            f=ENROLLED,
        ),
    )


def _unjudged(error: Exception) -> Diagnostic:
    return Diagnostic(
        code=UNJUDGED,
        severity=Severity.ERROR,
        summary=text(
            "the base's product cannot judge these files: {e}",
            "基线版本无法评判这些文件：{e}",
            e=str(error)[-300:],
        ),
        fix=text(
            "set up the base's checkout (make setup there), then judge again",
            "请先在基线检出目录中执行 make setup，再重新评判",
        ),
    )
