"""The lock as text, pip's settings in uv's words, and which installer does the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.bootstrap import packages
from fleet.bootstrap.packages import Packages, SetupFailed
from tests.setup.fakes import Machine, program

LOCK = """\
Alpha.One==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via compound-fleet (pyproject.toml)
beta==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:bb
uv==0.9.0 \\
    --hash=sha256:cc \\
    --hash=sha256:cd
    # via something
uvloop==3 \\
    --hash=sha256:dd
"""


def test_names_of_a_lock_are_normalized() -> None:
    assert packages.locked_names(LOCK) == {"alpha-one", "beta", "uv", "uvloop"}


@pytest.mark.parametrize("name", ["Zope.Interface", "zope-interface", "ZOPE__interface"])
def test_names_compare_as_the_index_does(name: str) -> None:
    assert packages.normal(name) == "zope-interface"


def test_one_entry_is_cut_out_with_its_hashes() -> None:
    assert packages.lock_entry(LOCK, "uv") == (
        "uv==0.9.0 \\\n    --hash=sha256:cc \\\n    --hash=sha256:cd\n"
    )
    assert packages.lock_entry(LOCK, "gamma") == ""


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("", {}),
        (":env:.cert='/etc/ca.pem'\n", {"SSL_CERT_FILE": "/etc/ca.pem"}),
        ("global.timeout='60'\nglobal.no-input='1'\n", {}),
        (
            "global.index-url='https://mirror/simple'\n",
            {"UV_DEFAULT_INDEX": "https://mirror/simple"},
        ),
        (":env:.find-links='/a /b'\n", {"UV_FIND_LINKS": "/a,/b"}),
        ("global.extra-index-url='\\nhttp://a\\nhttp://b'\n", {"UV_INDEX": "http://a http://b"}),
        ("global.no-index='true'\n", {"UV_NO_INDEX": "true"}),
        (
            ":env:.index-url='http://env'\nuser.index-url='http://user'\n",
            {"UV_DEFAULT_INDEX": "http://env"},
        ),
    ],
)
def test_what_pip_is_told_uv_is_told(listing: str, expected: dict[str, str]) -> None:
    assert packages.translate(listing) == expected


@pytest.mark.parametrize(
    "line",
    [
        "global.proxy='http://p'",
        "global.trusted-host='h'",
        "install.constraint='c'",
        "global.cert=x(",
    ],
)
def test_what_uv_cannot_be_told_leaves_the_work_to_pip(line: str) -> None:
    assert packages.translate(line + "\n") is None


FAKE_PYTHON = """
echo "$@" >> "$HOME/log"
case "$*" in
*"config list"*) printf '%s' "{settings}" ;;
*importlib.metadata*) echo "{installed}" ;;
*uv.lock*|*.lock*) {then} ;;
esac
"""


def installer(
    machine: Machine, *, settings: str = "", installed: str = "uv", uv: str = "", then: str = ":"
) -> Packages:
    """Packages over an interpreter, and a uv, that write down what they are asked to do."""
    text = FAKE_PYTHON.format(settings=settings, installed=installed, then=then)
    python = program(machine.bin / "python", text)
    program(machine.bin / "uv", f'echo "uv $@" >> "$HOME/log"; env > "$HOME/uv.env"\n{uv}')
    return Packages(python, machine.environ, machine.talk)


def done(machine: Machine) -> list[str]:
    """What was asked of interpreter and uv, in order."""
    return (machine.home / "log").read_text().splitlines()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file that names uv."""
    path = tmp_path / "requirements.lock"
    path.write_text(LOCK)
    return path


def test_uv_comes_from_the_lock_and_does_the_rest(machine: Machine, lock: Path) -> None:
    installer(machine).bring_to(lock)
    asked = done(machine)
    first = next(line for line in asked if "pip install" in line)
    assert "--require-hashes --no-deps" in first
    assert any(
        line.startswith("uv pip install") and "--require-hashes" in line and str(lock) in line
        for line in asked
    )
    assert not list(machine.bin.glob("*.lock"))


def test_uv_gets_pips_settings(machine: Machine, lock: Path) -> None:
    installer(machine, settings="global.index-url='http://mirror/simple'").bring_to(lock)
    assert "UV_DEFAULT_INDEX=http://mirror/simple" in (machine.home / "uv.env").read_text()


def test_pip_takes_over_where_uv_cannot_be_told(machine: Machine, lock: Path) -> None:
    installer(machine, settings="global.proxy='http://p'").bring_to(lock)
    asked = done(machine)
    assert not [line for line in asked if line.startswith("uv ")]
    assert [line for line in asked if f"--require-hashes --requirement {lock}" in line]


def test_pip_takes_over_when_uv_fails(machine: Machine, lock: Path) -> None:
    installer(machine, uv="exit 2").bring_to(lock)
    asked = done(machine)
    assert [line for line in asked if line.startswith("uv ")]
    assert [
        line for line in asked if f"install --quiet --require-hashes --requirement {lock}" in line
    ]


def test_a_failure_of_both_carries_pips_words(machine: Machine, lock: Path) -> None:
    broken = installer(machine, then='echo "ERROR: hashes do not match"; exit 1')
    with pytest.raises(SetupFailed, match="hashes do not match"):
        broken.bring_to(lock)


def test_what_the_lock_no_longer_names_is_removed(machine: Machine, lock: Path) -> None:
    installed = "pip setuptools compound_fleet Alpha.One uv leftover Old_Thing"
    installer(machine, installed=installed).bring_to(lock)
    removed = [line for line in done(machine) if "uninstall" in line]
    assert len(removed) == 1
    assert removed[0].endswith("--yes leftover old-thing")
    assert "leftover, old-thing" in machine.said.getvalue()


def test_the_checkout_is_installed_without_touching_the_lock(machine: Machine) -> None:
    installer(machine).editable(machine.root)
    assert done(machine)[-1].endswith(f"--no-deps --no-build-isolation --editable {machine.root}")


def test_a_users_own_install_target_is_not_followed(machine: Machine, lock: Path) -> None:
    python = program(machine.bin / "python", 'env > "$HOME/pip.env"')
    environ = {**machine.environ, "PIP_TARGET": "/elsewhere", "PYTHONPATH": "/mine"}
    Packages(python, environ, machine.talk).editable(machine.root)
    seen = (machine.home / "pip.env").read_text()
    assert "PIP_TARGET" not in seen
    assert "PYTHONPATH" not in seen
    assert "PIP_NO_INPUT=1" in seen
