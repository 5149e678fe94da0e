"""Every reference that is written from the code: `python -m tests.docs.reference --write`.

`--check` says which are stale. `make reference` writes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fleet.inventory import schema
from fleet.policy import reference as rules
from tests.docs import cli_page
from tests.docs.tables import PARTS, filled

ROOT = Path(__file__).parents[2]
PAGES = Path("docs/reference")


def written(root: Path = ROOT) -> dict[Path, str]:
    """Path below the checkout → content, as the code has it now."""
    found = {
        PAGES / "cli.md": cli_page.page(),
        PAGES / "rules.md": rules.page(),
    }
    for page in PARTS:
        found[PAGES / page] = filled(page, (root / PAGES / page).read_text("utf-8"))
    return found


def stale(root: Path = ROOT) -> list[Path]:
    """Pages that are not what the code says."""
    return [
        path
        for path, words in written(root).items()
        if not (root / path).is_file() or (root / path).read_text("utf-8") != words
    ]


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write or check; 0 written or fresh, 1 stale, 64 wrong usage."""
    match arguments:
        case ["--write"]:
            for path, words in written(root).items():
                (root / path).write_text(words, "utf-8")
            return schema.main(["--write"])
        case ["--check"]:
            old = stale(root)
            for path in old:
                sys.stderr.write(f"{path}: stale; make reference\n")
            return 1 if old else schema.main(["--check"])
    sys.stderr.write("python -m tests.docs.reference --write | --check\n")
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
