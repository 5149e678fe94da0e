"""Where the data folders are: in the checkout while one works in it, else inside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(name: str, package: Path = _PACKAGE) -> Path:
    """The folder ``inventories``, ``playbooks`` or ``stacks/engine`` that came with this product.

    An installed wheel carries them under ``fleet/_data`` (hatch_build.py); an editable install
    reads the checkout, so that an edit counts at once. Raises FileNotFoundError.
    """
    for folder in (package / "_data" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{name} did not come with this installation of compound-fleet")
