"""A permit server that is cancelled at any moment leaves no socket, file or descriptor behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.fakes_permits import room


def descriptors() -> set[str]:
    """What this process has open, by number."""
    return set(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("turns", range(6))
def test_a_cancelled_start_leaves_nothing_open(tmp_path: Path, turns: int) -> None:
    """Cancelled after some turns of the loop, from before it listens to while it serves."""
    before = descriptors()

    async def story() -> None:
        async def serve() -> None:
            async with room(tmp_path).server.listen(tmp_path / "s"):
                await asyncio.sleep(60)

        task = asyncio.create_task(serve())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())

    assert len(descriptors()) == len(before)
    assert not (tmp_path / "s").exists()


async def test_a_peer_that_says_nothing_is_let_go_at_the_end(tmp_path: Path) -> None:
    """Connected, never said hello: the server closes all the same."""
    r = room(tmp_path)
    async with r.serve():
        folder = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
        reader, writer = await asyncio.open_unix_connection(f"/proc/self/fd/{folder}/s")
        os.close(folder)
        writer.write(b"not json\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    assert r.journal.kinds("tree") == []
