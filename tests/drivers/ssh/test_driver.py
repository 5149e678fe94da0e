"""What the driver says of itself: platforms, what they can write, what a plan must show."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from fleet.drivers.registry import drivers
from fleet.drivers.ssh.driver import PLATFORMS, SshDriver
from fleet.drivers.ssh.hostkey import fingerprint_of, host_key, known_hosts, pinned_key
from fleet.drivers.ssh.rules import rule_from, rule_to
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import WriteRefused
from fleet.model.settings import LinkPlatform, LinkSettings
from fleet.ports.driver import ArmsUndo, Credential, JudgesPlatforms, ShowsHostKey, unwritable

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "drivers.md"
DRIVER = SshDriver()
SWITCH = DeviceKind.SWITCH


def target(platform: str | None) -> Target:
    """A switch of a platform."""
    return Target(
        device="x-sw-01",
        kind=SWITCH,
        driver="ssh",
        address="127.0.0.1",
        port=22,
        platform=platform,
    )


def test_it_offers_what_the_ports_ask_for() -> None:
    """Goal: the rollout, the plan and `validate` find what it can do by the protocols alone."""
    found = drivers()["ssh"]

    assert isinstance(found, ArmsUndo)
    assert isinstance(found, JudgesPlatforms)
    assert isinstance(found, ShowsHostKey)
    assert get_args(LinkPlatform) == PLATFORMS


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_platform_arms_an_undo_that_outlasts_its_writing(platform: str) -> None:
    """Goal: no default trial is over before the last line is typed, and every one is possible."""
    seconds = DRIVER.trial_seconds(SWITCH, platform)

    assert DRIVER.write_trial_max_s < seconds <= 65535
    # VRP8's range, and the whole minutes of the others' timers.
    assert seconds >= 60
    assert seconds % 60 == 0


@pytest.mark.parametrize("asked", [(DeviceKind.CAMERA, "linux"), (SWITCH, "ios"), (SWITCH, None)])
def test_what_is_no_link_has_no_trial(asked: tuple[DeviceKind, str | None]) -> None:
    """Goal: other kinds and unknown platforms are never under trial."""
    assert DRIVER.trial_seconds(*asked) == 0


@pytest.mark.parametrize(
    ("platform", "kinds"),
    [
        ("huawei_vrpv8", []),
        ("linux", []),
        ("hp_comware", ["others"]),
        ("cisco_ios", ["experimental", "others"]),
        ("huawei_vrp", ["experimental", "reboot"]),
        ("ruijie_os", ["experimental", "reboot"]),
        ("unheard-of", []),
        (None, []),
    ],
)
def test_what_a_plan_must_show(platform: str | None, kinds: list[str]) -> None:
    """Goal: consents and warnings by platform, in both languages; nothing for no change."""
    needs = DRIVER.needs(target(platform), ["vlans"])

    assert [n.kind for n in needs] == kinds
    assert all(n.text.en and re.search(r"[一-鿿]", n.text.zh) for n in needs)
    assert all("{" not in n.text.en + n.text.zh for n in needs)
    assert DRIVER.needs(target(platform), []) == ()


JUDGED: list[tuple[str, str, FieldValue, str | None]] = [
    ("huawei_vrpv8", "access_ports", ["GE1/0/1 vlan=1 desc=东门"], None),
    ("hp_comware", "access_ports", ["GE1/0/1 vlan=1"], None),
    ("hp_comware", "access_ports", ["GigabitEthernet1/0/1 vlan=1"], "as GE1/0/1"),
    ("hp_comware", "uplink_ports", ["Ten-GigabitEthernet1/0/25 vlans=2"], "as XGE1/0/25"),
    ("hp_comware", "addresses", ["Vlan-interface7 10.0.0.1/24"], "as Vlan7"),
    ("hp_comware", "access_list_on", "Vlan-interface7", "as Vlan7"),
    ("hp_comware", "access_list_on", True, "not a text"),
    ("huawei_vrp", "access_ports", ["GigabitEthernet0/0/1 vlan=1"], "as GE0/0/1"),
    ("huawei_vrpv8", "addresses", ["Vlanif7 10.0.0.1/24", "Vlanif7 10.1.0.1/24"], "one address"),
    ("huawei_vrpv8", "access_ports", [f"GE1/0/1 vlan=1 desc={'x' * 81}"], "at most 80"),
    ("huawei_vrpv8", "vlans", "100", "not a list"),
    ("huawei_vrpv8", "lldp_enabled", "on", "neither true nor false"),
    ("huawei_vrpv8", "lldp_enabled", True, None),
    ("linux", "addresses", ["eth0 10.0.0.1/24", "eth0 10.1.0.1/24"], None),
    ("linux", "addresses", ["a-very-long-name0 10.0.0.1/24"], "no interface of Linux"),
    ("linux", "addresses", ["GE1/0/1 10.0.0.1/24"], "no interface of Linux"),
    ("linux", "addresses", "eth0 10.0.0.1/24", "not a list"),
    ("linux", "static_routes", ["0.0.0.0/0 via 10.0.0.1"], None),
    ("linux", "vlans", ["100 x"], "has no vlans"),
    ("linux", "sysname", "x", "has no sysname"),
    ("cisco_ios", "lldp_enabled", True, "has no lldp_enabled"),
    ("cisco_ios", "addresses", ["Vlan7 10.0.0.1/24", "Vlan7 10.1.0.1/24"], "one address"),
    ("ruijie_os", "access_ports", ["GigabitEthernet0/1 vlan=1"], None),
    ("ios", "vlans", [], "no platform"),
]


@pytest.mark.parametrize(("platform", "field", "value", "why"), JUDGED)
def test_which_values_a_platform_has_a_form_for(
    platform: str, field: str, value: FieldValue, why: str | None
) -> None:
    """Goal: `validate` finds what could never be written, and says what to write instead."""
    found = unwritable(DRIVER, SWITCH, field, value, platform)

    assert (found is None) is (why is None)
    assert why is None or (found is not None and why in found.en and found.zh)


async def test_an_unknown_platform_is_never_spoken_to() -> None:
    """Goal: without a command language nothing is even tried."""
    for platform in (None, "ios"):
        with pytest.raises(WriteRefused):
            async with DRIVER.session(target(platform), Credential("a")):
                pass


def test_fingerprints_are_those_of_openssh(tmp_path: Path) -> None:
    """Goal: what `ssh-keygen -lf` shows is what is pinned; a whole key and its own agree."""
    for kind in ("ed25519", "rsa", "ecdsa"):
        path = tmp_path / kind
        subprocess.run(
            ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "sw 1", "-f", str(path)], check=True
        )
        line = path.with_suffix(".pub").read_text().strip()
        shown = subprocess.run(
            ["ssh-keygen", "-lf", str(path)], check=True, capture_output=True, text=True
        ).stdout.split()[1]

        assert fingerprint_of(line) == fingerprint_of(shown) == shown
        made = pinned_key(line)
        assert made is not None
        assert line.startswith(made.line)


def test_known_hosts_lie_in_memory() -> None:
    """Goal: the one key, for the one place; nothing is left on any disk."""
    key = host_key("ssh-ed25519", b"blob")
    for port, place in ((22, "127.0.0.1"), (2222, "[127.0.0.1]:2222")):
        with known_hosts("127.0.0.1", port, key) as path:
            assert path.startswith("/proc/self/fd/")
            assert Path(path).read_text() == f"{place} {key.line}\n"
        assert not Path(path).exists()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("permit ip any", "permit ip"),
        ("permit udp 10.7.0.0/24 port 5060",
         "permit udp source 10.7.0.0 0.0.0.255 destination-port eq 5060"),
        ("permit tcp any port 10000-20000", "permit tcp destination-port range 10000 20000"),
        ("deny icmp 10.0.0.9/32", "deny icmp source 10.0.0.9 0"),
        ("permit tcp 10.0.0.0/8 to 10.9.0.0/16 port 22",
         "permit tcp source 10.0.0.0 0.255.255.255 destination 10.9.0.0 0.0.255.255"
         " destination-port eq 22"),
    ],
)  # fmt: skip
def test_rules_there_and_back(entry: str, words: str) -> None:
    """Goal: the words of the device, and the entry again from them."""
    assert rule_to(entry) == words
    assert rule_from(words) == entry


@pytest.mark.parametrize(
    "words",
    [
        "permit tcp source 10.0.0.0 0.0.255.0",
        "permit tcp source 10.0.0.0",
        "permit tcp source-port eq 80",
        "permit tcp destination-port gt 80",
        "permit ip vpn-instance x",
        "permit",
    ],
)
def test_a_rule_without_a_canonical_form_shows_as_it_is(words: str) -> None:
    """Goal: somebody's rule that we cannot say is a difference, never taken for one of ours."""
    assert rule_from(words) == words


def test_names_of_ports_are_numbers() -> None:
    """Goal: some firmware shows well-known ports by name."""
    assert rule_from("permit udp destination-port eq ntp") == "permit udp any port 123"


def platforms_table() -> str:
    """The table of platforms in Markdown."""
    rows = ["| platform | trial (s) | needs | writes |", "|---|---|---|---|"]
    for name in PLATFORMS:
        needs = ", ".join(n.kind for n in DRIVER.needs(target(name), ["vlans"])) or "-"
        empty: dict[str, FieldValue] = {"sysname": "a", "lldp_enabled": True, "access_list_on": "a"}
        fields = [
            f
            for f in LinkSettings.model_fields
            if DRIVER.can_write_on(name, SWITCH, f, empty.get(f, [])) is None
        ]
        told = "every field" if len(fields) == len(LinkSettings.model_fields) else ", ".join(fields)
        rows.append(f"| {name} | {DRIVER.trial_seconds(SWITCH, name)} | {needs} | {told} |")
    return "\n".join(rows) + "\n"


def test_the_page_has_the_table_of_platforms() -> None:
    """Goal: what each platform can do is looked up, not guessed; the failure shows the table."""
    page = DOCS.read_text(encoding="utf-8")
    begin, end = "<!-- platforms: begin -->\n", "<!-- platforms: end -->\n"

    assert page.partition(begin)[2].partition(end)[0] == platforms_table()
