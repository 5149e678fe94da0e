"""Clause 16: a real-time link to the police's Xueliang platform, over GB/T 28181."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.model.device import DeviceKind
from fleet.model.fleet import Compound
from fleet.model.text import text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording


def _check(compound: Compound) -> Iterator[Hit]:
    if compound.uplink is None:
        yield Hit(
            text("no uplink is declared", "没有声明上联"),
            text(
                "add uplink: with source: platform or operator",
                "请添加 uplink:，source 为 platform 或 operator",
            ),
            compound.position,
        )
    if not compound.recorders:
        yield Hit(
            text("no recorder registers with the upper platform", "没有录像机接入上级平台"),
            text("add a device of kind recorder with its channels", "请添加 recorder 设备及其通道"),
            compound.position,
        )
    linked = {camera for recorder in compound.recorders for camera in recorder.channels}
    for device in compound.devices if compound.recorders else ():
        if device.kind is DeviceKind.CAMERA and device.id not in linked:
            yield Hit(
                text(
                    "it is on no recorder's channel, so the platform cannot see it",
                    "未接入任何录像机通道，上级平台看不到",
                ),
                text(
                    "add {d} to a recorder's channels",
                    "请将 {d} 加入录像机的 channels",
                    d=device.id,
                ),
                device.position,
                device=device.id,
                mild=True,
            )


RULE = Rule(
    id="UPLINK-16",
    clause="16",
    wording=Wording.MUST,
    owner=Owner.POLICE,
    title=text("A real-time link to the Xueliang platform", "与雪亮工程实时对接"),
    why=text(
        "real-time connection to the police's Xueliang video system (GB/T 28181-2022)",
        "与公安机关“雪亮工程”监控系统实现实时对接（GB/T 28181-2022）",
    ),
    compound=_check,
    example=Example(
        good="uplink: {source: platform}\n",
        # A key without a value: the section is declared empty.
        bad="uplink:\n",
    ),
)
