"""The composition root of the collector: one process that watches a city or a district."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

from fleet.adapters.health import SqlHealth
from fleet.adapters.reach import SocketReach
from fleet.adapters.traps import TrapReceiver, TrapUser, engine_identity
from fleet.app.context import App
from fleet.app.health import Collector, scopes, watched
from fleet.drivers.snmp.usm import localized_keys
from fleet.model.collector import CollectorConfig
from fleet.model.errors import InventoryError, SecretError, UsageError
from fleet.model.fleet import City
from fleet.model.secret import SecretRef
from fleet.model.text import text
from fleet.ports.health_store import HealthStore
from fleet.wiring.build import load_city, open_app
from fleet.wiring.tell import teller

_LOOK_AT_FILES_S = 5.0
log = logging.getLogger("collector")
OnReady = Callable[[list[tuple[str, int]]], None]


async def collect(
    config: CollectorConfig, stop: asyncio.Event, on_ready: OnReady | None = None
) -> None:
    """Run the collector until `stop` is set, taking up a changed inventory by itself.

    `on_ready` is told the places on which notifications are received, once they are.

    Raises:
        FleetError: the inventory, a secret, the history or the journal cannot be used, or another
            collector writes this state folder (LockHeld).
    """
    check(config)
    while not stop.is_set():
        await _once(config, stop, on_ready)
        on_ready = None


def check(config: CollectorConfig) -> None:
    """Refuse a configuration that could only fail later.

    Raises:
        UsageError: an address is none of its own to bind, or `community` is no reference.
    """
    for address in config.trap_addresses:
        if not _is_own(address):
            raise UsageError(
                text(
                    "{a} is no address to receive notifications on: name each one, not 0.0.0.0",
                    "{a} 不能用于接收告警通知：请逐一写明地址，不能用 0.0.0.0",
                    a=address,
                )
            )
    if config.community is not None:
        try:
            SecretRef.parse(config.community)
        except ValueError as error:
            raise UsageError(
                text("the community must be a reference: {e}", "团体名须为密钥引用：{e}", e=error)
            ) from error


def check_named(config: CollectorConfig, city: City) -> None:
    """Refuse a district or compound that is not there: watching nobody would look like health.

    Raises:
        UsageError: it names the missing one.
    """
    known = {d.code for d in city.districts} | {c.id for c in city.compounds()}
    for name in (*((config.district,) if config.district else ()), *config.compounds):
        if name not in known:
            raise UsageError(text("{n} is not in the inventory", "台账中没有 {n}", n=name))


async def _once(config: CollectorConfig, stop: asyncio.Event, on_ready: OnReady | None) -> None:
    state_dir = Path(config.state_dir)
    with ExitStack() as held:
        app = held.enter_context(open_app(Path(config.city_dir), state_dir))
        check_named(config, app.city)
        names = [f"collector/{code}" for code in scopes(app.city, config)]
        held.enter_context(app.leases.hold(names, "collector"))
        store = SqlHealth.in_folder(state_dir, config.keep_days, config.max_mb * 2**20)
        try:
            await _watch(config, app, store, stop, on_ready)
        finally:
            store.close()


async def _watch(
    config: CollectorConfig,
    app: App,
    store: HealthStore,
    stop: asyncio.Event,
    on_ready: OnReady | None,
) -> None:
    """Collector, receiver and the eye on the inventory's files: the first to end ends all."""
    collector = Collector(app, store, config, time.time, SocketReach())
    ended = asyncio.Event()
    mine = {compound.id for compound in watched(app.city, config)}
    work = [
        asyncio.create_task(collector.run(ended)),
        asyncio.create_task(_files_changed(Path(config.city_dir), app.city)),
        asyncio.create_task(_until(stop)),
        asyncio.create_task(teller(app, store, mine).run(ended)),
    ]
    receiver: TrapReceiver | None = None
    heard_on: list[tuple[str, int]] = []
    try:
        if config.trap_addresses:
            identity = engine_identity(Path(config.state_dir) / "health")
            community = None
            if config.community is not None:
                community = app.secrets.resolve(SecretRef.parse(config.community)).reveal()
            users = _trap_users(app, config, identity[0])
            receiver = TrapReceiver(collector, identity, users, community)
            heard_on = _opened(receiver, config)
            work.append(asyncio.create_task(receiver.run()))
        if on_ready is not None:
            on_ready(heard_on)
        done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if receiver is not None:
            receiver.close()
        ended.set()
        for task in work[1:]:
            task.cancel()
        results = await asyncio.gather(*work, return_exceptions=True)
    for task in done:
        task.result()
    if isinstance(results[0], Exception):
        raise results[0]


def _opened(receiver: TrapReceiver, config: CollectorConfig) -> list[tuple[str, int]]:
    try:
        return receiver.open(config.trap_addresses, config.trap_port)
    except OSError as error:
        raise UsageError(
            text(
                "notifications cannot be received on port {p} of {a}: {w}",
                "无法在 {a} 的端口 {p} 接收告警通知：{w}",
                p=config.trap_port,
                a=", ".join(config.trap_addresses),
                w=error.strerror,
            ),
            text(
                "ports below 1024 need the capability CAP_NET_BIND_SERVICE or a redirect",
                "1024 以下的端口需要 CAP_NET_BIND_SERVICE 权能或端口转发",
            ),
        ) from error


def _trap_users(app: App, config: CollectorConfig, own: str) -> list[TrapUser]:
    """Each agent's login on its own engine (its traps), and each user once on ours (informs)."""
    users: list[TrapUser] = []
    on_ours: dict[str, tuple[SecretRef, SecretRef]] = {}
    for device in (d for c in watched(app.city, config) for d in c.devices):
        refs = device.login.auth, device.login.priv
        if refs[0] is None or refs[1] is None:
            continue
        try:
            auth, priv = app.secrets.resolve(refs[0]), app.secrets.resolve(refs[1])
        except SecretError as error:
            # Its notifications come as those of an unknown user, which are counted and shown.
            log.warning("%s: its notifications cannot be understood: %s", device.id, error)
            continue
        name = device.login.user
        if device.engine_id:
            keys = localized_keys(auth, priv, bytes.fromhex(device.engine_id))
            users.append(TrapUser(name, device.engine_id.lower(), keys.auth, keys.priv))
        if name not in on_ours:
            on_ours[name] = refs[0], refs[1]
            keys = localized_keys(auth, priv, bytes.fromhex(own))
            users.append(TrapUser(name, "", keys.auth, keys.priv))
        elif on_ours[name] != refs:
            # One engine knows a user once (RFC 3414, 5: usmUserTable); traps are not concerned.
            log.warning(
                "%s: informs of user %s are taken with the keys %s only",
                *(device.id, name, on_ours[name][0]),
            )
    return users


async def _files_changed(city_dir: Path, city: City) -> None:
    """Return when the inventory's files say something new that can be used."""
    # Nothing is known at first: a file may have changed right after it was read.
    before: tuple[tuple[int, int], ...] = ()
    while True:
        await asyncio.sleep(_LOOK_AT_FILES_S)
        now = _stamps(city_dir, city)
        if now == before:
            continue
        before = now
        try:
            fresh = load_city(city_dir)
        except InventoryError as error:
            log.warning("the inventory is not taken up as it is now: %s", error)
            continue
        if fresh.sources != city.sources:
            log.info("the inventory has changed and is taken up")
            return


def _stamps(city_dir: Path, city: City) -> tuple[tuple[int, int], ...]:
    """Time and size of every file and folder of the inventory (folders: a file may be added)."""
    files = [city_dir / name for name in city.sources]
    folders = {file.parent for file in files}
    found = []
    for path in sorted({*files, *folders}):
        try:
            seen = path.stat()
        except FileNotFoundError:
            found.append((0, 0))
        else:
            found.append((seen.st_mtime_ns, seen.st_size))
    return tuple(found)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


def _is_own(address: str) -> bool:
    try:
        return not ip_address(address).is_unspecified
    except ValueError:
        return False
