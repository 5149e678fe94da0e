"""`fleet sim` from outside, on a copy of the example city in a loopback block of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.secrets.store import open_store
from fleet.model.device import LINK_KINDS, DeviceKind
from fleet.model.errors import SecretError
from fleet.model.fleet import City
from fleet.model.secret import Secret, SecretRef
from fleet.protocols.digest import ha1
from fleet.simulator.spec import login_of, realm_of
from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes
from fleet.wiring.build import load_city
from fleet.wiring.sim import UPPER_PROCESS, specs

pytestmark = pytest.mark.scenario
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "inventories" / "tongling"
FLEET = Path(sys.executable).parent / "fleet"
COUNTERS = {"sessions", "logins", "failed_logins", "reads", "writes"}


class Verbs:
    """The command on one city copy."""

    def __init__(self, city: Path) -> None:
        self.city = city
        self.said = ""

    def run(self, *verb: str, lang: str = "en") -> tuple[int, str, str]:
        """Run a verb; code, stdout, stderr."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "LC_", "LANG"))}
        done = subprocess.run(
            [str(FLEET), "-C", str(self.city), "--lang", lang, "--non-interactive", *verb],
            capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
            env=env | {"LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        self.said += done.stdout + done.stderr
        return done.returncode, done.stdout, done.stderr

    def ok(self, *verb: str, lang: str = "en") -> str:
        """Run a verb that must end with 0; what it said on both streams."""
        code, out, err = self.run(*verb, lang=lang)
        assert code == 0, out + err
        return out + err


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    """The example city's devices, up; ended afterwards."""
    folder = tmp_path_factory.mktemp("city")
    with block_of_loopback(example_probes(EXAMPLE)) as block:
        copy_city(EXAMPLE, folder / "tongling", block)
        made = Verbs(folder / "tongling")
        try:
            made.ok("sim", "up")
            yield made
        finally:
            made.run("sim", "down")


@pytest.fixture
def city() -> City:
    """The example city."""
    return load_city(EXAMPLE)


class NoSecrets:
    """A store that has nothing."""

    def resolve(self, ref: SecretRef) -> Secret:
        """Never."""
        from fleet.model.text import text

        raise SecretError(text("no {r}", "没有 {r}", r=ref))


def test_specs_are_the_citys(city: City, tmp_path: Path) -> None:
    """Each device once, in its compound's process, with its address, identity and derived login."""
    secrets = open_store(EXAMPLE, city, tmp_path)
    made = specs(city, secrets, 60)
    by_id = {d.id: d for one in made for d in one.devices}
    assert [one.name for one in made] == [*(c.id for c in city.compounds()), UPPER_PROCESS]
    assert {one.lockout_s for one in made} == {60}
    for device in city.devices():
        spec = by_id[device.id]
        assert (spec.address, spec.port, spec.kind) == (device.address, device.port, device.kind)
        if device.kind is DeviceKind.GATE:
            assert spec.keys is not None
            assert spec.keys.engine_id == device.engine_id
            assert spec.ha1 == ""
        elif device.kind in LINK_KINDS:
            assert device.login.password is not None
            password = secrets.resolve(device.login.password).reveal()
            assert (spec.platform, spec.ha1) == (device.platform, "")
            assert spec.login == login_of(device.id, password)
            assert password not in repr(spec)
        else:
            assert spec.serial == device.serial
            assert device.login.password is not None
            password = secrets.resolve(device.login.password).reveal()
            assert spec.ha1 == ha1(device.login.user, realm_of(spec.kind, device.id), password)
            assert password not in repr(spec)
        barrier = {"barrier_open_s", "barrier_mode"} & set(device.settings)
        assert spec.barrier == bool(barrier)
        if device.kind is DeviceKind.RECORDER:
            assert spec.channels >= 8


def test_the_operators_platform_is_simulated(city: City, tmp_path: Path) -> None:
    """One upper platform, with an account for each recorder of the compounds that use it."""
    (upper,) = specs(city, open_store(EXAMPLE, city, tmp_path), 60)[-1].devices
    users = [c for c in city.compounds() if c.uplink and c.uplink.source == "operator"]
    recorders = {d.gb_id for c in users for d in c.devices if d.kind is DeviceKind.RECORDER}
    assert users[0].uplink is not None
    assert set(upper.accounts) == recorders
    assert (upper.address, upper.domain) == (
        users[0].uplink.server_address,
        users[0].uplink.server_domain,
    )


def test_a_missing_secret_is_a_secret_error(city: City) -> None:
    """Exit 9, before anything is started."""
    with pytest.raises(SecretError):
        specs(city, NoSecrets(), 60)


def test_up_again_says_so(verbs: Verbs) -> None:
    """Each process is named as running already, in both languages."""
    said = verbs.ok("sim", "up")
    assert said.count("is up already") == 4
    assert "devices are up" in said
    assert "已在运行" in verbs.ok("sim", "up", lang="zh")


def test_stats_have_the_shape_of_the_contract(verbs: Verbs, city: City) -> None:
    """One object; an entry per device with exactly the integer counters."""
    found = json.loads(verbs.run("--format", "json", "sim", "stats")[1])
    assert {d.id for d in city.devices()} <= set(found)
    for entry in found.values():
        assert set(entry) == COUNTERS
        assert all(type(value) is int for value in entry.values())
    table = verbs.ok("sim", "stats")
    assert all(device in table for device in found)


def test_log_has_the_shape_of_the_contract(verbs: Verbs) -> None:
    """A list, empty while nothing was written."""
    assert json.loads(verbs.run("--format", "json", "sim", "log", "cuihu-door-01")[1]) == []


def test_tamper_and_fault(verbs: Verbs) -> None:
    """A field changed by hand and a fault given and taken; neither is a write."""
    assert "changed by hand" in verbs.ok("sim", "tamper", "cuihu-gate-02", "open_time_s", "33")
    assert "已手动修改" in verbs.ok(
        "sim", "tamper", "cuihu-door-01", "auth_ways", "face", lang="zh"
    )
    assert "late 2" in verbs.ok("sim", "fault", "cuihu-cam-03", "late", "2")
    told = verbs.run("--format", "json", "sim", "fault", "cuihu-cam-03", "refuse")[1]
    assert json.loads(told)["faults"] == {"late": "2", "refuse": ""}
    assert "no faults" in verbs.ok("sim", "fault", "cuihu-cam-03", "none")
    assert json.loads(verbs.run("--format", "json", "sim", "log", "cuihu-gate-02")[1]) == []


@pytest.mark.parametrize(
    ("verb", "hints"),
    [
        (("sim", "log", "cuihu-dor-01"), ["cuihu-door-01", "cuihu-dor-01"]),
        (("sim", "tamper", "cuihu-door-01", "auth_way", "face"), ["auth_ways", "auth_way"]),
        (("sim", "tamper", "cuihu-door-01", "auth_ways", "nose"), ["nose"]),
        (("sim", "fault", "cuihu-door-01", "refse"), ["refuse", "refse"]),
        (("sim", "fault", "cuihu-door-01", "slow"), ["slow"]),
        (("sim", "fault", "cuihu-gate-01", "basic-only"), ["basic-only"]),
        (("sim", "tamper", "cuihu-door-01"), []),
        (("sim", "dance"), []),
        (("sim", "up", "--lockout", "-1"), []),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_mistakes_are_usage_errors(
    verbs: Verbs, verb: tuple[str, ...], hints: list[str], lang: str
) -> None:
    """64, what was wrong, and the nearest known name, in the language asked for."""
    code, out, err = verbs.run(*verb, lang=lang)
    assert (code, out) == (64, "")
    assert all(hint in err for hint in hints)
    assert ("错误" if lang == "zh" else "error") in err


@pytest.mark.parametrize("verb", ["up", "down", "stats", "log", "tamper", "fault"])
def test_help_in_both_languages(verbs: Verbs, verb: str) -> None:
    """Each verb explains itself."""
    english, chinese = verbs.ok("sim", verb, "--help"), verbs.ok("sim", verb, "--help", lang="zh")
    assert english.isascii()
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)


def test_without_devices(tmp_path: Path) -> None:
    """In a city that has never been up: stats are empty, down ends nothing, log knows nobody."""
    copy_city(EXAMPLE, tmp_path / "c", 34)
    idle = Verbs(tmp_path / "c")
    assert json.loads(idle.run("--format", "json", "sim", "stats")[1]) == {}
    assert idle.run("--format", "json", "sim", "down")[0] == 0
    assert idle.run("sim", "log", "cuihu-cam-01")[0] == 64
    assert not (tmp_path / "c" / ".fleet").exists()


def test_up_without_an_inventory(tmp_path: Path) -> None:
    """3: there is no city."""
    assert Verbs(tmp_path).run("sim", "up")[0] == 3


def test_no_secret_is_said_or_written(verbs: Verbs, city: City, tmp_path: Path) -> None:
    """No bootstrap secret of the city in any output or any file of the state folder."""
    store = open_store(EXAMPLE, city, tmp_path)
    refs = {r for d in city.devices() for r in (d.login.password, d.login.auth, d.login.priv) if r}
    values = {store.resolve(ref).reveal() for ref in refs if ref.source == "vault"}
    assert values
    state = verbs.city / ".fleet"
    written = b"".join(p.read_bytes() for p in state.rglob("*") if p.is_file())
    for value in values:
        assert value not in verbs.said
        assert value.encode() not in written
