"""The verify stage's judgement: read-backs as sealed, uplinks registered, catalogs complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fleet.model.change import DeviceWork
from fleet.model.device import Device, DeviceKind
from fleet.model.errors import NotKept
from fleet.model.fleet import City
from fleet.model.observation import Fault
from fleet.model.text import Text, join, text
from fleet.plan.diff import canonical_value
from fleet.ports.clock import Clock
from fleet.ports.upper import UpperSide
from fleet.rollout.catalog import CatalogDiff, compare_catalog
from fleet.rollout.faults import fault_of
from fleet.rollout.wire import Message

CATALOG_WAIT_S = 10.0
LOOK_EVERY_S = 0.3


@dataclass
class Verifier:
    """Judges what the verify stage read, and asks the registrar where it is ours."""

    city: City
    upper: UpperSide
    clock: Clock

    async def judge(
        self, works: Sequence[DeviceWork], looked: Mapping[str, Message]
    ) -> dict[str, list[Text]]:
        """Problems by device; an empty list is a device that stands as sealed."""
        found: dict[str, list[Text]] = {}
        for work in works:
            device = work.target.device
            seen = looked.get(device)
            problems: list[Text] = []
            if seen is None:
                problems.append(text("it was not read again", "未能再次读取"))
            elif fault := seen.get("fault"):
                problems.append(Text(en=str(fault["en"]), zh=str(fault["zh"])))
            else:
                problems += [_changed(str(name)) for name in seen.get("problems", [])]
            if work.target.kind is DeviceKind.RECORDER:
                problems += await self.uplink(work)
            found[device] = problems
        return found

    async def uplink(self, work: DeviceWork) -> list[Text]:
        """What is wrong with a recorder's uplink as our own registrar sees it.

        Not judged where the plan leaves the recorder otherwise than the inventory wants it (an
        undo takes the uplink away), nor for a recorder that left the inventory since the plan.
        """
        device = next((d for d in self.city.devices() if d.id == work.target.device), None)
        if device is None or not _as_declared(work, device):
            return []
        compound = self.city.compound(device.compound)
        recorder = next((r for r in compound.recorders if r.device == device.id), None)
        gb_id = device.settings.get("gb_device_id")
        own = compound.uplink is not None and compound.uplink.source == "platform"
        if recorder is None or not own or not gb_id:
            return []
        return await self._catalog(
            compound.district, str(gb_id), recorder.channel_ids, recorder.spare_ids
        )

    async def _catalog(
        self, district: str, gb_id: str, declared: Sequence[str], spare: Sequence[str]
    ) -> list[Text]:
        until = self.clock.boot() + CATALOG_WAIT_S
        while True:
            seen = await self.upper.query_catalog(district, gb_id)
            if seen.registered and seen.catalog is not None:
                gap = compare_catalog(declared, spare, seen.catalog)
                if not gap.missing and not gap.extra:
                    return []
                problems = [_gap(gap)]
            else:
                problems = [text("the registrar does not see it registered", "注册服务未见其注册")]
            if self.clock.boot() >= until:
                return problems
            await self.clock.sleep(LOOK_EVERY_S)

    def fault(self, device: str, problems: Sequence[Text]) -> Fault:
        """All problems of a device as one fault."""
        return fault_of(NotKept(device, join(list(problems))))


def _as_declared(work: DeviceWork, device: Device) -> bool:
    return all(
        change.after == canonical_value(change.field, device.settings.get(change.field))
        for step in work.steps
        for change in step.readable
    )


def _changed(name: str) -> Text:
    return text("{f} is not as it was written", "{f} 与写入时不同", f=name)


def _gap(gap: CatalogDiff) -> Text:
    return text(
        "its catalog misses {m} and has {e} too many",
        "其目录缺少 {m}，多出 {e}",
        m=", ".join(gap.missing) or "0",
        e=", ".join(gap.extra) or "0",
    )
