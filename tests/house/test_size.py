"""Small files, small functions, and every public thing says why it is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.files import FunctionNode, python_files, text, tree

MAX_LINES = 400
MAX_FUNCTION_LINES = 70
DOCUMENTED = ("fleet", "tui", "stacks", "playbooks")


def test_files_are_small() -> None:
    big = {name: lines for name in python_files() if (lines := text(name).count("\n")) > MAX_LINES}
    assert not big


def functions(module: ast.AST) -> Iterator[FunctionNode]:
    """Every function below ``module``, nested ones too."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_are_small() -> None:
    long = [
        f"{name}:{node.lineno}: {node.name} has {length} lines"
        for name in python_files()
        for node in functions(tree(name))
        if (length := (node.end_lineno or 0) - node.lineno) >= MAX_FUNCTION_LINES
    ]
    assert not long


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Public classes, functions and methods, not those inside functions."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("_"):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, f"{prefix}{node.name}.")


def overrides(node: ast.AST) -> bool:
    """Whether a method says that its parent's docstring holds, or is one form of several."""
    marks = getattr(node, "decorator_list", [])
    names = {ast.unparse(mark).rsplit(".", 1)[-1] for mark in marks}
    return bool(names & {"override", "overload", "setter"})


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name in python_files(*DOCUMENTED) if not ast.get_docstring(tree(name))]
    assert not silent


def test_every_public_thing_has_a_docstring() -> None:
    bare = [
        f"{name}:{getattr(node, 'lineno', 0)}: {label}"
        for name in python_files(*DOCUMENTED)
        for label, node in public(tree(name).body)
        if not overrides(node)
        and isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not ast.get_docstring(node)
    ]
    assert not bare
