"""Small parts by themselves: bound access, merged levels, references, logins, report terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.inventory import load
from fleet.inventory.bound import Bound, Items, Template
from fleet.inventory.layers import (
    LEVELS,
    Layer,
    Subject,
    Trace,
    kind_of,
    layer,
    merge,
    reference_of,
    traces_of,
)
from fleet.inventory.logins import login_of
from fleet.inventory.scope import Scope
from fleet.model.device import DeviceKind
from fleet.model.diagnostic import Position
from fleet.model.report import ReportTerms
from tests.inventory.cities import CITY, DISTRICT, FOLDER, write

HERE = Position(file="f.yaml", line=1)
THERE = Position(file="f.yaml", line=7, column=3)
CAMERA = Subject("x-cam-01", DeviceKind.CAMERA, "34070501011327000001")
GATE = Subject("x-gate-01", DeviceKind.GATE, None)
D = f"{FOLDER}/district.yaml"


def bound(**values: object) -> Bound:
    """An object with these valid fields, each at a place of its own."""
    return Bound(HERE, values, {n: THERE for n in values})


BOUND = bound(
    text="a",
    whole=5,
    number=0.5,
    yes=True,
    no=False,
    secret=Template("secret://vault/a"),
    child=bound(x=1),
    texts=Items((("a", HERE), ("b", THERE))),
    children=Items(((bound(n=1), HERE), (bound(n=2), THERE))),
    empty=Items(()),
)


def test_access_by_type() -> None:
    """Each getter gives its type, and its own nothing for what is missing or another type."""
    assert (BOUND.text("text"), BOUND.text("whole"), BOUND.text("none")) == ("a", None, None)
    assert (BOUND.need("text"), BOUND.need("none")) == ("a", "")
    assert (BOUND.whole("whole"), BOUND.whole("text"), BOUND.whole("none", 7)) == (5, 0, 7)
    assert (BOUND.number("number"), BOUND.number("whole"), BOUND.number("text")) == (0.5, 5.0, 0.0)
    assert [BOUND.truth(n) for n in ("yes", "no", "whole", "none")] == [True, False, False, False]
    assert BOUND.secret("secret") == Template("secret://vault/a")
    assert BOUND.secret("text") is None
    assert BOUND.child("child") == bound(x=1)
    assert BOUND.child("text") is None
    assert BOUND.texts("texts") == ["a", "b"]
    assert BOUND.placed("texts") == [("a", HERE), ("b", THERE)]
    assert [b.whole("n") for b in BOUND.children("children")] == [1, 2]
    assert (BOUND.texts("children"), BOUND.children("texts"), BOUND.texts("none")) == ([], [], [])
    assert BOUND.named("child") == {}
    assert bound(m=bound(a=bound(x=1), b=2)).named("m") == {"a": bound(x=1)}


def test_settings_by_type() -> None:
    """A setting's value keeps its type; a list is a list of texts; none is unmanaged."""
    assert BOUND.setting("text") == "a"
    assert BOUND.setting("whole") == 5
    assert BOUND.setting("yes") is True
    assert BOUND.setting("no") is False
    assert BOUND.setting("texts") == ["a", "b"]
    assert BOUND.setting("empty") == []
    assert BOUND.setting("secret") == Template("secret://vault/a")
    assert BOUND.setting("none") is None


def test_places() -> None:
    """A field's own place, or the object's where it is missing."""
    assert BOUND.place("text") == THERE
    assert BOUND.place("none") == HERE


WORDS = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers(0, 9), max_size=4)


@settings(deadline=None, max_examples=80)
@given(levels=st.lists(WORDS, max_size=5))
def test_merging_against_its_definition(levels: list[dict[str, int | None]]) -> None:
    """The innermost word first, all words of a field in order, and no field that nobody said."""
    names = list(LEVELS)
    said = [
        {n: Trace(level=names[i], position=HERE, value=v) for n, v in level.items()}
        for i, level in enumerate(levels)
    ]

    merged = merge(said)

    for field in "abcd":
        words = [level[field] for level in reversed(said) if field in level]
        assert list(merged.get(field, ())) == words
    assert set(merged) == {n for level in levels for n in level}


@pytest.mark.parametrize(
    ("uri", "subject", "found"),
    [
        ("secret://vault/a", CAMERA, "secret://vault/a"),
        ("secret://vault/{device}", CAMERA, "secret://vault/x-cam-01"),
        ("secret://vault/{gb_id}", CAMERA, "secret://vault/34070501011327000001"),
        ("secret://vault/{device}/{device}", CAMERA, "secret://vault/x-cam-01/x-cam-01"),
        (
            "secret://generated/d-{device}?version=3",
            GATE,
            "secret://generated/d-x-gate-01?version=3",
        ),
        ("secret://vault/{gb_id}", GATE, None),
        ("secret://vault/{device}/{gb_id}", GATE, None),
    ],
)
def test_references_are_filled(uri: str, subject: Subject, found: str | None) -> None:
    """Each placeholder wherever it stands; without an id there is one finding and no reference."""
    scope = Scope("f.yaml")

    ref = reference_of(Template(uri), subject, THERE, scope, "field")

    assert (None if ref is None else str(ref)) == found
    assert [(f.code, f.position, f.field) for f in scope.findings] == (
        [] if found else [("no-reference", THERE, "field")]
    )


def test_a_recorder_without_an_id_is_told_once() -> None:
    """Its missing id is a finding already; the reference that needs it adds none."""
    scope = Scope("f.yaml")
    recorder = Subject("x-nvr-01", DeviceKind.RECORDER, None)

    assert reference_of(Template("secret://vault/{gb_id}"), recorder, HERE, scope, "f") is None
    assert scope.findings == []


def test_one_levels_words() -> None:
    """Values, nulls and references; a literal for a secret is nobody's word."""
    said = Bound(
        HERE,
        {"a": 1, "b": Template("secret://vault/a"), "c": Template("")},
        {"a": THERE, "b": THERE, "c": THERE, "d": THERE},
        frozenset({"d"}),
    )

    found = traces_of("group", said, CAMERA, Scope("f.yaml"))

    assert {n: (t.value, str(t.secret), t.unmanaged) for n, t in found.items()} == {
        "a": (1, "None", False),
        "b": (None, "secret://vault/a", False),
        "d": (None, "None", True),
    }
    assert {t.level for t in found.values()} == {"group"}
    assert traces_of("group", None, CAMERA, Scope("f.yaml")) == {}


def test_layers_of_objects() -> None:
    """What an object says about a kind; nothing where it says nothing."""
    file = bound(settings=bound(camera=bound(a=1)), logins=bound(camera=bound(user="u")))

    made = layer("city", file)

    assert kind_of(made.settings, DeviceKind.CAMERA) == bound(a=1)
    assert kind_of(made.settings, DeviceKind.DOOR) is None
    assert kind_of(made.logins, DeviceKind.CAMERA) == bound(user="u")
    assert layer("city", None) == Layer("city")
    assert kind_of(None, DeviceKind.CAMERA) is None


A, P, U = Template("secret://vault/a"), Template("secret://vault/p"), Template("secret://vault/u")
# subject, what city and device say → user, password, auth, priv, the parts that are missing
LOGINS = [
    (CAMERA, {"user": "a", "password": P}, {}, ("a", "p", None, None), []),
    (CAMERA, {"user": "a", "password": P}, {"user": "b"}, ("b", "p", None, None), []),
    (CAMERA, {"user": "a", "password": P}, {"password": U}, ("a", "u", None, None), []),
    (CAMERA, {"user": "a"}, {}, ("a", None, None, None), ["login.password"]),
    (CAMERA, {"password": P}, {}, ("", "p", None, None), ["login.user"]),
    (CAMERA, {}, {}, ("", None, None, None), ["login.user", "login.password"]),
    (CAMERA, {"user": "a", "password": Template("")}, {}, ("a", None, None, None), []),
    (CAMERA, {"user": "a", "auth": A, "priv": P}, {}, ("a", None, None, None), ["login.password"]),
    (GATE, {"user": "a", "auth": A, "priv": P}, {}, ("a", None, "a", "p"), []),
    (GATE, {"user": "a", "auth": A}, {"priv": U}, ("a", None, "a", "u"), []),
    (GATE, {"user": "a", "priv": P}, {}, ("a", None, None, "p"), ["login.auth"]),
    (GATE, {"user": "a", "password": P}, {}, ("a", None, None, None), ["login.auth", "login.priv"]),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "city", "own", "login", "missing"), LOGINS)
def test_logins_part_by_part(
    subject: Subject,
    city: dict[str, object],
    own: dict[str, object],
    login: tuple[str, str | None, str | None, str | None],
    missing: list[str],
) -> None:
    """The nearest word on each part, and every part that misses named at the device."""
    scope = Scope("f.yaml")

    made, traces = login_of(
        subject, [("city", bound(**city)), ("group", None), ("device", bound(**own))], THERE, scope
    )

    names = tuple(None if r is None else r.name for r in (made.password, made.auth, made.priv))
    assert (made.user, *names) == login
    assert [f.field for f in scope.findings] == missing
    assert {f.position for f in scope.findings} <= {THERE}
    for name, told in traces.items():
        assert told[0].level == ("device" if name.removeprefix("login.") in own else "city")


TERMS = [
    ("", "", ReportTerms()),
    ("report: {from_day: 1}\n", "", ReportTerms(from_day=1)),
    ("", "report: {from_day: 2}\n", ReportTerms(from_day=2)),
    ("report: {from_day: 1, due_day: 9}\n", "report: {from_day: 2}\n",
     ReportTerms(from_day=2, due_day=9)),
    ("report: {recipient: 市局}\n", "report: {issuer: 分局}\n",
     ReportTerms(recipient="市局", issuer="分局")),
    ("report: {recipient: 市局}\n", "report: {recipient: 区局}\n", ReportTerms(recipient="区局")),
    ("report: {}\n", "report: {}\n", ReportTerms()),
]  # fmt: skip


@pytest.mark.parametrize(("city", "district", "terms"), TERMS)
def test_terms_of_a_report(tmp_path: Path, city: str, district: str, terms: ReportTerms) -> None:
    """City and district, each word by itself; the district's is the nearer one."""
    root = write(tmp_path, {"city.yaml": CITY + city, D: DISTRICT + district})

    (found,) = load(root).require().districts

    assert found.report == terms


WINDOWS = [
    ("2026-11-20 22:30", "2026-11-21 02:00", "2026-11-20T14:30", "2026-11-20T18:00"),
    ("2026-01-01 00:00", "2026-01-01 00:01", "2025-12-31T16:00", "2025-12-31T16:01"),
    ("2024-02-29 08:00", "2024-03-01 07:59", "2024-02-29T00:00", "2024-02-29T23:59"),
]


@pytest.mark.parametrize(("begin", "end", "begin_utc", "end_utc"), WINDOWS)
def test_windows_are_kept_in_utc(
    tmp_path: Path, begin: str, end: str, begin_utc: str, end_utc: str
) -> None:
    """Eight hours earlier, over days, months, years and a leap day."""
    report = f"report: {{windows: [{{from: {begin}, to: {end}, reason: 检修, compounds: [x]}}]}}\n"

    (district,) = load(write(tmp_path, {D: DISTRICT + report})).require().districts

    (window,) = district.report.windows
    assert window.begin == f"{begin_utc}:00.000Z"
    assert window.end == f"{end_utc}:00.000Z"
    assert (window.reason, window.compounds) == ("检修", ("x",))


@pytest.mark.parametrize(
    "stamp",
    ["2026-02-29 10:00", "2026-13-01 10:00", "2026-00-01 10:00", "2026-11-31 10:00",
     "2026-11-20 24:00", "2026-11-20 10:60", "0000-01-01 00:00"],
)  # fmt: skip
@pytest.mark.parametrize("which", ["from", "to"])
def test_days_that_no_calendar_has(tmp_path: Path, stamp: str, which: str) -> None:
    """Each is named at its place, and the window is left out."""
    times = {"from": "2026-01-01 00:00", "to": "2026-12-31 00:00"} | {which: stamp}
    report = f"report: {{windows: [{{from: {times['from']}, to: {times['to']}, reason: r}}]}}\n"

    (finding,) = load(write(tmp_path, {D: DISTRICT + report})).diagnostics

    assert (finding.code, finding.summary.zh) == ("window", f"{stamp} 不是有效的时间")
