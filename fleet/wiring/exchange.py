"""The composition roots of health that leaves a site and enters the centre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.adapters.atomic import private_folder, write_private
from fleet.adapters.clock import SystemClock
from fleet.adapters.health_figures import SqlFigures
from fleet.adapters.health_figures_read import figures_file
from fleet.adapters.leases import user_name
from fleet.adapters.sheets import read_sheet
from fleet.adapters.signing import KeySigner, verify
from fleet.app.exchange import Exporter, Importer
from fleet.model.errors import StoreError
from fleet.model.fleet import City
from fleet.model.text import text
from fleet.wiring.build import load_city
from fleet.wiring.history import open_history
from fleet.wiring.journal import open_journal
from fleet.wiring.state import state_folder

# More than a year of weekly files; what is older has long been taken in or asked for.
_KEPT = 60


def site_key(state_dir: Path) -> KeySigner:
    """The site's own key, made (0600) when it is first needed.

    Raises:
        SecretError, StoreError: the key or the state folder cannot be used.
    """
    state_folder(state_dir)
    return KeySigner(state_dir / "keys" / "site-key.pem")


@contextmanager
def open_exporter(city_dir: Path, state_dir: Path) -> Iterator[tuple[City, Exporter]]:
    """The site's side.

    Raises:
        InventoryError, SecretError, StoreError: city, key, history or journal cannot be used.
    """
    city, signer = load_city(city_dir), site_key(state_dir)
    journal = open_journal(state_dir)
    try:
        with open_history(state_dir) as history:
            spool = FileSpool(state_dir / "health" / "exports")
            yield city, Exporter(city, history, journal, signer, spool, SystemClock())
    finally:
        journal.close()


@contextmanager
def open_importer(city_dir: Path, state_dir: Path) -> Iterator[tuple[City, Importer]]:
    """The centre's side.

    Raises:
        InventoryError, StoreError: city, figures or journal cannot be used.
    """
    city = load_city(city_dir)
    state_folder(state_dir)
    journal = open_journal(state_dir)
    try:
        private_folder(figures_file(state_dir).parent)
        figures = SqlFigures(figures_file(state_dir))
        try:
            yield city, Importer(city, figures, journal, verify, SystemClock(), user_name())
        finally:
            figures.close()
    finally:
        journal.close()


class FileSpool:
    """Implements `fleet.app.exchange.Spool`: the newest files of each site, 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, site: str, serial: int, data: bytes) -> None:
        """See Spool."""
        try:
            private_folder(self._folder)
            write_private(self._file(site, serial), data)
            if serial > _KEPT:
                self._file(site, serial - _KEPT).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                text(
                    "the exported file cannot be kept in {p}: {e}",
                    "无法在 {p} 保存导出文件：{e}",
                    p=self._folder,
                    e=error.strerror,
                )
            ) from error

    def get(self, site: str, serial: int) -> bytes | None:
        """See Spool."""
        try:
            return self._file(site, serial).read_bytes()
        except OSError:
            return None

    def _file(self, site: str, serial: int) -> Path:
        return self._folder / f"{site}-{serial:06d}.json"


__all__ = ["FileSpool", "open_exporter", "open_importer", "read_sheet", "site_key"]
