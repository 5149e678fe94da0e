"""The wheel: what is in it, what is not, and that it runs far from the checkout."""

from __future__ import annotations

import subprocess
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import fleet

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    """Names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path, names: list[str]) -> dict[str, list[str]]:
    """The wheel's metadata, each header as a list."""
    (name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        message = Parser().parsestr(archive.read(name).decode("utf-8"))
    return {key: message.get_all(key, []) for key in message}


def test_it_claims_three_names_only(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"fleet", "fleet_tui", "fleet_stacks"}


@pytest.mark.parametrize(
    "name",
    ["fleet/py.typed", "fleet_tui/py.typed", "fleet_stacks/py.typed"]
    + [f"fleet/_data/stacks/engine/{name}" for name in ("go.mod", "go.sum", "toolchain.lock")]
    + ["fleet/_data/inventories/used/city.yaml"],
)
def test_types_and_data_are_in_it(names: list[str], name: str) -> None:
    assert name in names


def test_no_state_and_no_cache_travels(names: list[str]) -> None:
    assert not [name for name in names if ".fleet/" in name or "__pycache__" in name]
    assert not [name for name in names if name.startswith("tests/")]


def test_it_says_both_licences_and_carries_their_texts(
    names: list[str], metadata: dict[str, list[str]]
) -> None:
    assert metadata["License-Expression"] == ["Apache-2.0 AND GPL-3.0-or-later"]
    for text in ("LICENSE", "LICENSES/Apache-2.0.txt", "LICENSES/GPL-3.0-or-later.txt"):
        assert any(name.endswith(f".dist-info/licenses/{text}") for name in names)


def test_it_says_its_version(metadata: dict[str, list[str]]) -> None:
    assert metadata["Version"] == [fleet.__version__]


def test_its_programs_are_there(installed: Path) -> None:
    assert (installed / "fleet").is_file()
    assert (installed / "pulumi-resource-fleet").is_file()


def test_it_imports_far_from_the_checkout(
    installed: Path, outside: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import fleet, fleet_tui, fleet_stacks\n"
        "from fleet.bootstrap.places import shipped\n"
        "print(fleet.__version__, fleet.__file__, shipped('stacks/engine'))"
    )
    answer = subprocess.run(
        [installed / "python", "-c", code],
        cwd=tmp_path,
        env=outside,
        capture_output=True,
        text=True,
        check=True,
    )
    version, package, engine = answer.stdout.split()
    assert version == fleet.__version__
    assert Path(package).is_relative_to(installed.parent)
    assert Path(engine).is_relative_to(installed.parent)


def test_it_finds_or_gets_the_engine_without_a_checkout(
    installed: Path, outside: dict[str, str], tmp_path: Path
) -> None:
    answer = subprocess.run(
        [installed / "python", "-m", "fleet.bootstrap", "engine"],
        cwd=tmp_path,
        env={**outside, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "engine: Pulumi 3.259" in answer.stderr


def fleet_outside(
    installed: Path, outside: dict[str, str], folder: Path, *verb: str
) -> subprocess.CompletedProcess[str]:
    """Run the installed command far from the checkout."""
    with subprocess.Popen(
        [installed / "fleet", *verb],
        cwd=folder,
        env={**outside, "LC_ALL": "C.UTF-8", "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            # Our own time is up: TERM has the demo tear down, KILL would leave its devices.
            process.terminate()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_fleet_says_its_version_outside(
    installed: Path, outside: dict[str, str], tmp_path: Path
) -> None:
    answer = fleet_outside(installed, outside, tmp_path, "--version")
    assert (answer.returncode, answer.stdout) == (0, f"fleet {fleet.__version__}\n")


def test_fleet_validates_the_shipped_example_outside(
    installed: Path, outside: dict[str, str], tmp_path: Path
) -> None:
    code = "from fleet.bootstrap.places import shipped; print(shipped('inventories') / 'tongling')"
    where = subprocess.run(
        [installed / "python", "-c", code],
        cwd=tmp_path,
        env=outside,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = fleet_outside(installed, outside, tmp_path, "-C", where.stdout.strip(), "validate")
    assert answer.returncode == 0, answer.stderr
    assert "44 devices: 0 errors" in answer.stdout + answer.stderr


@pytest.mark.timeout(600)
def test_fleet_demo_tells_its_whole_story_outside(
    installed: Path, outside: dict[str, str], tmp_path: Path
) -> None:
    answer = fleet_outside(installed, outside, tmp_path, "--lang", "zh", "demo")
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-2000:]
    assert "全部检查通过" in answer.stdout
    assert "第 14 条" in answer.stdout or "BIOMETRIC-14" in answer.stdout
    assert not list(tmp_path.glob("fleet-demo-*"))
