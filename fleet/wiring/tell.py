"""The composition root of what tells alarms: routes of the inventory become ways out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from fleet.adapters.tell.command import CommandSender
from fleet.adapters.tell.smtp import MailSender
from fleet.adapters.tell.webhook import HookSender
from fleet.app.alarms import AlarmDesk
from fleet.app.context import App
from fleet.app.tell import Teller
from fleet.health.history import History
from fleet.model.notify import HookRoute, MailRoute, Route
from fleet.model.secret import Secret, SecretRef
from fleet.ports.health_store import HealthRows
from fleet.ports.secrets import SecretStore
from fleet.ports.tell import Sender
from fleet.wiring.build import open_app
from fleet.wiring.history import open_store


def senders(city_dir: Path, app: App) -> dict[str, Sender]:
    """A way out for each route; a secret is resolved when a message needs it, not before."""
    return {n: _sender(city_dir, app.secrets, r) for n, r in app.city.alarms.routes.items()}


def teller(app: App, rows: HealthRows | None, compounds: Collection[str] | None = None) -> Teller:
    """What tells the alarms of a history, of some compounds; None: there is no history yet."""
    history = None if rows is None else History(rows, time.time)
    desk = AlarmDesk(history, app.journal, app.clock, app.actor)
    ways = senders(app.city_dir, app)
    return Teller(app.city, desk, app.journal, ways, app.clock, compounds)


@contextmanager
def open_teller(city_dir: Path, state_dir: Path) -> Iterator[tuple[App, Teller]]:
    """The same for a verb: beside a collector that runs, or without one."""
    with open_app(city_dir, state_dir) as app, open_store(state_dir) as rows:
        yield app, teller(app, rows)


def _sender(city_dir: Path, secrets: SecretStore, route: Route) -> Sender:
    if isinstance(route, MailRoute):
        return MailSender(route, _lazily(secrets, route.password), _beside(city_dir, route.ca_file))
    if isinstance(route, HookRoute):
        return HookSender(route, _lazily(secrets, route.token), _beside(city_dir, route.ca_file))
    return CommandSender(route)


def _lazily(secrets: SecretStore, ref: SecretRef | None) -> Callable[[], Secret | None]:
    return partial(_resolved, secrets, ref)


def _resolved(secrets: SecretStore, ref: SecretRef | None) -> Secret | None:
    return None if ref is None else secrets.resolve(ref)


def _beside(city_dir: Path, name: str | None) -> Path | None:
    return None if name is None else city_dir / name
