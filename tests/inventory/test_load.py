"""A whole city: every fault of a run at once, what is kept, and what a plan is sealed over."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.inventory.scope import FINDINGS_MAX
from fleet.model.diagnostic import Severity
from fleet.model.errors import InventoryError
from fleet.model.exitcodes import ExitCode
from tests.inventory.cities import (
    CITY,
    DISTRICT,
    FOLDER,
    X,
    compound,
    devices,
    errors,
    line,
    only,
    write,
)


def test_a_city_without_faults(tmp_path: Path) -> None:
    """Districts, compounds and devices in the order of the files; nothing to say."""
    found = load(write(tmp_path))

    city = found.require()
    assert found.diagnostics == ()
    assert (city.code, city.name) == ("340700", "铜陵市")
    assert [(d.code, d.folder) for d in city.districts] == [("340705", FOLDER)]
    assert [c.id for c in city.compounds()] == ["x"]
    assert [d.id for d in city.devices()] == ["x-nvr-01", "x-cam-01", "x-door-01", "x-gate-01"]


def test_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    """Five files with five kinds of fault: one run names them all, in the order of places."""
    files: dict[str, str | bytes] = {
        "city.yaml": CITY + "rolout: {}\n",
        f"{FOLDER}/a.yaml": "名称: 翠湖\n".encode("gb18030"),
        f"{FOLDER}/b.yaml": "compound:\n\tid: b\n",
        f"{FOLDER}/c.yaml": "compound: {id: c\n",
        f"{FOLDER}/x.yaml": compound(
            devices=devices(x_cam_01=line("x-cam-01", port="none", aera="road"))
        ),
        "340722-zongyang/district.yaml": b"\xff",
    }

    found = load(write(tmp_path, files))

    seen = [(e.position.file if e.position else "", e.code) for e in errors(found)]
    assert sorted(set(seen) - {(X, "no-reference")}) == [
        ("340705-tongguan/a.yaml", "encoding"),
        ("340705-tongguan/b.yaml", "tab"),
        ("340705-tongguan/c.yaml", "truncated"),
        ("340705-tongguan/x.yaml", "unknown-field"),
        ("340705-tongguan/x.yaml", "wrong-type"),
        ("340722-zongyang/district.yaml", "encoding"),
        ("city.yaml", "unknown-field"),
    ]
    assert found.city is None


def test_no_city_is_told(tmp_path: Path) -> None:
    """A folder without city.yaml, and a folder that is not there."""
    for folder in (tmp_path, tmp_path / "none"):
        finding = only(load(folder))

        assert finding.code == "no-city"
        assert "-C" in finding.fix.en


def test_a_broken_city_file_ends_the_run(tmp_path: Path) -> None:
    """Without it nothing can be inherited: one finding, no noise below it."""
    found = load(write(tmp_path, {"city.yaml": "city: {\n"}))

    assert [e.code for e in errors(found)] == ["truncated"]
    assert found.sound is None


def test_require_raises_with_every_fault(tmp_path: Path) -> None:
    """The error that verbs end with carries all findings and exit code 3."""
    found = load(write(tmp_path, {X: compound(centre="centre: {rom: a}\n")}))

    with pytest.raises(InventoryError) as raised:
        found.require()

    assert found.diagnostics == raised.value.diagnostics
    assert len(raised.value.diagnostics) == 2
    assert ExitCode.INVENTORY is raised.value.exit_code
    assert "2" in raised.value.summary.en


def test_what_is_sound_is_kept_for_the_rules(tmp_path: Path) -> None:
    """A compound with a fault is left out, its neighbour stays."""
    other = compound().replace("x-", "y-").replace("id: x,", "id: y,")
    other = other.replace("127.0.1", "127.0.2").replace("3407050101", "3407050201")
    other = other.replace("serial: ", "serial: Y").replace("80007ed90501", "80007ed90502")
    files = {f"{FOLDER}/y.yaml": other, X: compound(centre="centre: 1\n")}

    found = load(write(tmp_path, files))

    assert found.city is None
    assert found.sound is not None
    assert [c.id for c in found.sound.compounds()] == ["y"]


def test_warnings_do_not_take_the_city_away(tmp_path: Path) -> None:
    """A vault that is not there is a warning: validate needs no secrets."""
    city = CITY + "secrets: {vault: secrets.vault.yaml}\n"

    found = load(write(tmp_path, {"city.yaml": city}))

    assert [d.severity for d in found.diagnostics] == [Severity.WARNING]
    assert found.require().secrets_file == "secrets.vault.yaml"


def test_a_vault_in_clear_is_suspected(tmp_path: Path) -> None:
    """The file that should be encrypted is not; nothing of it is kept."""
    city = CITY + "secrets: {vault: v.yaml, password_file: p}\n"

    found = load(write(tmp_path, {"city.yaml": city, "v.yaml": "bootstrap: {camera: s3cret}\n"}))

    assert [s.what for s in found.suspects] == ["open_vault"]
    assert found.require().suspects == found.suspects
    assert "s3cret" not in found.model_dump_json()


def test_limits_of_a_rollout(tmp_path: Path) -> None:
    """As declared, with the model's own defaults for the rest."""
    city = CITY + "rollout: {canary: x, tolerated_failures: 2}\n"

    limits = load(write(tmp_path, {"city.yaml": city})).require().limits

    assert (
        limits.canary,
        limits.wave_size,
        limits.tolerated_failures,
        limits.in_flight,
    ) == ("x", 10, 2, None)


def test_files_that_are_no_part_of_a_city_are_passed_over(tmp_path: Path) -> None:
    """The state folder, hidden files, notes and other folders are not read."""
    files = {
        ".fleet/district.yaml": "x",
        f"{FOLDER}/.x.yaml": "x",
        f"{FOLDER}/README.md": "x",
        "docs/a.yaml": "x",
        "notes.yaml": "x",
    }

    assert load(write(tmp_path, files)).diagnostics == ()


def test_a_chinese_file_name_and_yml(tmp_path: Path) -> None:
    """A compound's file may be named in any script and end in .yml."""
    write(tmp_path)
    (tmp_path / X).rename(tmp_path / FOLDER / "翠湖.yml")

    (found,) = load(tmp_path).require().compounds()

    assert f"{FOLDER}/翠湖.yml" == found.file


def test_a_district_without_compounds(tmp_path: Path) -> None:
    """A district may have its servers before it has compounds."""
    write(tmp_path)
    (tmp_path / X).unlink()

    (district,) = load(tmp_path).require().districts

    assert district.compounds == ()
    assert district.platform is not None


def test_a_district_folder_without_its_file(tmp_path: Path) -> None:
    """The folder's own file is missing: named by the path where it should be."""
    write(tmp_path)
    (tmp_path / FOLDER / "district.yaml").unlink()

    finding = only(load(tmp_path))

    assert ("unreadable", f"{FOLDER}/district.yaml") == (
        finding.code,
        finding.position.file if finding.position else "",
    )


def test_a_link_out_of_the_city(tmp_path: Path) -> None:
    """A compound's file that leads outside is refused, whatever it holds."""
    root = write(tmp_path / "city")
    (tmp_path / "away.yaml").write_text(compound())
    (root / X).unlink()
    (root / X).symlink_to(tmp_path / "away.yaml")

    assert only(load(root)).code == "outside"


def test_an_oversized_file_among_others(tmp_path: Path) -> None:
    """50 MB of compound: refused by size, and the other files are still read."""
    root = write(tmp_path, {f"{FOLDER}/y.yaml": ""})
    os.truncate(root / FOLDER / "y.yaml", 50_000_000)

    found = load(root)

    assert only(found).code == "oversized"
    assert found.sound is not None
    assert [c.id for c in found.sound.compounds()] == ["x"]


def test_sources_are_hashed_as_they_are(tmp_path: Path) -> None:
    """file → sha256 of its bytes."""
    root = write(tmp_path)

    sources = load(root).require().sources

    assert {"city.yaml", f"{FOLDER}/district.yaml", X} == set(sources)
    for name, digest in sources.items():
        assert hashlib.sha256((root / name).read_bytes()).hexdigest() == digest


def test_a_flood_of_faults_is_bounded(tmp_path: Path) -> None:
    """Fifty thousand unknown keys: the first thousand, and one finding that says so."""
    found = load(write(tmp_path, {X: "".join(f"key{n}: 1\n" for n in range(50_000))}))

    codes = [e.code for e in errors(found)]
    assert len(codes) == FINDINGS_MAX + 1
    assert codes.count("more") == 1


def _content(root: Path, files: dict[str, str]) -> str:
    return load(write(root, dict(files))).require().compound("x").content


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (X, "areas:", "# a remark\nareas:"),
        (X, "centre: {room: Gatehouse, shifts: 3", "centre: {shifts: 3,  room: Gatehouse"),
        ("city.yaml", "铜陵市}", "铜陵市 }  # remark"),
    ],
)
def test_what_means_the_same_has_the_same_content(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    """Comments, spaces and the order of keys do not make a plan stale."""
    files = {"city.yaml": CITY, f"{FOLDER}/district.yaml": DISTRICT, X: compound()}
    changed = files | {name: files[name].replace(old, new)}
    assert changed != files

    assert _content(tmp_path / "a", files) == _content(tmp_path / "b", changed)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (X, "shifts: 3", "shifts: 2"),
        (X, "name: Road", "name: Rood"),
        ("city.yaml", "UTC+08:00", "UTC+09:00"),
        (f"{FOLDER}/district.yaml", "15060", "15061"),
    ],
)
def test_what_means_something_else_has_another_content(
    tmp_path: Path, name: str, old: str, new: str
) -> None:
    """The compound's own file and every file it inherits from count."""
    files = {"city.yaml": CITY, f"{FOLDER}/district.yaml": DISTRICT, X: compound()}
    changed = files | {name: files[name].replace(old, new)}

    assert _content(tmp_path / "a", files) != _content(tmp_path / "b", changed)


def test_a_neighbours_change_leaves_a_compound_as_it_was(tmp_path: Path) -> None:
    """A plan for one compound does not read another's file."""
    other = "compound: {id: y, name: Y, category: new, built_year: 2024}\ndevices: []\n"
    files = {f"{FOLDER}/y.yaml": other}

    one = _content(tmp_path / "a", files)
    two = _content(tmp_path / "b", {f"{FOLDER}/y.yaml": other.replace("name: Y", "name: Z")})

    assert one == two


def test_the_folder_may_be_relative_and_its_place_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files in another place are the same city."""
    write(tmp_path / "a")
    write(tmp_path / "b" / "c")
    monkeypatch.chdir(tmp_path)

    assert load(Path("a")).require() == load(tmp_path / "b" / "c").require()
