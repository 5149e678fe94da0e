"""The arithmetic of wrong logins, the shape of specs, and who a simulated device is."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator import lockout as module
from fleet.simulator.errors import SimError
from fleet.simulator.faults import FAULTS, checked, seconds
from fleet.simulator.identity import Identity, mine, read, to_json
from fleet.simulator.lockout import TRIES, Lockout
from fleet.simulator.spec import (
    DeviceSpec,
    ProcessSpec,
    SnmpKeys,
    chance,
    from_json,
    other_engine_id,
    other_serial,
    realm_of,
    serial_of,
)
from fleet.simulator.store import Kept, Store, as_stats, read_kept


class Clock:
    """A clock that the tests move."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        """The wall clock."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the lock looks at."""
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def lock_of(path: Path, lockout_s: float = 1800.0) -> Lockout:
    """A lock over the memory at a path."""
    return Lockout(Store(path, Kept), lockout_s)


# what happens, one letter each: w wrong, r right, t a quarter of an hour → tries left after each
STORIES = [
    ("w", [4]),
    ("wwww", [4, 3, 2, 1]),
    ("wwwww", [4, 3, 2, 1, 0]),
    ("wwwwr", [4, 3, 2, 1, 5]),
    ("wrwrw", [4, 5, 4, 5, 4]),
    ("r", [5]),
    ("wwwwwr", [4, 3, 2, 1, 0, 0]),
    ("wwwwww", [4, 3, 2, 1, 0, 0]),
    ("wwwwwt", [4, 3, 2, 1, 0, 0]),
    ("wwwwwtt", [4, 3, 2, 1, 0, 0, 5]),
    ("wwwwwttw", [4, 3, 2, 1, 0, 0, 5, 4]),
    ("wwwwwtwt", [4, 3, 2, 1, 0, 0, 0, 5]),
    ("wwtttt", [4, 3, 3, 3, 3, 3]),
    ("wwwwwttwwwww", [4, 3, 2, 1, 0, 0, 5, 4, 3, 2, 1, 0]),
]


@pytest.mark.parametrize(("story", "left"), STORIES)
def test_tries_left(tmp_path: Path, clock: Clock, story: str, left: list[int]) -> None:
    """Five wrong ones lock for half an hour; time alone gives no try back before that."""
    lock = lock_of(tmp_path / "d.json")
    seen = []
    for letter in story:
        if letter == "w":
            lock.wrong()
        elif letter == "r":
            lock.right()
        else:
            clock.now += 900
        seen.append(lock.left)

    assert seen == left
    assert lock_of(tmp_path / "d.json").left == left[-1]


@pytest.mark.parametrize(
    ("lockout_s", "after", "locked"),
    [
        (1800, 0, 1800),
        (1800, 1, 1799),
        (1800, 1799.5, 0.5),
        (1800, 1800, 0),
        (1800, 10**6, 0),
        (0.5, 0.25, 0.25),
        (0.5, 0.5, 0),
        (0, 0, 0),
    ],
)
def test_how_long_it_is_locked(
    tmp_path: Path, clock: Clock, lockout_s: float, after: float, locked: float
) -> None:
    """From the fifth wrong login on, counted down, never below nothing."""
    lock = lock_of(tmp_path / "d.json", lockout_s)
    for _ in range(TRIES):
        lock.wrong()
    clock.now += after

    assert lock.locked_s == pytest.approx(locked)
    assert lock.left == (0 if locked else TRIES)


@settings(max_examples=60, deadline=None)
@given(story=st.text(st.sampled_from("wr"), max_size=30))
def test_any_story_against_a_simple_count(story: str) -> None:
    """Without the passing of time: a count that a right login takes back until it reaches five."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "d.json", Kept)
        lock = Lockout(store, 1800.0)
        count = 0
        for letter in story:
            if letter == "w":
                lock.wrong()
                count = min(count + 1, TRIES)
            else:
                lock.right()
                count = count if count == TRIES else 0
            assert lock.left == TRIES - count
        assert store.stats()["failed_logins"] == story.count("w")


GOOD_FAULTS = [
    ("camera", "slow", "2", "2"),
    ("camera", "slow", "0.5", "0.5"),
    ("gate", "late", "9999", "9999"),
    ("door", "drop", "0", "0"),
    ("recorder", "drop", "999999", "999999"),
    ("camera", "reboot", None, "after"),
    ("camera", "reboot", "before", "before"),
    ("camera", "reboot", "after", "after"),
    ("gate", "refuse", None, ""),
    ("camera", "keep-nothing", None, ""),
    ("door", "basic-only", None, ""),
    ("gate", "swap-identity", None, ""),
    ("recorder", "factory-new", None, ""),
    ("door", "clock", "-3600", "-3600"),
    ("recorder", "mute", None, ""),
    ("camera", "hang", None, ""),
    ("recorder", "nat", "0.5", "0.5"),
]
BAD_FAULTS = [
    ("camera", "slow", None, "bad-value"),
    ("camera", "slow", "", "bad-value"),
    ("camera", "slow", "-1", "bad-value"),
    ("camera", "slow", "1e3", "bad-value"),
    ("camera", "slow", "10000", "bad-value"),
    ("camera", "late", "two", "bad-value"),
    ("camera", "drop", "0.5", "bad-value"),
    ("camera", "drop", "1000000", "bad-value"),
    ("camera", "reboot", "during", "bad-value"),
    ("camera", "refuse", "yes", "bad-value"),
    ("camera", "swap-identity", "1", "bad-value"),
    ("gate", "basic-only", None, "fault-not-here"),
    ("camera", "clock", "1.5", "bad-value"),
    ("recorder", "nat", None, "bad-value"),
    ("gate", "clock", "1", "fault-not-here"),
    ("gate", "hang", None, "fault-not-here"),
    ("camera", "mute", None, "fault-not-here"),
    ("door", "nat", "1", "fault-not-here"),
    ("upper", "slow", "1", "fault-not-here"),
    ("upper", "refuse", None, "fault-not-here"),
    ("camera", "explode", None, "unknown-fault"),
    ("camera", "", None, "unknown-fault"),
    ("camera", "Slow", "1", "unknown-fault"),
    ("upper", "explode", None, "unknown-fault"),
]


@pytest.mark.parametrize(("kind", "fault", "given", "stored"), GOOD_FAULTS)
def test_values_of_faults(kind: str, fault: str, given: str | None, stored: str) -> None:
    """As typed, or the default where there is one."""
    assert checked("d", kind, fault, given) == stored


@pytest.mark.parametrize(("kind", "fault", "given", "code"), BAD_FAULTS)
def test_faults_that_cannot_be(kind: str, fault: str, given: str | None, code: str) -> None:
    """Unknown ones, other kinds' ones, and values that they cannot have."""
    with pytest.raises(SimError) as raised:
        checked("d", kind, fault, given)

    assert raised.value.code == code
    if code == "unknown-fault":
        assert raised.value.facts["known"] == [*FAULTS, "none"]


def test_seconds_of_a_fault() -> None:
    """As stored; nothing where the device has it not."""
    assert seconds({"slow": "0.5"}, "slow") == 0.5
    assert seconds({"slow": "0.5"}, "late") == 0


KEYS = SnmpKeys("80007ed9051234", "aa" * 32, "bb" * 16)
SPECS = [
    DeviceSpec("c", "camera", "127.0.0.1", 80, "S", "a"),
    DeviceSpec("c", "camera", "127.0.0.1", 80, "S", "b", name="东门", barrier=True, ha1="0" * 32),
    DeviceSpec("g", "gate", "127.0.0.1", 161, "S", "a", keys=KEYS, other_keys=KEYS),
    DeviceSpec("r", "recorder", "127.0.0.1", 80, "S", "b", channels=64, gb_id="3" * 20),
    DeviceSpec("u", "upper", "127.0.0.1", 5060, "", "a", domain="d", accounts={"3" * 20: "h"}),
]


@pytest.mark.parametrize("lockout_s", [1800.0, 0.5, 0.0])
def test_a_spec_is_written_and_read(lockout_s: float) -> None:
    """Every kind of device; the same bytes for the same spec, whatever the order of accounts."""
    spec = ProcessSpec("p", tuple(SPECS), lockout_s)

    assert from_json(spec.to_json()) == spec
    assert from_json(spec.to_json()).to_json() == spec.to_json()
    assert "东门" in spec.to_json()


@pytest.mark.parametrize(
    "document",
    ["", "{", "[]", "{}", '{"name": "p"}', '{"name": "p", "devices": [{}], "lockout_s": 1}',
     '{"name": "p", "devices": [], "lockout_s": "x"}', '{"name": "p", "devices": 1}'],
)  # fmt: skip
def test_what_is_no_spec(document: str) -> None:
    """One of the errors that are promised, never another."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(document)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("camera", "IP Camera"),
        ("door", "Access Control"),
        ("recorder", "Network Video Recorder"),
        ("gate", "Device"),
        ("upper", "Device"),
    ],
)
def test_a_realm_names_kind_and_unit(kind: str, name: str) -> None:
    """`IP Camera(C1234)`, the same for one device each time."""
    realm = realm_of(kind, "dev-1")

    assert realm.startswith(f"{name}(C")
    assert realm == realm_of(kind, "dev-1")
    number = int(realm.removeprefix(f"{name}(C").removesuffix(")"))
    assert 1000 <= number <= 9999


@pytest.mark.parametrize("serial", ["SER-1", "7", "AB7", "X" * 30, "SER-7"])
def test_another_units_serial(serial: str) -> None:
    """The same length, another last character, and not the same twice over."""
    other = other_serial(serial)

    assert other != serial
    assert len(other) == len(serial)
    assert other[:-1] == serial[:-1]


def test_what_chance_gives_a_device() -> None:
    """Serial numbers and engine ids in their forms, and a unit's own."""
    assert serial_of("a") != serial_of("b")
    assert serial_of("a").startswith("SIM")
    assert len(serial_of("a")) == 12
    assert other_engine_id("80007ed90501") != other_engine_id("80007ed90502")
    assert len(bytes.fromhex(other_engine_id("80007ed90501"))) == 13
    assert {chance(f"d{n}", "x", 3) for n in range(50)} == {0, 1, 2}


def test_who_a_process_is(tmp_path: Path) -> None:
    """Written and read again it is this process; anything else is nobody."""
    path = tmp_path / "process.json"
    path.write_bytes(to_json(mine()))

    assert read(path) == mine()
    assert mine().pid > 0
    assert read(tmp_path / "none") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"pid": 1}',
     b'{"pid": "x", "start": 1, "boot": "b", "host": "h"}',
     b'{"pid": null, "start": 1, "boot": "b", "host": "h"}'],
)  # fmt: skip
def test_half_a_record_is_nobody(tmp_path: Path, content: bytes) -> None:
    """A file that was cut or is something else."""
    path = tmp_path / "process.json"
    path.write_bytes(content)

    assert read(path) is None


def test_a_reused_pid_is_another_process() -> None:
    """Start, boot and host are part of who a process is."""
    own = mine()

    for other in (
        Identity(own.pid, own.start + 1, own.boot, own.host),
        Identity(own.pid, own.start, "other", own.host),
        Identity(own.pid, own.start, own.boot, "other"),
        Identity(own.pid + 1, own.start, own.boot, own.host),
    ):
        assert other != own


def test_stats_of_a_device_that_is_not_running(tmp_path: Path) -> None:
    """From the disk: counters as they were flushed, writes as the log has them."""
    path = tmp_path / "d.json"
    store = Store(path, Kept)
    store.count("reads", 3)
    store.commit(store.kept, changed=["a", "b"], secrets=["p"])

    assert as_stats(read_kept(path)) == {
        "sessions": 0, "logins": 0, "failed_logins": 0, "reads": 3, "writes": 3,
    }  # fmt: skip
    assert as_stats(Kept()) == dict.fromkeys(as_stats(Kept()), 0)


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"log": 1}', '{"log": [], "pending": [], "x": 1}']
)
def test_what_is_no_memory(tmp_path: Path, document: str) -> None:
    """ValueError, so that the host can name the device."""
    path = tmp_path / "d.json"
    path.write_text(document)

    with pytest.raises(ValueError, match=r"."):
        read_kept(path)
