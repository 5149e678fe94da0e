"""One run over a city in which nearly everything is wrong, word for word in both languages.

The transcripts are `golden_faults.<lang>.txt`; they are read by people in review, so a changed
sentence shows as a changed line. `FLEET_GOLDEN=write` before pytest makes them again.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.cli.main import run
from fleet.model.exitcodes import ExitCode
from tests.inventory.cities import CITY, DISTRICT, FOLDER, X, compound, devices, line, write

FOLDER_OF_GOLDENS = Path(__file__).parent
FILES: dict[str, str | bytes] = {
    "city.yaml": CITY + "rollout: {canary: lanhu, wave_size: 0, tolerated_failure: 1}\n",
    f"{FOLDER}/district.yaml": DISTRICT.replace('server_domain: "3407050000"', "server_domain: x"),
    X: compound(
        uplink="uplink: {source: plattform}\n",
        centre="centre: {room: Gatehouse, room: Cellar, shifts: three, 姓名: 张三}\n",
        entrances="entrances:\n  - {id: east, name: East, kind: people, gates: [x-gate-09]}\n",
        settings="settings:\n  door: {auth_ways: [face, nod]}\n  camera: {cloud_enabled: off}\n",
        logins="logins: {camera: {password: admin12345}}\n",
        devices=devices(
            x_cam_01=line("x-cam-01", gb_id='"34020000001320000001"', prot="1"),
            x_cam_02=line("x-cam-01", address="127.0.1.300", gb_id="null"),
            x_door_01=line("x-door-01", login="{password: 'secret://valt/a'}", area="u9"),
            x_gate_01=line("x-gate-01", group="g", engine_id="80 00", gb_id="null"),
        ),
    ),
    f"{FOLDER}/b.yaml": "compound:\n\tid: b\n\tname: B\n",
    f"{FOLDER}/c.yaml": "名称：丙\nid: c\n",
    f"{FOLDER}/d.yaml": "compound: &a {id: d}\nagain: *a\n",
    f"{FOLDER}/e.yaml": "compound: {id: e, name: 戊",
    f"{FOLDER}/f.yaml": "名称: 己\n".encode("gb18030"),
    f"{FOLDER}/g.yaml": "- id: g\n",
    f"{FOLDER}/h.yaml": "",
    f"{FOLDER}/i.yaml": "[" * 100 + "\n",
    "yian/district.yaml": "district: {}\n",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_fault_word_for_word(
    tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """All faults of eleven files in one run, in the order of files and places."""
    golden = FOLDER_OF_GOLDENS / f"golden_faults.{lang}.txt"

    code = run(["-C", str(write(tmp_path, FILES)), "--lang", lang, "validate"])

    out = capsys.readouterr().out
    if os.environ.get("FLEET_GOLDEN") == "write":
        golden.write_text(out, encoding="utf-8")
    assert code == ExitCode.INVENTORY
    assert golden.read_text(encoding="utf-8").splitlines() == out.splitlines()


def test_no_secret_and_no_person_in_the_transcripts() -> None:
    """What was refused for being secret or personal is not repeated."""
    for lang in ("en", "zh"):
        text = (FOLDER_OF_GOLDENS / f"golden_faults.{lang}.txt").read_text(encoding="utf-8")
        assert "admin12345" not in text
        assert "张三" not in text
