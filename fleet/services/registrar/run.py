"""Puts one registrar together, runs it until it is told to stop, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from pathlib import Path

from fleet.model.registrar import RegistrarConfig
from fleet.services.configfile import CannotRun
from fleet.services.control import Control, ControlTaken
from fleet.services.registrar.bindings import Bindings
from fleet.services.registrar.calls import Calls
from fleet.services.registrar.configfile import read_config
from fleet.services.registrar.replies import Replies
from fleet.services.registrar.saver import Saver
from fleet.services.registrar.service import Registrar
from fleet.services.registrar.sockets import Sockets
from fleet.services.registrar.verbs import Verbs

log = logging.getLogger("registrar")


def boot_clock() -> float:
    """Seconds since boot, suspends counted; setting the time does not move it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


async def serve(config_file: Path) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        CannotRun: see its text.
    """
    config = read_config(config_file)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    bindings = Bindings(boot_clock, time.time, config.keepalive_s * config.keepalive_count)
    saver = Saver(Path(config.bindings_file), bindings.encode)
    sockets = Sockets(Replies(boot_clock))
    calls = Calls(sockets.send)
    registrar = Registrar(
        config,
        clock=boot_clock,
        wall=time.time,
        bindings=bindings,
        saver=saver,
        calls=calls,
    )
    control = Control(Path(config.control_socket), Verbs(registrar, config_file).table())
    saving = asyncio.create_task(saver.run())
    try:
        # First, since it proves that no second registrar writes the same bindings; answering
        # comes last, so that whoever gets an answer finds the ports bound.
        control.claim()
        _load(config, bindings)
        await sockets.open(config.addresses, config.port, registrar, calls)
        await control.serve()
        log.info("registrar %s on %s", config.server_id, _places(config))
        await stopping.wait()
        sockets.close()
        await registrar.stop()
        await saver.saved()
    except (OSError, ControlTaken) as error:
        raise CannotRun(str(error)) from error
    finally:
        sockets.close()
        await control.close()
        saving.cancel()
    log.info("ended")


def _load(config: RegistrarConfig, bindings: Bindings) -> None:
    accepted = {(account.username, account.version) for account in config.accounts}
    path = Path(config.bindings_file)
    try:
        bindings.load(path.read_bytes(), lambda user, version: (user, version) in accepted)
    except FileNotFoundError:
        log.info("no bindings yet")
    except ValueError:
        aside = path.with_name(f"{path.name}.damaged")
        path.replace(aside)
        log.error("the bindings are damaged and were put aside as %s; devices log in anew", aside)
    except OSError as error:
        raise CannotRun(f"the bindings cannot be read: {error}") from None


def _places(config: RegistrarConfig) -> str:
    return ", ".join(f"{address}:{config.port}" for address in config.addresses)
