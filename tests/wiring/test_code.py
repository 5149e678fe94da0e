"""The digest over the deciding code: what changes it, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

import fleet
from fleet.wiring import code

TREE = {
    "model/a.py": "A = 1\n",
    "inventory/b.py": "B = 1\n",
    "inventory/shapes/c.py": "C = 1\n",
    "policy/rules/d.py": "D = 1\n",
    "plan/e.py": "E = 1\n",
    "drivers/isapi/f.py": "F = 1\n",
    "rollout/g.py": "G = 1\n",
    "cli/h.py": "H = 1\n",
    "report/i.py": "I = 1\n",
    "model/notes.txt": "notes\n",
    "__init__.py": "",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small product whose digest is asked for."""
    for name, content in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.setattr(fleet, "__file__", str(tmp_path / "__init__.py"))
    return tmp_path


def digest() -> str:
    """The digest as it is now, whatever was asked before."""
    return code.code_digest.__wrapped__()


def test_the_same_code_has_the_same_digest(tree: Path) -> None:
    """64 hex digits, twice the same."""
    assert digest() == digest()
    assert len(digest()) == 64
    assert int(digest(), 16) >= 0


@pytest.mark.parametrize("name", [n for n in TREE if n.split("/")[0] in code.ROOMS])
def test_a_changed_module_of_a_deciding_room(tree: Path, name: str) -> None:
    """One byte in a module that decides what a plan means makes plans stale; text files do not."""
    before = digest()

    (tree / name).write_text(TREE[name].replace("1", "2") + "\n")

    assert (digest() != before) is name.endswith(".py")


@pytest.mark.parametrize("name", ["cli/h.py", "report/i.py", "__init__.py"])
def test_other_rooms_do_not_count(tree: Path, name: str) -> None:
    """The command line's words make no plan stale."""
    before = digest()

    (tree / name).write_text("changed = True\n")

    assert digest() == before


@pytest.mark.parametrize("room", code.ROOMS)
def test_a_new_module_counts(tree: Path, room: str) -> None:
    """Also an empty one: its name is part of the code."""
    before = digest()

    (tree / room / "new.py").write_text("")

    assert digest() != before


def test_a_renamed_module_counts(tree: Path) -> None:
    """The same bytes under another name are other code."""
    before = digest()

    (tree / "plan/e.py").rename(tree / "plan/e2.py")

    assert digest() != before


def test_two_modules_that_change_places(tree: Path) -> None:
    """Names and contents are bound to each other."""
    (tree / "plan/x.py").write_text("one\n")
    (tree / "plan/y.py").write_text("two\n")
    before = digest()

    (tree / "plan/x.py").write_text("two\n")
    (tree / "plan/y.py").write_text("one\n")

    assert digest() != before


def test_another_version_of_the_product(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same modules under another version are another product."""
    before = digest()
    monkeypatch.setattr(fleet, "__version__", "0.0.0+test")

    assert digest() != before


def test_compiled_modules_do_not_count(tree: Path) -> None:
    """Running the product does not make its plans stale."""
    before = digest()
    cache = tree / "model" / "__pycache__"
    cache.mkdir()
    (cache / "a.cpython-311.pyc").write_bytes(b"\0")

    assert digest() == before


def test_the_deciding_rooms_exist() -> None:
    """A room that was renamed would silently drop out of every seal."""
    root = Path(fleet.__file__).parent

    for room in code.ROOMS:
        assert any((root / room).rglob("*.py")), room
