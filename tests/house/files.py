"""The files of the project as git knows them: read once, shared by the rules."""

from __future__ import annotations

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@functools.cache
def tracked() -> tuple[str, ...]:
    """Paths of the tracked files that are there, relative to the checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return tuple(name for name in listing.split("\0") if name and (ROOT / name).is_file())


def python_files(*tops: str) -> list[str]:
    """Tracked Python files, of the named top folders or of all."""
    return [
        name
        for name in tracked()
        if name.endswith(".py") and (not tops or name.split("/")[0] in tops)
    ]


@functools.cache
def text(name: str) -> str:
    """The text of a file; bytes that are no text are replaced."""
    return (ROOT / name).read_text("utf-8", errors="replace")


@functools.cache
def tree(name: str) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(text(name), name)
