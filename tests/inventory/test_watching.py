"""Who watches a district's health: the platform's collector, or a site's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.collector import CollectorTerms
from fleet.model.fleet import Platform
from fleet.plan.platform import platform_spec
from tests.inventory.cities import (
    DISTRICT,
    FOLDER,
    LINK_LOGINS,
    SECTIONS,
    at,
    device,
    devices,
    errors,
    line,
    loaded,
    only,
    write,
)


def platform(folder: Path, collector: str) -> Platform:
    """The platform of a district with this line in it."""
    write(folder)
    (folder / FOLDER / "district.yaml").write_text(DISTRICT + collector)
    found = load(folder).require().districts[0]
    spec = platform_spec(found)
    assert found.platform is not None
    assert spec is not None
    assert spec.collector == found.platform.collector
    return found.platform


def test_no_collector_is_deployed_unasked(tmp_path: Path) -> None:
    """A district that says nothing gets its registrar alone."""
    assert platform(tmp_path, "").collector is None


def test_an_empty_collector_has_the_defaults_on_the_platforms_addresses(tmp_path: Path) -> None:
    """`collector: {}` is enough: every minute, notifications on each address of the platform."""
    found = platform(tmp_path, "  collector: {}\n")

    assert found.collector == CollectorTerms(trap_addresses=("127.0.0.1", "127.0.0.2"))


def test_every_term_can_be_given(tmp_path: Path) -> None:
    """Each key arrives, the community as a reference and never as a text."""
    found = platform(
        tmp_path,
        "  collector: {poll_s: 30, addresses: [127.0.0.2], trap_port: 162, clock_limit_s: 5,"
        " community: 'secret://vault/v2c', keep_days: 90, max_mb: 64}\n",
    )

    assert found.collector == CollectorTerms(
        poll_s=30,
        trap_addresses=("127.0.0.2",),
        trap_port=162,
        community="secret://vault/v2c",
        clock_limit_s=5,
        keep_days=90,
        max_mb=64,
    )


@pytest.mark.parametrize(
    ("collector", "code"),
    [
        ("{poll_s: 0}", "wrong-type"),
        ("{trap_port: 70000}", "wrong-type"),
        ("{community: 'secret://vault/{device}'}", "no-reference"),
        ("{poll: 3}", "unknown-field"),
        ("[]", "wrong-type"),
    ],
)
def test_a_faulty_term_is_refused_with_its_place(tmp_path: Path, collector: str, code: str) -> None:
    """A fault is told at its line, and no collector is deployed by half of what was meant."""
    text = DISTRICT + f"  collector: {collector}\n"
    fault = only(load(write(tmp_path, {f"{FOLDER}/district.yaml": text})))

    assert (fault.code, at(fault)[0]) == (code, len(text.splitlines()))


def test_a_community_in_clear_is_no_community(tmp_path: Path) -> None:
    """A literal is for the policy to refuse, as every secret in clear, and is not kept."""
    text = DISTRICT + "  collector: {community: public}\n"
    found = load(write(tmp_path, {f"{FOLDER}/district.yaml": text})).require()

    collector = found.districts[0].platform.collector if found.districts[0].platform else None
    assert collector is not None
    assert collector.community is None
    assert [s for s in found.suspects if "community" in s.model_dump_json()] != []
    assert "public" not in found.model_dump_json()


def test_a_compound_says_who_watches_it(tmp_path: Path) -> None:
    """The centre unless the compound says that its site does."""
    assert loaded(tmp_path).require().compound("x").watched_by == "centre"
    section = SECTIONS["compound"].replace("built_year", "watched_by: site, built_year")
    assert loaded(tmp_path, compound=section).require().compound("x").watched_by == "site"


def test_a_switch_may_have_an_snmp_agent(tmp_path: Path) -> None:
    """Its port and engine id are read, and the passphrases come by the login, as references."""
    logins = (
        "logins:\n  switch: {user: fleet, password: 'secret://vault/bootstrap/switch',"
        " auth: 'secret://vault/sw/auth', priv: 'secret://vault/sw/priv'}\n"
    )
    found = loaded(
        tmp_path,
        logins=logins,
        devices=devices(x_sw_01=line("x-sw-01", snmp_port="161", engine_id="'80000001FF'")),
    )
    switch = device(found, "x-sw-01")
    assert (switch.snmp_port, switch.port, switch.engine_id) == (161, 8022, "80000001ff")
    assert str(switch.login.auth) == "secret://vault/sw/auth"
    assert str(switch.login.priv) == "secret://vault/sw/priv"


def test_an_agent_without_its_passphrases_is_a_fault(tmp_path: Path) -> None:
    """Each missing one is noted, since nobody could ask that agent."""
    logins = "logins:\n" + LINK_LOGINS
    found = loaded(
        tmp_path, logins=logins, devices=devices(x_sw_01=line("x-sw-01", snmp_port="161"))
    )
    assert [d.code for d in errors(found)] == ["no-login", "no-login"]
