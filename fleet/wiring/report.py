"""The composition root of the reports: no secret, no device, no engine is needed for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fleet.adapters.atomic import private_folder, write_private
from fleet.adapters.clock import SystemClock
from fleet.adapters.documents import OfficeWriter
from fleet.adapters.health_figures_read import FiguresReader, figures_file
from fleet.app.report import ReportDesk
from fleet.model.errors import InventoryError
from fleet.model.text import text
from fleet.wiring.build import load_city
from fleet.wiring.history import open_history
from fleet.wiring.journal import open_journal

_TEXT_MAX = 200_000


@contextmanager
def open_desk(city_dir: Path, state_dir: Path) -> Iterator[ReportDesk]:
    """All that a report is made from; the journal is made on need.

    Raises:
        InventoryError: the city cannot be used.
        StoreError: journal or history cannot be read.
    """
    city = load_city(city_dir)
    private_folder(state_dir)
    with ExitStack() as stack:
        journal = open_journal(state_dir)
        stack.callback(journal.close)
        yield ReportDesk(
            city=city,
            journal=journal,
            clock=SystemClock(),
            writer=OfficeWriter(),
            read=lambda path: _read(city_dir / path),
            history=stack.enter_context(open_history(state_dir)),
            taken=FiguresReader(figures_file(state_dir)),
        )


def keep(folder: Path, name: str, data: bytes) -> Path:
    """Write one file of a report, 0600, whole or not at all."""
    path = private_folder(folder.absolute()) / name
    write_private(path, data)
    return path


def _read(path: Path) -> str | None:
    """A text file, or None where there is none.

    Raises:
        InventoryError: it is too long, is not UTF-8, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_TEXT_MAX + 1)
        if len(data) > _TEXT_MAX:
            raise ValueError("too long")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InventoryError(
            text("{f} cannot be used", "{f} 无法使用", f=f"{path.parent.name}/{path.name}"),
            fix=text(
                "a text in UTF-8 of at most {n} bytes",
                "应为不超过 {n} 字节的 UTF-8 文本",
                n=_TEXT_MAX,
            ),
        ) from error
