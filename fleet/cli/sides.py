"""The base's side of a change: the option that names it, and its verdict for a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context
from fleet.cli.kit import option
from fleet.model.errors import PolicyDenied
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.sides import Sides

AGAINST = option(
    "--against",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=text(
        "A checkout of the base branch: its rules, code and limits judge these files too.",
        "基线分支的检出目录：这些文件也按其规则、代码和限额评判。",
    ),
)


def sides_of(ctx: Context, against: Path) -> Sides:
    """What the base's side says of this city.

    Raises:
        PolicyDenied: it finds an error that this side does not.
        UsageError: there is no city at the same place in `against`.
    """
    from fleet.app.sides import Sides
    from fleet.wiring.sides import verdict_against

    found = verdict_against(ctx.city_dir, against.absolute(), ctx.lang).sides or Sides()
    broken = [f for f in found.findings if f.severity == "error"]
    if broken:
        raise PolicyDenied(
            text(
                "{n} rules are broken as the base's side has them",
                "按基线一侧的规则，违反 {n} 条",
                n=len(broken),
            ),
            broken,
        )
    return found
