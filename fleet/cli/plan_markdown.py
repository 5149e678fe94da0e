"""A plan as one comment on a pull request, which a bot posts and then edits in place.

The first line is a comment that nobody sees: it names the city, by which the bot finds its comment,
and the review fingerprint, by which `fleet apply --reviewed` accepts this content and no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fleet.cli.markdown import Page, code, row
from fleet.model.change import DeviceWork, FieldChange
from fleet.model.plan import Plan
from fleet.model.text import Lang, Text, text
from fleet.plan.review import NOT_OBSERVED, review_fingerprint
from fleet.plan.risk import Risk, risk_of, risk_of_server

MARK = "compound-fleet"
TOP, COMPOUNDS, NOTES = 20, 40, 20
_RISK = {
    Risk.HIGH: text("🔴 high", "🔴 高"),
    Risk.MEDIUM: text("🟡 medium", "🟡 中"),
    Risk.LOW: text("⚪ low", "⚪ 低"),
}
_ORDER = tuple(Risk)


@dataclass(frozen=True)
class About:
    """What a comment tells besides the plan: names, the observation it came from, its age."""

    names: Mapping[str, str]
    observation: str = ""
    age: Text | None = None
    remarks: Sequence[str] = ()


@dataclass(frozen=True, order=True)
class Fold:
    """Equal changes: how risky, of which field, from what to what."""

    risk: int
    field: str
    values: str


Folds = dict[Fold, list[DeviceWork]]
Groups = dict[str, list[DeviceWork]]


def as_markdown(lang: Lang, plan: Plan, about: About) -> str:
    """The comment; at most `BYTES_MAX` bytes in UTF-8."""
    page, mark = Page(), review_fingerprint(plan)
    page.add([marker(plan, about, mark), *_head(lang, plan, about), *about.remarks])
    folds, groups = _folded(plan.works), _by_compound(plan)
    if not plan.empty:
        page.add(_risks(lang, plan, folds))
        page.add(_needs(lang, plan))
        page.add(_compounds(lang, plan, about, groups))
        page.add(_servers(lang, plan))
        page.add(_top(lang, folds))
    page.add(_unseen(lang, plan))
    left = [name for name, works in groups.items() if not page.add(_detail(lang, name, works))]
    said = page.add(_notes(lang, plan))
    return page.end(_foot(lang, plan, mark, left, said))


def marker(plan: Plan, about: About, mark: str) -> str:
    """The hidden first line: words of a fixed alphabet, so that nothing can close the comment."""
    words = [f"city={quote(plan.city, safe='')}", f"review={mark}"]
    if about.observation:
        words.append(f"observation={quote(about.observation, safe='')}")
    if plan.targets:
        words.append("targets=" + ",".join(quote(t, safe="*") for t in plan.targets))
    return f"<!-- {MARK} {' '.join(words)} -->"


def _head(lang: Lang, plan: Plan, about: About) -> Iterator[str]:
    fields = sum(len(s.changes) for w in plan.works for s in w.steps)
    servers = sum(c.action != "same" for s in plan.stacks for c in s.changes)
    yield text("## Plan for {c}", "## 计划：{c}", c=code(plan.city)).render(lang)
    yield ""
    if plan.empty:
        yield text("**Nothing to do.**", "**无需变更。**").render(lang)
    else:
        yield text(
            "**{d} devices, {f} fields, {s} requests; {v} server resources.**",
            "**设备 {d} 台，字段 {f} 个，请求 {s} 次；服务器资源 {v} 项。**",
            d=len(plan.works),
            f=fields,
            s=sum(len(w.steps) for w in plan.works),
            v=servers,
        ).render(lang)
    yield ""
    if plan.observed_at is not None:
        yield text(
            "Made without credentials from the signed observation of {t}, {a} old; no device was "
            "contacted. After the merge the plan is made again where the credentials are, and only "
            "this content is applied (else exit 8).",
            "依据 {t} 的签名观测（距今 {a}）生成，未使用凭据，未连接任何设备。"
            "合并后在有凭据处重新计划，仅执行与此一致的内容（否则退出码 8）。",
            t=plan.observed_at[:16].replace("T", " ") + " UTC",
            a=about.age or "?",
        ).render(lang)
        yield ""


def _risks(lang: Lang, plan: Plan, folds: Folds) -> Iterator[str]:
    fields: Counter[Risk] = Counter()
    devices: dict[Risk, set[str]] = {risk: set() for risk in Risk}
    for fold, works in folds.items():
        fields[_ORDER[fold.risk]] += len(works)
        devices[_ORDER[fold.risk]].update(w.target.device for w in works)
    servers = Counter(
        risk_of_server(c) for s in plan.stacks for c in s.changes if c.action != "same"
    )
    heads = text(
        "| risk | devices | fields | server resources |",
        "| 风险 | 设备 | 字段 | 服务器资源 |",
    )
    yield heads.render(lang)
    yield "|---|--:|--:|--:|"
    for risk in Risk:
        counts = (len(devices[risk]), fields[risk], servers[risk])
        yield row(_RISK[risk].render(lang), *map(str, counts))
    yield ""


def _needs(lang: Lang, plan: Plan) -> Iterator[str]:
    """What the change asks consent for: the merge step needs it by name, the reviewers see it."""
    if not plan.needs:
        return
    yield text("### Needs consent: {n}", "### 需要同意：{n}", n=len(plan.needs)).render(lang)
    yield ""
    for need in plan.needs[:TOP]:
        dark = text("; {n} devices go dark", "；{n} 台设备断电", n=len(need.dark)).render(lang)
        words = need.text.render(lang) + (dark if need.dark else "")
        yield f"- ⚠️ {code(need.kind)} {code(need.device, 60)} {code(words, 200)}"
    if len(plan.needs) > TOP:
        more = len(plan.needs) - TOP
        yield "- " + text("and {n} more", "另有 {n} 台", n=more).render(lang)
    yield ""


def _compounds(lang: Lang, plan: Plan, about: About, groups: Groups) -> Iterator[str]:
    heads = text(
        "| compound | wave | devices | high | medium | low |",
        "| 小区 | 批次 | 设备 | 高 | 中 | 低 |",
    )
    if not groups:
        return
    yield heads.render(lang)
    yield "|---|--:|--:|--:|--:|--:|"
    wave_of = {c: w.number for w in plan.waves for c in w.compounds}
    for name, works in list(groups.items())[:COMPOUNDS]:
        counts = _counts(works)
        who = " ".join(code(n, 40) for n in (name, about.names.get(name, "")) if n)
        yield row(who, str(wave_of[name]), str(len(works)), *(str(counts[r]) for r in Risk))
    if rest := list(groups.values())[COMPOUNDS:]:
        works = [w for group in rest for w in group]
        counts = _counts(works)
        more = text("and {n} more", "另有 {n} 个", n=len(rest)).render(lang)
        yield row(more, "", str(len(works)), *(str(counts[r]) for r in Risk))
    yield ""


def _servers(lang: Lang, plan: Plan) -> Iterator[str]:
    folded: Counter[tuple[str, str, str]] = Counter(
        (s.stack, c.action, c.type) for s in plan.stacks for c in s.changes if c.action != "same"
    )
    if not folded:
        return
    yield text("### Servers", "### 服务器").render(lang)
    yield ""
    for (stack, action, kind), count in sorted(folded.items())[:TOP]:
        yield f"- {code(stack)} {action} {code(kind)} ×{count}"
    if len(folded) > TOP:
        yield "- …"
    yield ""


def _top(lang: Lang, folds: Folds) -> Iterator[str]:
    high = sorted(
        ((f, w) for f, w in folds.items() if _ORDER[f.risk] is not Risk.LOW),
        key=lambda item: (item[0].risk, -len(item[1]), item[0]),
    )
    if not high:
        return
    yield text("### Top risks", "### 主要风险").render(lang)
    yield ""
    for fold, works in high[:TOP]:
        yield f"- {_RISK[_ORDER[fold.risk]].render(lang)} {_line(fold, works)}"
    if len(high) > TOP:
        yield "- " + text("and {n} more", "另有 {n} 项", n=len(high) - TOP).render(lang)
    yield ""


def _detail(lang: Lang, name: str, works: Sequence[DeviceWork]) -> Iterator[str]:
    count = text("{n} devices", "{n} 台", n=len(works)).render(lang)
    yield f"<details><summary><code>{_plain(name)}</code> ({count})</summary>"
    yield ""
    for fold, found in sorted(_folded(works).items()):
        yield f"- {_RISK[_ORDER[fold.risk]].render(lang).split()[0]} {_line(fold, found)}"
    yield ""
    yield "</details>"
    yield ""


def _unseen(lang: Lang, plan: Plan) -> Iterator[str]:
    new = [d for d, f in plan.faults.items() if f.code == NOT_OBSERVED]
    dark = [(d, f) for d, f in plan.faults.items() if f.code != NOT_OBSERVED]
    if new:
        yield text(
            "**New or changed since the observation: {n} devices.** All that is declared for them "
            "may be written: {d}",
            "**观测之后新增或变更的设备：{n} 台。** 为其声明的全部内容都可能写入：{d}",
            n=len(new),
            d=_some(new),
        ).render(lang)
        yield ""
    if dark:
        yield text("### Could not be read: {n}", "### 无法读取：{n}", n=len(dark)).render(lang)
        yield ""
        for device, fault in dark[:NOTES]:
            yield f"- {code(device, 60)} {code(Text(en=fault.en, zh=fault.zh).render(lang), 160)}"
        if len(dark) > NOTES:
            yield "- " + text("and {n} more", "另有 {n} 台", n=len(dark) - NOTES).render(lang)
        yield ""


def _notes(lang: Lang, plan: Plan) -> Iterator[str]:
    for note in plan.notes[:NOTES]:
        yield f"- {code(note.render(lang), 200)}"
    if len(plan.notes) > NOTES:
        yield "- " + text("and {n} more", "另有 {n} 条", n=len(plan.notes) - NOTES).render(lang)
    if plan.notes:
        yield ""


def _foot(lang: Lang, plan: Plan, mark: str, left: Sequence[str], said: bool) -> Iterator[str]:
    if left:
        yield text(
            "**Left out of this comment for its size: the details of {n} compounds** ({c}). The "
            "counts above hold them; the plan file shows all: `fleet show FILE`.",
            "**限于篇幅，未列出 {n} 个小区的明细**（{c}）。"
            "以上计数已包含；完整内容见计划文件：`fleet show FILE`。",
            n=len(left),
            c=_some(left),
        ).render(lang)
    if not said:
        yield text("**Left out: {n} notes.**", "**未列出 {n} 条说明。**", n=len(plan.notes)).render(
            lang
        )
    yield f"<sub>{MARK} `{mark[:12]}…`</sub>"


def _folded(works: Sequence[DeviceWork]) -> Folds:
    found: Folds = {}
    for work in works:
        for step in work.steps:
            for change in step.changes:
                risk = _ORDER.index(risk_of(work.stage, change))
                found.setdefault(Fold(risk, change.field, _values(change)), []).append(work)
    return found


def _counts(works: Sequence[DeviceWork]) -> Counter[Risk]:
    return Counter(risk_of(w.stage, c) for w in works for s in w.steps for c in s.changes)


def _by_compound(plan: Plan) -> Groups:
    """Works by compound, those with the most of the highest risk first."""
    found: Groups = {}
    for work in plan.works:
        found.setdefault(work.compound, []).append(work)
    counts = {name: _counts(works) for name, works in found.items()}
    order = sorted(found, key=lambda n: tuple(-counts[n][risk] for risk in Risk))
    return {name: found[name] for name in order}


def _line(fold: Fold, works: Sequence[DeviceWork]) -> str:
    devices = [w.target.device for w in works]
    return f"{code(fold.field)} {fold.values}: {_some(devices)}"


def _some(names: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(code(n, 60) for n in names[:most])
    return shown if len(names) <= most else f"{shown} … ×{len(names)}"


def _values(change: FieldChange) -> str:
    if change.secret is not None:
        before = f"v{change.before_version}" if change.before_version else "–"
        return f"{before} → v{change.secret.version} 🔑"
    return f"{code(_value(change.before))} → {code(_value(change.after))}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        shown = ", ".join(map(str, value))
        return shown if len(shown) <= 60 else f"{value[0]} … ×{len(value)}"
    return "–" if value in (None, "") else str(value)


def _plain(words: str) -> str:
    """Foreign words inside an HTML tag that stands alone on its line."""
    return code(words, 60).strip("`").replace("&", "&amp;").replace("<", "&lt;")
