"""Contacts, routes for alarms and declared compounds: what is kept, what is refused, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import Loaded, load
from fleet.model.evidence import Evidence
from fleet.model.notify import AlarmTerms, CommandRoute, Contacts, HookRoute, MailRoute
from fleet.model.secret import SecretRef
from tests.inventory.cities import CITY, DISTRICT, FOLDER, X, compound, errors, write

FILE = f"{FOLDER}/district.yaml"
MAIL = "by: smtp, host: mail.example.org, port: 587, from: a@example.org, to: [b@example.org]"
HOOK = "by: webhook, url: 'https://example.org/h'"


def read(root: Path, city: str = "", district: str = "", own: str = "") -> Loaded:
    """The small city with lines added to its three files."""
    return load(write(root, {"city.yaml": CITY + city, FILE: DISTRICT + district,
                             X: compound() + own}))  # fmt: skip


def test_without_a_word_nothing_goes_out(tmp_path: Path) -> None:
    """No routes, no contacts, nothing declared."""
    city = read(tmp_path).require()

    assert city.alarms == AlarmTerms(language="zh", routes={})
    assert city.compound("x").contacts == Contacts()
    assert city.districts[0].declared == ()


def test_every_route_as_it_is_written(tmp_path: Path) -> None:
    """Three kinds, defaults filled in, references kept as references."""
    lines = (
        "alarms:\n  language: en\n  routes:\n"
        f"    mail: {{{MAIL}, user: fleet, password: 'secret://vault/mail', only: ['cuihu*']}}\n"
        f"    hook: {{{HOOK}, token: 'secret://env/HOOK', ca_file: ca.pem}}\n"
        "    page: {by: command, argv: [/usr/bin/page, --high], timeout_s: 5}\n"
    )

    found = read(tmp_path, lines).require().alarms

    assert found.language == "en"
    assert found.routes == {
        "mail": MailRoute(
            host="mail.example.org",
            port=587,
            user="fleet",
            password=SecretRef(source="vault", name="mail"),
            sender="a@example.org",
            to=("b@example.org",),
            only=("cuihu*",),
        ),
        "hook": HookRoute(
            url="https://example.org/h",
            token=SecretRef(source="env", name="HOOK"),
            ca_file="ca.pem",
        ),
        "page": CommandRoute(argv=("/usr/bin/page", "--high"), timeout_s=5),
    }


@pytest.mark.parametrize(
    "route",
    [
        f"{{{MAIL}, user: u, password: 'secret://vault/mail', security: none}}",
        "{by: webhook, url: 'http://example.org/h', token: 'secret://vault/hook'}",
    ],
)
def test_a_secret_in_clear_on_the_wire_is_refused(tmp_path: Path, route: str) -> None:
    """Goal: no route may be made that would show its secret to anybody on the path."""
    found = read(tmp_path, f"alarms:\n  routes:\n    r: {route}\n")

    (told,) = errors(found)
    assert (told.code, told.field) == ("secret-in-clear", "alarms.routes.r")
    assert told.position is not None
    assert told.position.file == "city.yaml"


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("{by: pigeon}", "wrong-type"),
        ("{by: webhook}", "missing-field"),
        ("{by: webhook, url: ftp://x}", "wrong-type"),
        ("{by: command, argv: []}", "alarm-route"),
        ("{by: webhook, url: 'https://x', token: 'secret://vault/{device}'}", "alarm-route"),
        (f"{{{MAIL.replace('[b@example.org]', '[nobody]')}}}", "wrong-type"),
        ("{by: webhook, url: 'https://x', password: a}", "unknown-field"),
    ],
)
def test_a_faulty_route_is_told_and_left_out(tmp_path: Path, route: str, code: str) -> None:
    """Goal: the fault is named with its place; nothing half-read is kept."""
    found = read(tmp_path, f"alarms:\n  routes:\n    r: {route}\n")

    assert code in {e.code for e in errors(found)}


def test_the_nearest_contact_counts_party_by_party(tmp_path: Path) -> None:
    """City, district and compound each name one; the compound's own wins for its party alone."""
    found = read(
        tmp_path,
        "contacts: {integrator: 市集成商, platform: 市局平台}\n",
        "contacts: {network: 电信政企, integrator: 区集成商}\n",
        "contacts: {integrator: 本小区维护单位}\n",
    )

    assert found.require().compound("x").contacts == Contacts(
        integrator="本小区维护单位", network="电信政企", platform="市局平台", operator=""
    )


def test_a_mobile_number_is_no_contact(tmp_path: Path) -> None:
    """Goal: persons stay out of git; the line is noted as a resident's data would be."""
    found = read(tmp_path, "contacts: {operator: 张三 13856200001}\n")

    assert [s.what for s in found.suspects] == ["mobile"]


def test_declared_compounds_are_figures_with_their_evidence(tmp_path: Path) -> None:
    """What people say is kept as said, with the line it stands on, and is never verified."""
    found = read(
        tmp_path,
        district="declared:\n"
        "  - {id: old-1, name: 老小区, devices: 24, online: 20, as_of: 2026-11-20}\n"
        "  - {id: old-2, name: 旧院, devices: 6, retention_days: 30, as_of: 2026-11-21}\n",
    )

    first, second = found.require().districts[0].declared
    assert (first.compound, first.name, first.district) == ("old-1", "老小区", "340705")
    assert (first.devices, first.online, first.retention_days) == (24, 20, None)
    assert first.origin.evidence is Evidence.DECLARED
    assert not first.origin.evidence.verified
    assert first.origin.source == f"{FILE}:8"
    assert first.origin.as_of == "2026-11-20T16:00:00.000Z"
    assert (second.online, second.retention_days) == (None, 30.0)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{id: x, name: X, devices: 1, as_of: 2026-11-20}", "duplicate-id"),
        ("{id: y, name: Y, devices: 1, as_of: 2026-02-30}", "declared"),
        ("{id: y, name: Y, devices: 1, online: 2, as_of: 2026-11-20}", "declared"),
        ("{id: y, name: Y, as_of: 2026-11-20}", "missing-field"),
        ("{id: y, name: Y, devices: -1, as_of: 2026-11-20}", "wrong-type"),
    ],
)
def test_what_cannot_be_declared(tmp_path: Path, line: str, code: str) -> None:
    """A managed compound, a day that is none, more online than there are."""
    found = read(tmp_path, district=f"declared:\n  - {line}\n")

    assert [e.code for e in errors(found)] == [code]


def test_two_declared_under_one_id(tmp_path: Path) -> None:
    """Goal: a figure belongs to one compound."""
    line = "  - {id: y, name: Y, devices: 1, as_of: 2026-11-20}\n"

    found = read(tmp_path, district=f"declared:\n{line}{line}")

    assert [e.code for e in errors(found)] == ["duplicate-id"]
