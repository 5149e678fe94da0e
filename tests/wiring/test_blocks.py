"""A loopback block of its own for each run: moving addresses, holding and passing over blocks."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.errors import UsageError
from fleet.wiring import blocks
from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes, moved
from tests.inventory.cities import EXAMPLE, FOLDER, X, compound, write


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("127.34.1.11", "127.77.1.11"),
        ("address: 127.34.255.254, port: 1", "address: 127.77.255.254, port: 1"),
        ("[127.34.0.1, 127.34.0.2]", "[127.77.0.1, 127.77.0.2]"),
        ("127.35.1.11", "127.35.1.11"),
        ("127.3.4.1", "127.3.4.1"),
        ("1127.34.1.11", "1127.34.1.11"),
        ("127.34.1.1111", "127.34.1.1111"),
        ("127.34.1", "127.34.1"),
        ("127x34x1x11", "127x34x1x11"),
        ("34070501011327000001", "34070501011327000001"),
        ("", ""),
    ],
)
def test_addresses_are_moved(words: str, wanted: str) -> None:
    """Addresses of the example's block, whole ones only, wherever they stand."""
    assert moved(words, 77) == wanted


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Three numbers that no other run on this machine uses, past what an address can hold."""
    numbers = random.SystemRandom().sample(range(10_000, 10_000_000), 3)
    monkeypatch.setattr(blocks, "BLOCKS", numbers)
    return numbers


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two blocks of addresses past those that the product takes."""
    numbers = random.SystemRandom().sample(range(226, 255), 2)
    monkeypatch.setattr(blocks, "BLOCKS", numbers)
    return numbers


def test_blocks_are_held_and_given_back(few: list[int]) -> None:
    """Each holder has another block; what was given back is had again."""
    with block_of_loopback([]) as first, block_of_loopback([]) as second:
        assert first != second
        assert {first, second} < set(few)
    with block_of_loopback([]) as again:
        assert again == first


def test_when_every_block_is_taken(few: list[int]) -> None:
    """A usage error that says how to get one back, in both languages."""
    with ExitStack() as held:
        for _ in few:
            held.enter_context(block_of_loopback([]))
        with pytest.raises(UsageError) as raised:
            held.enter_context(block_of_loopback([]))
    assert raised.value.summary.en == "every loopback block is in use"
    assert raised.value.summary.zh == "所有回环地址块均被占用"
    assert raised.value.fix is not None
    assert "fleet sim down" in raised.value.fix.zh


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_block_where_something_listens_is_passed_over(real: list[int], kind: int) -> None:
    """TCP or UDP: a leftover of another run keeps its block, and the lock of it is given back."""
    with socket.socket(socket.AF_INET, kind) as stray:
        stray.bind((f"127.{real[0]}.1.11", 0))
        if kind == socket.SOCK_STREAM:
            stray.listen()
        port = stray.getsockname()[1]
        with block_of_loopback([("127.34.1.11", port)]) as number:
            assert number != real[0]
    with block_of_loopback([("127.34.1.11", port)]) as number:
        assert number == real[0]


def test_an_error_inside_gives_the_block_back(few: list[int]) -> None:
    """Whatever happens to the run, its block is free afterwards."""
    with pytest.raises(ValueError, match="boom"), block_of_loopback([]) as first:
        raise ValueError("boom")
    with block_of_loopback([]) as again:
        assert again == first


def test_a_copied_city_is_the_same_city_elsewhere(tmp_path: Path) -> None:
    """Every address moves, nothing else does, and the vault's bytes stay as they are."""
    source = write(tmp_path / "a", {X: compound().replace("127.0.1", "127.34.1")})
    (source / "secrets.vault.yaml").write_bytes(b"$ANSIBLE_VAULT;127.34.1.1\n")
    (source / ".fleet").mkdir()
    (source / ".fleet" / "journal.db").write_bytes(b"x")
    (source / "note.txt").write_text("127.34.1.1\n")

    copy_city(source, tmp_path / "b", 201)

    target = tmp_path / "b"
    assert not (target / ".fleet").exists()
    assert (target / "secrets.vault.yaml").read_bytes() == b"$ANSIBLE_VAULT;127.34.1.1\n"
    assert (target / "note.txt").read_text() == "127.34.1.1\n"
    assert "127.34." not in (target / X).read_text()
    own = {d.id: d.address for d in load(source).require().devices()}
    moved_to = {d.id: d.address for d in load(target).require().devices()}
    assert moved_to == {n: a.replace("127.34.", "127.201.") for n, a in own.items()}


def test_a_city_is_not_copied_over_another(tmp_path: Path) -> None:
    """The target must not be there: a half-mixed city would be worse than none."""
    source = write(tmp_path / "a")
    (tmp_path / "b").mkdir()

    with pytest.raises(FileExistsError):
        copy_city(source, tmp_path / "b", 201)


def test_a_demo_took_a_block_in_which_an_upper_platform_listened() -> None:
    """Symptom: "address already in use", minutes of work later: only some listeners were probed.

    Every device, the district's own platform on each address, and the operator's platform.
    """
    devices = {(d.address, d.port) for d in load(EXAMPLE).require().devices()}
    platforms = {("127.34.10.1", 15060), ("127.34.10.2", 15060), ("127.34.12.1", 15060)}

    probes = example_probes(EXAMPLE)

    assert set(probes) >= devices | platforms
    assert len(set(probes)) == len(probes)


def test_a_city_without_example_addresses_has_no_probes(tmp_path: Path) -> None:
    """Nothing to look for, nothing found."""
    assert example_probes(write(tmp_path)) == []


def test_the_example_is_moved_whole(tmp_path: Path) -> None:
    """The committed example: as sound after the move, in the block alone."""
    copy_city(EXAMPLE, tmp_path / "city", 199)

    found = load(tmp_path / "city")

    assert [d for d in found.require().devices() if not d.address.startswith("127.199.")] == []
    left = [p for p in (tmp_path / "city").rglob("*.yaml") if "127.34." in p.read_text()]
    assert left == []
    assert found.diagnostics == load(EXAMPLE).diagnostics
    assert (tmp_path / "city" / FOLDER).is_dir()
