"""Somebody who types what stands on a page, against simulated devices in a block of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.wiring.blocks import block_of_loopback, moved
from tests.docs.pages import Block, Command, blocks, elsewhere, missing
from tests.docs.reference import ROOT
from tests.docs.shell import Shell

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
