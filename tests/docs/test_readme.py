"""README's first hour is run with the example's first compound, made smaller."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from fleet.wiring.blocks import copy_city
from tests.docs.reader import PAGE_S, reader
from tests.docs.reference import ROOT

# README's compound without its second recorder and what hangs on it.
LEFT_OUT = re.compile(
    r"cuihu-(?:nvr-02|cam-0[5-8]|door-0[2-4])|id: (?:lift-[12]|garage|plant-room),"
)


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
