"""The programs that tui_bench.py drives: our screens over N devices, or Textual's own table.

`python -m tests.bench.tui_child ours|datatable ROWS CHANGES_PER_SECOND`
"""

from __future__ import annotations

import sys

from fleet_tui.opening import Opening


def ours(rows: int, per_second: int) -> None:
    """As the product starts: something to see first, then what takes its time to import."""
    with Opening("en", "inventories/large") as opening:
        from tests.bench.tui_ours import Ours

        app = Ours(rows, per_second)
        opening.hand_over()
        app.run()


def theirs(rows: int, per_second: int) -> None:
    """The peer."""
    from tests.bench.tui_theirs import Theirs

    Theirs(rows, per_second).run()


def main() -> None:
    """Run one of them."""
    sys.__stderr__ = sys.__stdout__  # type: ignore[misc]  # as the product does
    run = ours if sys.argv[1] == "ours" else theirs
    run(int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
