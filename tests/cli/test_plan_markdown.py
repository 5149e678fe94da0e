"""A plan as a comment: counts, folds, risks first, a budget, a marker, and nobody breaks out."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from fleet.cli.markdown import BYTES_MAX
from fleet.cli.plan_markdown import About, as_markdown
from fleet.model.change import DeviceWork, FieldChange
from fleet.model.device import Stage
from fleet.model.observation import Fault
from fleet.model.plan import Plan, PlanNeed
from fleet.model.secret import SecretRef
from fleet.model.stack import PlatformSpec, ResourceChange, StackPreview
from fleet.model.text import Lang, Text, text
from fleet.plan.review import NOT_OBSERVED, is_review_fingerprint, review_fingerprint
from fleet.plan.seal import sealed
from tests.support.fakes_plans import change, plan_of, step, work

ABOUT = About({"c1": "翠湖苑"})
HOSTILE = (
    "`</details>\n\n# @all <img src=x onerror=alert(1)> | [a](javascript:b) --> www.evil.example"
)
PASSWORD = FieldChange(
    field="admin_password",
    secret=SecretRef(source="generated", name="device/x/admin", version=2),
    before_version=1,
)


def cam(number: int, *changes: FieldChange, compound: str = "c1") -> DeviceWork:
    """A camera's work."""
    return work(step(f"{compound}-cam-{number}/03-osd", *changes))


def changed(plan: Plan, **more: object) -> Plan:
    """The same plan but for some fields."""
    return sealed(plan.model_copy(update=more))


def small() -> Plan:
    """Three cameras: the same word on each, a password on one, the clock on another."""
    return plan_of(
        cam(1, change(), PASSWORD),
        cam(2, change()),
        cam(3, change(), change("time_mode", "a", "b")),
    )


def comment(plan: Plan, lang: Lang = "en", about: About = ABOUT) -> str:
    """The comment."""
    return as_markdown(lang, plan, about)


def test_counts_by_risk_and_by_compound() -> None:
    """Devices and fields a risk; a row a compound with its wave and name."""
    said = comment(small())

    assert "**3 devices, 5 fields, 3 requests; 0 server resources.**" in said
    assert "| 🔴 high | 1 | 1 | 0 |" in said
    assert "| 🟡 medium | 1 | 1 | 0 |" in said
    assert "| ⚪ low | 3 | 3 | 0 |" in said
    assert "| `c1` `翠湖苑` | 1 | 3 | 1 | 1 | 3 |" in said


def test_equal_changes_are_folded_and_the_worst_come_first() -> None:
    """One line for the three words; the password above the clock above them."""
    lines = comment(small()).splitlines()
    details = lines[lines.index(next(x for x in lines if x.startswith("<details>"))) :]
    shown = [x for x in details if x.startswith("- ")][:3]

    assert shown == [
        "- 🔴 `admin_password` v1 → v2 🔑: `c1-cam-1`",
        "- 🟡 `time_mode` `a` → `b`: `c1-cam-3`",
        "- ⚪ `osd_text` `–` → `东门`: `c1-cam-1`, `c1-cam-2`, `c1-cam-3`",
    ]
    top = lines[lines.index("### Top risks") + 2 :]
    assert top[:2] == [
        "- 🔴 high `admin_password` v1 → v2 🔑: `c1-cam-1`",
        "- 🟡 medium `time_mode` `a` → `b`: `c1-cam-3`",
    ]


def test_compounds_with_the_worst_stand_first() -> None:
    """Not in the order of the waves."""
    plan = plan_of(cam(1, compound="c1"), cam(1, PASSWORD, compound="c2"))
    said = comment(plan)

    assert said.index("| `c2`") < said.index("| `c1`")
    assert said.index("<code>c2</code>") < said.index("<code>c1</code>")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_marker_is_the_same_in_both_languages(lang: Lang) -> None:
    """City, review fingerprint, observation, targets; first line; hidden."""
    plan = changed(small(), targets=("c1", "a b>--*"))
    about = About({}, observation="ab" * 32)
    first = comment(plan, lang, about).splitlines()[0]

    assert first == (
        f"<!-- compound-fleet city=340700 review={review_fingerprint(plan)} "
        f"observation={'ab' * 32} targets=c1,a%20b%3E--* -->"
    )
    found = re.search(r"review=(\S+)", first)
    assert found is not None
    assert is_review_fingerprint(found[1])


def test_both_languages_say_the_same() -> None:
    """The same lines, with the words of the call."""
    plan = changed(small(), observed_at="2026-11-24T02:00:00.000Z")
    about = About({"c1": "翠湖苑"}, "00", text("3 h", "3 小时"))
    en, zh = comment(plan, "en", about), comment(plan, "zh", about)

    assert len(en.splitlines()) == len(zh.splitlines())
    assert "observation of 2026-11-24 02:00 UTC, 3 h old" in en
    assert "2026-11-24 02:00 UTC 的签名观测（距今 3 小时）" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en.replace("翠湖苑", "").replace("东门", ""))


def test_a_plan_without_changes_is_short() -> None:
    """No empty table; the marker is there all the same."""
    said = comment(plan_of())

    assert "**Nothing to do.**" in said
    assert "|" not in said
    assert said.startswith("<!-- compound-fleet city=340700 review=")


def test_servers_are_counted_and_folded() -> None:
    """What goes away is high."""
    spec = PlatformSpec(
        district="340705", name="铜官区", server_id="1", server_domain="2",
        addresses=("127.0.0.1",), port=5060,
    )  # fmt: skip
    made = [
        ResourceChange(urn="u", type="t", name=str(n), action=a)
        for n, a in enumerate(("create", "create", "delete", "same"))
    ]
    stack = StackPreview(stack="platform-340705", spec=spec, changes=tuple(made))
    said = comment(changed(plan_of(), stacks=(stack,)))

    assert "3 server resources" in said
    assert "| 🔴 high | 0 | 0 | 1 |" in said
    assert "- `platform-340705` create `t` ×2" in said
    assert "- `platform-340705` delete `t` ×1" in said


def test_new_devices_and_dark_ones_are_told_apart() -> None:
    """What may be written without having been seen, and what could not be read."""
    faults = {f"c1-new-{n}": Fault(code=NOT_OBSERVED, en="", zh="") for n in range(5)}
    faults |= {f"c1-off-{n}": Fault(code="unreachable", en="no", zh="断") for n in range(30)}
    said = comment(changed(small(), faults=faults))

    assert "**New or changed since the observation: 5 devices.**" in said
    assert "`c1-new-0`, `c1-new-1`, `c1-new-2` … ×5" in said
    assert "### Could not be read: 30" in said
    assert "- `c1-off-0` `no`" in said
    assert "- and 10 more" in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_breaks_out(lang: Lang) -> None:
    """A hostile value, name, fault, note, device and field: no tag, link, picture or heading."""
    plan = changed(
        plan_of(cam(1, change("osd_text", HOSTILE, HOSTILE))),
        faults={HOSTILE: Fault(code="x", en=HOSTILE, zh=HOSTILE)},
        notes=(Text(en=HOSTILE, zh=HOSTILE),),
        targets=(HOSTILE,),
    )
    said = comment(plan, lang, About({"c1": HOSTILE}))
    page = MarkdownIt("gfm-like").render(said)

    tags = set(re.findall(r"</?([a-z0-9]+)", page))
    assert tags <= {
        "h2", "h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li",
        "details", "summary", "sub",
    }  # fmt: skip
    headings = re.findall(r"^#+ .*", said, re.MULTILINE)
    assert all(h.startswith(("## Plan", "## 计划", "### ")) for h in headings)
    assert page.count("<!--") == page.count("-->") == 1
    assert page.count("<details>") == page.count("</details>") == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_thousand_compounds_stay_within_the_budget(lang: Lang) -> None:
    """Below the smallest host's limit; counts hold all; what is left out is said."""
    plan = plan_of(
        *[
            cam(d, change(after=f"小区{c}门口{d}"), PASSWORD, compound=f"compound{c}")
            for c in range(1000)
            for d in range(3)
        ]
    )
    names = {f"compound{c}": "很长的小区名称" * 5 for c in range(1000)}
    said = comment(plan, lang, About(names))

    assert len(said.encode()) <= BYTES_MAX < 32_000
    assert ("3000 devices, 6000 fields" if lang == "en" else "设备 3000 台，字段 6000 个") in said
    left = re.search(r"details of (\d+) compounds|未列出 (\d+) 个小区的明细", said)
    assert left is not None
    assert int(left[1] or left[2]) + said.count("<details>") == 1000
    assert said.count("<details>") == said.count("</details>") > 50
    assert ("and 960 more" if lang == "en" else "另有 960 个") in said


def test_many_different_values_stay_within_the_budget() -> None:
    """One compound that cannot be shown whole is left out and named; notes and faults are cut."""
    many = [cam(n, change(before=f"{n}" * 60, after="铜" * 90)) for n in range(3000)]
    faults = {f"c1-{n}": Fault(code="x", en="y" * 500, zh="断" * 500) for n in range(500)}
    notes = tuple(text("n" * 900, "说" * 900) for _ in range(500))
    for lang in ("en", "zh"):
        said = comment(changed(plan_of(*many), faults=faults, notes=notes), lang)
        assert len(said.encode()) <= BYTES_MAX
        assert "`c1`" in said.splitlines()[-2]


def test_what_needs_consent_is_shown() -> None:
    """By kind and device, with what goes dark; many are cut."""
    need = PlanNeed(
        kind="reboot", device="c1-sw-1", text=text("only a restart `undoes` it", "只能重启"),
        dark=("c1-cam-1", "c1-cam-2"), dark_s=90,
    )  # fmt: skip
    said = comment(changed(small(), needs=(need,) * 25))

    assert "### Needs consent: 25" in said
    shown = "only a restart \\u0060undoes\\u0060 it; 2 devices go dark"
    assert f"- ⚠️ `reboot` `c1-sw-1` `{shown}`" in said
    assert "- and 5 more" in said


def test_links_are_high() -> None:
    """Whatever is on others' path."""
    plan = plan_of(cam(1, change("ntp_servers", [], ["127.0.0.1"])))
    link = plan.works[0].model_copy(update={"stage": Stage.LINKS})

    assert "🔴 high `ntp_servers`" in comment(changed(plan, works=(link,)))


def test_long_lists_are_folded() -> None:
    """By their first entry and their number."""
    said = comment(plan_of(cam(1, change("gb_channel_ids", [], [f"{n:020}" for n in range(9)]))))

    assert "`00000000000000000000 … ×9`" in said
