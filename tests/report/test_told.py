"""Whose word the online figures are: verified apart from told, declared apart from both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from fleet.app.report import monthly
from fleet.model.evidence import Evidence, Origin
from fleet.model.health import CompoundFigures, DeviceFigures
from fleet.report.document import document
from fleet.report.facts import Facts, Told
from fleet.report.figure import Figure
from fleet.report.monthly import Monthly, body
from fleet.report.told import NOBODY_TELLS, figures, sheets
from tests.report.small import BEGIN, END, MONTH, district, facts
from tests.report.test_issue import desk

HOUR = 3_600_000
CLOSED = "2026-11-25T02:00:00Z"


def told(device: str, kind: Evidence, online: int = 0, offline: int = 0, **more: object) -> Told:
    """One device's word, in hours."""
    values = {
        "device": device,
        "compound": "alpha",
        "evidence": kind,
        "sources": (f"source of {device}",),
        "as_of": END,
        "online_ms": online * HOUR,
        "offline_ms": offline * HOUR,
    }
    return Told.model_validate(values | more)


def declared(name: str, devices: int, online: int | None) -> CompoundFigures:
    """A compound that people speak of."""
    return CompoundFigures(
        compound=name,
        name=f"{name} 院",
        district="340705",
        devices=devices,
        online=online,
        origin=Origin(
            evidence=Evidence.DECLARED, source="d.yaml:9", as_of="2026-11-24T16:00:00.000Z"
        ),
    )


def some() -> Facts:
    """Four hands: two verified devices, a platform's, a moment's, one silent; two declared."""
    area = district().model_copy(
        update={"declared": (declared("y", 24, 20), declared("z", 6, None))}
    )
    return facts(
        district=area,
        told=(
            told("a-cam-1", Evidence.MEASURED, 9, 1),
            told("a-cam-2", Evidence.SITE_SIGNED, 7, 3),
            told("a-door", Evidence.PLATFORM_EXPORTED, 1, 1),
            told("a-nvr", Evidence.PLATFORM_EXPORTED, online=True),
        ),
    )


def by_id(found: Facts) -> dict[str, Figure]:
    """Figures by id."""
    return {f.id: f for f in figures(found)}


def test_verified_and_told_are_two_rates() -> None:
    """(0.9 + 0.7) / 2 verified; with the platform's half and its word on a moment, less sure."""
    found = by_id(some())

    assert found["rate.online.verified"].value == Fraction(8, 10)
    assert found["rate.online.told"].value == (Fraction(16, 10) + Fraction(1, 2) + 1) / 4
    assert [e.key for e in found["rate.online.verified"].evidence] == ["a-cam-1", "a-cam-2"]


def test_devices_by_whose_word_counts() -> None:
    """Every device of the district is behind exactly one of the four counts."""
    found = by_id(some())

    counts = {k: int(found[f"evidence.{k}"].part) for k in (
        "measured", "site-signed", "platform-exported", "silent")}  # fmt: skip
    assert counts == {"measured": 1, "site-signed": 1, "platform-exported": 2, "silent": 1}
    assert [e.key for e in found["evidence.silent"].evidence] == ["b-cam"]


def test_declared_devices_are_in_no_rate() -> None:
    """30 declared, 20 said to be online, of 6 nobody says: the sum is of what is said."""
    found = by_id(some())

    assert [int(found[f"declared.{n}"].part) for n in ("compounds", "devices", "online")] == [
        2, 30, 20,
    ]  # fmt: skip
    assert "y" not in {e.key for e in found["rate.online.told"].evidence}


def test_nobody_tells_is_unknown_and_not_zero() -> None:
    """Goal: without any word both rates are unknown, with the reason."""
    found = by_id(facts())

    for name in ("rate.online.verified", "rate.online.told"):
        assert (found[name].value, found[name].why) == (None, NOBODY_TELLS)
    assert int(found["evidence.silent"].part) == 5


def test_only_a_platforms_word_leaves_the_verified_rate_unknown() -> None:
    """Goal: what is not verified never passes for it."""
    found = by_id(facts(told=(told("a-cam-1", Evidence.PLATFORM_EXPORTED, 10, 0),)))

    assert found["rate.online.verified"].value is None
    assert found["rate.online.told"].value == 1


def test_rows_name_their_source() -> None:
    """Goal: each word can be found again: file or key, and up to when it speaks."""
    words, compounds = sheets(some())

    row = next(r for r in words.rows if r.key == "a-cam-2")
    assert row.shown("zh")[1:5] == ("alpha", "站点签名", "是", 7 * 3600)
    assert row.shown("en")[7] == "source of a-cam-2"
    assert next(r for r in words.rows if r.key == "a-door").shown("zh")[3] == "否"
    assert [r.shown("zh")[3] for r in compounds.rows] == [20, "未知"]
    assert compounds.rows[0].shown("en")[-1] == "d.yaml:9"


def words_of(report: Monthly) -> str:
    """All running text of the letter."""
    blocks = document(report, "zh").model_dump(mode="json")
    return json.dumps(blocks, ensure_ascii=False)


def test_the_letter_says_whose_word_it_is_only_where_there_are_others() -> None:
    """Goal: no new sentence for a district that is measured alone."""
    mixed = words_of(Monthly(some(), CLOSED))
    alone = words_of(Monthly(facts(told=(told("a-cam-1", Evidence.MEASURED, 9, 1),)), CLOSED))

    assert "经核实的在线率为80.00%" in mixed
    assert "另有2个小区、30台设备仅由人工填报" in mixed
    assert "数据来源：系统实测" not in alone


def test_the_json_has_them_too() -> None:
    """Goal: exact fractions by id, for machines."""
    found = {f["id"]: f for f in body(Monthly(some(), CLOSED), "zh")["figures"]}

    assert found["rate.online.verified"]["value"] == "4/5"
    assert found["evidence.measured"]["source"] == "told"


class Taken:
    """Figures that others told."""

    def __init__(self, rows: Sequence[DeviceFigures]) -> None:
        self._rows = list(rows)

    def devices(self, begin: str, end: str) -> list[DeviceFigures]:
        """Rows within, by their stamps as text: the one spelling counts."""
        return [r for r in self._rows if r.begin >= begin and r.end <= end]

    def compounds(self) -> list[CompoundFigures]:
        """None."""
        return []


def day(device: str, kind: Evidence, begin: str, end: str) -> DeviceFigures:
    """One day of 18 online hours."""
    return DeviceFigures(
        device=device,
        compound="alpha",
        begin=begin,
        end=end,
        origin=Origin(evidence=kind, source="s", as_of=end),
        online_s=64_800.0,
        offline_s=21_600.0,
    )


def test_a_report_takes_in_what_sites_and_platforms_told() -> None:
    """The period's first and last day belong to it, the days beside it do not."""
    first = ("2026-10-24T16:00:00.000Z", "2026-10-25T16:00:00.000Z")
    last = ("2026-11-23T16:00:00.000Z", "2026-11-24T16:00:00.000Z")
    after = ("2026-11-24T16:00:00.000Z", "2026-11-25T16:00:00.000Z")
    rows = [
        day("a-cam-1", Evidence.SITE_SIGNED, *first),
        day("a-cam-1", Evidence.SITE_SIGNED, *last),
        day("a-cam-2", Evidence.PLATFORM_EXPORTED, *after),
        day("nobody", Evidence.SITE_SIGNED, *first),
    ]

    made = monthly(replace(desk(CLOSED), taken=Taken(rows)), "340705", MONTH, None)

    assert [(t.device, t.evidence, t.online_ms) for t in made.facts.told] == [
        ("a-cam-1", Evidence.SITE_SIGNED, 2 * 64_800_000)
    ]
    assert made.figure("rate.online.verified").value == Fraction(3, 4)
    assert made.figure("rate.online").value is None
    assert (made.facts.period.begin, made.facts.until) == (BEGIN, END)
