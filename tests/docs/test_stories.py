"""Every command of README, tutorial and how-tos is run, in order, against simulated devices.

The tutorial makes a city, the how-tos go on with it. README's hour is run with the example's first
compound, made smaller. Each reader has a loopback block of its own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.wiring.blocks import block_of_loopback, copy_city, moved
from tests.docs.pages import Block, Command, blocks, elsewhere, missing
from tests.docs.reference import ROOT
from tests.docs.shell import Shell

# In the order in which a reader could follow them: each finds the city as the one before left it.
FOLLOWED = (
    "docs/tutorial.md",
    "docs/how-to/bring-in-a-camera.md",
    "docs/how-to/bring-in-a-switch.md",
    "docs/how-to/rotate-a-password.md",
    "docs/how-to/corrected-password.md",
    "docs/how-to/answer-the-call.md",
    "docs/how-to/recover-from-a-crash.md",
    "docs/how-to/hand-over-to-police.md",
    "docs/how-to/monthly-report.md",
)
NO_COMMANDS = {"docs/how-to/README.md"}
# README's compound without its second recorder and what hangs on it.
LEFT_OUT = re.compile(
    r"cuihu-(?:nvr-02|cam-0[5-8]|door-0[2-4])|id: (?:lift-[12]|garage|plant-room),"
)
# A page has a dozen commands, on a machine that may be busy elsewhere.
PAGE_S = 400


class Reader:
    """Somebody who types what stands on a page; ends what they started."""

    def __init__(self, folder: Path, block: int) -> None:
        (folder / ".venv").symlink_to(ROOT / ".venv")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "LC_", "LANG"))}
        self.block = block
        self.shell = Shell(
            folder, folder.parent / f"{folder.name}.shell", kept | {"LC_ALL": "C.UTF-8"}
        )

    def here(self, words: str, instead: dict[str, str]) -> str:
        """Words of a page with what stands in for a reader's devices."""
        for theirs, ours in instead.items():
            words = words.replace(theirs, ours)
        return moved(words, self.block)

    def follow(self, page: str) -> None:
        """Type every command of a page; each must end and say as the page has it."""
        for block in blocks(page, (ROOT / page).read_text("utf-8")):
            wrong = elsewhere(block, ROOT)
            assert wrong is None, wrong
            if block.elsewhere is None:
                self._type(block)

    def _type(self, block: Block) -> None:
        for happened in block.first:
            self.shell.run(self.here(happened, block.instead))
        for command in block.commands:
            ended = self.shell.run(self.here(command.text, block.instead), block.typed)
            said = ended.said
            assert ended.code == command.code, f"{command.place}: {ended.code}\n{said}"
            assert "Traceback (most recent call last)" not in said, f"{command.place}: {said}"
            wanted = Command(
                command.page,
                command.line,
                command.text,
                says=[self.here(line, block.instead) for line in command.says],
            )
            assert missing(wanted, said) is None, (
                f"{command.place}: {missing(wanted, said)!r} is not said\n{said}"
            )


@contextmanager
def reader(folder: Path, city: str) -> Iterator[Reader]:
    """A reader in `folder`; `city` is where below it things are ended afterwards."""
    folder.mkdir()
    with block_of_loopback([("127.34.60.1", 15060), ("127.34.1.81", 18080)]) as block:
        found = Reader(folder, block)
        try:
            yield found
        finally:
            fleet = f"{ROOT}/.venv/bin/fleet -C {folder}/{city}"
            found.shell.run(f"{fleet} stacks destroy --yes; {fleet} sim down")


@pytest.fixture(scope="module")
def follower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The reader of the tutorial, who goes on with the how-tos."""
    with reader(tmp_path_factory.mktemp("docs") / "reader", "first") as found:
        yield found


def test_every_page_is_followed() -> None:
    """Goal: a new how-to cannot be forgotten here."""
    pages = {str(p.relative_to(ROOT)) for p in (ROOT / "docs/how-to").glob("*.md")}
    assert pages | {"docs/tutorial.md"} == set(FOLLOWED) | NO_COMMANDS
    for page in NO_COMMANDS:
        assert list(blocks(page, (ROOT / page).read_text("utf-8"))) == []


@pytest.mark.e2e
@pytest.mark.timeout(PAGE_S)
@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_is_true(follower: Reader, page: str) -> None:
    """Goal: whoever types what stands there gets what stands there."""
    follower.follow(page)


@pytest.mark.e2e
@pytest.mark.timeout(PAGE_S)
def test_the_first_hour_of_the_readme_is_true(tmp_path: Path) -> None:
    """Goal: the first page of all, with one compound of the example."""
    with reader(tmp_path / "reader", "inventories/tongling") as found:
        city = tmp_path / "reader/inventories/tongling"
        copy_city(ROOT / "inventories/tongling", city, found.block)
        shutil.rmtree(city / "340722-zongyang")
        (city / "340705-tongguan/wusong.yaml").unlink()
        compound = city / "340705-tongguan/cuihu.yaml"
        kept = [
            line for line in compound.read_text("utf-8").splitlines() if not LEFT_OUT.search(line)
        ]
        compound.write_text("\n".join(kept) + "\n", "utf-8")

        found.follow("README.md")
