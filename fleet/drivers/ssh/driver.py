"""The driver `ssh`: switches and edge routers, changed on trial and confirmed afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import get_args

from fleet.drivers import complaints
from fleet.drivers.reasons import unknown_field
from fleet.drivers.ssh.platform import WRITE_TRIAL_S, Platform
from fleet.model.change import Target
from fleet.model.device import LINK_KINDS, DeviceKind, FieldValue
from fleet.model.settings import LinkPlatform, LinkSettings
from fleet.model.text import Text, text
from fleet.ports.driver import Credential, FieldSpec, HostKey, Need, NeedKind, Resource, Session

# One resource: a step is one trial, and a trial is kept or taken back as a whole.
_LINK = Resource(
    name="link", fields=tuple(FieldSpec(name=name) for name in LinkSettings.model_fields)
)
PLATFORMS: tuple[str, ...] = get_args(LinkPlatform)
_NEEDS: Mapping[NeedKind, Text] = {
    "experimental": text(
        "platform {p} was proved against paper alone", "平台 {p} 仅依据文档实现，未经实机验证"
    ),
    "reboot": text(
        "only a restart of {d} undoes this change: everything that hangs on it goes down with it",
        "{d} 的此变更只能靠重启撤销：其下所有设备将随之断电断网",
    ),
    "others": text(
        "taking it back would also take back what others change on {d} meanwhile",
        "回退时会一并回退他人在此期间对 {d} 的修改",
    ),
}


class SshDriver:
    """See fleet.ports.driver: Driver, ArmsUndo, JudgesPlatforms, ShowsHostKey."""

    name = "ssh"
    # A line that was sent is in force or refused within that time, as netmiko's defaults have it.
    apply_time_max_s = 5.0
    write_trial_max_s = WRITE_TRIAL_S

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """See Driver."""
        return (_LINK,) if kind in LINK_KINDS else ()

    def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[Session]:
        """See Driver; nothing is sent before the first call."""
        return _session(target, credential, deadline_s)

    def trial_seconds(self, kind: DeviceKind, platform: str | None) -> int:
        """See ArmsUndo."""
        known = kind in LINK_KINDS and platform in PLATFORMS
        return _platform(platform).trial_s if known and platform is not None else 0

    def needs(self, target: Target, fields: Collection[str]) -> tuple[Need, ...]:
        """See ArmsUndo; every change of a platform has the same ones."""
        if not fields or target.platform not in PLATFORMS:
            return ()
        values = {"p": target.platform, "d": target.device}
        return tuple(
            Need(
                kind=kind,
                text=Text(
                    en=_NEEDS[kind].en.format_map(values), zh=_NEEDS[kind].zh.format_map(values)
                ),
            )
            for kind in _platform(target.platform).needs
        )

    def can_write_on(
        self, platform: str | None, kind: DeviceKind, field: str, value: FieldValue
    ) -> Text | None:
        """See JudgesPlatforms."""
        if platform not in PLATFORMS or platform is None:
            return text("{p} is no platform", "没有平台 {p}", p=platform)
        known = _platform(platform)
        if kind not in LINK_KINDS or field not in known.fields:
            return unknown_field(kind.value, field, platform)
        return known.judge(field, value)

    async def host_key(self, target: Target, deadline_s: float = 10.0) -> HostKey:
        """See ShowsHostKey."""
        look = await _loaded("look")
        shown: HostKey = await look.look(target, deadline_s)
        return shown


@cache
def _platform(name: str) -> Platform:
    """A platform's own module: only who speaks it pays for it."""
    platform: Platform = import_module(f"fleet.drivers.ssh.platforms.{name}").PLATFORM
    return platform


@asynccontextmanager
async def _session(
    target: Target, credential: Credential, deadline_s: float
) -> AsyncIterator[Session]:
    if target.platform not in PLATFORMS or target.platform is None:
        why = text("its platform is not known", "平台未知")
        raise complaints.write_refused(target.device, _LINK.name, why)
    session = await _loaded("session")
    platform = await asyncio.to_thread(_platform, target.platform)
    async with session.opened(target, credential, platform, deadline_s) as made:
        yield made


async def _loaded(module: str) -> ModuleType:
    """A module that imports netmiko (0.4 s and more): only a process that speaks SSH pays for it.

    It is imported beside the event loop, on which other devices' deadlines run.
    """
    return await asyncio.to_thread(import_module, f"fleet.drivers.ssh.{module}")
